// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records

/// Does the steps of a campaign that nobody has done yet. It keeps nothing that can't be read again from the folder, so it
/// may be killed at any moment, and two of them may work on one campaign.
package struct CampaignRun: Sendable {
    /// What became of a step.
    package struct End: Sendable {
        package enum State: String, Sendable {
            case done, failed, skipped
            /// Another step that it needs has no good result.
            case unreachable
            /// Tried several times, and never for the kernel's reasons.
            case infrastructure
            /// Its process ended, or was gone, without a result.
            case lost
        }

        package let state: State
        package var result: CampaignResult?
        /// Of the result's file.
        package var digest: Digest?
        /// Why there is no result.
        package var reason = ""
        /// Whether this run did it.
        package var isOurs = false

        fileprivate init(state: State, reason: String = "", isOurs: Bool = false) {
            self.state = state
            self.reason = reason
            self.isOurs = isOurs
        }

        fileprivate init(_ result: CampaignResult, _ digest: Digest) {
            state =
                switch result.outcome {
                case .done: .done
                case .failed: .failed
                case .skipped: .skipped
                case .infrastructure: .infrastructure
                }
            self.result = result
            self.digest = digest
        }
    }

    private let folder: CampaignFolder
    private let jobs: [CampaignJob]
    private let executor: any CampaignExecutor
    private let clock: HostClock
    private let progress: ProgressSink
    private let say: @Sendable (String) -> Void

    /// `jobs` are in an order in which each stands behind those that it needs.
    package init(
        folder: CampaignFolder, jobs: [CampaignJob], executor: any CampaignExecutor, clock: HostClock = .system,
        progress: @escaping ProgressSink, say: @escaping @Sendable (String) -> Void
    ) {
        self.folder = folder
        self.jobs = jobs
        self.executor = executor
        self.clock = clock
        self.progress = progress
        self.say = say
    }

    /// Tries of one step that may end for other reasons than the kernel's.
    package static let mostTries = 3
    /// Between two looks at a step that another process does.
    private static let pause = Duration.seconds(2)

    /// What is there of steps already, and nothing else: what has no result is lost.
    package static func ends(of jobs: [CampaignJob], in folder: CampaignFolder) -> [Digest: End] {
        var ends: [Digest: End] = [:]
        for job in jobs {
            ends[job.key] =
                switch folder.result(of: job.key) {
                case .good(let result, let digest): End(result, digest)
                case .bad(let reason): End(state: .lost, reason: reason)
                case .none:
                    if let obstacle = job.needs.lazy.compactMap({ ends[$0] }).first(where: { $0.state != .done }) {
                        End(state: .unreachable, reason: obstacle.reason)
                    } else {
                        End(state: .lost, reason: folder.undecided(job.key).last?.fault?.text ?? "not done yet")
                    }
                }
        }
        return ends
    }

    /// Does them all. Throws `CancellationError`, when what was started has been ended.
    package func run() async throws -> [Digest: End] {
        do {
            return try await steps()
        } catch {
            await executor.cancel()
            throw error
        }
    }

    private func steps() async throws -> [Digest: End] {
        var open: [Digest: CampaignJob] = [:]
        var ends: [Digest: End] = [:]
        var started: Set<Digest> = []
        var elsewhere: Set<Digest> = []
        var tries: [Digest: Int] = [:]
        for job in jobs {
            do {
                try folder.add(job)
            } catch let failure as Failure {
                // One step's folder that can't be used stops nothing else.
                ends[job.key] = End(state: .infrastructure, reason: failure.message)
                continue
            }
            if let end = try end(of: job.key) { ends[job.key] = end } else { open[job.key] = job }
        }
        let order = jobs.map(\.key)
        while !open.isEmpty {
            try Task.checkCancellation()
            for job in jobs where open[job.key] != nil && !started.contains(job.key) {
                guard let obstacle = job.needs.lazy.compactMap({ ends[$0] }).first(where: { $0.state != .done }) else {
                    continue
                }
                open[job.key] = nil
                ends[job.key] = End(
                    state: .unreachable, reason: obstacle.result?.fault?.text ?? obstacle.reason)
            }
            for key in elsewhere {
                if let end = try end(of: key) {
                    ends[key] = end
                    open[key] = nil
                } else if folder.isBusy(key) {
                    continue
                }
                elsewhere.remove(key)
            }
            let ready = order.compactMap { open[$0] }.filter { job in
                !started.contains(job.key) && !elsewhere.contains(job.key)
                    && job.needs.allSatisfy { ends[$0]?.state == .done }
            }
            if !ready.isEmpty { started.formUnion(try await executor.start(ready)) }
            tell(ends, open, started)
            guard !started.isEmpty else {
                if !elsewhere.isEmpty { try await clock.sleep(for: Self.pause) }
                continue
            }
            for (key, process) in try await executor.look() where open[key] != nil {
                switch process {
                case .waiting, .running: continue
                case .elsewhere:
                    started.remove(key)
                    elsewhere.insert(key)
                case .ended(let words):
                    started.remove(key)
                    if var end = try end(of: key) {
                        end.isOurs = true
                        ends[key] = end
                        open[key] = nil
                        continue
                    }
                    tries[key, default: 0] += 1
                    let undecided = folder.undecided(key).last
                    let reason = undecided?.fault?.text ?? words
                    if tries[key, default: 0] >= Self.mostTries {
                        ends[key] = End(
                            state: undecided == nil ? .lost : .infrastructure, reason: reason, isOurs: true)
                        open[key] = nil
                        say("\(title(key)): given up after \(Self.mostTries) tries: \(reason)")
                    } else {
                        say(
                            "\(title(key)): try \(tries[key] ?? 0) of \(Self.mostTries) ended without a result: \(reason)"
                        )
                    }
                }
            }
        }
        return ends
    }

    private func title(_ key: Digest) -> String { jobs.first { $0.key == key }?.title ?? key.short }

    /// nil where it has no result yet that holds.
    private func end(of key: Digest) throws -> End? {
        switch folder.result(of: key) {
        case .none: return nil
        case .good(let result, let digest):
            return End(result, digest)
        case .bad(let reason):
            // Who does the step next takes it out of the way.
            say("\(title(key)): the result that lies there does not count: \(reason)")
            return nil
        }
    }

    private func tell(_ ends: [Digest: End], _ open: [Digest: CampaignJob], _ started: Set<Digest>) {
        let failed = ends.values.count { $0.state == .failed }
        let running = jobs.lazy.filter { started.contains($0.key) }.prefix(2).map(\.title).joined(separator: "; ")
        progress(
            WorkProgress(
                "campaign" + (failed > 0 ? " (\(failed) failed)" : ""), done: ends.count, total: jobs.count,
                detail: running))
    }
}
