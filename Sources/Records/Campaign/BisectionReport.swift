// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// With which value of an ordered list something began to fail.
package struct BisectionReport: RecordBody {
    package static let kind = RecordKind.bisection
    package static let version = 1
    package static let isEvent = true

    package enum Verdict: String, Codable, Sendable {
        /// One value is the first bad one.
        case culprit
        /// It is one of several, of which those between can't be tried.
        case range
        case inconclusive
    }

    /// What the tries of one value came to.
    package struct Value: Codable, Hashable, Sendable {
        package let name: String
        package let good: Int
        /// With the failure that is looked for.
        package let bad: Int
        /// Tries that say nothing: another failure, or none could be made.
        package let skipped: Int

        package init(name: String, good: Int, bad: Int, skipped: Int) {
            self.name = name
            self.good = good
            self.bad = bad
            self.skipped = skipped
        }
    }

    /// The version of Bessemer, with the program's own digest.
    package let toolVersion: String
    package let startedAt: Date
    package let milliseconds: Int
    package let matrix: CampaignMatrix
    package let axis: CampaignMatrix.Axis
    package let verdict: Verdict
    /// The names of the values that may be the first bad one; empty where it is not known.
    package let suspects: [String]
    /// What tells the failure from others; empty where none was found.
    package let failure: String
    /// Why it is not known better.
    package let reason: String
    /// Of those that were tried, in the order of the list.
    package let values: [Value]

    package init(
        toolVersion: String, startedAt: Date, seconds: Double, matrix: CampaignMatrix, axis: CampaignMatrix.Axis,
        verdict: Verdict, suspects: [String], failure: String, reason: String, values: [Value]
    ) {
        self.toolVersion = toolVersion
        self.startedAt = startedAt
        milliseconds = Milliseconds.of(seconds)
        self.matrix = matrix
        self.axis = axis
        self.verdict = verdict
        self.suspects = suspects
        self.failure = failure
        self.reason = reason
        self.values = values
    }

    package var subjects: [Subject] { [] }
}
