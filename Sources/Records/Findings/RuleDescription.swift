// SPDX-License-Identifier: Apache-2.0

/// What one rule says: the text of `bessemer explain`, and of the findings that the rule makes.
package struct RuleDescription: Codable, Hashable, Sendable {
    /// Three letters for the family, three digits: `LAY001`.
    package let identifier: String
    /// One line.
    package let title: String
    package let severity: Finding.Severity
    /// What is looked at, and how the verdict is reached.
    package let check: String
    /// Why it matters on this architecture.
    package let rationale: String
    /// How to fix it.
    package let remediation: String
    /// What several findings are, after their number; nil where they are counted by the rule's identifier.
    package let plural: String?
    /// What a finding that nobody accepts makes of a run; nil for nothing.
    package let decides: RunRecord.Verdict?
    /// Where the rule's facts come from: specification sections, kernel files.
    package let sources: [String]

    package init(
        _ identifier: String, _ severity: Finding.Severity, _ title: String, plural: String? = nil,
        decides: RunRecord.Verdict? = nil, check: String, rationale: String, remediation: String, sources: [String]
    ) {
        self.identifier = identifier
        self.title = title
        self.severity = severity
        self.plural = plural
        self.decides = decides ?? (severity == .error ? .failed : nil)
        self.check = check
        self.rationale = rationale
        self.remediation = remediation
        self.sources = sources
    }

    /// The letters before its number.
    package var family: String { String(identifier.prefix { $0.isLetter }) }

    /// A finding of this rule. A narrower `title` may name what was found.
    package func finding(
        _ title: String? = nil, at location: Finding.Location, expected: String? = nil, found: String? = nil
    ) -> Finding {
        Finding(
            rule: identifier, severity: severity, title: title ?? self.title, location: location, expected: expected,
            found: found, rationale: rationale, remediation: remediation)
    }
}
