// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import Records

/// A run in text: the verdict and its reasons first, then what it stands on.
struct TerminalReport {
    let record: RunRecord
    var drills: [RollbackDrill] = []
    let files: [String]
    let style: Style

    var text: String {
        var page = TerminalPage(style: style)
        verdict(&page)
        subject(&page)
        readiness(&page)
        sandbox(&page)
        configuration(&page)
        build(&page)
        audit(&page)
        boot(&page)
        tests(&page)
        comparison(&page)
        events(&page)
        modules(&page)
        wayBack(&page)
        findings(&page)
        artifacts(&page)
        if !files.isEmpty {
            page.gap()
            page.entry("Full report", Quantities.count(files.count, "file"))
            for file in files { page.path(file, indent: 2) }
        }
        return page.text
    }

    private func verdict(_ page: inout TerminalPage) {
        let words = record.verdict.words
        let rust = record.configuration.rust ? "with Rust" : "without Rust"
        page.paragraph(
            "Linux \(record.subject.version) for s390x \(rust)", .strong, hanging: 9, lead: words.word,
            leadRole: words.role)
        page.paragraph(
            record.boot.tests.isEmpty
                ? "no tests ran" : Quantities.counts(record.boot.counts, waived: record.waived.count), .strong,
            indent: 9)
        for reason in record.reasons { page.paragraph(reason, indent: 9, hanging: 11) }
    }

    private func subject(_ page: inout TerminalPage) {
        page.gap()
        let subject = record.subject
        page.entry("Kernel", subject.describing)
        page.more("SHA-256 \(subject.digest.short)", .quiet)
        page.entry(
            "Run",
            "\(record.identifier), \(Quantities.time(record.startedAt))")
        page.more("\(Quantities.duration(record.work)) of work")
        page.more("Bessemer \(record.bessemer)", .quiet)
    }

    private func readiness(_ page: inout TerminalPage) {
        page.gap()
        let pieces = record.readiness.pieces
        page.entry(
            "Readiness",
            "\(record.readiness.sum) of s390 Rust support in the tree",
            record.readiness.isReady ? .good : .caution)
        if let series = record.enablement?.series {
            let patches = Quantities.count(series.patches.count, "patch", "patches")
            page.more(
                "\(series.isFixes ? "mended by" : "by series") \(series.name), \(patches), in a copy of the source")
        }
        for piece in pieces {
            let place = piece.evidence.first.map { "\($0.file):\($0.line)" } ?? piece.note ?? ""
            page.row(
                [(piece.words.text, 11, piece.words.role), (piece.title, 25, nil), (place, 0, .quiet)], indent: 2)
            if !piece.evidence.isEmpty, let note = piece.note {
                page.paragraph(note, .quiet, indent: 13, hanging: 15)
            }
        }
    }

    private func sandbox(_ page: inout TerminalPage) {
        page.gap()
        let sandbox = record.sandbox
        page.entry("Sandbox", "\(Quantities.count(sandbox.packages, "package")), lock \(sandbox.lockDigest.short)")
        for suite in sandbox.suites {
            let validity =
                suite.expired
                ? "past its validity" + (suite.validUntil.map { " (\(Quantities.day($0)))" } ?? "") : "valid"
            page.more(
                "\(suite.name) of \(Quantities.day(suite.date)), \(validity)", suite.expired ? .caution : nil)
        }
        some(sandbox.drift, of: "difference", limit: 5, on: &page) { $1.more("not as locked: \($0)", .caution) }
        if let isolation = sandbox.isolation {
            page.entry("Isolation", isolation.facts.faults.isEmpty ? "checked from inside: holds" : "does not hold")
            for line in IsolationLines.lines(isolation) { page.more(line) }
        }
        page.entry("Toolchain", Quantities.count(record.toolchain.count, "tool"))
        for tool in record.toolchain {
            page.row(
                [(tool.role, 20, nil), (tool.version, 45, nil), (tool.sha256.short, 0, .quiet)], indent: 2)
        }
    }

    private func configuration(_ page: inout TerminalPage) {
        page.gap()
        let configuration = record.configuration
        let base = ([configuration.base] + configuration.fragments.map(\.name)).joined(separator: " + ")
        page.entry(
            "Configuration",
            "\(base): \(Quantities.count(configuration.enabled, "option")) on, SHA-256 \(configuration.digest.short)")
        let needed = configuration.unmet.filter(\.required)
        let wanted = configuration.unmet.count - needed.count
        page.more(
            "\(Quantities.number(configuration.asked)) asked for, "
                + "\(Quantities.number(configuration.asked - configuration.unmet.count)) stuck; "
                + "\(Quantities.number(needed.count)) needed and \(Quantities.number(wanted)) wanted did not")
        page.more("\(Quantities.count(configuration.testOptions.count, "test option")) on")
        if !configuration.warnings.isEmpty {
            page.more(
                "\(Quantities.count(configuration.warnings.count, "warning")) of the configuration tools", .caution)
        }
        if let difference = record.baseline?.difference { self.difference(difference, &page) }
        for option in needed {
            page.paragraph(
                "\(option.option)=\(option.asked) was needed, got \(option.got)", .bad, indent: 2, hanging: 4)
            let place = Finding.Place(option.reasonFile, option.reasonLine) ?? Finding.Place(option.file, option.line)
            page.paragraph([place?.text, option.reason].compactMap { $0 }.joined(separator: ": "), .quiet, indent: 4)
        }
    }

    private func difference(_ difference: ConfigurationDifference, _ page: inout TerminalPage) {
        let losses = difference.securityLosses.filter { $0.security?.follows == nil }
        page.more("with Rust: \(difference.isEmpty ? "no difference" : difference.sum)")
        for note in difference.notes { page.more(note, .caution) }
        some(losses, of: "loss", "losses", limit: 8, on: &page) { change, page in
            page.paragraph(
                "\(change.option) \(change.values) (\(change.security?.kind.words ?? ""))", .bad, indent: 2,
                hanging: 15,
                lead: "lost", leadRole: .bad)
            if let machines = change.security?.machines { page.paragraph(machines, .quiet, indent: 15, most: 3) }
        }
        let excluded = difference.exclusions.filter { $0.state != .lost && $0.isInForce != false }
        if !excluded.isEmpty {
            page.more("beside Rust there can't be \(excluded.map(\.option).joined(separator: ", "))", .quiet)
        }
    }

    private func audit(_ page: inout TerminalPage) {
        guard let audit = record.audit else { return }
        page.gap()
        page.entry("Audit", "\(Quantities.count(audit.files.count, "file")), \(audit.sum)", audit.role)
        for outcome in audit.totals where outcome.state != .notApplicable {
            page.outcome(outcome, most: 4)
        }
    }

    private func build(_ page: inout TerminalPage) {
        page.gap()
        let build = record.build
        page.entry(
            "Build",
            "\(Quantities.duration(build.seconds)), \(Quantities.count(build.steps, "step")), "
                + "\(Quantities.count(build.warnings.count, "warning")), release \(build.release)")
        if !build.leakedPaths.isEmpty {
            page.more(
                "\(Quantities.count(build.leakedPaths.count, "name")) of this machine's folders in the files", .caution)
        }
        some(build.warnings, of: "warning", limit: 3, on: &page) {
            $1.paragraph($0, .caution, indent: 2, hanging: 4, most: 3)
        }
    }

    private func boot(_ page: inout TerminalPage) {
        let boot = record.boot
        page.entry("Boot", "\(Quantities.duration(boot.seconds)), \(boot.ending.sentence)", boot.ending.role)
        if boot.ending != .powerOff { page.more("reached: \(boot.reached)", .bad) }
        page.more(
            "\(boot.emulator), \(boot.accelerator), \(boot.machine), cpu \(boot.cpu), "
                + "\(Quantities.count(boot.cpus, "CPU")), \(Quantities.number(boot.memoryMiB)) MiB", .quiet)
        page.more(
            "console: \(Quantities.count(boot.consoleLines, "line")), SHA-256 \(boot.consoleSHA256.short)", .quiet)
    }

    private func tests(_ page: inout TerminalPage) {
        page.gap()
        let waivers = record.waiversByTest
        let suites = record.boot.tests.map { (result: $0, counts: $0.counts) }
        page.entry(
            "Tests",
            suites.isEmpty
                ? "none ran"
                : Quantities.counts(record.boot.counts, waived: record.waived.count) + ", in "
                    + Quantities.count(suites.count, "suite"),
            suites.isEmpty ? .caution : record.boot.counts.worst.role)
        for outcome in [TestOutcome.fail, .unknown] {
            for suite in suites where suite.counts.worst == outcome {
                page.row(
                    [
                        (outcome.rawValue, 9, outcome.role), (suite.result.name, 36, .strong),
                        (Quantities.counts(suite.counts), 0, nil),
                    ], indent: 2)
                let undecided = suite.result.undecided(limit: 21)
                for test in undecided.prefix(20) {
                    let line = test.result.line.map { " (line \($0))" } ?? ""
                    page.paragraph(
                        (test.path.isEmpty ? test.result.name : test.path) + line, indent: 11, hanging: 21,
                        lead: test.result.outcome.rawValue,
                        leadRole: test.result.outcome.role, most: 3)
                    if let waiver = waivers[suite.result.name + (test.path.isEmpty ? "" : "/" + test.path)] {
                        page.paragraph(
                            "waived until \(waiver.expires) by \(waiver.owner): \(waiver.reason)", .caution, indent: 21,
                            most: 4)
                        continue
                    }
                    some(test.result.diagnostics, of: "line", limit: 3, indent: 21, on: &page) {
                        $1.paragraph($0, .quiet, indent: 21, most: 2)
                    }
                }
                if undecided.count > 20 { page.paragraph("and more: see the full report", .quiet, indent: 11) }
            }
        }
        for (outcome, label) in [(TestOutcome.pass, "pass"), (.skip, "skip")] {
            let names = suites.filter { $0.counts.worst == outcome }.map { suite in
                let name = VisibleText.of(suite.result.name, columns: 44)
                guard outcome == .pass else { return "\(name) \(suite.counts.skip)" }
                return "\(name) \(suite.counts.pass)"
                    + (suite.counts.skip > 0 ? " (+\(suite.counts.skip) skipped)" : "")
            }
            if !names.isEmpty { paragraph(names, label: label, role: outcome.role, on: &page) }
        }
    }

    /// Names in running text, which is the shortest form for a hundred suites in which nothing is wrong.
    private func paragraph(_ names: [String], label: String, role: Style.Role?, on page: inout TerminalPage) {
        var line = ""
        var isFirst = true
        func put(_ line: String, on page: inout TerminalPage) {
            page.row([(isFirst ? label : "", 9, role), (line, 0, nil)], indent: 2)
            isFirst = false
        }
        for (index, name) in names.enumerated() {
            let item = name + (index == names.count - 1 ? "" : ",")
            if VisibleText.width(line) + 1 + VisibleText.width(item) > page.width - 11, !line.isEmpty {
                put(line, on: &page)
                line = item
            } else {
                line += (line.isEmpty ? "" : " ") + item
            }
        }
        put(line, on: &page)
    }

    private func comparison(_ page: inout TerminalPage) {
        guard let comparison = record.baseline.map({ KernelComparison($0, beside: record) }) else { return }
        page.gap()
        page.entry("Comparison", comparison.sum, comparison.role)
        page.row([("", 13, nil), ("GCC only", 27, .strong), ("with Rust", 0, .strong)], indent: 2)
        for row in comparison.rows {
            page.row([(row.label, 13, nil), (row.baseline, 27, nil), (row.rust, 0, nil)], indent: 2)
        }
        some(comparison.changes, of: "test", limit: 20, on: &page) { change, page in
            let before = change.baseline?.rawValue ?? "not run"
            let now = change.candidate?.rawValue ?? "not run"
            page.paragraph(
                "\(change.path): \(before), with Rust \(now)", indent: 2, hanging: 17, lead: change.verdict.rawValue,
                leadRole: change.verdict.role, most: 2)
        }
        page.gap()
    }

    private func events(_ page: inout TerminalPage) {
        // What a test provokes is its own business; what the console lost is not.
        let unexplained = Set(record.unexplainedEvents)
        let events = record.boot.events.filter {
            $0.duringTest == nil || $0.isAboutLog || unexplained.contains($0)
        }
        let inTests = record.boot.events.count - events.count
        let sum = events.isEmpty ? "no warnings, bugs or stalls" : Quantities.count(events.count, "event")
        page.entry(
            "Console",
            inTests == 0 ? sum : "\(sum), and \(Quantities.number(inTests)) in tests",
            events.isEmpty ? .good : .caution)
        some(events, of: "event", limit: 10, on: &page) { event, page in
            page.paragraph(
                "line \(event.line)\(event.inTest): \(event.text)", indent: 2, hanging: 15, lead: event.kind.rawValue,
                leadRole: event.kind.role, most: 3)
        }
    }

    private func modules(_ page: inout TerminalPage) {
        let modules = record.boot.modules
        let good = modules.count { $0.loaded && $0.unloaded }
        page.entry(
            "Modules",
            modules.isEmpty ? "none were loaded" : "\(good) of \(modules.count) loaded and unloaded",
            good == modules.count ? nil : .bad)
        for module in modules where !(module.loaded && module.unloaded) {
            page.paragraph(
                module.loaded ? "did not unload" : "did not load", .bad, indent: 2, hanging: 26, lead: module.name)
            some(module.messages, of: "message", limit: 3, indent: 4, on: &page) {
                $1.paragraph($0, .quiet, indent: 4, hanging: 6, most: 2)
            }
        }
    }

    private func wayBack(_ page: inout TerminalPage) {
        some(drills.reversed(), of: "earlier drill", limit: 1, on: &page) { drill, page in
            page.gap()
            RollbackText.add(drill, to: &page)
        }
    }

    private func findings(_ page: inout TerminalPage) {
        page.gap()
        let findings = record.findings
        page.entry("Findings", findings.isEmpty ? "none" : Quantities.number(findings.count))
        some(findings.worstFirst, of: "finding", limit: 12, on: &page) { finding, page in
            let place = finding.place.map { " (\($0.text))" } ?? ""
            page.paragraph(
                "\(finding.rule) \(finding.title)\(place)", indent: 2, hanging: 11, lead: finding.severity.rawValue,
                leadRole: finding.severity.role, most: 3)
        }
    }

    private func artifacts(_ page: inout TerminalPage) {
        page.gap()
        let artifacts = record.build.artifacts
        page.entry("Artifacts", Quantities.count(artifacts.count, "file"))
        some(artifacts, of: "file", limit: 20, on: &page) { artifact, page in
            page.row(
                [
                    (artifact.path, 46, nil), (Quantities.size(artifact.size), 14, nil),
                    (artifact.sha256.short, 0, .quiet),
                ], indent: 2)
        }
    }

    private func some<Item>(
        _ items: [Item], of noun: String, _ nouns: String? = nil, limit: Int, indent: Int = 2,
        on page: inout TerminalPage, _ show: (Item, inout TerminalPage) -> Void
    ) {
        for item in items.prefix(limit) { show(item, &page) }
        if items.count > limit {
            page.paragraph(
                "and \(Quantities.count(items.count - limit, "more \(noun)", nouns.map { "more \($0)" }))", .quiet,
                indent: indent)
        }
    }
}

extension RunRecord {
    /// The waivers that this run made use of, by the test that they accept.
    var waiversByTest: [String: Waiver] { Dictionary(waived.map { ($0.test, $0) }) { first, _ in first } }

    /// Seconds that the steps took, whenever that was: a resumed run has pauses.
    var work: Double { steps.reduce(0) { $0 + max(0, $1.seconds) } }
}

extension Finding.Place {
    init?(_ file: String?, _ line: Int?) {
        guard let file else { return nil }
        self.init(file: file, line: line)
    }
}

extension SourceIdentity {
    /// `linux-source-7.3 7.3.4-1~bpo13+1 (Debian source package)`.
    var describing: String {
        switch kind {
        case .debianPackage:
            "\(package ?? request) \(packageVersion ?? "of unknown version") (Debian source package)"
        case .folder: "folder \(request)"
        case .tarball: "tarball \(request)"
        case .git: "git commit \(commit ?? "unknown") in \(request)"
        }
    }
}

extension ConsoleEvent {
    /// ` in the test NAME`, after its line; empty where there is none.
    var inTest: String { duringTest.map { " in the test \($0)" } ?? "" }
}

extension ConsoleEvent.Kind {
    var role: Style.Role {
        switch self {
        case .bug, .oops, .panic, .stall: .bad
        case .warning, .lost, .interleaved, .prefix, .plan: .caution
        }
    }
}

extension TestResult {
    /// The innermost results inside that failed or were not decided, failures first, named by their way from here (by
    /// nothing where it is this one); a stack of our own, since results nest to any depth. At most `limit`.
    func undecided(limit: Int) -> [(path: String, result: TestResult)] {
        let leaves = leaves
        return [TestOutcome.fail, .unknown].flatMap { outcome in leaves.filter { $0.result.outcome == outcome } }
            .prefix(limit).map { (String($0.path.dropFirst(name.count).drop { $0 == "/" }), $0.result) }
    }
}
