// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// A day of the calendar, which lasts from midnight to midnight UTC. As text `2027-05-31` (ISO 8601).
package struct Day: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// Counted from 1970-01-01.
    package let number: Int

    private static let seconds = 86_400

    package init(number: Int) { self.number = number }

    /// The day that a time is in.
    package init(_ time: Date) { number = Int((time.timeIntervalSince1970 / Double(Self.seconds)).rounded(.down)) }

    /// nil for another text, for a day that no month has, and for years before 1970 and after 9999.
    package init?(_ text: String) {
        guard let date = Self.midnight(of: text), date.timeIntervalSince1970 >= 0 else { return nil }
        self.init(date)
    }

    /// When the day begins that a text names as ISO 8601 has it; nil for another text.
    static func midnight(of text: String) -> Date? {
        guard text.utf8.count == 10, let date = try? Date(text, strategy: .iso8601.year().month().day()),
            date.formatted(.iso8601.year().month().day()) == text
        else { return nil }
        return date
    }

    package var start: Date { Date(timeIntervalSince1970: Double(number * Self.seconds)) }
    /// The first moment of the day after.
    package var end: Date { Date(timeIntervalSince1970: Double((number + 1) * Self.seconds)) }

    package var description: String { start.formatted(.iso8601.year().month().day()) }

    package func adding(days: Int) -> Day { Day(number: number + days) }

    /// The same day that number of months later; the month's last one where it has no such day.
    package func adding(months: Int) -> Day {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar.date(byAdding: .month, value: months, to: start).map { Day($0) } ?? self
    }

    package static func < (left: Day, right: Day) -> Bool { left.number < right.number }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let day = Day(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "“\(text.prefix(40))” is not a day like 2027-05-31")
        }
        self = day
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
