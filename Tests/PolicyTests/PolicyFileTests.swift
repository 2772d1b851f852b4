// SPDX-License-Identifier: Apache-2.0
import Host
import Records
import Testing

@testable import Policy

struct PolicyFileTests {
    private static let key = String(repeating: "0a", count: 32)

    private static func stages(_ text: String) -> String { "stages:\n  - {name: pilot, suites: ['*']\(text)}\n" }

    private func read(_ text: String) throws -> Policy { try PolicyFile.read(Array(text.utf8)) }

    @Test("the policy that init writes is read, and its stages are in their order")
    func standard() throws {
        let policy = try read(PolicyFile.standard)
        #expect(policy.stages.map(\.name) == ["pilot", "staging", "production"])
        #expect(policy.stage("production")?.validation == .init(stage: "staging", months: 6))
        #expect(policy.stage("pilot")?.nightlies == nil)
        #expect(policy.stage("staging")?.nightlies == [])
        #expect(policy.digest == Digest(of: PolicyFile.standard))
        #expect(policy.waivers.warnings == [30, 14, 7])
    }

    @Test(
        "what is wrong in a policy is said with its line",
        arguments: [
            ("stages: []\n", "1", "at least one stage"),
            ("", nil, "empty"),
            ("- a\n", "1", "keys with values"),
            ("poeple: []\n" + stages(""), "1", "did you mean `people`?"),
            ("zzz: []\n" + stages(""), "1", "the keys here are people"),
            (stages(", evidense: [drill]"), "2", "did you mean `evidence`?"),
            (stages(", suites: [a]"), "2", "`suites` stands twice"),
            ("stages:\n  - name: pilot\n    suites: ['*']\n    name: b\n", nil, "stands twice"),
            ("stages:\n  - name: pilot\n", "2", "prove nothing"),
            (stages("") + "  - {name: pilot, suites: ['*']}\n", "3", "two stages"),
            (stages(", after: staging"), "2", "not a stage before pilot"),
            (stages(", after: pilot"), "2", "not a stage before pilot"),
            (stages(", allowed: [LAY99]"), "2", "not a rule or a family"),
            (stages(", allowed: [LAYY]"), "2", "not a rule or a family"),
            ("people: [{name: A, keys: \(key)}]\n" + stages(", approvals: 2"), "3", "1 of the `people` may approve"),
            (
                "people: [{name: A, keys: \(key), may: [request]}]\n" + stages(", approvals: 1"), "3",
                "0 of the `people` may approve"
            ),
            ("people: [{name: A, keys: \(key), may: [decide]}]\n" + stages(""), "1", "decide"),
            ("earlier-policies: [12]\n" + stages(""), "1", "not a SHA-256 of 64"),
            ("x: [b'c, &a 1, d'e]\ny: [f'g, *a, h'i]\n" + stages(""), "2", "aliases"),
            (
                stages("") + "  - {name: b, suites: ['*'], validation: {stage: c, months: 6}}\n", "3",
                "not a stage before b"
            ),
            (stages("") + "  - {name: b, suites: ['*'], validation: {stage: pilot}}\n", "3", "months` is missing"),
            (stages(", nightlies: [1969-12-31]"), "2", "not a day"),
            (stages(", nightlies: [2026-02-30]"), "2", "not a day"),
            (stages(", approvals: two"), "2", "number from 0 to 20"),
            (stages(", approvals: -1"), "2", "number from 0 to 20"),
            (stages(", evidence: [dril]"), "2", "may have comparison"),
            (stages(", allowed: [ABC001]"), "2", "not a rule or a family"),
            (stages(", ages: {drill: 3}"), "2", "does not ask for"),
            (stages(", waivers: [signed, file]"), "2", "one word"),
            ("people:\n  - {name: Ada, keys: [\(key), \(key)]}\n" + stages(""), "2", "twice"),
            (
                "people:\n  - {name: Ada, keys: [\(key)]}\n  - {name: Bob, keys: [\(key)]}\n" + stages(""), "3",
                "Ada has, too"
            ),
            ("people:\n  - {name: Ada, keys: [12]}\n" + stages(""), "2", "not a fingerprint"),
            ("people:\n  - {name: Ada, keys: []}\n" + stages(""), "2", "no key"),
            ("a: &x [1, 2]\nb: *x\n" + stages(""), "1", "anchors and aliases"),
            ("a: [" + String(repeating: "[", count: 5000), "1", "nested too deeply"),
            ("stages: {\n", "2", "not YAML"),
            ("stages:\n\t- a\n", "2", "not YAML"),
        ] as [(String, String?, String)])
    func faults(_ text: String, _ line: String?, _ reason: String) {
        #expect {
            try read(text)
        } throws: { error in
            guard let failure = error as? Failure else { return false }
            let isPlaced = line.map { failure.message.hasPrefix("bessemer.yaml:\($0):") } ?? true
            return failure.code == "policy.unreadable" && isPlaced && failure.message.contains(reason)
        }
    }

    @Test("bytes that are no text, or too many, are refused")
    func bytes() {
        #expect(throws: Failure.self) { try PolicyFile.read([0xff, 0xfe]) }
        #expect(throws: Failure.self) { try PolicyFile.read([UInt8](repeating: UInt8(ascii: "\n"), count: 300_000)) }
    }

    @Test("quotes and comments may hold & and *")
    func quotes() throws {
        let policy = try read("stages:\n  - {name: pilot, suites: ['*', \"a *b\"]}  # for *all* &amp\n")
        #expect(policy.stages[0].suites == ["*", "a *b"])
    }

    @Test(
        "days",
        arguments: [("2026-11-28", 1, "2026-12-28"), ("2027-01-31", 1, "2027-02-28"), ("2027-08-31", 6, "2028-02-29")])
    func days(_ day: String, _ months: Int, _ later: String) throws {
        #expect(try #require(Day(day)).adding(months: months).description == later)
        for text in ["2026-13-01", "2026-02-30", "26-01-01", "2026-1-1", "1969-12-31", "2026-11-28 ", ""] {
            #expect(Day(text) == nil, "\(text)")
        }
    }
}
