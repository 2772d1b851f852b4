// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records

/// A timeline as a calendar that others subscribe to or import (RFC 5545): an event of a whole day for each milestone with
/// a day, and for each waiver's last day.
///
/// An event's name stays the same for ever, and its number rises where its day moved, so that a calendar changes what it has
/// and adds nothing twice. The same timeline gives the same bytes.
package struct ICalendar: Sendable {
    package let text: String

    /// Days before an event on which a calendar reminds of it.
    private static let warning = 14

    package init(_ timeline: Timeline) {
        var lines = [
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Bessemer//timeline 1//EN", "CALSCALE:GREGORIAN",
            "METHOD:PUBLISH", "X-WR-CALNAME:" + Self.escaped("Linux \(timeline.subject): milestones"),
        ]
        for milestone in timeline.milestones { lines += Self.event(milestone, timeline) }
        for end in timeline.waivers { lines += Self.event(end, timeline) }
        lines.append("END:VCALENDAR")
        text = lines.map { Self.folded($0) + "\r\n" }.joined()
    }

    /// Nothing for one without a day.
    private static func event(_ milestone: Milestone, _ timeline: Timeline) -> [String] {
        guard let day = milestone.day, milestone.state == .reached || milestone.state == .eligible else { return [] }
        let name = milestone.basis == .gate ? "\(milestone.identifier)-\(timeline.subject)" : milestone.identifier
        let subject = milestone.basis == .gate ? "Linux \(timeline.subject): " : ""
        return event(
            name, timeline, day, moves: milestone.moves, changedAt: milestone.changedAt,
            summary: "\(subject)\(milestone.title), \(milestone.words)",
            description: milestone.heldBy.map { "\($0.name): \($0.reason)" } + milestone.notes, category: "MILESTONE",
            isReminded: milestone.state == .eligible)
    }

    private static func event(_ end: Timeline.WaiverEnd, _ timeline: Timeline) -> [String] {
        let (waiver, terms) = (end.waiver, end.waiver.terms)
        return event(
            waiver.identifier, timeline, waiver.lastDay, moves: end.moves, changedAt: end.changedAt,
            summary: "Last day of waiver \(waiver.identifier): \(terms.scope.rule) \(terms.scope.location)",
            description: [
                "Owner: \(terms.owner)", "Reason: \(terms.reason)", "Compensation: \(terms.compensation)",
                "State: \(waiver.state.rawValue)",
            ] + (terms.ticket.map { ["Ticket: \($0)"] } ?? []), category: "WAIVER", isReminded: true)
    }

    private static func event(
        _ name: String, _ timeline: Timeline, _ day: Day, moves: Int?, changedAt: Date, summary: String,
        description: [String], category: String, isReminded: Bool
    ) -> [String] {
        let store = timeline.store.map { String($0.hexadecimal.prefix(32)) } ?? "unnamed"
        let next = day.adding(days: 1)
        var lines = [
            "BEGIN:VEVENT", "UID:\(escaped(name))@\(store)", "DTSTAMP:\(stamp(changedAt))",
            "SEQUENCE:\(max(0, moves ?? 0))", "DTSTART;VALUE=DATE:\(digits(day))",
        ]
        // Years have four digits there.
        if next.description.utf8.count == 10 { lines.append("DTEND;VALUE=DATE:\(digits(next))") }
        lines += [
            "SUMMARY:" + escaped(summary), "DESCRIPTION:" + description.map(escaped).joined(separator: "\\n"),
            "CATEGORIES:\(category)", "TRANSP:TRANSPARENT",
        ]
        if isReminded {
            lines += [
                "BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:" + escaped("in \(warning) days: \(summary)"),
                "TRIGGER:-P\(warning)D", "END:VALARM",
            ]
        }
        return lines + ["END:VEVENT"]
    }

    private static func digits(_ day: Day) -> String { day.description.replacing("-", with: "") }

    /// `20261127T030000Z`.
    private static func stamp(_ time: Date) -> String {
        time.formatted(.iso8601).replacing("-", with: "").replacing(":", with: "")
    }

    /// A text without what would end it or act on who reads it (RFC 5545 § 3.3.11).
    private static func escaped(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in VisibleText.of(text, columns: 4000).unicodeScalars {
            if "\\;,".unicodeScalars.contains(scalar) { escaped.append("\\") }
            escaped.append(scalar)
        }
        return String(escaped)
    }

    /// Lines of at most 75 bytes, none broken within a character (§ 3.1).
    static func folded(_ line: String) -> String {
        var folded = ""
        var length = 0
        for scalar in line.unicodeScalars {
            let size = UTF8.width(scalar)
            if length + size > 75 {
                folded += "\r\n "
                length = 1
            }
            folded.unicodeScalars.append(scalar)
            length += size
        }
        return folded
    }
}
