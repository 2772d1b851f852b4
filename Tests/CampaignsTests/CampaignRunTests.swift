// SPDX-License-Identifier: Apache-2.0
import Campaigns
import Host
import Records
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// Does steps in this process, as a plan of outcomes says.
private actor PlannedExecutor: CampaignExecutor {
    private let folder: CampaignFolder
    private let outcome: @Sendable (CampaignJob, Int) -> CampaignResult.Outcome?
    private var started: [CampaignJob] = []
    private(set) var tries: [String: Int] = [:]

    /// `outcome` of a job and its try, counted from 1; nil leaves no result.
    init(_ folder: CampaignFolder, _ outcome: @escaping @Sendable (CampaignJob, Int) -> CampaignResult.Outcome?) {
        self.folder = folder
        self.outcome = outcome
    }

    func start(_ ready: [CampaignJob]) -> [Digest] {
        started += ready
        return ready.map(\.key)
    }

    func look() async throws -> [Digest: CampaignProcess] {
        var ends: [Digest: CampaignProcess] = [:]
        for job in started {
            tries[job.title, default: 0] += 1
            let turn = tries[job.title] ?? 1
            if let outcome = outcome(job, turn) {
                _ = try await folder.perform(job, attempt: "\(turn).0", tool: "t", node: "n") { _ in
                    .init(outcome, outcome == .done ? nil : .init(identity: "f", text: "text"))
                }
            }
            ends[job.key] = .ended("gone")
        }
        started = []
        return ends
    }

    func cancel() {}
}

@Suite struct CampaignRunTests {
    private static func job(_ title: String, needs: [CampaignJob] = []) -> CampaignJob {
        CampaignJob(
            title: title, identity: [title], needs: needs.map(\.key),
            work: .command(
                .init(
                    words: ["true"],
                    cell: CampaignCell(kernel: title, configuration: "", toolchain: "", machine: ""), timeLimit: 1)))
    }

    private static let build = job("build")
    private static let boots = ["z13", "z14"].map { job($0, needs: [build]) }

    private func run(
        _ folder: CampaignFolder, _ outcome: @escaping @Sendable (CampaignJob, Int) -> CampaignResult.Outcome?
    ) async throws -> (ends: [String: CampaignRun.End], tries: [String: Int]) {
        let jobs = [Self.build] + Self.boots
        let executor = PlannedExecutor(folder, outcome)
        let ends = try await CampaignRun(
            folder: folder, jobs: jobs, executor: executor, progress: { _ in }, say: { _ in }
        ).run()
        return (
            Dictionary(uniqueKeysWithValues: jobs.compactMap { job in ends[job.key].map { (job.title, $0) } }),
            await executor.tries
        )
    }

    @Test func `a build is done once for all that stand on it, and nothing is done twice`() async throws {
        try await withTemporaryFolder { path in
            let first = try await run(CampaignFolder(path)) { _, _ in .done }
            #expect(first.tries == ["build": 1, "z13": 1, "z14": 1])
            #expect(first.ends.values.allSatisfy { $0.state == .done && $0.isOurs })
            let second = try await run(CampaignFolder(path)) { _, _ in .done }
            #expect(second.tries.isEmpty)
            #expect(second.ends.values.allSatisfy { $0.state == .done && !$0.isOurs })
        }
    }

    @Test func `what stands on a failed build is not tried, and the rest goes on`() async throws {
        try await withTemporaryFolder { path in
            let (ends, tries) = try await run(CampaignFolder(path)) { job, _ in job.title == "build" ? .failed : .done }
            #expect(ends["build"]?.state == .failed)
            #expect(ends["z13"]?.state == .unreachable && ends["z13"]?.reason == "text")
            #expect(tries == ["build": 1])
        }
    }

    @Test func `what ends for other reasons is tried three times`() async throws {
        try await withTemporaryFolder { path in
            let (ends, tries) = try await run(CampaignFolder(path)) { job, turn in
                switch job.title {
                case "z13": turn < 3 ? .infrastructure : .done
                case "z14": nil
                default: .done
                }
            }
            #expect(ends["z13"]?.state == .done)
            #expect(ends["z14"]?.state == .lost && ends["z14"]?.reason == "gone")
            #expect(tries == ["build": 1, "z13": 3, "z14": 3])
            // Another run tries it again.
            let again = try await run(CampaignFolder(path)) { _, _ in .done }
            #expect(again.tries == ["z14": 1] && again.ends["z14"]?.state == .done)
        }
    }

    @Test func `a thousand cells with planted outcomes come out as planted`() async throws {
        try await withTemporaryFolder { path in
            let jobs = (0..<1000).map { Self.job("cell-\($0)") }
            let executor = PlannedExecutor(CampaignFolder(path)) { job, turn in
                let number = Int(job.title.dropFirst(5)) ?? 0
                if number.isMultiple(of: 50) { return nil }
                if number.isMultiple(of: 21), turn == 1 { return .infrastructure }
                return number.isMultiple(of: 13) ? .failed : .done
            }
            let ends = try await CampaignRun(
                folder: CampaignFolder(path), jobs: jobs, executor: executor, progress: { _ in }, say: { _ in }
            ).run()
            for (number, job) in jobs.enumerated() {
                let state: CampaignRun.End.State =
                    number.isMultiple(of: 50) ? .lost : number.isMultiple(of: 13) ? .failed : .done
                #expect(ends[job.key]?.state == state, "\(job.title)")
            }
        }
    }

    @Test func `processes that end badly are told apart from steps that do`() async throws {
        try await withTemporaryFolder { path in
            let folder = CampaignFolder(path)
            let jobs = [Self.build]
            // A worker that is no worker: it leaves nothing.
            let executor = LocalExecutor(
                worker: Command("sh", ["-c", "echo what went wrong >&2; exit 3"]), logs: { path.appending($0.short) },
                cores: 2, memoryMiB: 1000, node: "n")
            let ends = try await CampaignRun(
                folder: folder, jobs: jobs, executor: executor, progress: { _ in }, say: { _ in }
            ).run()
            #expect(ends[Self.build.key]?.state == .lost)
            #expect(ends[Self.build.key]?.reason.contains("exit status 3: what went wrong") == true)
        }
    }
}
