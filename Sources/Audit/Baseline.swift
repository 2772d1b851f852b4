// SPDX-License-Identifier: Apache-2.0
internal import Findings
public import Foundation

/// The exceptions that somebody accepts: the findings stay visible, but do not count against the file.
public struct Baseline: Codable, Hashable, Sendable {
    /// One accepted finding, or several that share a rule and a place.
    public struct Entry: Codable, Hashable, Sendable {
        /// `LAY005`
        public let rule: String
        /// The finding's file and symbol as its place has them, `*` standing for any text: `vmlinux struct foo`.
        public let place: String
        public let reason: String
        public let owner: String
        /// The last day on which it holds, `2027-05-31` (ISO 8601, UTC).
        public let expires: String

        public init(rule: String, place: String, reason: String, owner: String, expires: String) {
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

    public let entries: [Entry]

    public init(entries: [Entry]) { self.entries = entries }

    public init(from decoder: any Decoder) throws { entries = try [Entry](from: decoder) }
    public func encode(to encoder: any Encoder) throws { try entries.encode(to: encoder) }

    /// The report with accepted findings taken out of the outcomes and told apart; stale entries are told too.
    public func applied(to report: AuditReport, at time: Date) -> AuditReport {
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
                return outcome.replacing(findings: left)
            }
            return AuditReport.File(
                name: file.name, machine: file.machine, kind: file.kind, units: file.units, outcomes: outcomes,
                error: file.error)
        }
        let stale = entries.indices.compactMap { index -> String? in
            let entry = "\(entries[index].rule) \(entries[index].place)"
            if !holding[index] { return "\(entry): expired on \(entries[index].expires)" }
            return used[index] ? nil : "\(entry): matches no finding any more"
        }
        return AuditReport(files: files, accepted: accepted, staleBaseline: stale)
    }
}
