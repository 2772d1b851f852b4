// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import Records

/// What the page's template shows of a record. Mustache looks for a name that is nil here in what is around it, so a
/// part that may be missing is an array of none or one.
struct HTMLPage {
    struct Fact {
        let label: String
        let value: String
        var quiet: [String] = []
        var sha: [String] = []
    }

    struct Stats {
        let counts: [Fact]
    }

    struct Section {
        let anchor: String
        let name: String
    }

    struct Piece {
        struct Evidence {
            let place: String
            let text: String
        }

        let tag: String
        let state: String
        let title: String
        let note: [String]
        let evidence: [Evidence]
    }

    /// The patches that the tree got.
    struct Series {
        struct Patch {
            let subject: String
            let file: String
            let identifier: String
            let sha256: String
        }

        let title: String
        let patches: [Patch]
    }

    struct Suite {
        let name: String
        let date: String
        let validity: String
        let tag: String
    }

    struct ToolLine {
        let role: String
        let version: String
        let package: String
        let path: String
        let sha256: String
    }

    struct Fragment {
        let name: String
        let options: String
        let sha256: String
    }

    struct Unmet {
        struct Option {
            let option: String
            let asked: String
            let got: String
            let reason: String
            let place: [String]
        }

        let title: String
        let open: Bool
        let options: [Option]
    }

    /// A list that opens.
    struct Names {
        let title: String
        var open = false
        let names: [String]
    }

    struct Bar {
        struct Part {
            let tag: String
            let x: String
            let width: String
        }

        let label: String
        let parts: [Part]
    }

    struct Events {
        struct Row {
            let tag: String
            let kind: String
            let line: String
            let text: String
            let during: [String]
        }

        let rows: [Row]
        let hidden: [String]
    }

    struct Module {
        let tag: String
        let state: String
        let name: String
        let count: String
        let open: Bool
        let messages: [String]
    }

    struct FindingCard {
        let tag: String
        let severity: String
        let title: String
        let rule: String
        let place: [String]
        let parts: [Fact]
    }

    struct ArtifactLine {
        let path: String
        let size: String
        let bytes: String
        let sha256: String
    }

    struct Step {
        let name: String
        let started: String
        let took: String
        let x: String
        let width: String
    }

    let verdict: String
    let verdictClass: String
    let title: String
    let reasons: [String]
    let stats: [Stats]
    let sections: [Section]
    let glance: [Fact]
    let readinessCount: String
    let series: [Series]
    let pieces: [Piece]
    let sandbox: String
    let lockDigest: String
    let suites: [Suite]
    let drift: [String]
    let isolation: [String]
    let tools: [ToolLine]
    let configuration: String
    let configurationDigest: String
    let fragments: [Fragment]
    let unmet: [Unmet]
    let testOptions: [Names]
    let configurationWarnings: [Names]
    let build: String
    let buildCommand: String
    let warnings: [Names]
    let leaked: [Names]
    let environment: [Names]
    let audit: [HTMLAudit]
    let ending: String
    let endingTag: String
    let boot: String
    let machine: [Fact]
    let testsCount: String
    let bar: [Bar]
    let tests: [HTMLTest]
    let testsHidden: [String]
    let comparison: [HTMLComparison]
    let difference: [HTMLConfigurationDifference]
    let eventsCount: String
    let events: [Events]
    let consoleDigest: String
    let modulesCount: String
    let modules: [Module]
    let wayBack: [HTMLWayBack]
    let findingsCount: String
    let findings: [FindingCard]
    let artifactsCount: String
    let artifacts: [ArtifactLine]
    let stepsTotal: String
    let steps: [Step]
    let footer: String

    /// Events that the page shows; `report.json` has them all.
    private static let mostEvents = 300

    init(_ record: RunRecord, drills: [RollbackDrill] = []) {
        let configuration = record.configuration
        let build = record.build
        let boot = record.boot
        let counts = boot.counts
        let waived = record.waived.count

        verdict =
            switch record.verdict {
            case .passed: "Passed"
            case .failed: "Failed"
            case .unknown: "Unknown"
            }
        verdictClass = record.verdict.rawValue
        title =
            "Linux \(visible(record.subject.version)) for s390x " + (configuration.rust ? "with Rust" : "without Rust")
        reasons = record.reasons.map { visible($0) } + (boot.tests.isEmpty ? ["no tests ran"] : [])
        // Four noughts would read as a result.
        stats =
            boot.tests.isEmpty
            ? []
            : [
                Stats(
                    counts: [
                        ("Passed", counts.pass), (waived == 0 ? "Failed" : "Failed, \(waived) waived", counts.fail),
                        ("Unknown", counts.unknown),
                        ("Skipped", counts.skip),
                    ].map { Fact(label: $0, value: Quantities.number($1)) })
            ]
        audit = record.audit.map { [HTMLAudit($0)] } ?? []
        sections = [
            "Readiness", "Toolchain", "Configuration", "Difference", "Build", "Audit", "Boot", "Tests",
            "Comparison", "Console", "Modules", "Way back", "Findings", "Artifacts", "Steps",
        ].filter {
            ($0 != "Audit" || record.audit != nil) && ($0 != "Comparison" || record.baseline != nil)
                && ($0 != "Difference" || record.baseline?.difference != nil) && ($0 != "Way back" || !drills.isEmpty)
        }.map { Section(anchor: $0.lowercased().replacing(" ", with: "-"), name: $0) }
        wayBack = HTMLWayBack(drills).map { [$0] } ?? []
        glance = Self.glance(record)

        readinessCount = record.readiness.sum + " in the tree"
        series =
            record.enablement.map { enablement in
                let series = enablement.series
                let patches = Quantities.count(series.patches.count, "patch", "patches")
                return [
                    Series(
                        title: "Series \(visible(series.name)), \(patches), in a copy of the source that had "
                            + enablement.before.sum,
                        patches: series.patches.map {
                            .init(
                                subject: visible($0.subject), file: visible($0.file),
                                identifier: visible($0.identifier), sha256: $0.sha256.hexadecimal)
                        })
                ]
            } ?? []
        pieces = record.readiness.pieces.map { piece in
            Piece(
                tag: piece.words.role?.tag ?? "none", state: piece.words.text, title: visible(piece.title),
                note: piece.note.map { [visible($0)] } ?? [],
                evidence: piece.evidence.prefix(8).map {
                    Piece.Evidence(place: visible("\($0.file):\($0.line)"), text: visible($0.text))
                })
        }

        sandbox =
            Quantities.count(record.sandbox.packages, "package")
            + ", pinned by a lock; builds ran in it without a network."
        lockDigest = record.sandbox.lockDigest.hexadecimal
        suites = record.sandbox.suites.map { suite in
            let until = suite.validUntil.map { " " + Quantities.day($0) } ?? ""
            return Suite(
                name: visible(suite.name), date: Quantities.day(suite.date),
                validity: suite.expired ? "expired\(until), pinned by the lock" : "valid",
                tag: suite.expired ? "caution" : "good")
        }
        drift = record.sandbox.drift.map { visible($0) }
        isolation = record.sandbox.isolation.map { IsolationLines.lines($0).map { visible($0) } } ?? []
        tools = record.toolchain.map { tool in
            ToolLine(
                role: visible(tool.role), version: visible(tool.version),
                package: visible(
                    [tool.package ?? "of no package", tool.packageVersion].compactMap { $0 }.joined(separator: " ")),
                path: visible(tool.path), sha256: tool.sha256.hexadecimal)
        }

        let stuck = configuration.asked - configuration.unmet.count
        self.configuration =
            visible(configuration.base) + " and "
            + Quantities.count(configuration.fragments.count, "fragment") + ": "
            + Quantities.count(configuration.enabled, "option") + " on; of "
            + Quantities.number(configuration.asked) + " that were asked for, " + Quantities.number(stuck) + " stuck."
        configurationDigest = configuration.digest.hexadecimal
        fragments = configuration.fragments.map {
            Fragment(name: visible($0.name), options: Quantities.number($0.options), sha256: $0.sha256.hexadecimal)
        }
        unmet = [true, false].compactMap { required in
            let options = configuration.unmet.filter { $0.required == required }
            guard !options.isEmpty else { return nil }
            return Unmet(
                title: Quantities.count(options.count, required ? "needed option" : "wanted option") + " did not stick",
                open: required,
                options: options.map { option in
                    Unmet.Option(
                        option: visible(option.option), asked: visible(option.asked), got: visible(option.got),
                        reason: visible(option.reason),
                        place: [
                            Finding.Place(option.reasonFile, option.reasonLine).map { "decided at \($0.text)" },
                            Finding.Place(option.file, option.line).map { "declared at \($0.text)" },
                        ].compactMap { $0 }.map { visible($0) })
                })
        }
        testOptions = Self.names(
            Quantities.count(configuration.testOptions.count, "test option") + " on", configuration.testOptions)

        configurationWarnings = Self.names(
            Quantities.count(configuration.warnings.count, "warning") + " of the configuration tools",
            configuration.warnings)

        self.build =
            "Release " + visible(build.release) + ", " + Quantities.count(build.steps, "step") + " in "
            + Quantities.duration(build.seconds) + "."
        buildCommand = visible(build.command)
        warnings = Self.names(
            Quantities.count(build.warnings.count, "compiler warning"), build.warnings, open: build.warnings.count <= 5)
        leaked = Self.names(
            Quantities.count(build.leakedPaths.count, "name") + " of this machine's folders in the files",
            build.leakedPaths, open: true)
        environment = Self.names(
            Quantities.count(build.environment.count, "environment variable") + ", all that the build saw",
            build.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })

        ending = boot.ending.rawValue
        endingTag = boot.ending.role.tag
        self.boot = "The guest ran for " + Quantities.duration(boot.seconds) + "; " + boot.ending.sentence + "."
        machine = [
            Fact(label: "Reached", value: visible(boot.reached)),
            Fact(
                label: "Machine",
                value: visible("\(boot.machine), CPU \(boot.cpu)"),
                quiet: ["\(Quantities.count(boot.cpus, "CPU")), \(Quantities.number(boot.memoryMiB)) MiB"]),
            Fact(label: "Emulator", value: visible(boot.emulator), quiet: [visible(boot.accelerator)]),
            Fact(label: "Kernel command line", value: visible(boot.kernelCommandLine)),
        ]

        testsCount =
            boot.tests.isEmpty
            ? "none ran"
            : Quantities.counts(counts, waived: waived) + " in " + Quantities.count(boot.tests.count, "suite")
        bar = Self.bar(counts)
        var budget = HTMLTest.Budget(waivers: record.waiversByTest)
        tests = boot.tests.worstFirst.compactMap { HTMLTest($0, budget: &budget) }
        let left = boot.tests.count - tests.count
        testsHidden = left == 0 ? [] : ["\(Quantities.count(left, "more suite")): see report.json"]

        difference = record.baseline?.difference.map { [HTMLConfigurationDifference($0)] } ?? []
        comparison = record.baseline.map { [HTMLComparison(KernelComparison($0, beside: record))] } ?? []
        eventsCount = boot.events.isEmpty ? "no warnings, bugs or stalls" : Quantities.count(boot.events.count, "event")
        let rows = boot.events.prefix(Self.mostEvents).map { event in
            Events.Row(
                tag: event.kind.role.tag, kind: event.kind.rawValue, line: String(event.line),
                text: visible(event.text),
                during: event.duringTest.map { [visible($0)] } ?? [])
        }
        let hiddenEvents = boot.events.count - rows.count
        events =
            rows.isEmpty
            ? []
            : [
                Events(
                    rows: rows,
                    hidden: hiddenEvents == 0
                        ? [] : ["and \(Quantities.count(hiddenEvents, "more event")): see report.json"])
            ]
        consoleDigest = boot.consoleSHA256.hexadecimal

        let goodModules = boot.modules.count { $0.loaded && $0.unloaded }
        modulesCount =
            boot.modules.isEmpty ? "none were loaded" : "\(goodModules) of \(boot.modules.count) loaded and unloaded"
        modules = boot.modules.sorted { ($0.loaded && $0.unloaded ? 1 : 0) < ($1.loaded && $1.unloaded ? 1 : 0) }.map {
            module in
            let isGood = module.loaded && module.unloaded
            return Module(
                tag: isGood ? "good" : "bad",
                state: isGood ? "loaded, unloaded" : module.loaded ? "not unloaded" : "not loaded",
                name: visible(module.name), count: Quantities.count(module.messages.count, "message"), open: !isGood,
                messages: HTMLTest.block(module.messages))
        }

        findingsCount = record.findings.isEmpty ? "none" : Quantities.number(record.findings.count)
        findings = record.findings.worstFirst.map { finding in
            FindingCard(
                tag: finding.severity.role.tag, severity: finding.severity.rawValue, title: visible(finding.title),
                rule: visible(finding.rule), place: finding.place.map { [visible($0.text)] } ?? [],
                parts: [
                    ("Expected", finding.expected), ("Found", finding.found), ("Rationale", finding.why),
                    ("How to fix it", finding.mend),
                ].compactMap { label, text in text.map { Fact(label: label, value: visible($0)) } })
        }

        artifactsCount = Quantities.count(build.artifacts.count, "file")
        artifacts = build.artifacts.map {
            ArtifactLine(
                path: visible($0.path), size: Quantities.size($0.size), bytes: Quantities.number($0.size),
                sha256: $0.sha256.hexadecimal)
        }

        let total = record.work
        stepsTotal = Quantities.duration(total)
        var before = 0.0
        steps = record.steps.map { step in
            defer { before += max(0, step.seconds) }
            return Step(
                name: visible(step.name),
                started: Quantities.time(step.startedAt), took: Quantities.duration(step.seconds),
                x: Self.thousandths(before, of: total),
                width: Self.thousandths(max(0, step.seconds), of: total, least: 2))
        }
        footer =
            "Bessemer \(visible(record.bessemer)), run \(visible(record.identifier)), form \(visible(record.form)). "
            + "The same facts for programs: report.json beside this file."
    }

    private static func glance(_ record: RunRecord) -> [Fact] {
        func version(_ role: String) -> String? {
            record.toolchain.first { $0.role == role }.map { visible($0.version) }
        }
        let compilers = [version("c-compiler"), version("rust-compiler")].compactMap { $0 }
        return [
            Fact(
                label: "Kernel source", value: visible(record.subject.describing),
                sha: [record.subject.digest.hexadecimal]),
            Fact(
                label: "Run", value: visible(record.identifier),
                quiet: [
                    Quantities.time(record.startedAt) + ", " + Quantities.duration(record.work) + " of work"
                ]),
            Fact(
                label: "Compilers", value: compilers.first ?? "not recorded",
                quiet: Array(compilers.dropFirst())),
            Fact(
                label: "Build",
                value:
                    Quantities.duration(record.build.seconds) + ", "
                    + Quantities.count(record.build.warnings.count, "warning"),
                quiet: [Quantities.count(record.build.artifacts.count, "artifact")]),
            Fact(
                label: "Boot", value: "\(Quantities.duration(record.boot.seconds)), \(record.boot.ending.sentence)",
                quiet: [Quantities.count(record.boot.events.count, "console event")]),
            Fact(
                label: "Readiness",
                value: record.readiness.isReady
                    ? "every piece of s390 Rust support is there" : "not every piece of s390 Rust support is there",
                quiet: [Quantities.count(record.findings.count, "finding")]),
        ]
    }

    private static func names(_ title: String, _ names: [String], open: Bool = false) -> [Names] {
        names.isEmpty ? [] : [Names(title: title, open: open, names: names.map { visible($0) })]
    }

    private static func bar(_ counts: TestCounts) -> [Bar] {
        guard counts.total > 0 else { return [] }
        var before = 0
        let parts = [(counts.fail, "bad"), (counts.unknown, "caution"), (counts.pass, "good"), (counts.skip, "none")]
        return [
            Bar(
                label: Quantities.counts(counts),
                parts: parts.filter { $0.0 > 0 }.map { count, tag in
                    defer { before += count }
                    // A single failure among a thousand still has to be seen.
                    return Bar.Part(
                        tag: tag, x: thousandths(Double(before), of: Double(counts.total)),
                        width: thousandths(Double(count), of: Double(counts.total), least: 5))
                }.reversed())
        ]
    }

    static func thousandths(_ part: Double, of whole: Double, least: Int = 0) -> String {
        guard whole > 0, part.isFinite, whole.isFinite else { return "0" }
        return String(max(least, min(1000, Int((part / whole * 1000).rounded()))))
    }
}

/// One test result of the page.
struct HTMLTest {
    struct Passed {
        let title: [String]
        let names: [String]
    }

    struct Waived {
        let until: String
        let by: String
        let reason: String
    }

    /// How many results the page may still show, which keeps a hostile record's page small, and which failures are
    /// accepted.
    struct Budget {
        var results = 8000
        let waivers: [String: Waiver]
        var diagnostics = 4000
    }

    let suite: Bool
    let open: Bool
    let tag: String
    let word: String
    let name: String
    let counts: String
    let waived: [Waived]
    let diagnostics: [String]
    let children: [HTMLTest]
    let passed: [Passed]
    let hidden: [String]

    /// Deeper suites are shown as single lines, named by their way from here.
    private static let deepest = 8

    /// Nil where the budget is used up.
    init?(_ result: TestResult, path: String? = nil, under parent: String? = nil, depth: Int = 0, budget: inout Budget)
    {
        guard budget.results > 0 else { return nil }
        budget.results -= 1
        let total = result.counts
        let isSuite = !result.children.isEmpty && depth < Self.deepest
        let outcome = result.children.isEmpty ? result.outcome : total.worst
        suite = isSuite
        tag = outcome.role?.tag ?? "none"
        word = outcome.rawValue
        name = visible(path ?? result.name)
        let whole = parent.map { $0 + "/" + (path ?? result.name) } ?? result.name
        waived = (budget.waivers[whole].map { [$0] } ?? []).map { waiver in
            Waived(until: visible(waiver.expires), by: visible(waiver.owner), reason: visible(waiver.reason))
        }
        open = outcome.rank < TestOutcome.skip.rank
        let lines = outcome == .pass ? [] : Array(result.diagnostics.prefix(max(0, budget.diagnostics)))
        budget.diagnostics -= lines.count
        let isReason = outcome == .skip && lines.count == 1 && !isSuite
        diagnostics = isReason ? [] : Self.block(lines)
        guard isSuite else {
            if result.children.isEmpty {
                let line = result.line.map { "line \($0)" } ?? "no result line"
                counts = outcome == .pass ? "" : isReason ? visible(lines[0]) : line
            } else {
                counts = Quantities.counts(total)
            }
            children = []
            passed = []
            hidden = []
            return
        }
        counts = Quantities.counts(total)
        let inner =
            depth + 1 == Self.deepest ? result.leaves(limit: budget.results) : result.children.map { ($0.name, $0) }
        var shown: [HTMLTest] = []
        var names: [String] = []
        var left = 0
        for (path, child) in inner.sorted(by: { $0.1.rank < $1.1.rank }) {
            if child.children.isEmpty, child.outcome == .pass {
                if budget.results > 0 { names.append(visible(path)) } else { left += 1 }
                budget.results -= 1
            } else if let test = HTMLTest(child, path: path, under: whole, depth: depth + 1, budget: &budget) {
                shown.append(test)
            } else {
                left += 1
            }
        }
        children = shown
        passed =
            names.isEmpty
            ? [] : [Passed(title: shown.isEmpty ? [] : ["\(Quantities.number(names.count)) passed"], names: names)]
        hidden = left == 0 ? [] : ["and \(Quantities.number(left)) more: see report.json"]
    }

    /// Lines for one `pre`, none where there are none; a long text's middle is left out.
    static func block(_ lines: [String], most: Int = 60) -> [String] {
        guard !lines.isEmpty else { return [] }
        var shown = lines.prefix(most).map { visible($0) }
        if lines.count > most {
            shown.append("... and \(Quantities.count(lines.count - most, "more line")): see report.json")
        }
        return [shown.joined(separator: "\n")]
    }
}

/// Made fit to be seen, and of a bounded length.
func visible(_ text: String) -> String {
    VisibleText.of(text, columns: 4000)
}

extension Style.Role {
    /// The class that the page's style sheet has for it.
    var tag: String {
        switch self {
        case .good: "good"
        case .bad: "bad"
        case .caution: "caution"
        case .strong, .quiet: "none"
        }
    }
}

extension TestResult {
    fileprivate var rank: Int { children.isEmpty ? outcome.rank : counts.worst.rank }

    /// The results without children inside, named by their way from here; a stack of our own, since they may lie deep.
    fileprivate func leaves(limit: Int) -> [(String, TestResult)] {
        var leaves: [(String, TestResult)] = []
        var waiting = children.reversed().map { ($0.name, $0) }
        while let (path, result) = waiting.popLast(), leaves.count < limit {
            if result.children.isEmpty {
                leaves.append((path, result))
            } else {
                waiting += result.children.reversed().map { ("\(path)/\($0.name)", $0) }
            }
        }
        return leaves
    }
}

extension [TestResult] {
    /// Suites with a failure first, then undecided ones, then those that passed and those that were only skipped, each
    /// in the order of their start.
    fileprivate var worstFirst: [TestResult] {
        let ranked = map { (rank: $0.rank, result: $0) }
        return TestOutcome.allCases.sorted { $0.rank < $1.rank }.flatMap { outcome in
            ranked.filter { $0.rank == outcome.rank }.map(\.result)
        }
    }
}
