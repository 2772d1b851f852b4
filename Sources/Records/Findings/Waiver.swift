// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// A deviation that somebody accepts until a day: it stays visible, but does not decide the verdict.
package struct Waiver: Codable, Hashable, Sendable {
    /// The failing test's path, suite first, e.g. `fortify/fortify_test_known_sizes`.
    package let test: String
    /// Why it fails and why that is acceptable, with the place in the source.
    package let reason: String
    /// Who accepted it.
    package let owner: String
    /// The last day on which it holds, `2027-05-31` (ISO 8601, UTC).
    package let expires: String

    package init(test: String, reason: String, owner: String, expires: String) {
        self.test = test
        self.reason = reason
        self.owner = owner
        self.expires = expires
    }

    /// Whether it holds at that time; one whose day can't be read never does.
    package func holds(at time: Date) -> Bool { Self.holds(until: expires, at: time) }

    /// Whether something that holds until the end of a day (ISO 8601, UTC) holds at that time.
    package static func holds(until day: String, at time: Date) -> Bool {
        guard let day = try? Date(day, strategy: .iso8601.year().month().day()) else { return false }
        return time < day.addingTimeInterval(86_400)
    }
}
