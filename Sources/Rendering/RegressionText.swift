// SPDX-License-Identifier: Apache-2.0
internal import Records

/// Two kernels side by side, for a terminal.
struct RegressionText {
    let report: RegressionReport
    let style: Style

    /// Tests that are told of each verdict: what fails, and the rest.
    private static let most = 40
    private static let mostOthers = 12

    var text: String {
        var page = TerminalPage(style: style)
        verdict(on: &page)
        page.gap()
        page.row(
            [("", 17, nil), ("baseline", 24, .strong), ("candidate", 24, .strong), ("", 0, nil)], indent: 0)
        kernels(on: &page)
        for machine in report.machines { self.machine(machine, on: &page) }
        if let selftests = report.selftests { self.selftests(selftests, on: &page) }
        if !report.notes.isEmpty {
            page.gap()
            for note in report.notes { page.paragraph(note, .caution, hanging: 6, lead: "note", leadRole: .caution) }
        }
        return page.text
    }

    private func verdict(on page: inout TerminalPage) {
        var parts = [Quantities.count(report.newFailures, "new failure")]
        if report.lostPasses > 0 {
            parts.append(
                Quantities.count(report.lostPasses, "result") + " lost that the baseline passed")
        }
        if report.newEvents > 0 { parts.append(Quantities.events(report.newEvents, "new ")) }
        for verdict in TestComparison.Verdict.allCases where verdict != .newFailure {
            let count = report.machines.reduce(0) { $0 + $1.count(verdict) }
            if count > 0 { parts.append("\(Quantities.number(count)) \(verdict.rawValue)") }
        }
        page.paragraph(
            parts.joined(separator: ", "), report.isClean ? nil : .bad, hanging: 10,
            lead: report.isClean ? (report.hasCompared ? "CLEAN" : "NOTHING") : "WORSE",
            leadRole: report.isClean ? (report.hasCompared ? .good : .caution) : .bad)
        let suites = report.suites.map(\.rawValue).joined(separator: ", ")
        page.paragraph(
            "\(suites); " + Quantities.count(report.turns, "run") + " of each kernel, "
                + Quantities.count(report.cpus, "CPU") + ", \(Quantities.number(report.memoryMiB)) MiB, in "
                + Quantities.duration(report.seconds), .quiet, indent: 10)
    }

    // MARK: Kernels

    private func kernels(on page: inout TerminalPage) {
        let (old, new) = (report.baseline, report.candidate)
        row("release", old.release ?? "not known", new.release ?? "not known", "", on: &page)
        row("Rust", words(old.rust), words(new.rust), "", on: &page)
        size("image", old.imageSize, new.imageSize, on: &page)
        size("vmlinux", old.vmlinux?.file, new.vmlinux?.file, on: &page)
        size("  text", old.vmlinux?.text, new.vmlinux?.text, on: &page)
        size("  data", old.vmlinux?.data, new.vmlinux?.data, on: &page)
        size("  zeroed", old.vmlinux?.zeroed, new.vmlinux?.zeroed, on: &page)
        row("modules", "\(old.modules.count)", "\(new.modules.count)", "", on: &page)
        // By name, without the folder: a module may be built elsewhere for one of the two.
        var names: [String] = []
        for module in old.modules + new.modules where !names.contains(module.name) { names.append(module.name) }
        for name in names.prefix(Self.most) {
            func loaded(_ facts: KernelFacts) -> Int? {
                facts.modules.first { $0.name == name }.flatMap { module in
                    module.sizes.text.map { $0 + (module.sizes.data ?? 0) + (module.sizes.zeroed ?? 0) }
                }
            }
            let short = name.split(separator: "/").last.map(String.init) ?? name
            size("  \(short)", loaded(old), loaded(new), on: &page)
        }
        if names.count > Self.most { page.paragraph("and \(names.count - Self.most) more", .quiet, indent: 2) }
    }

    private func words(_ flag: Bool?) -> String { flag.map { $0 ? "yes" : "no" } ?? "not known" }

    private func size(_ label: String, _ old: Int?, _ new: Int?, on page: inout TerminalPage) {
        guard old != nil || new != nil else { return }
        row(
            label, old.map(Quantities.size) ?? "none", new.map(Quantities.size) ?? "none",
            change(old.map(Double.init), new.map(Double.init)), on: &page)
    }

    private func row(
        _ label: String, _ old: String, _ new: String, _ change: String, on page: inout TerminalPage
    ) {
        page.row([(label, 17, nil), (old, 24, nil), (new, 24, nil), (change, 0, .quiet)], indent: 0)
    }

    /// `+4.8 %`; empty where one is not known.
    private func change(_ old: Double?, _ new: Double?) -> String {
        guard let old, let new, old > 0 else { return "" }
        let tenths = Int(((new - old) / old * 1000).rounded())
        if tenths == 0 { return old == new ? "" : "0.0 %" }
        return (tenths > 0 ? "+" : "-") + "\(abs(tenths) / 10).\(abs(tenths) % 10) %"
    }

    // MARK: Machines

    private func machine(_ machine: RegressionReport.Machine, on page: inout TerminalPage) {
        page.gap()
        let model = machine.model
        // Without QEMU, the machine's own type and what it runs on.
        let isEmulated = (machine.baseline + machine.candidate).allSatisfy { $0.run.accelerator != "none" }
        var title = model.name == model.model ? "" : isEmulated ? "QEMU \(model.model)" : model.model
        if !model.without.isEmpty {
            title +=
                (title.isEmpty ? "" : ", ") + "without "
                + Quantities.count(model.without.count, "feature") + " that QEMU lacks here"
        }
        page.paragraph(title, .quiet, hanging: 10, lead: model.name, leadRole: .strong)
        if let impossible = model.impossible {
            page.paragraph("not possible here: \(impossible)", .caution, indent: 2, hanging: 4)
            return
        }
        for (name, boots) in [("baseline", machine.baseline), ("candidate", machine.candidate)] {
            for boot in boots where boot.run.ending != .powerOff {
                let why = boot.refusal?.joined(separator: "; ") ?? boot.run.reached
                let title = boot.refusal == nil ? boot.run.ending.sentence : "this machine is too old for it"
                page.paragraph(
                    "\(name), \(boot.kind.rawValue), run \(boot.turn): \(title): \(why)", .bad, indent: 2, hanging: 4,
                    most: 6)
            }
        }
        if let notCompared = machine.notCompared {
            page.paragraph("nothing was compared: \(notCompared)", .caution, indent: 2, hanging: 4)
        } else {
            figures(machine, on: &page)
        }
        for (boot, event) in machine.newEvents.prefix(Self.most) {
            page.paragraph(
                "\(boot.kind.rawValue), run \(boot.turn), line \(event.line)\(event.inTest): \(event.text)", .bad,
                indent: 2,
                hanging: 17, lead: "new \(event.kind.rawValue)", leadRole: .bad, most: 3)
        }
        tests(machine, on: &page)
    }

    private func figures(_ machine: RegressionReport.Machine, on page: inout TerminalPage) {
        func starts(_ boots: [RegressionReport.Boot]) -> Double? {
            median(boots.filter { $0.kind == .start }.compactMap(\.startSeconds))
        }
        func memory(_ boots: [RegressionReport.Boot], _ name: String) -> Double? {
            median(boots.compactMap { $0.memory?[name].map(Double.init) })
        }
        let (old, new) = (starts(machine.baseline), starts(machine.candidate))
        row(
            "  boot time", old.map(seconds) ?? "not known", new.map(seconds) ?? "not known", change(old, new), on: &page
        )
        for (label, name) in [
            ("  memory total", "MemTotal"), ("  free", "MemFree"), ("  available", "MemAvailable"), ("  slab", "Slab"),
            ("  kernel stacks", "KernelStack"), ("  page tables", "PageTables"), ("  vmalloc", "VmallocUsed"),
            ("  per CPU", "Percpu"),
        ] {
            let (old, new) = (memory(machine.baseline, name), memory(machine.candidate, name))
            guard old != nil || new != nil else { continue }
            row(
                label, old.map { Quantities.size(Int($0) << 10) } ?? "not known",
                new.map { Quantities.size(Int($0) << 10) } ?? "not known", change(old, new), on: &page)
        }
    }

    private func seconds(_ value: Double) -> String {
        let thousandths = Int((value * 1000).rounded())
        let rest = String(thousandths % 1000)
        return "\(thousandths / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest) s"
    }

    private func median(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    private func tests(_ machine: RegressionReport.Machine, on page: inout TerminalPage) {
        let counts = TestComparison.Verdict.allCases.map { ($0, machine.count($0)) }.filter { $0.1 > 0 }
        page.paragraph(
            counts.map { "\(Quantities.number($0.1)) \($0.0.rawValue)" }.joined(separator: ", "), indent: 2,
            hanging: 17,
            lead: "tests")
        for verdict in TestComparison.Verdict.allCases where verdict.isWorthALook {
            // What is lost and passed before comes first.
            let tests =
                machine.tests.filter { $0.verdict == verdict && $0.isLostPass }
                + machine.tests.filter { $0.verdict == verdict && !$0.isLostPass }
            let failing = verdict == .newFailure ? tests.count : tests.count(where: \.isLostPass)
            let shown = max(min(failing, Self.most), Self.mostOthers)
            for test in tests.prefix(shown) {
                let isBad = verdict == .newFailure || test.isLostPass
                page.paragraph(
                    "\(test.path): \(test.sides)", isBad ? .bad : nil, indent: 2, hanging: 17,
                    lead: verdict.rawValue, leadRole: isBad ? .bad : verdict.role)
                if let reason = machine.reasons[test.path], isBad || tests.count <= Self.mostOthers, verdict != .fixed,
                    verdict != .missing
                {
                    page.paragraph(reason, .quiet, indent: 19, hanging: 19, most: 3)
                }
            }
            if tests.count > shown {
                page.paragraph(
                    "and \(Quantities.number(tests.count - shown)) more \(verdict.rawValue); regression.json has all",
                    .quiet, indent: 17)
            }
        }
    }

    // MARK: Selftests

    private func selftests(_ facts: SelftestFacts, on page: inout TerminalPage) {
        page.gap()
        let programs = facts.collections.reduce(0) { $0 + $1.programs.count }
        page.paragraph(
            Quantities.count(programs, "program") + " of " + Quantities.count(facts.collections.count, "collection")
                + " of Linux \(facts.kernel)", hanging: 17, lead: "selftests", leadRole: .strong)
        for collection in facts.collections {
            page.paragraph(
                "\(collection.programs.count) run, \(collection.leftOut.count) left out", .quiet, indent: 2,
                hanging: 24, lead: collection.name)
        }
        if !facts.leftOut.isEmpty {
            page.paragraph(
                "left out: " + Quantities.count(facts.leftOut.count, "collection")
                    + "; regression.json has the reasons", .quiet, indent: 2)
        }
    }
}

extension TestComparison.Change {
    /// `baseline passed 3 of 3, candidate passed 1 of 3`.
    var sides: String {
        func side(_ name: String, _ outcome: TestOutcome?, _ runs: TestCounts?) -> String {
            guard let runs else { return "\(name) \(outcome?.rawValue ?? "did not run")" }
            guard runs.total > 0 else { return "\(name) did not run" }
            return "\(name) passed \(runs.pass) of \(runs.total)"
                + (runs.unknown > 0 ? " (\(runs.unknown) unknown)" : "")
                + (runs.skip > 0 ? " (\(runs.skip) skipped)" : "")
        }
        return side("baseline", baseline, baselineRuns) + ", " + side("candidate", candidate, candidateRuns)
    }
}
