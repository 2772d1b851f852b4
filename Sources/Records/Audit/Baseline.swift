// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// The exceptions that somebody accepts: the findings stay visible, but do not count against the file.
package struct Baseline: Codable, Hashable, Sendable {
    /// One accepted finding, or several that share a rule and a place.
    package struct Entry: Codable, Hashable, Sendable {
        /// `LAY005`
        package let rule: String
        /// The finding's file and symbol as its place has them, `*` standing for any text: `vmlinux struct foo`.
        package let place: String
        package let reason: String
        package let owner: String
        /// The last day on which it holds, `2027-05-31` (ISO 8601, UTC).
        package let expires: String

        package init(rule: String, place: String, reason: String, owner: String, expires: String) {
            self.rule = rule
            self.place = place
            self.reason = reason
            self.owner = owner
            self.expires = expires
        }

        func matches(_ finding: Finding) -> Bool {
            guard finding.rule == rule, let at = finding.place else { return false }
            let name = at.file.split(separator: "/").last.map(String.init) ?? at.file
            let symbol = at.symbol.map { " \($0)" } ?? ""
            return Self.matches(place, name + symbol) || Self.matches(place, at.file + symbol)
        }

        /// Whether the text is the pattern, `*` standing for any text.
        static func matches(_ pattern: String, _ text: String) -> Bool {
            let pattern = Array(pattern.utf8)
            let text = Array(text.utf8)
            var at = 0
            var place = 0
            var star: (pattern: Int, text: Int)?
            while place < text.count {
                if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
                    star = (at, place)
                    at += 1
                } else if at < pattern.count, pattern[at] == text[place] {
                    at += 1
                    place += 1
                } else if let last = star {
                    star = (last.pattern, last.text + 1)
                    at = last.pattern + 1
                    place = last.text + 1
                } else {
                    return false
                }
            }
            return pattern[at...].allSatisfy { $0 == UInt8(ascii: "*") }
        }
    }

    package let entries: [Entry]

    package init(entries: [Entry]) { self.entries = entries }

    /// Reads a person's file; an error says what is wrong in it.
    ///
    /// - Throws: `ReadError`.
    package static func read(_ bytes: [UInt8], rules: [RuleDescription]) throws -> Baseline {
        func failure(_ place: String, _ words: String) -> ReadError { ReadError(description: place + words) }
        let baseline: Baseline
        do {
            baseline = try JSONDecoder().decode(Baseline.self, from: Data(bytes))
        } catch let error as DecodingError {
            let (path, words) = Self.words(error)
            throw failure(path, words)
        }
        for (index, entry) in baseline.entries.enumerated() {
            let place = "entry \(index + 1): "
            guard rules.contains(where: { $0.identifier == entry.rule }) else {
                throw failure(place, "there is no rule \(entry.rule) (key `rule`)")
            }
            for (key, value) in [("place", entry.place), ("reason", entry.reason), ("owner", entry.owner)]
            where value.allSatisfy(\.isWhitespace) {
                throw failure(place, "the key `\(key)` is empty")
            }
            guard Self.isDay(entry.expires) else {
                throw failure(place, "`\(entry.expires)` is not a day like 2027-05-31 (key `expires`)")
            }
        }
        return baseline
    }

    /// What is wrong in a file of accepted exceptions, with the entry and the key.
    package struct ReadError: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) {
            self.description = description
        }
    }

    /// Whether a text is a day of the calendar as ISO 8601 has it.
    private static func isDay(_ text: String) -> Bool {
        guard text.utf8.count == 10, let day = try? Date(text, strategy: .iso8601.year().month().day()) else {
            return false
        }
        return day.formatted(.iso8601.year().month().day()) == text
    }

    private static func words(_ error: DecodingError) -> (place: String, words: String) {
        func place(_ path: [any CodingKey]) -> String {
            path.first.flatMap(\.intValue).map { "entry \($0 + 1): " } ?? ""
        }
        switch error {
        case .keyNotFound(let key, let context):
            return (place(context.codingPath), "the key `\(key.stringValue)` is missing")
        case .typeMismatch(_, let context) where context.codingPath.count < 2,
            .valueNotFound(_, let context) where context.codingPath.count < 2:
            return (place(context.codingPath), "a list of entries is expected")
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return (
                place(context.codingPath), "the key `\(context.codingPath.last?.stringValue ?? "?")` has to be a text"
            )
        default: return ("", "not JSON")
        }
    }

    package init(from decoder: any Decoder) throws { entries = try [Entry](from: decoder) }
    package func encode(to encoder: any Encoder) throws { try entries.encode(to: encoder) }

    /// The report with accepted findings taken out of the outcomes and listed apart; stale entries are listed, too.
    package func applied(to report: AuditReport, at time: Date) -> AuditReport {
        let holding = entries.map { Waiver.holds(until: $0.expires, at: time) }
        var used = [Bool](repeating: false, count: entries.count)
        var accepted: [Finding] = []
        let files = report.files.map { file in
            let outcomes = file.outcomes.map { outcome in
                let left = outcome.findings.filter { finding in
                    guard let index = entries.indices.first(where: { holding[$0] && entries[$0].matches(finding) })
                    else { return true }
                    used[index] = true
                    accepted.append(finding)
                    return false
                }
                // What follows from findings that are accepted no more needs no entry, and has none too many.
                for finding in outcome.findings.flatMap({ $0.follows ?? [] }) {
                    for index in entries.indices where holding[index] && entries[index].matches(finding) {
                        used[index] = true
                    }
                }
                return outcome.replacing(findings: left)
            }
            return AuditReport.File(
                name: file.name, machine: file.machine, kind: file.kind, units: file.units, outcomes: outcomes,
                error: file.error, alsoRead: file.alsoRead)
        }
        let stale = entries.indices.compactMap { index -> String? in
            let entry = "\(entries[index].rule) \(entries[index].place)"
            if !holding[index] { return "\(entry): expired on \(entries[index].expires)" }
            return used[index] ? nil : "\(entry): matches no finding any more"
        }
        return report.replacing(files: files, accepted: accepted, staleBaseline: stale)
    }
}
