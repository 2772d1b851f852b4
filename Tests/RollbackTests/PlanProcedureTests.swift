// SPDX-License-Identifier: Apache-2.0
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Rollback

/// The commands of a plan, as its own files have them.
@Suite struct PlanProcedureTests {
    private func withPlan(_ body: (FilePath, RollbackPlan) throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("plan")
            try body(path, try SampleKernel.request(in: folder).write(to: path))
        }
    }

    @Test func `every command is of the plan, and uninstall takes back what the others do`() async throws {
        try await withPlan { folder, plan in
            let read = try ChangeRecord.Plan(folder: folder, named: "plan")
            #expect(read.implementation.map(\.line).first == "./install --dry-run")
            #expect(
                read.implementation.contains { $0.line == "bessemer-trial" && $0.script?.path == "sbin/bessemer-trial" }
            )
            #expect(read.backOut.map(\.line) == ["./uninstall --dry-run", "./uninstall"])
            for command in read.implementation + read.backOut {
                #expect(command.line == "reboot" || command.script.map(plan.files.contains) == true, "\(command.line)")
            }
            #expect(read.notes == plan.notes && read.images == plan.subjects)
            #expect(read.sums == Digest(of: try Files.bytes(folder.appending("SHA256SUMS"))))
        }
    }

    @Test func `a README that is not the plan's is refused`() async throws {
        try await withPlan { folder, _ in
            let readme = folder.appending("README.md")
            try AtomicFile.write(try Files.text(readme).replacing("./uninstall", with: "./install"), to: readme)
            let failure = #expect(throws: Failure.self) { try ChangeRecord.Plan(folder: folder, named: "plan") }
            #expect(failure?.code == "change.plan")
        }
    }

    @Test(arguments: [
        "rm -rf /", "./install; reboot", "./install $(id)", "reboot -f", "sbin/bessemer-trial", "../install",
        "./kernels/x",
    ])
    func `a command of something else is refused`(_ line: String) async throws {
        try await withPlan { _, plan in
            let failure = #expect(throws: Failure.self) {
                try PlanProcedure(readme: "text\n    reboot\n    \(line)\n", of: plan)
            }
            #expect(failure?.code == "change.plan")
        }
    }
}
