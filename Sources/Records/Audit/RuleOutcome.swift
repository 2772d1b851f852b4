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

    /// How many of something were looked at, or found.
    package struct Count: Codable, Hashable, Sendable {
        /// `returns.c.unprotected`; nil in records of before counts had identifiers.
        package let identifier: String?
        /// In the words of the rule.
        package let label: String
        package let count: Int

        package var name: CountName { CountName(identifier, label) }

        package init(_ name: CountName, _ count: Int) {
            identifier = name.identifier
            label = name.label
            self.count = count
        }

        /// With the name's identifier and label beside each other.
        package init(_ identifier: String, _ label: String, _ count: Int) {
            self.init(CountName(identifier, label), count)
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

extension Sequence<RuleOutcome.Count> {
    /// Each name once, where it stands first, with the sum of its counts.
    package var summed: [RuleOutcome.Count] {
        var names: [CountName] = []
        var sums: [CountName: Int] = [:]
        for count in self {
            if sums[count.name] == nil { names.append(count.name) }
            // Counts come from elsewhere, too; no kernel has that number of anything.
            sums[count.name, default: 0] = Swift.min(
                1 << 52, (sums[count.name] ?? 0) + Swift.min(1 << 52, Swift.max(0, count.count)))
        }
        return names.map { .init($0, sums[$0] ?? 0) }
    }
}
