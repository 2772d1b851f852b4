// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records
internal import Settings

/// Reads a shop's `bessemer.yaml`.
package enum PolicyFile {
    package static let name = "bessemer.yaml"
    /// Bytes of a policy that is read; one that people read has a few thousand.
    package static let largest = SettingsFile.largest

    static let kind = SettingsFile.Kind(
        code: "policy.unreadable",
        advice: "`bessemer policy init` writes a policy with comments; `Docs/policy.schema.json` has all keys")

    /// The policy that `policy init` writes, with comments.
    package static let standard = String(decoding: PackageResources.bessemer_yaml, as: UTF8.self)

    /// With a book, rules that it does not have are refused, too. Throws `Failure` with code `policy.unreadable` that names the
    /// line.
    package static func read(
        _ bytes: [UInt8], named name: String = name, book: RuleBook? = nil
    ) throws -> Policy {
        let root = try SettingsFile(bytes, named: name, kind).root
        try root.check(keys: ["people", "earlier-policies", "waivers", "stages", "milestones", "watch"])
        let people = try people(root.list("people", atMost: 1000))
        var stages: [Policy.Stage] = []
        for settings in try root.list("stages", atMost: 20) {
            stages.append(try stage(settings, after: stages, people: people, book: book))
        }
        guard !stages.isEmpty else { throw root.failure("`stages` has to have at least one stage") }
        return Policy(
            digest: Digest(of: bytes), earlier: try digests(root, "earlier-policies", "a SHA-256"), people: people,
            waivers: try waivers(root.settings("waivers"), people: people), stages: stages,
            milestones: try milestones(root.list("milestones"), stages: stages))
    }

    private static func people(_ list: [Settings]) throws(Failure) -> [Policy.Person] {
        var people: [Policy.Person] = []
        var owners: [Digest: String] = [:]
        for settings in list {
            try settings.check(keys: ["name", "keys", "may"])
            let name = try settings.required("name")
            guard !people.contains(where: { $0.name == name }) else {
                throw settings.failure(of: "name", "is that of two people: \(name)")
            }
            let keys = try digests(settings, "keys", "a fingerprint")
            guard !keys.isEmpty else { throw settings.failure("`\(settings.path)` (\(name)) has no key") }
            for key in keys {
                if let owner = owners.updateValue(name, forKey: key) {
                    throw settings.failure(of: "keys", "has a key that \(owner) has, too: \(key.short)")
                }
            }
            let may = try settings.words("may", Policy.Person.Right.self)
            people.append(Policy.Person(name: name, keys: keys, may: may.isEmpty ? Policy.Person.Right.allCases : may))
        }
        return people
    }

    private static func digests(_ settings: Settings, _ key: String, _ what: String) throws(Failure) -> [Digest] {
        try settings.texts(key).map { text throws(Failure) in
            guard let digest = Digest(hexadecimal: text) else {
                throw settings.failure(
                    of: key, "has `\(text.prefix(70))`, which is not \(what) of 64 hexadecimal digits")
            }
            return digest
        }
    }

    /// How many approve; refused where there are people, and fewer who may.
    private static func approvals(
        _ settings: Settings, _ range: ClosedRange<Int>, _ people: [Policy.Person]
    ) throws(Failure) -> Int? {
        let count = try settings.number("approvals", in: range)
        let most = people.count { $0.may.contains(.approve) }
        guard let count, count > most, !people.isEmpty else { return count }
        throw settings.failure(of: "approvals", "asks for \(count), and \(most) of the `people` may approve")
    }

    private static func waivers(
        _ settings: Settings?, people: [Policy.Person]
    ) throws(Failure) -> Policy.WaiverTerms {
        try settings?.check(keys: ["longest-term", "approvals", "emergency", "widest", "warnings"])
        let warnings = try settings?.numbers("warnings", in: 1...365) ?? [30, 14, 7]
        return Policy.WaiverTerms(
            longestTerm: try settings?.number("longest-term", in: 1...3650) ?? 180,
            approvals: try settings.map { settings throws(Failure) in try approvals(settings, 1...20, people) ?? 1 }
                ?? 1,
            emergency: try settings?.number("emergency", in: 0...60) ?? 3,
            widest: try settings?.number("widest", in: 1...100_000) ?? 20, warnings: warnings.sorted(by: >))
    }

    private static func stage(
        _ settings: Settings, after earlier: [Policy.Stage], people: [Policy.Person], book: RuleBook?
    ) throws(Failure) -> Policy.Stage {
        try settings.check(keys: [
            "name", "after", "validation", "compilers", "nightlies", "suites", "unwaivable", "allowed", "evidence",
            "ages", "waivers", "approvals",
        ])
        let name = try settings.required("name")
        guard name.utf8.count <= 60, name.utf8.allSatisfy({ $0.isWord || $0 == UInt8(ascii: "-") }) else {
            throw settings.failure(of: "name", "may have letters, digits, - and _ alone")
        }
        guard !earlier.contains(where: { $0.name == name }) else {
            throw settings.failure(of: "name", "is that of two stages: \(name)")
        }
        func earlierStage(_ stage: String, _ settings: Settings, _ key: String) throws(Failure) -> String {
            guard earlier.contains(where: { $0.name == stage }) else {
                throw settings.failure(of: key, "names `\(stage.prefix(60))`, which is not a stage before \(name)")
            }
            return stage
        }
        let after = try settings.text("after").map { text throws(Failure) in
            try earlierStage(text, settings, "after")
        }
        var validation: Policy.Validation?
        if let inner = try settings.settings("validation") {
            try inner.check(keys: ["stage", "months"])
            guard let months = try inner.number("months", in: 1...120) else {
                throw inner.failure("the key `\(inner.path).months` is missing")
            }
            validation = Policy.Validation(
                stage: try earlierStage(inner.required("stage"), inner, "stage"), months: months)
        }
        let suites = try settings.texts("suites")
        let evidence = try settings.words("evidence", Policy.Evidence.self)
        guard !suites.isEmpty || !evidence.isEmpty else {
            throw settings.failure("the stage \(name) asks for no suite and no evidence, so it would prove nothing")
        }
        let ages = try settings.settings("ages")
        try ages?.check(keys: ["run", "drill", "rebuild"])
        for (age, needed) in [("drill", Policy.Evidence.drill), ("rebuild", .rebuild)]
        where ages?.has(age) == true && !evidence.contains(needed) {
            throw ages?.failure(of: age, "says how old evidence may be that `evidence` does not ask for")
                ?? settings.failure("`ages` is wrong")
        }
        let approvals = try approvals(settings, 0...20, people) ?? 0
        let days = 1...36_500
        return Policy.Stage(
            name: name, after: after, validation: validation, compilers: try compilers(settings),
            nightlies: try nightlies(settings), suites: suites, unwaivable: try rules(settings, "unwaivable", book),
            allowed: try rules(settings, "allowed", book), evidence: evidence,
            ages: Policy.Ages(
                run: try ages?.number("run", in: days), drill: try ages?.number("drill", in: days),
                rebuild: try ages?.number("rebuild", in: days)),
            waivers: try waiverSource(settings), approvals: approvals)
    }

    private static func compilers(_ settings: Settings) throws(Failure) -> [Policy.CompilerGate] {
        let gates = try settings.words("compilers", Policy.CompilerGate.self)
        return gates.isEmpty ? [.stable] : gates
    }

    /// nil for any.
    private static func nightlies(_ settings: Settings) throws(Failure) -> [Day]? {
        let texts = try settings.texts("nightlies")
        guard texts != ["any"] else { return nil }
        return try texts.map { text throws(Failure) in
            guard let day = Day(text) else {
                throw settings.failure(
                    of: "nightlies", "has `\(text.prefix(40))`, which is not a day like 2026-08-01 since 1970")
            }
            return day
        }
    }

    private static func waiverSource(_ settings: Settings) throws(Failure) -> Policy.WaiverSource {
        let sources = try settings.words("waivers", Policy.WaiverSource.self)
        guard sources.count <= 1 else { throw settings.failure(of: "waivers", "has to be one word") }
        return sources.first ?? .signed
    }

    /// Rules and families that there are.
    private static func rules(
        _ settings: Settings, _ key: String, _ book: RuleBook?
    ) throws(Failure) -> [String] {
        try settings.texts(key).map { text throws(Failure) in
            let family = RuleBook.familyNames.first { text.hasPrefix($0.key) }?.key ?? ""
            let number = text.dropFirst(family.count)
            let isRule = !family.isEmpty && (number.isEmpty || number.wholeMatch(of: #/[0-9]{3}/#) != nil)
            guard isRule, book.map({ (try? $0.rules(named: text)) != nil }) ?? true else {
                throw settings.failure(of: key, "names `\(text.prefix(40))`, which is not a rule or a family")
            }
            return text
        }
    }
}
