// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records

extension CMDBPlan {
    /// Answers that say nothing, one after the other, after which the rest is left for another time.
    private static let patience = 3

    /// Makes the changes that the journal does not have as done, one after the other, and says what is known of each by then.
    ///
    /// Throws `Failure` where the journal can't be written, and `CancellationError`.
    package func apply(
        to target: some CMDBTarget, _ journal: CMDBJournal, digest: Digest, progress: ProgressSink
    ) async throws -> CMDBReport {
        try await make(in: target, journal, progress: progress)
        return report(journal, digest: digest)
    }

    private func make(in target: some CMDBTarget, _ journal: CMDBJournal, progress: ProgressSink) async throws {
        var silent = 0
        var rest = operations.filter { journal.states[$0.number]?.state != .done }[...]
        while !rest.isEmpty, silent < Self.patience {
            try Task.checkCancellation()
            let batch = Array(rest.prefix(target.batch))
            rest = rest.dropFirst(batch.count)
            progress(
                WorkProgress(
                    "writing to \(self.target)", done: operations.count - rest.count - batch.count,
                    total: operations.count, detail: batch[0].name))
            var open: [CMDBPlan.Operation] = []
            for operation in batch {
                do {
                    switch try await target.standing(of: operation) {
                    case .made: try journal.note([(operation.number, .done, nil)])
                    case .changed(let what):
                        try journal.note([(operation.number, .refused, "\(what); make a new plan")])
                    case .asPlanned, .unknown: open.append(operation)
                    }
                } catch let failure as Failure where failure.code.hasPrefix("cmdb.") {
                    silent += 1
                    try journal.note([(operation.number, .unknown, failure.message)])
                }
            }
            guard !open.isEmpty else { continue }
            try journal.note(open.map { ($0.number, .sent, nil) })
            let outcomes: [CMDBOutcome]
            do {
                outcomes = try await target.perform(open)
            } catch let failure as Failure where failure.code.hasPrefix("cmdb.") {
                silent += 1
                try journal.note(open.map { ($0.number, .unknown, failure.message) })
                continue
            }
            silent = outcomes.allSatisfy(\.isUnknown) ? silent + 1 : 0
            try journal.note(
                zip(open, outcomes).map { operation, outcome in
                    switch outcome {
                    case .done: (operation.number, .done, nil)
                    case .refused(let reason): (operation.number, .refused, reason)
                    case .unknown(let reason): (operation.number, .unknown, reason)
                    }
                })
        }
    }

    /// What is known of each operation by now.
    private func report(_ journal: CMDBJournal, digest: Digest) -> CMDBReport {
        CMDBReport(
            target: target, type: type, location: location, plan: digest, head: head,
            policy: policy,
            results: operations.map { operation in
                let known = journal.states[operation.number]
                return CMDBReport.Result(operation, known?.state ?? .todo, known?.reason)
            })
    }
}

extension CMDBOutcome {
    fileprivate var isUnknown: Bool {
        if case .unknown = self { true } else { false }
    }
}
