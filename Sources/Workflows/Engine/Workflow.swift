// SPDX-License-Identifier: Apache-2.0
package import Evidence
package import Foundation
internal import Host
package import Records

/// One run of a workflow, which leaves a record however it ends.
package struct Workflow: Sendable {
    /// `pilot`, `test`, `drill`.
    let name: String
    /// What it works on, as it was requested: a kernel's version, the names of two kernels.
    let subject: String
    /// The version with the program's own digest.
    let tool: String
    let store: any EvidenceArchive
    let say: @Sendable (String) -> Void
    /// Is given the record of a run that did not come to its report.
    let unfinished: @Sendable (UnfinishedRun) throws -> Void
    private let start = Date()

    package init(
        name: String, subject: String, tool: String, store: any EvidenceArchive,
        say: @escaping @Sendable (String) -> Void,
        unfinished: @escaping @Sendable (UnfinishedRun) throws -> Void = { _ in }
    ) {
        self.name = name
        self.subject = subject
        self.tool = tool
        self.store = store
        self.say = say
        self.unfinished = unfinished
    }

    /// Does the work, which takes its steps with the recorder. Where it fails or is cancelled, an unfinished run in the
    /// log says so; its parents are the steps.
    package func run<Result>(_ work: (StepRecorder) async throws -> Result) async throws -> Result {
        let recorder = StepRecorder(store: store)
        do {
            return try await work(recorder)
        } catch {
            let isCancelled = error is CancellationError
            // What went wrong first is what has to be said, also where that can't be recorded.
            try? await recordEnd(
                isCancelled ? .cancelled : .failed, isCancelled ? nil : FailureRecord(Failure(of: error)), recorder)
            throw error
        }
    }

    /// Records that the run ends before its report.
    func recordEnd(
        _ outcome: UnfinishedRun.Outcome, _ failure: FailureRecord? = nil, _ recorder: StepRecorder
    ) async throws {
        let now = Date()
        let run = UnfinishedRun(
            identifier: Self.identifier(at: now), tool: tool, workflow: name,
            kernel: Redaction.ofProcess.text(subject), startedAt: start,
            finishedAt: now, outcome: outcome, failure: failure, steps: await recorder.steps)
        let (store, parents) = (store, await recorder.entries)
        // Also where the work was cancelled.
        try await Task { _ = try await store.append(try Entry.Draft(run, parents: parents)) }.value
        say("recorded as \(run.identifier)")
        try unfinished(run)
    }

    /// Time-ordered and unique: `20261122T101500Z-5f3a9c01`.
    package static func identifier(at time: Date, token: String? = nil) -> String {
        let stamp = time.ISO8601Format(.iso8601(timeZone: .gmt, dateSeparator: .omitted, timeSeparator: .omitted))
        return "\(stamp)-\(token ?? UUID().uuidString.prefix(8).lowercased())"
    }
}
