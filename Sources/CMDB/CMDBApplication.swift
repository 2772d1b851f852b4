// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records

/// Makes a plan's changes, one after the other, and goes on where it stopped.
struct CMDBApplication<Target: CMDBTarget> {
    private let plan: CMDBPlan
    private let target: Target
    private let journal: CMDBJournal

    /// Answers that say nothing, one after the other, after which the rest is left for another time.
    private static var patience: Int { 3 }

    init(_ plan: CMDBPlan, in target: Target, journal: CMDBJournal) {
        self.plan = plan
        self.target = target
        self.journal = journal
    }

    /// Throws `Failure` where the journal can't be written, and `CancellationError`.
    func run(progress: ProgressSink) async throws {
        var silent = 0
        var rest = plan.operations.filter { journal.states[$0.number]?.state != .done }[...]
        while !rest.isEmpty, silent < Self.patience {
            try Task.checkCancellation()
            let batch = Array(rest.prefix(target.batch))
            rest = rest.dropFirst(batch.count)
            progress(
                WorkProgress(
                    "writing to \(plan.target)", done: plan.operations.count - rest.count - batch.count,
                    total: plan.operations.count, detail: batch[0].name))
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
    func report(_ digest: Digest) -> CMDBReport {
        CMDBReport(
            target: plan.target, type: plan.type, location: plan.location, plan: digest, head: plan.head,
            policy: plan.policy,
            results: plan.operations.map { operation in
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

extension CMDBPlan {
    /// Makes the changes that the journal does not have as done. Throws as `CMDBApplication.run` does.
    package func apply(
        to target: some CMDBTarget, _ journal: CMDBJournal, digest: Digest, progress: ProgressSink
    ) async throws -> CMDBReport {
        let application = CMDBApplication(self, in: target, journal: journal)
        try await application.run(progress: progress)
        return application.report(digest)
    }
}
