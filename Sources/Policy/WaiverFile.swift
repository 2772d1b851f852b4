// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Records

/// A person's file of waivers: a list of objects with `rule`, `location`, `reason`, `owner` and `expires`.
///
/// The files of Bessemer 0.1 are read, too: those for tests have `test` instead of rule and location, those for audits `place`
/// instead of `location`.
package struct WaiverFile: Sendable {
    package let waivers: [Waiver]
    /// Whether an entry is written as 0.1 had it.
    package let isOld: Bool

    /// What is wrong in a file of waivers, with the entry and the key.
    package struct ReadError: Error, CustomStringConvertible {
        package let description: String
    }

    /// Reads a file; an error says what is wrong in it, a line each entry.
    ///
    /// - Throws: `ReadError`.
    package init(_ bytes: [UInt8], rules: [RuleDescription]) throws {
        let list: Any
        do {
            list = try JSONSerialization.jsonObject(with: Data(bytes))
        } catch {
            throw ReadError(description: "not JSON")
        }
        guard let entries = list as? [Any] else { throw ReadError(description: "a list of waivers is expected") }
        var isOld = false
        var waivers: [Waiver] = []
        var mistakes: [String] = []
        for (index, entry) in entries.enumerated() {
            do {
                waivers.append(try Self.waiver(entry, rules: rules, isOld: &isOld))
            } catch {
                mistakes.append("entry \(index + 1): \(error)")
                guard mistakes.count < Self.mostMistakes else { break }
            }
        }
        guard mistakes.isEmpty else { throw ReadError(description: mistakes.joined(separator: "\n")) }
        self.waivers = waivers
        self.isOld = isOld
    }

    /// More than that many lines are not read by a person.
    private static let mostMistakes = 50

    private static func waiver(_ entry: Any, rules: [RuleDescription], isOld: inout Bool) throws(ReadError) -> Waiver {
        guard let entry = entry as? [String: Any] else { throw ReadError(description: "an object is expected") }
        func text(_ key: String) throws(ReadError) -> String {
            guard let value = entry[key] else { throw ReadError(description: "the key `\(key)` is missing") }
            guard let text = value as? String else {
                throw ReadError(description: "the key `\(key)` has to be a text")
            }
            guard !text.allSatisfy(\.isWhitespace) else { throw ReadError(description: "the key `\(key)` is empty") }
            return text
        }
        let known: Set = ["rule", "location", "test", "place", "reason", "owner", "expires"]
        if let other = entry.keys.sorted().first(where: { !known.contains($0) }) {
            throw ReadError(description: "the key `\(other)` is not known")
        }
        for (key, old) in [("rule", "test"), ("location", "place"), ("location", "test"), ("test", "place")]
        where entry[key] != nil && entry[old] != nil {
            throw ReadError(description: "the keys `\(key)` and `\(old)` exclude each other")
        }
        let isTest = entry["test"] != nil
        isOld = isOld || isTest || entry["place"] != nil
        let rule = isTest ? TestRule.failed.identifier : try text("rule")
        guard rules.contains(where: { $0.identifier == rule }) else {
            throw ReadError(description: "there is no rule \(rule) (key `rule`)")
        }
        let expires = try text("expires")
        guard Waiver.isDay(expires) else {
            throw ReadError(description: "`\(expires)` is not a day like 2027-05-31 (key `expires`)")
        }
        let location = ["test", "place"].first { entry[$0] != nil } ?? "location"
        return Waiver(
            rule: rule, location: try text(location), reason: try text("reason"), owner: try text("owner"),
            expires: expires)
    }
}
