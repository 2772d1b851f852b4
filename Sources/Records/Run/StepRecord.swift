// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Host

/// Why something could not be done, as it was said.
package struct FailureRecord: Codable, Hashable, Sendable {
    /// A stable word: `build.failed`.
    package let code: String
    package let message: String
    package let advice: String
    /// What the layer below said, such as the compiler's first error.
    package let details: String?

    package init(_ failure: Failure) {
        code = failure.code
        message = failure.message
        advice = failure.advice
        details = failure.underlying
    }
}

/// One step that was taken, whatever it came to.
package struct StepRecord: RecordBody {
    package static let kind = RecordKind.step
    package static let version = 1

    package enum Outcome: String, Codable, Sendable, CaseIterable {
        case done
        case failed
        /// Somebody ended it.
        case cancelled
    }

    /// `build`, `baseline-boot`.
    package let name: String
    package let startedAt: Date
    package let milliseconds: Int
    /// Digest of everything that went in: another step with the same inputs has the same output.
    package let inputs: Digest
    package let outcome: Outcome
    /// Of the result's JSON, a file of the entry; nil where there is none.
    package let output: Digest?
    /// nil for a step that did not fail.
    package let failure: FailureRecord?

    package init(
        name: String, startedAt: Date, milliseconds: Int, inputs: Digest, outcome: Outcome, output: Digest? = nil,
        failure: FailureRecord? = nil
    ) {
        self.name = name
        self.startedAt = startedAt
        self.milliseconds = milliseconds
        self.inputs = inputs
        self.outcome = outcome
        self.output = output
        self.failure = failure
    }

    package var subjects: [Subject] { output.map { [Subject(name, $0)] } ?? [] }
}

/// A pilot, a test or a drill that did not come to its report: a step failed, somebody ended it, or it was to end earlier.
package struct UnfinishedRun: RecordBody {
    package static let kind = RecordKind.unfinishedRun
    package static let version = 1

    package enum Outcome: String, Codable, Sendable, CaseIterable {
        case failed
        case cancelled
        /// It was to end there.
        case ended
    }

    /// Time-ordered and unique: `20261122T101500Z-5f3a9c01`.
    package let identifier: String
    package let tool: String
    /// `pilot`, `test`, `drill`; nil in records of before there were others: a pilot.
    package let workflow: String?
    /// As it was requested: `6.12`, a folder, a tarball; the names of two kernels.
    package let kernel: String
    package let startedAt: Date
    package let finishedAt: Date
    package let outcome: Outcome
    /// nil where nothing failed.
    package let failure: FailureRecord?
    /// In the order in which they ended; the last is the one that failed, where a step did.
    package let steps: [StepRecord]

    package init(
        identifier: String, tool: String, workflow: String?, kernel: String, startedAt: Date, finishedAt: Date,
        outcome: Outcome, failure: FailureRecord?, steps: [StepRecord]
    ) {
        self.identifier = identifier
        self.tool = tool
        self.workflow = workflow
        self.kernel = kernel
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.outcome = outcome
        self.failure = failure
        self.steps = steps
    }

    package var subjects: [Subject] { steps.flatMap(\.subjects) }
    /// Whether it was one of a pilot.
    package var isPilot: Bool { workflow == nil || workflow == "pilot" }
}
