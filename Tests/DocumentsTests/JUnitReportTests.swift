// SPDX-License-Identifier: Apache-2.0
import Foundation
import Guest
import Host
import Records
import Sandbox
import TestSupport
import Testing

@testable import Documents
@testable import Workflows

/// JUnit as Python's own XML parser reads it, not ours.
@Suite(.integration) struct JUnitReportTests {
    /// The file's cases as `suite|class|name|outcome`, and what its own counts say that its cases do not.
    private static let judge = """
        import sys, xml.etree.ElementTree as tree
        top = tree.fromstring(sys.stdin.buffer.read())
        assert top.tag == "testsuites", top.tag
        kinds = {"failure": "failures", "error": "errors", "skipped": "skipped"}
        def check(what, said, counted):
            if int(said) != counted: print("WRONG", what, said, counted)
        every = []
        for suite in top:
            assert suite.tag == "testsuite", suite.tag
            cases = list(suite)
            for case in cases:
                assert case.tag == "testcase" and len(case) <= 1, case.tag
                assert case.get("name") and case.get("classname") is not None
                kind = case[0].tag if len(case) else "passed"
                assert kind in kinds or kind == "passed"
                every.append(kind)
                print("|".join([suite.get("name"), case.get("classname"), case.get("name"), kind]))
            names = [(c.get("classname"), c.get("name")) for c in cases]
            assert len(set(names)) == len(names), "names come twice"
            check("tests", suite.get("tests"), len(cases))
            for kind, name in kinds.items():
                check(name, suite.get(name), sum(1 for c in cases if len(c) and c[0].tag == kind))
        check("all", top.get("tests"), len(every))
        check("all failures", top.get("failures"), every.count("failure"))
        check("all errors", top.get("errors"), every.count("error"))
        """

    private func cases(_ text: String) async throws -> [String] {
        let outcome = try await RealThings.sandbox().command(Command("python3", ["-c", Self.judge])).capture(
            input: text)
        try #require(outcome.succeeded, "\(outcome.error)")
        return outcome.output.split(separator: "\n").map(String.init)
    }

    private func report(_ text: String, baseline: String? = nil) throws -> ConsoleReport {
        func log(_ name: String, _ text: String) throws -> ConsoleReport.Log {
            var reader = ConsoleLogReader(name: name)
            try reader.add(Array(text.utf8))
            return try reader.finish()
        }
        return ConsoleReport(
            toolVersion: "0.1.0", logs: [try log("new.log", text)],
            baseline: try baseline.map { try log("old.log", $0) })
    }

    private static let log = """
        [    0.000000] Linux version 7.3.4 (builder@example) #1
        [    1.000000] KTAP version 1
        [    1.000000] 1..3
        [    1.000000]     KTAP version 1
        [    1.000000]     # Subtest: s
        [    1.000000]     1..4
        [    1.000000]     ok 1 a
        [    1.000000]     # b: EXPECTATION FAILED at lib/b.c:10
        [    1.000000]     Expected x < y && "z", but
        [    1.000000]     not ok 2 b
        [    1.000000]     ok 3 c # SKIP no device
        [    1.000000] not ok 1 s
        [    1.000000] ok 2 t
        [    1.000000] WARNING: lib/x.c:1 at f+0x1/0x2

        """

    @Test func `what failed, was skipped and is unknown are three things`() async throws {
        let report = try report(Self.log)
        #expect(report.verdict == .failed)
        #expect(
            try await cases(JUnitReport(report).text) == [
                "s|s|a|passed", "s|s|b|failure", "s|s|c|skipped", "s|s|test 4|error", "t|t|t|passed",
                "test 3|test 3|test 3|error", "console|console|no panic, Oops, BUG or stall|passed",
            ])
        try expectGolden("console.junit.xml", JUnitReport(report).text)
        try expectGolden("console.txt", shown(report))
    }

    @Test func `against a baseline only what is new fails`() async throws {
        let good = Self.log.replacing("not ok", with: "ok")
        let worse = try report(Self.log, baseline: good)
        #expect(worse.verdict == .failed && worse.count(.newFailure) == 1)
        #expect(try await cases(JUnitReport(worse).text).contains("comparison|comparison.s|b|failure"))
        try expectGolden("console-compared.txt", shown(worse))
        let same = try report(Self.log, baseline: Self.log)
        #expect(same.verdict == .unknown && same.count(.stillFailing) == 1 && same.count(.unknown) == 2)
        #expect(try await cases(JUnitReport(same).text).contains("comparison|comparison.s|b|skipped"))
        #expect(try report("nothing\n", baseline: good).verdict == .inconclusive)
        #expect(try report(good, baseline: "nothing\n").verdict == .inconclusive)
    }

    @Test func `nothing decided is an error, and a panic a failure`() async throws {
        #expect(
            try await cases(JUnitReport(report("hello\n")).text) == [
                "console|console|no panic, Oops, BUG or stall|passed", "console|console|results|error",
            ])
        let panicked = try report("[    1.000000] Kernel panic - not syncing: VFS: Unable to mount root fs\n")
        #expect(panicked.verdict == .failed)
        #expect(try await cases(JUnitReport(panicked).text)[0].hasSuffix("stall|failure"))
    }

    @Test func `a pilot's report is red where its verdict is not passed`() async throws {
        let passed = try await cases(JUnitReport(SampleRecord.passed()).text)
        #expect(passed.contains("pilot|pilot|verdict|passed"))
        #expect(!passed.contains { $0.hasSuffix("|failure") || $0.hasSuffix("|error") })
        let failed = try await cases(JUnitReport(SampleRecord.failed()).text)
        #expect(failed.contains("pilot|pilot|verdict|failure"))
        #expect(failed.contains("modules|modules|rust_configfs|failure"))
        #expect(failed.contains { $0.hasPrefix("rust_netlink|rust_netlink|") && $0.hasSuffix("|failure") })
        #expect(failed.contains { $0.hasPrefix("rust_kvec|rust_kvec|") && $0.hasSuffix("|error") })
        let waived = try await cases(JUnitReport(SampleRecord.waived()).text)
        #expect(waived.contains { $0.hasSuffix("|skipped") && $0.contains("fortify") })
        #expect(try await cases(JUnitReport(SampleRecord.panicked()).text).contains("pilot|pilot|boot|failure"))
    }

    @Test(arguments: [
        "<script>alert(1)</script>", "\"'&]]><!--", "../../etc/passwd", "\u{202E}gnp.exe", "a\u{FFFE}\u{FFFF}b",
        "\u{0}\u{1}\u{8}",
        "\u{301}<", "\u{1B}[2J", "x\u{85}\u{2028}y", "\u{E000}\u{10FFFF}",
    ])
    func `no name breaks the file or hides in it`(name: String) async throws {
        let text = Self.log.replacing(" b\n", with: " \(name)b\n").replacing("Expected", with: name)
        let xml = JUnitReport(try report(text)).text
        // Where a byte is lost, the test is unknown, and its suite has failed on its own account.
        #expect(try await cases(xml).count == (name.contains("\u{0}") ? 8 : 7))
        #expect(try await !cases(JUnitReport(SampleRecord.hostile(name)).text).isEmpty)
        for scalar in xml.unicodeScalars where scalar != "\n" {
            #expect(scalar.value >= 0x20 && scalar.properties.generalCategory != .format && scalar.value != 0x85)
        }
        #expect(
            try !shown(report(text)).unicodeScalars.contains {
                $0.value < 0x20 && $0 != "\n"
            })
    }

    @Test func `cases of one name are told apart`() async throws {
        let found = try await cases(
            JUnitReport(report("TAP version 13\n1..1\nok 1 a\nTAP version 13\n1..1\nok 1 a\n")).text)
        #expect(found.count == 3)
    }
}
