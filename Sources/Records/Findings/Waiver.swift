// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// A deviation that somebody accepts until a day: it stays visible, and does not decide the verdict.
package struct Waiver: Codable, Hashable, Sendable {
    /// `TST001`, `LAY005`.
    package let rule: String
    /// A finding's file and symbol as its location has them, or the symbol alone, `*` standing for any text:
    /// `vmlinux struct foo`; a test's path, suite first: `fortify/fortify_test_known_sizes`.
    package let location: String
    /// Why it deviates and why that is acceptable, with the place in the source.
    package let reason: String
    /// Who accepted it.
    package let owner: String
    /// The last day on which it holds, `2027-05-31` (ISO 8601, UTC).
    package let expires: String

    package init(rule: String, location: String, reason: String, owner: String, expires: String) {
        self.rule = rule
        self.location = location
        self.reason = reason
        self.owner = owner
        self.expires = expires
    }

    /// Whether it holds at that time; one whose day can't be read never does.
    package func holds(at time: Date) -> Bool {
        guard let day = try? Date(expires, strategy: .iso8601.year().month().day()) else { return false }
        return time < day.addingTimeInterval(86_400)
    }

    /// Whether a text is a day of the calendar as ISO 8601 has it.
    package static func isDay(_ text: String) -> Bool { Day.midnight(of: text) != nil }

    /// Whether it is about such a finding, whatever the day.
    package func accepts(_ finding: Finding) -> Bool {
        guard finding.rule == rule, let at = finding.location else { return false }
        let name = at.file.split(separator: "/").last.map(String.init) ?? at.file
        let symbol = at.symbol.map { " \($0)" } ?? ""
        return [name + symbol, at.file + symbol, at.symbol].compactMap(\.self).contains { Self.matches(location, $0) }
    }

    /// Whether the text is the pattern, `*` standing for any text.
    package static func matches(_ pattern: String, _ text: String) -> Bool {
        var parts = pattern.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)[...]
        var rest = text.utf8[...]
        guard let first = parts.popFirst(), rest.starts(with: first) else { return false }
        rest = rest.dropFirst(first.count)
        guard let last = parts.popLast() else { return rest.isEmpty }
        for part in parts where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.count >= last.count && rest.suffix(last.count).elementsEqual(last)
    }
}

/// A finding that somebody accepts.
package struct Acceptance: Codable, Hashable, Sendable {
    package let finding: Finding
    package let waiver: Waiver

    package init(finding: Finding, waiver: Waiver) {
        self.finding = finding
        self.waiver = waiver
    }
}
