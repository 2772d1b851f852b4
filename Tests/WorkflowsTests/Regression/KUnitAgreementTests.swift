// SPDX-License-Identifier: Apache-2.0
import Foundation
import Guest
import Host
import KernelTree
import Records
import Sandbox
import SystemPackage
import TestSupport
import Testing
import Workflows

/// The kernel's own reader of test results, `tools/testing/kunit/kunit.py`, on the kernel's own samples.
@Suite(.integration) struct KUnitAgreementTests {
    /// Where we differ, and why; always by not believing what kunit.py believes.
    private static let differences = [
        "test_is_test_passed-failure-nested.log":
            "results indented more deeply than their document may be those of another whose beginning is lost",
        "test_is_test_passed-missing_plan.log": "how many suites were to come is not known without a plan",
        "test_output_isolated_correctly.log": "it has no plan either, and is cut before its end",
        "test_is_test_passed-no_tests_no_plan.log":
            "a case that announces results inside and has none is unknown here, and so is its suite",
    ]

    /// What kunit.py counts: as JSON, by the name of the sample.
    private static let judge = """
        import json, os, sys
        sys.path.insert(0, "/mnt/kunit")
        import kunit_parser, kunit_printer
        class Silent(kunit_printer.Printer):
            def print(self, message): pass
        def leaves(test):
            for inner in test.subtests:
                yield from leaves(inner)
            if not test.subtests and test.name not in ("main", "<missing>"):
                yield [test.name, test.status.name]
        answers = {}
        folder = "/mnt/kunit/test_data"
        for name in sorted(os.listdir(folder)):
            if name.endswith(".log"):
                with open(os.path.join(folder, name), errors="backslashreplace") as lines:
                    test = kunit_parser.parse_run_tests(lines.readlines(), Silent())
                counts = test.counts
                answers[name] = {
                    "status": test.status.name, "passed": counts.passed, "failed": counts.failed,
                    "crashed": counts.crashed, "skipped": counts.skipped, "leaves": list(leaves(test)),
                }
        print(json.dumps(answers))
        """

    private struct Answer: Decodable {
        let status: String
        let passed: Int
        let failed: Int
        let crashed: Int
        let skipped: Int
        let leaves: [[String]]
    }

    @Test func `every sample has the results that kunit.py finds, or fewer passes for a reason`() async throws {
        let folder = try await RealThings.kernelTree("7.3").path.pushing("tools/testing/kunit")
        let outcome = try await RealThings.sandbox().command(
            Command("python3", ["-c", Self.judge], environment: ["PYTHONDONTWRITEBYTECODE": "1"]),
            mounts: [Mount(folder, at: "/mnt/kunit")]
        ).capture()
        try #require(outcome.succeeded, "\(outcome.error)")
        let answers = try JSONDecoder().decode([String: Answer].self, from: Data(outcome.output.utf8))
        #expect(answers.count >= 24)
        var differing: Set<String> = []
        for (name, answer) in answers {
            var reader = ConsoleLogReader(name: name)
            try reader.add(Files.bytes(folder.pushing("test_data").appending(name)))
            let log = try reader.finish()
            let counts = log.counts
            #expect(counts.pass <= answer.passed, "\(name)")
            let passed = Set(
                answer.leaves.filter { $0[1] == "SUCCESS" }.map { $0[0].trimmingCharacters(in: .whitespaces) })
            for leaf in log.tests.flatMap(\.leaves) where leaf.result.outcome == .pass {
                #expect(passed.contains(leaf.result.name), "\(name): \(leaf.path) passes")
            }
            let isSame =
                counts.pass == answer.passed && counts.fail == answer.failed && counts.skip == answer.skipped
                && counts.unknown == answer.crashed
            let verdict = ConsoleReport(toolVersion: "0", logs: [log]).verdict
            #expect(verdict != .passed || answer.status == "SUCCESS", "\(name): \(verdict)")
            if !isSame || (verdict == .passed) != (answer.status == "SUCCESS") { differing.insert(name) }
        }
        #expect(differing == Set(Self.differences.keys))
    }
}
