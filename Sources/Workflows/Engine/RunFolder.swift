// SPDX-License-Identifier: Apache-2.0
package import Host
internal import Records
package import SystemPackage

/// The folder of one workflow, where its steps are taken, and taken over from earlier runs.
///
/// A step's file is written when the step is done, with its key. The next run takes the result over where the key is the
/// same and the result still holds.
package struct RunFolder: Sendable {
    /// A step's result, and whether it was taken over from an earlier run.
    package struct Finished<Output: Codable & Sendable>: Sendable {
        package let output: Output
        package let reused: Bool
    }

    package let steps: StepFiles
    private let recorder: StepRecorder
    private let reports: [FilePath]

    /// `reports` are files in the folder that say what an earlier run came to: they are removed before a step is done.
    package init(_ path: FilePath, seal: SealingKey, recorder: StepRecorder, reports: [String] = []) throws {
        self.recorder = recorder
        self.reports = reports.map(path.appending)
        steps = StepFiles(in: path, seal: seal)
        try steps.makeFolder()
    }

    /// Takes over the step's result where it has the same key and still holds; performs it otherwise. Either way, and
    /// where it fails, the step is recorded.
    package func take<S: Step>(_ step: S, at site: S.Site) async throws -> Finished<S.Output> {
        try Task.checkCancellation()
        let key = try step.key
        if var earlier = steps.last(step.name, as: S.Output.self), earlier.inputs == key,
            (try? await step.holds(earlier.output, at: site)) == true
        {
            if try await !recorder.takeOver(earlier.entry) {
                let result = Array(try JSON.encode(earlier.output))
                let record = StepRecord(
                    name: earlier.name, startedAt: earlier.startedAt,
                    milliseconds: Int((earlier.seconds * 1000).rounded()), inputs: key, outcome: .done,
                    output: Digest(of: result))
                earlier.entry = try await recorder.record(
                    record, result: result, step.attachments(of: earlier.output, at: site))
                try steps.write(earlier)
            }
            return Finished(output: earlier.output, reused: true)
        }
        for report in reports { try Files.remove(report) }
        let done = try await recorder.perform(step.name, inputs: key) {
            step.attachments(of: $0, at: site)
        } work: {
            try await step.perform(at: site)
        }
        let finished = FinishedStep(
            name: step.name, inputs: key, startedAt: done.record.startedAt,
            seconds: Double(done.record.milliseconds) / 1000, output: done.output, entry: done.entry)
        try steps.write(finished)
        return Finished(output: finished.output, reused: false)
    }
}
