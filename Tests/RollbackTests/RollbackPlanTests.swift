// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import SystemPackage
import TestSupport
import Testing

@testable import Rollback

@Suite struct RollbackPlanTests {
    private func failure(_ change: (inout RollbackRequest) -> Void) async throws -> String? {
        try await withTemporaryFolder { folder in
            var request = try SampleKernel.request(in: folder)
            change(&request)
            let changed = request
            let failure = #expect(throws: Failure.self) { try changed.write(to: folder.appending("plan")) }
            #expect(!Files.exists(folder.appending("plan")) && !Files.exists(folder.appending("plan.partial")))
            return failure?.code
        }
    }

    @Test func `the menu, the entries and the notes are as they were`() async throws {
        try await withTemporaryFolder { folder in
            var request = try SampleKernel.request(in: folder)
            request.device = "0.0.0100"
            request.secureBoot = .enforced
            let plan = try request.write(to: folder.appending("plan"))
            var text = ""
            for path in [
                "zipl.conf", "loader/zipl.conf", "loader/entries/bessemer-baseline.conf",
                "loader/entries/bessemer-candidate.conf", "systemd/bessemer-reipl-reset.service", "dumpconf",
            ] {
                text += "== \(path)\n" + (try Files.text(folder.appending("plan").pushing(FilePath(path))))
            }
            text += "== notes\n" + plan.notes.map { $0 + "\n" }.joined()
            let golden = RealThings.repository.appending("Tests/Goldens/rollback-plan.txt")
            if ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] == "1" { try AtomicFile.write(text, to: golden) }
            #expect(try text == Files.text(golden))
        }
    }

    @Test func `the same request gives the same bytes`() async throws {
        try await withTemporaryFolder { folder in
            let request = try SampleKernel.request(in: folder)
            let one = try request.write(to: folder.appending("one"))
            let two = try request.write(to: folder.appending("deeper-two"))
            #expect(one == two)
            for name in ["plan.json", "SHA256SUMS"] {
                #expect(
                    try Files.bytes(folder.appending("one").appending(name))
                        == Files.bytes(folder.appending("deeper-two").appending(name)))
            }
            let all = try one.files.map { try Files.text(folder.appending("one").pushing(FilePath($0.path))) }.joined()
            #expect(!all.contains(folder.string))
        }
    }

    @Test func `every file's digest is in SHA256SUMS as sha256sum checks it`() async throws {
        try await withTemporaryFolder { folder in
            _ = try SampleKernel.request(in: folder).write(to: folder.appending("plan"))
            let check = try await Command(
                "sha256sum", ["--check", "--strict", "SHA256SUMS"], workingDirectory: folder.appending("plan")
            ).capture()
            #expect(check.succeeded)
        }
    }

    @Test func `the default is the GCC kernel, and each section has a target of its own`() async throws {
        try await withTemporaryFolder { folder in
            _ = try SampleKernel.request(in: folder).write(to: folder.appending("plan"))
            let lines = try Files.text(folder.appending("plan/zipl.conf")).split(separator: "\n").map(String.init)
            let targets = lines.filter { $0.hasPrefix("target = ") }
            #expect(targets.count == 3 && Set(targets).count == 3)
            #expect(lines.contains("default = 1") && lines.contains("1 = baseline"))
            #expect(lines.contains { $0.hasPrefix("parameters") && $0.contains("oops=panic") })
        }
    }

    @Test func `one kernel twice is no plan`() async throws {
        #expect(try await failure { $0.candidate = $0.baseline } == "rollback.same-kernel")
    }

    @Test func `a folder that is there is left alone`() async throws {
        try await withTemporaryFolder { folder in
            let request = try SampleKernel.request(in: folder)
            try Files.makeDirectory(folder.appending("plan"))
            try AtomicFile.write("mine", to: folder.appending("plan/file"))
            let failure = #expect(throws: Failure.self) { try request.write(to: folder.appending("plan")) }
            #expect(failure?.code == "rollback.exists")
            #expect(try Files.text(folder.appending("plan/file")) == "mine")
        }
    }

    @Test(arguments: ["a b", "x\"", "$(reboot)", "a\nb", "`id`", "", "ü", "a'b", "a\\b"])
    func `a parameter that zipl or a shell would read as more than text is refused`(word: String) async throws {
        #expect(try await failure { $0.parameters = [word] } == "rollback.parameter")
        #expect(try await failure { $0.root = word } == "rollback.parameter")
        #expect(try await failure { $0.candidateParameters = [word] } == "rollback.parameter")
    }

    @Test func `a command line that the kernel would cut is refused`() async throws {
        #expect(try await failure { $0.parameters = [String(repeating: "x", count: 4090)] } == "rollback.parameter")
    }

    @Test(arguments: ["", "0.0.100", "0.0.0100; reboot", "0.0.01g0", "0:0:0100"])
    func `a device number that is none is refused`(device: String) async throws {
        #expect(try await failure { $0.device = device } == "rollback.parameter")
    }

    @Test func `under enforced secure boot zipl is told to refuse what is not signed`() async throws {
        try await withTemporaryFolder { folder in
            var request = try SampleKernel.request(in: folder)
            request.secureBoot = .enforced
            let plan = try request.write(to: folder.appending("plan"))
            #expect(try Files.text(folder.appending("plan/zipl.conf")).contains("secure = 1\n"))
            #expect(plan.notes.contains { $0.contains("baseline and candidate are not signed") })
        }
    }
}
