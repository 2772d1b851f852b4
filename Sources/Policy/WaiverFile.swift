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
        func waiver(_ entry: Any) throws -> Waiver {
            func failure(_ words: String) -> ReadError { ReadError(description: words) }
            guard let entry = entry as? [String: Any] else { throw failure("an object is expected") }
            func text(_ key: String, _ old: String? = nil) throws -> String {
                var name = key
                if entry[key] == nil, let old, entry[old] != nil {
                    isOld = true
                    name = old
                }
                guard let value = entry[name] else { throw failure("the key `\(key)` is missing") }
                guard let text = value as? String else { throw failure("the key `\(name)` has to be a text") }
                guard !text.allSatisfy(\.isWhitespace) else { throw failure("the key `\(name)` is empty") }
                return text
            }
            let known: Set = ["rule", "location", "test", "place", "reason", "owner", "expires"]
            if let other = entry.keys.sorted().first(where: { !known.contains($0) }) {
                throw failure("the key `\(other)` is not known")
            }
            for (key, old) in [("rule", "test"), ("location", "place"), ("location", "test")]
            where entry[key] != nil && entry[old] != nil {
                throw failure("the keys `\(key)` and `\(old)` exclude each other")
            }
            let isTest = entry["rule"] == nil && entry["test"] != nil
            if isTest { isOld = true }
            let rule = isTest ? TestRule.failed.identifier : try text("rule")
            guard rules.contains(where: { $0.identifier == rule }) else {
                throw failure("there is no rule \(rule) (key `rule`)")
            }
            let expires = try text("expires")
            guard Waiver.isDay(expires) else {
                throw failure("`\(expires)` is not a day like 2027-05-31 (key `expires`)")
            }
            return Waiver(
                rule: rule, location: try isTest ? text("test") : text("location", "place"), reason: try text("reason"),
                owner: try text("owner"), expires: expires)
        }
        var waivers: [Waiver] = []
        var mistakes: [String] = []
        for (index, entry) in entries.enumerated() {
            do {
                waivers.append(try waiver(entry))
            } catch {
                mistakes.append("entry \(index + 1): \(error)")
            }
        }
        guard mistakes.isEmpty else { throw ReadError(description: mistakes.joined(separator: "\n")) }
        self.waivers = waivers
        self.isOld = isOld
    }
}
