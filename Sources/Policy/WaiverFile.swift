// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

/// A person's file of waivers: a list of objects with `rule`, `location`, `reason`, `owner` and `expires`.
///
/// The files of Bessemer 0.1 are read, too: those for tests have `test` instead of rule and location, those for audits `place`
/// instead of `location`.
package struct WaiverFile: Sendable {
    package let waivers: [Waiver]
    /// The keys of 0.1 that entries have.
    package let oldKeys: Set<String>

    /// What is wrong in a file of waivers, with the entry and the key.
    package struct ReadError: Error, CustomStringConvertible {
        package let description: String
    }

    /// Reads a file; an error says what is wrong in it, a line each entry.
    ///
    /// - Throws: `ReadError`.
    package init(_ bytes: [UInt8], rules: [RuleDescription]) throws {
        let list: CanonicalJSON
        do {
            list = try CanonicalJSON(bytes)
        } catch {
            throw ReadError(description: error.text(in: bytes))
        }
        guard case .array(let entries) = list else { throw ReadError(description: "a list of waivers is expected") }
        var oldKeys: Set<String> = []
        var waivers: [Waiver] = []
        var mistakes: [String] = []
        for (index, entry) in entries.enumerated() {
            do {
                waivers.append(try Self.waiver(entry, rules: rules, &oldKeys))
            } catch {
                mistakes.append("entry \(index + 1): \(error)")
                guard mistakes.count < Self.mostMistakes else { break }
            }
        }
        guard mistakes.isEmpty else { throw ReadError(description: mistakes.joined(separator: "\n")) }
        self.waivers = waivers
        self.oldKeys = oldKeys
    }

    /// More than that many lines are not read by a person.
    private static let mostMistakes = 50

    private static func waiver(
        _ entry: CanonicalJSON, rules: [RuleDescription], _ oldKeys: inout Set<String>
    ) throws(ReadError) -> Waiver {
        guard case .object(let members) = entry else { throw ReadError(description: "an object is expected") }
        let entry = Dictionary(members.map { ($0.name, $0.value) }) { one, _ in one }
        func text(_ key: String) throws(ReadError) -> String {
            guard let value = entry[key] else { throw ReadError(description: "the key `\(key)` is missing") }
            guard case .string(let text) = value else {
                throw ReadError(description: "the key `\(key)` has to be a text")
            }
            let isShown = text.unicodeScalars.contains {
                !$0.properties.isWhitespace && !$0.properties.isDefaultIgnorableCodePoint && $0.value >= 0x20
            }
            guard isShown, !["reason", "owner"].contains(key) || text.contains(where: { $0.isLetter || $0.isNumber })
            else { throw ReadError(description: "the key `\(key)` is empty") }
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
        oldKeys.formUnion(["test", "place"].filter { entry[$0] != nil })
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
