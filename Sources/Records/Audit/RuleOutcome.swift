// SPDX-License-Identifier: Apache-2.0

/// What one family of rules came to on one image.
package struct RuleOutcome: Codable, Hashable, Sendable {
    package enum State: String, Codable, Sendable {
        case checked
        /// Nothing of what the rule looks at can be in this image.
        case notApplicable = "not applicable"
        /// The check could not be made; `reason` says why. It never counts as passed.
        case unknown
    }

    /// How many of something were looked at, in the words of the rule.
    package struct Count: Codable, Hashable, Sendable {
        package let what: String
        package let count: Int

        package init(_ what: String, _ count: Int) {
            self.what = what
            self.count = count
        }
    }

    package let family: String
    package let state: State
    package let reason: String?
    package let counts: [Count]
    package let findings: [Finding]

    package init(
        family: String, state: State = .checked, reason: String? = nil, counts: [Count] = [], findings: [Finding] = []
    ) {
        self.family = family
        self.state = state
        self.reason = reason
        self.counts = counts
        self.findings = findings
    }

    /// The same with other findings.
    package func replacing(findings: [Finding]) -> RuleOutcome {
        RuleOutcome(family: family, state: state, reason: reason, counts: counts, findings: findings)
    }
}
