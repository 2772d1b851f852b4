// SPDX-License-Identifier: Apache-2.0
import Host
import Policy
import Records
import Testing

@Suite struct WatchSettingsTests {
    private func plan(_ text: String) throws -> WatchPlan? {
        try PolicyFile.watch(Array("watch:\n\(text)".utf8))
    }

    @Test func `the example of the policy that is written is a plan once it is not a comment`() throws {
        let text = PolicyFile.standard
        #expect(try PolicyFile.watch(Array(PolicyFile.standard.utf8)) == nil)
        let start = try #require(text.firstRange(of: "#watch:"))
        let example = text[start.lowerBound...].split(separator: "\n").map { $0.dropFirst() }.joined(separator: "\n")
        let plan = try #require(try PolicyFile.watch(Array(example.utf8)))
        #expect(plan.suites.count == 3 && plan.trees.count == 2 && plan.toolchains == [.sandbox, .suite("forky")])
        #expect(plan.trees[0].place == .package("linux-source-6.12", suite: "trixie"))
        #expect(plan.options == ["RUST", "EXPOLINE"])
    }

    @Test func `architectures and options have defaults`() throws {
        let plan = try #require(try plan("  suites: [trixie]\n  packages: rustc\n"))
        #expect(plan.architectures == ["amd64", "s390x"] && plan.options == ["RUST", "EXPOLINE"])
    }

    @Test(arguments: [
        ("  suits: [trixie]\n", "did you mean"), ("  suites: [\"../x\"]\n", "can't be such a name"),
        ("  suites: [\"trixie main\"]\n", "can't be such a name"), ("  packages: [rustc]\n", "no suite"),
        ("  suites: [trixie]\n  packages: [\"-o\"]\n", "can't be such a name"),
        ("  suites: [trixie]\n  toolchains: [sid]\n", "a suite of"), ("  options: [CONFIG_RUST]\n", "without CONFIG_"),
        ("  options: [RUST]\n", "nothing to look at"), ("  trees:\n    - {name: a}\n", "either"),
        ("  trees:\n    - {name: a, path: b, package: c}\n", "either"),
        ("  trees:\n    - {name: a, path: b}\n    - {name: a, path: c}\n", "two trees"),
        ("  trees:\n    - {name: a, package: b, suite: c}\n", "not among"),
    ])
    func `what can't be a plan is refused with its line`(text: String, reason: String) {
        let failure = #expect(throws: Failure.self) { try plan(text) }
        #expect(failure?.message.contains(reason) == true, "\(String(describing: failure))")
        #expect(failure?.message.contains("bessemer.yaml:") == true)
    }
}
