// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

/// A run's record with its drills of the rollback and its place in the evidence log, as one JSON object: `report.json` (Docs/report.schema.json).
///
/// A record is never rewritten, so what comes later is put beside it only when it is shown.
package struct ReportedRun: Presentable {
    let record: RunRecord
    let drills: [RollbackDrill]
    /// Where the record is in the evidence log; nil where that is not known.
    let evidence: EntryPlace?
    /// Paths of the full report.
    let files: [String]

    package init(record: RunRecord, drills: [RollbackDrill] = [], evidence: EntryPlace? = nil, files: [String] = []) {
        self.record = record
        self.drills = drills
        self.evidence = evidence
        self.files = files
    }

    private enum Key: CodingKey {
        case drills, evidence
    }

    package func encode(to encoder: any Encoder) throws {
        try record.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        if !drills.isEmpty { try container.encode(drills, forKey: .drills) }
        try container.encodeIfPresent(evidence, forKey: .evidence)
    }

    package func document(_ book: RuleBook) -> Document {
        Document(
            "kernel run report", banner: banner,
            footer: "Bessemer \(record.toolVersion), run \(record.identifier), schema \(record.schema). "
                + "The same facts for programs: report.json."
        ) {
            glance
            record.readiness.section(record.enablement)
            record.sandbox.section
            if let isolation = record.sandbox.isolation { isolation.section }
            record.toolchain.section
            record.configuration.section
            if let difference = record.difference { difference.section }
            record.build.section
            if let audit = record.audit { audit.section }
            record.boot.section
            record.boot.tests.section(
                record.boot.counts, none: Span("none ran", .caution), waivers: record.acceptedTests)
            if let comparison = record.comparison, let baseline = record.baseline {
                comparison.section(baseline, beside: record.kernels.candidate)
            }
            record.boot.events.section(unexplained: Set(record.unexplainedEvents))
            modules
            if let drill = drills.last { drill.section(earlier: Array(drills.dropLast())) }
            findings
            artifacts
            steps
            if let evidence { evidence.section }
            if !files.isEmpty {
                Document.Section("Full report", Span(Quantities.count(files.count, "file"))) { Block.paths(files) }
            }
        }
    }

    private var banner: Document.Banner {
        let words = record.verdict.words
        let counts = record.boot.counts
        let waived = record.acceptedFailures
        let hasTests = !record.boot.tests.isEmpty
        let sum = Span(hasTests ? Quantities.counts(counts, waived: waived) : "no tests ran", .strong)
        return Document.Banner(
            word: words.word, role: words.role,
            title:
                "Linux \(record.source.version) for s390x \(record.configuration.rust ? "with Rust" : "without Rust")",
            lines: [sum] + record.reasons.map { Span($0) },
            // Four noughts would read as a result.
            numbers: !hasTests
                ? []
                : [
                    ("Passed", counts.pass), (waived == 0 ? "Failed" : "Failed, \(waived) accepted", counts.fail),
                    ("Unknown", counts.unknown), ("Skipped", counts.skip),
                ].map { Fact($0, Span(Quantities.number($1))) })
    }

    private var glance: Document.Section {
        func version(_ role: String) -> Span? { record.toolchain.first { $0.role == role }.map { Span($0.version) } }
        let compilers = [version("c-compiler"), version("rust-compiler")].compactMap { $0 }
        return .init("At a glance", isTitleDetail: true) {
            Block.facts(
                [
                    Fact("Kernel", Span(record.source.describing), [.digest(record.source.digest)]),
                    Fact(
                        "Run", Span("\(record.identifier), \(Quantities.time(record.startedAt))"),
                        [Span("\(Quantities.duration(record.work)) of work"), .quiet("Bessemer \(record.toolVersion)")]),
                    identifiers,
                    Fact("Compilers", compilers.first ?? "not recorded", Array(compilers.dropFirst()), isDetail: true),
                    Fact(
                        "Build", Span(record.build.sum),
                        [.quiet(Quantities.count(record.build.artifacts.count, "artifact"))],
                        isDetail: true),
                    Fact(
                        "Boot", Span("\(Quantities.duration(record.boot.seconds)), \(record.boot.ending.sentence)"),
                        [.quiet(Quantities.count(record.boot.events.count, "console event"))], isDetail: true),
                    Fact(
                        "Readiness", Span(record.readiness.sum),
                        [.quiet(Quantities.count(record.findings.count, "finding"))], isDetail: true),
                ] + (evidence.map { [$0.fact] } ?? []))
        }
    }

    /// Of both kernels, as vmlinux has it and as the kernel that ran showed it.
    private var identifiers: Fact {
        let kernels = record.kernels.all
        let shown = kernels.map { kernel in
            let (built, ran) = (kernel.build.buildID, kernel.boot.buildID)
            let words =
                switch (built, ran) {
                case (nil, nil): "not known"
                case (let built?, nil): "\(built) was built; the kernel that ran did not show its own"
                case (nil, let ran?): "\(ran) ran; that of vmlinux is not known"
                case (let built?, let ran?) where built == ran: "\(built), built and running"
                case (let built?, let ran?): "\(built) was built, \(ran) ran"
                }
            return Span("\(kernel.role.rawValue): \(words)", built == nil || ran == nil || built == ran ? nil : .bad)
        }
        return Fact("Build ID", shown[0], Array(shown.dropFirst()))
    }

    private var modules: Document.Section {
        let modules = record.boot.modules
        let bad = modules.filter { !($0.loaded && $0.unloaded) }
        func tag(_ module: ModuleResult) -> Span {
            guard module.loaded, module.unloaded else {
                return .tag(module.loaded ? "not unloaded" : "not loaded", .bad)
            }
            return .tag("loaded, unloaded", .good)
        }
        return .init(
            "Modules",
            Span(
                modules.isEmpty
                    ? "none were loaded" : "\(modules.count - bad.count) of \(modules.count) loaded and unloaded",
                bad.isEmpty ? nil : .bad)
        ) {
            for module in bad {
                Block.sentence(
                    Span(module.name), tag: tag(module),
                    module.messages.prefix(3).map { .quiet($0) }
                        + (Quantities.rest(module.messages.count - 3, "line").map { [.quiet($0)] } ?? []))
            }
            if !modules.isEmpty {
                Block.table(
                    ["State", "Module", "Messages"],
                    modules.map { module in
                        [[tag(module)], [.code(module.name)], module.messages.prefix(60).map { .code($0, .quiet) }]
                    }, isDetail: true, noun: "module")
            }
        }
    }

    private var findings: Document.Section {
        let findings = record.findings
        let accepted = record.accepted.map { acceptance in
            "\(acceptance.finding.rule) \(acceptance.finding.title), \(acceptance.waiver.acceptance)"
        }
        return .init("Findings", Span(findings.isEmpty ? "none" : Quantities.number(findings.count))) {
            Block.cards(Cards(cards: findings.worstFirst.map(\.card), isBrief: true, most: 12))
            if !accepted.isEmpty {
                Block.list(
                    Span("\(Quantities.count(accepted.count, "finding")) accepted by waivers"),
                    Waiver.sums(of: record.accepted.map(\.waiver)), isOpen: true, isCode: false, most: 40,
                    noun: "waiver")
                Block.list(
                    Span(Quantities.count(accepted.count, "accepted finding")).detail, accepted, isCode: false,
                    noun: "accepted finding")
            }
        }
    }

    private var artifacts: Document.Section {
        let artifacts = record.build.artifacts
        return .init("Artifacts", Span(Quantities.count(artifacts.count, "file"))) {
            Block.table(
                ["File", Table.Column("Size", isNumber: true), "SHA-256"],
                artifacts.map {
                    [
                        [.code($0.path)],
                        [Span(Quantities.size($0.size)), .quiet("\(Quantities.number($0.size)) B").detail],
                        [.digest($0.sha256)],
                    ]
                }, isHeaded: false, most: 20, noun: "file")
        }
    }

    private var steps: Document.Section {
        .init("Steps", Span(Quantities.duration(record.work)), isDetail: true) {
            Block.timeline(
                record.steps.map {
                    Moment(title: $0.name, startedAt: Quantities.time($0.startedAt), seconds: $0.seconds)
                })
        }
    }
}

extension RunRecord {
    /// Seconds that the steps took, whenever that was: a resumed run has pauses.
    var work: Double { steps.reduce(0) { $0 + max(0, $1.seconds) } }
}

extension RunRecord.SandboxFacts {
    fileprivate var section: Document.Section {
        .init(
            "Sandbox",
            Span(
                (specification.map { "\($0), " } ?? "")
                    + "\(Quantities.count(packages, "package")), lock \(lockDigest.short)")
        ) {
            Block.facts([Fact("Lock", .digest(lockDigest), isDetail: true)])
            for suite in suites {
                let until = suite.validUntil.map { " (\(Quantities.day($0)))" } ?? ""
                Block.sentence(
                    Span(
                        "\(suite.name) of \(Quantities.day(suite.date)), \(suite.expired ? "past its validity\(until)" : "valid")",
                        suite.expired ? .caution : nil))
            }
            if !drift.isEmpty {
                Block.list(Span("not as locked", .caution), drift, isOpen: true, most: 5, noun: "difference")
            }
        }
    }
}

extension RunRecord.Isolation {
    /// What held the code that was built.
    fileprivate var section: Document.Section {
        let limits = confinement.limits
        let counted = confinement.controlGroup.map { "counted by a control group (\($0))" }
        let holds = [
            "no capability, device, network or key; \(confinement.refusedCalls) system calls refused "
                + "(filter \(confinement.filter.short))",
            "at most \(Quantities.count(limits.processes, "process", "processes")) and "
                + "\(Quantities.number(limits.memory >> 20)) MiB of memory, "
                + (counted ?? "processes counted by the user's limit, memory not counted"),
            "compiler cache: \(compilerCache)",
        ]
        let faults = facts.faults
        return .init(
            "Isolation",
            faults.isEmpty ? Span("checked from inside: holds") : Span("does not hold", .bad)
        ) {
            Block.sentences(holds)
            Block.sentences(faults, .bad, tag: .tag("open", .bad))
        }
    }
}

extension [Tool] {
    fileprivate var section: Document.Section {
        .init("Toolchain", Span(Quantities.count(count, "tool"))) {
            Block.table(
                ["Tool", "Version", Table.Column("Package", isDetail: true), "File and SHA-256"],
                map { tool in
                    [
                        [Span(tool.role)], [Span(tool.version)],
                        [Span("\(tool.package ?? "of no package") \(tool.packageVersion ?? "")")],
                        [.code(tool.path).detail, .digest(tool.sha256)],
                    ]
                }, isHeaded: false, noun: "tool")
        }
    }
}

extension BuildFacts {
    fileprivate var sum: String {
        "\(Quantities.duration(seconds)), \(Quantities.count(steps, "step")), "
            + "\(Quantities.count(warnings.count, "warning")), release \(release)"
    }

    fileprivate var section: Document.Section {
        .init("Build", Span(sum)) {
            Block.log(Log(lines: [command], isDetail: true))
            if !leakedPaths.isEmpty {
                Block.list(
                    Span(
                        "\(Quantities.count(leakedPaths.count, "name")) of this machine's folders in the files",
                        .caution),
                    leakedPaths, isOpen: true, noun: "name")
            }
            if !warnings.isEmpty {
                Block.list(
                    Span(Quantities.count(warnings.count, "compiler warning")).detail, warnings,
                    isOpen: warnings.count <= 5, most: 3, noun: "warning", role: .caution)
            }
            if !environment.isEmpty {
                Block.list(
                    Span("\(Quantities.count(environment.count, "environment variable")), all that the build saw")
                        .detail,
                    environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
            }
        }
    }
}

extension GuestRun {
    fileprivate var section: Document.Section {
        .init("Boot", Span("\(Quantities.duration(seconds)), \(ending.sentence)", ending.role)) {
            Block.facts([
                Fact("Reached", Span(reached, ending == .powerOff ? nil : .bad), isDetail: ending == .powerOff),
                Fact(
                    "Machine",
                    Span(
                        "\(machine), cpu \(cpu), \(Quantities.count(cpus, "CPU")), \(Quantities.number(memoryMiB)) MiB"
                    )),
                Fact("Emulator", Span("\(emulator), \(accelerator)")),
                Fact("Kernel command line", .code(kernelCommandLine), isDetail: true),
                Fact("Console", Span(Quantities.count(consoleLines, "line")), [.digest(consoleSHA256)]),
            ])
        }
    }
}

extension [ConsoleEvent] {
    /// Events of a boot. What a test provokes is its own business, and a detail; what the console lost is not.
    fileprivate func section(unexplained: Set<ConsoleEvent>) -> Document.Section {
        let shown = filter { $0.duringTest == nil || $0.isAboutLog || unexplained.contains($0) }
        let provoked = filter { $0.duringTest != nil && !$0.isAboutLog && !unexplained.contains($0) }
        let sum = shown.isEmpty ? "no warnings, bugs or stalls" : Quantities.count(shown.count, "event")
        return .init(
            "Console",
            Span(
                provoked.isEmpty ? sum : "\(sum), and \(Quantities.number(provoked.count)) in tests",
                shown.isEmpty ? .good : .caution)
        ) {
            shown.table(most: 10)
            if !provoked.isEmpty {
                Block.fold(Span("Events in tests: \(provoked.count)").detail) { provoked.table() }
            }
        }
    }

    func table(most: Int = .max) -> Block {
        .table(
            ["Event", .number("Line"), "Text"],
            map { event in
                [
                    [.tag(event.kind.rawValue, event.kind.role)], [Span("\(event.line)")],
                    [.code(event.text)] + (event.duringTest.map { [.quiet("in the test \($0)")] } ?? []),
                ]
            }, isHeaded: false, breaksLast: true, isDetail: isEmpty, most: most, noun: "event")
    }
}

extension Finding {
    /// With everything that is said of it.
    var card: Cards.Card {
        Cards.Card(
            tag: .tag(severity.rawValue, severity.role), title: Span(title),
            origin: location.map { "\(rule) at \($0.text)" } ?? rule,
            parts: [("expected", expected), ("found", found), ("rationale", rationale), ("how to fix it", remediation)]
                .compactMap {
                    label, text in text.map { Fact(label, Span($0)) }
                })
    }
}
