// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
package import SystemPackage

/// Does steps on this machine, as many at once as its processors and its memory allow.
package actor LocalExecutor: CampaignExecutor {
    private let worker: Command
    private let logs: @Sendable (Digest) -> FilePath
    private let cores: Int
    private let memoryMiB: Int
    private let node: String
    private var running: [Digest: (task: Task<Void, Never>, cores: Int, memoryMiB: Int)] = [:]
    private var ended: [Digest: CampaignProcess] = [:]
    private var waiter: CheckedContinuation<Void, Never>?

    /// `worker` is the command that does the step whose key follows it; `logs` is the file for what it prints.
    package init(
        worker: Command, logs: @escaping @Sendable (Digest) -> FilePath, cores: Int, memoryMiB: Int, node: String
    ) {
        self.worker = worker
        self.logs = logs
        self.cores = max(1, cores)
        self.memoryMiB = memoryMiB
        self.node = node
    }

    /// A worker that finds another process at its step ends with this status (`EX_TEMPFAIL` of sysexits.h).
    package static let busyStatus: Int32 = 75

    package func start(_ ready: [CampaignJob]) -> [Digest] {
        var started: [Digest] = []
        for job in ready where running[job.key] == nil {
            let need = job.need(cores: cores)
            let used = running.values.reduce((cores: 0, memory: 0)) { ($0.cores + $1.cores, $0.memory + $1.memoryMiB) }
            // What needs more than there is runs alone.
            guard
                running.isEmpty
                    || used.cores + need.cores <= cores && used.memory + need.memoryMiB <= memoryMiB
            else {
                if used.cores >= cores { break }
                continue
            }
            running[job.key] = (run(job.key), need.cores, need.memoryMiB)
            started.append(job.key)
        }
        return started
    }

    private func run(_ key: Digest) -> Task<Void, Never> {
        var command = worker
        command.arguments.append(key.hexadecimal)
        let file = logs(key)
        return Task {
            let end: CampaignProcess
            do {
                let log = try LogFile(file)
                let ending = try await command.stream { bytes in
                    try log.append(bytes)
                    return .more
                }
                end =
                    ending == .exited(Self.busyStatus)
                    ? .elsewhere
                    : .ended(
                        ending.succeeded
                            ? ending.text
                            : [ending.text, log.tail(3)].filter { !$0.isEmpty }.joined(separator: ": "))
            } catch {
                end = .ended(ErrorWords.of(error))
            }
            self.end(key, end)
        }
    }

    private func end(_ key: Digest, _ process: CampaignProcess) {
        running[key] = nil
        ended[key] = process
        waiter?.resume()
        waiter = nil
    }

    package func look() async throws -> [Digest: CampaignProcess] {
        if ended.isEmpty, !running.isEmpty {
            await withTaskCancellationHandler {
                await withCheckedContinuation { waiter = $0 }
            } onCancel: {
                Task { await self.wake() }
            }
            try Task.checkCancellation()
        }
        let news = ended
        ended = [:]
        return news.merging(running.mapValues { _ in .running(node: node) }) { $1 }
    }

    private func wake() {
        waiter?.resume()
        waiter = nil
    }

    package func cancel() async {
        let tasks = running.values.map(\.task)
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }
}
