// SPDX-License-Identifier: Apache-2.0
import Campaigns
import Host
import Records
import SystemPackage
import TestSupport
import Testing
import Workflows

@Suite struct CampaignPlanTests {
    private func withPlan(
        _ text: String, _ files: [String: String] = [:], turn: Int = 1, _ body: (CampaignPlan, FilePath) throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            for (name, text) in files { try AtomicFile.write(text, to: folder.appending(name)) }
            try body(try plan(text, in: folder, turn: turn), folder)
        }
    }

    private func plan(_ text: String, in folder: FilePath, turn: Int = 1) throws -> CampaignPlan {
        let matrix = try CampaignMatrix(Array(text.utf8), named: "z.yaml")
        return try CampaignPlan(
            matrix, in: .init(version: "1", locks: [:], shared: [], path: { folder.appending($0) }), turn: turn)
    }

    private static let command = "command: [sh, try.sh]\nkernels: [{name: a}, {name: b}]\nmachines: [z13, z14]\n"

    @Test func `a command decides each cell by a step of its own, and another content makes other steps`() async throws
    {
        try await withPlan(Self.command, ["try.sh": "exit 0\n"]) { plan, folder in
            #expect(plan.cells.count == 4 && plan.jobs.count == 4)
            #expect(Set(plan.jobs.map(\.key)).count == 4)
            guard case .command(let program) = plan.jobs[0].work else {
                Issue.record("it is no command")
                return
            }
            #expect(program.words == ["sh", folder.appending("try.sh").string])
            #expect(program.files.map(\.sha256) == [Digest(of: "exit 0\n")])
            try AtomicFile.write("exit 1\n", to: folder.appending("try.sh"))
            #expect(try Set(self.plan(Self.command, in: folder).jobs.map(\.key)).isDisjoint(with: plan.jobs.map(\.key)))
            #expect(
                try self.plan(Self.command, in: folder, turn: 2).jobs[0].key
                    != self.plan(Self.command, in: folder).jobs[0].key)
        }
    }

    @Test func `where a word stands is in the key`() async throws {
        func keys(_ words: String) async throws -> Digest? {
            var key: Digest?
            try await withPlan("command: [sh, \(words)]\nkernels: [{name: a}]\n", ["f": "x"]) { plan, _ in
                key = plan.jobs[0].key
            }
            return key
        }
        #expect(try await keys("f, g") == keys("f, g"))
        #expect(try await keys("f, g") != keys("g, f"))
    }

    @Test func `patches one by one are kernels with ever more of them`() async throws {
        let text = "command: [sh]\nkernels: [{name: k, patches-one-by-one: [a, b]}]\n"
        try await withPlan(text, ["a": "1", "b": "2"]) { plan, folder in
            #expect(plan.cells.map(\.cell.kernel) == ["k", "k+1", "k+2"])
            let patches: [[String]] = plan.jobs.map { job in
                if case .command(let program) = job.work { program.patches } else { [] }
            }
            let (first, second) = (folder.appending("a").string, folder.appending("b").string)
            #expect(patches == [[], [first], [first, second]])
        }
    }

    @Test(arguments: [
        ("command: [./none.sh]\nkernels: [{name: a}]\n", "campaign.command"),
        ("command: [./plain]\nkernels: [{name: a}]\n", "campaign.command"),
        ("command: [sh]\nkernels: [{name: a, patches: [none.patch]}]\n", "campaign.file"),
        ("command: [sh]\nkernels: [{name: a, patches: [/dev/zero]}]\n", "campaign.file"),
        ("kernels: [{source: \"6.12\"}]\n", "campaign.no-lock"),
    ])
    func `what can't be done is said before anything is started`(text: String, code: String) async throws {
        let failure = await #expect(throws: Failure.self) {
            try await withPlan(text, ["plain": "exit 0\n"]) { _, _ in }
        }
        #expect(failure?.code == code)
    }
}
