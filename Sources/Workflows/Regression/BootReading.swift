// SPDX-License-Identifier: Apache-2.0
internal import Guest
internal import Host
internal import Records
internal import SystemPackage

/// What the console of a finished boot tells beyond its test results: times, memory, and what programs came to.
struct BootReading {
    /// The step that shows the memory, after the kernel has given back what it needed for its start.
    static let memoryStep = GuestStep("memory after boot", ["sh", "-c", "sleep 2; cat /proc/meminfo"])
    /// Lines of one program's output that are kept.
    private static let saidLimit = 20_000

    let steps: [ConsoleReader.Step]
    let refusal: [String]

    /// Reads the console log of a plan's boot.
    init(console: FilePath, plan: GuestPlan) throws {
        var reader = ConsoleReader(steps: try plan.steps().map(\.title), saidLimit: Self.saidLimit)
        try readPieces(of: console) { reader.add($0) }
        self.init(try reader.finished { take in try readPieces(of: console) { take($0) } }.reader)
    }

    init(_ reader: ConsoleReader) {
        steps = reader.steps
        refusal = reader.refusal
    }

    /// printk's clock starts with the kernel.
    var startSeconds: Double? { steps.first?.startedAt }

    /// KiB by name, from lines such as `MemFree:   1234 kB`; nil where none came.
    var memory: [String: Int]? {
        guard let step = steps.first(where: { $0.title == Self.memoryStep.title }) else { return nil }
        var amounts: [String: Int] = [:]
        for line in step.said {
            let words = line.split(separator: " ")
            guard words.count == 3, words[2] == "kB", words[0].hasSuffix(":"), let amount = Int(words[1]) else {
                continue
            }
            amounts[String(words[0].dropLast())] = amount
        }
        return amounts.isEmpty ? nil : amounts
    }

    /// What became of the modules: a suite with a test for each, which passes where it went in and out again.
    func modules(_ names: [String]) -> TestResult? {
        guard !names.isEmpty else { return nil }
        let tests = names.map { name -> TestResult in
            let parts = [GuestPlan.insertion(of: name), GuestPlan.removal(of: name)].map { title in
                steps.first { $0.title == title }
            }
            var outcome = TestOutcome.pass
            var diagnostics: [String] = []
            for case let step? in parts where outcome != .fail {
                diagnostics += step.messages
                switch step.status {
                case 0: break
                case nil: outcome = .unknown
                default: outcome = .fail
                }
            }
            return TestResult(
                name: name, outcome: outcome, diagnostics: outcome == .pass ? [] : diagnostics, line: nil, children: [])
        }
        return TestResult(suite: "modules", tests)
    }

    /// What the selftests came to, by the kselftest runner's rules (tools/testing/selftests/kselftest/runner.sh): the
    /// exit status decides, 0 pass and 4 skip; TAP that a program printed stands inside.
    func selftests(_ programs: [SelftestProgram]) -> TestResult? {
        guard !programs.isEmpty else { return nil }
        var collections: [(name: String, tests: [TestResult])] = []
        for program in programs {
            guard let step = steps.first(where: { $0.title == program.title }) else { continue }
            let result = program.result(step)
            if collections.last?.name != program.collection { collections.append((program.collection, [])) }
            collections[collections.count - 1].tests.append(result)
        }
        return TestResult(suite: "kselftest", collections.map { TestResult(suite: $0.name, $0.tests) })
    }
}

extension TestResult {
    /// A suite of our own making, whose outcome is that of what is in it.
    init(suite name: String, _ children: [TestResult]) {
        let counts = children.reduce(into: TestCounts()) { $0 += TestCounts($1.outcome) }
        self.init(name: name, outcome: counts.worst, diagnostics: [], line: nil, children: children)
    }
}
