// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

extension RegressionReport: Presentable {
    /// Two kernels side by side.
    package func document(_ book: RuleBook) -> Document {
        Document(
            "kernel comparison", banner: banner,
            footer: "Bessemer \(toolVersion), \(Quantities.time(startedAt)), schema \(schema)."
        ) {
            kernels
            machines.map(\.section)
            if let selftests { selftests.section }
            if !notes.isEmpty {
                Document.Section { Block.sentences(notes, .caution, tag: .tag("note", .caution)) }
            }
        }
    }

    private var banner: Document.Banner {
        var parts = [Quantities.count(newFailures, "new failure")]
        if lostPasses > 0 {
            parts.append(Quantities.count(lostPasses, "result") + " lost that the baseline passed")
        }
        if newEvents > 0 { parts.append(Quantities.events(newEvents, "new ")) }
        for verdict in TestComparison.Verdict.allCases where verdict != .newFailure {
            let count = machines.reduce(0) { $0 + $1.count(verdict) }
            if count > 0 { parts.append("\(Quantities.number(count)) \(verdict.rawValue)") }
        }
        let suites = suites.map(\.rawValue).joined(separator: ", ")
        return Document.Banner(
            word: isClean ? hasCompared ? "CLEAN" : "INCONCLUSIVE" : "REGRESSED",
            role: isClean ? hasCompared ? .good : .caution : .bad, title: parts.joined(separator: ", "),
            lines: [
                .quiet(
                    "\(suites); \(Quantities.count(repetitions, "run")) of each kernel, \(Quantities.count(cpus, "CPU")), "
                        + "\(Quantities.number(memoryMiB)) MiB, in \(Quantities.duration(seconds))"
                        + (sandbox.map { "; sandbox " + ($0.specification ?? $0.lockDigest.short) } ?? ""))
            ])
    }

    private static let mostModules = 40

    private var kernels: Document.Section {
        func words(_ flag: Bool?) -> String { flag.map { $0 ? "yes" : "no" } ?? "not known" }
        var table = SideBySide()
        table.row("release", baseline.release ?? "not known", candidate.release ?? "not known")
        table.row("Rust", words(baseline.rust), words(candidate.rust))
        table.row("image digest", baseline.imageSHA256.short, candidate.imageSHA256.short)
        table.size("image", baseline.imageSize, candidate.imageSize)
        table.size("vmlinux", baseline.vmlinux?.file, candidate.vmlinux?.file)
        table.size("vmlinux text", baseline.vmlinux?.text, candidate.vmlinux?.text)
        table.size("vmlinux data", baseline.vmlinux?.data, candidate.vmlinux?.data)
        table.size("vmlinux zeroed", baseline.vmlinux?.zeroed, candidate.vmlinux?.zeroed)
        table.row("modules", "\(baseline.modules.count)", "\(candidate.modules.count)")
        // By name, without the folder: a module may be built elsewhere for one of the two.
        var names: [String] = []
        for module in baseline.modules + candidate.modules where !names.contains(module.name) {
            names.append(module.name)
        }
        for name in names.prefix(Self.mostModules) {
            func loaded(_ facts: KernelFacts) -> Int? {
                facts.modules.first { $0.name == name }.flatMap { module in
                    module.sizes.text.map { $0 + (module.sizes.data ?? 0) + (module.sizes.zeroed ?? 0) }
                }
            }
            table.size(
                name.split(separator: "/").last.map(String.init) ?? name, loaded(baseline), loaded(candidate))
        }
        let left = names.count - Self.mostModules
        return .init("Kernels", isTitleDetail: true) {
            table.block
            if left > 0 { Block.sentence(.quiet("and \(Quantities.count(left, "more module"))")) }
        }
    }
}

/// What both kernels have of something, and by how much the second has more.
private struct SideBySide {
    private var table = Table(
        columns: ["", .named("baseline"), .named("candidate"), .named("change")])

    var block: Block { .table(table) }

    mutating func row(_ label: String, _ old: String, _ new: String, _ change: String = "") {
        table.rows.append([[Span(label)], [Span(old)], [Span(new)], change.isEmpty ? [] : [.quiet(change)]])
    }

    /// Bytes; nothing where neither has any.
    mutating func size(_ label: String, _ old: Int?, _ new: Int?) {
        measure(label, old.map(Double.init), new.map(Double.init), none: "none") { Quantities.size(Int($0)) }
    }

    mutating func measure(
        _ label: String, _ old: Double?, _ new: Double?, none: String = "not known", _ words: (Double) -> String
    ) {
        guard old != nil || new != nil else { return }
        row(label, old.map(words) ?? none, new.map(words) ?? none, change(old, new))
    }

    /// `+4.8 %`; empty where one is not known.
    private func change(_ old: Double?, _ new: Double?) -> String {
        guard let old, let new, old > 0 else { return "" }
        let tenths = Int(((new - old) / old * 1000).rounded())
        if tenths == 0 { return old == new ? "" : "0.0 %" }
        return (tenths > 0 ? "+" : "-") + "\(abs(tenths) / 10).\(abs(tenths) % 10) %"
    }
}

extension RegressionReport.Machine {
    fileprivate var section: Document.Section {
        if let impossible = model.impossible {
            return .init(model.name, title) { Block.sentence(Span("not possible here: \(impossible)", .caution)) }
        }
        let counts = TestComparison.Verdict.allCases.map { ($0, count($0)) }.filter { $0.1 > 0 }
        let sum = counts.map { "\(Quantities.number($0.1)) \($0.0.rawValue)" }.joined(separator: ", ")
        return .init(model.name, title) {
            for (name, boots) in [("baseline", baseline), ("candidate", candidate)] {
                for boot in boots.filter({ $0.run.ending != .powerOff }) {
                    let why = boot.refusal?.joined(separator: "; ") ?? boot.run.reached
                    let title = boot.refusal == nil ? boot.run.ending.sentence : "this machine is too old for it"
                    Block.sentence(
                        Span("\(boot.kind.rawValue), run \(boot.repetition): \(title): \(why)", .bad),
                        tag: .tag(name, .bad))
                }
            }
            if let notCompared {
                Block.sentence(Span("nothing was compared: \(notCompared)", .caution))
            } else {
                figures
            }
            for (boot, event) in newEvents.prefix(40) {
                Block.sentence(
                    Span(
                        "\(boot.kind.rawValue), run \(boot.repetition), line \(event.line)\(event.inTest): \(event.text)",
                        .bad),
                    tag: .tag("new \(event.kind.rawValue)", .bad))
            }
            if let rest = Quantities.rest(newEvents.count - 40, "event") { Block.sentence(.quiet(rest)) }
            Block.facts([Fact("tests", Span(sum.isEmpty ? "none" : sum))])
            if let table = tests.table({ reasons[$0.path] }) { table }
        }
    }

    /// What the machine is. Without QEMU, its own type and what it runs on.
    private var title: Span {
        let isEmulated = (baseline + candidate).allSatisfy { $0.run.accelerator != "none" }
        let name = model.name == model.model ? [] : [isEmulated ? "QEMU \(model.model)" : model.model]
        let lacks =
            model.without.isEmpty
            ? [] : ["without \(Quantities.count(model.without.count, "feature")) that QEMU lacks here"]
        return .quiet((name + lacks).joined(separator: ", "))
    }

    private var figures: Block {
        func starts(_ boots: [RegressionReport.Boot]) -> Double? {
            median(boots.filter { $0.kind == .start }.compactMap { $0.startMilliseconds.map { Double($0) / 1000 } })
        }
        func memory(_ boots: [RegressionReport.Boot], _ name: String) -> Double? {
            median(boots.compactMap { $0.memory?[name].map(Double.init) })
        }
        var table = SideBySide()
        let (old, new) = (starts(baseline), starts(candidate))
        if old != nil || new != nil {
            table.measure("boot time", old, new) { Quantities.thousandths($0) + " s" }
        } else {
            table.row("boot time", "not known", "not known")
        }
        for (label, name) in [
            ("memory total", "MemTotal"), ("memory free", "MemFree"), ("memory available", "MemAvailable"),
            ("slab", "Slab"),
            ("kernel stacks", "KernelStack"), ("page tables", "PageTables"), ("vmalloc", "VmallocUsed"),
            ("per CPU", "Percpu"),
        ] {
            table.measure(label, memory(baseline, name), memory(candidate, name)) { Quantities.size(Int($0) << 10) }
        }
        return table.block
    }

    private func median(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

extension SelftestFacts {
    fileprivate var section: Document.Section {
        let programs = collections.reduce(0) { $0 + $1.programs.count }
        let left = (collections.flatMap(\.leftOut) + leftOut).map { "\($0.name): \($0.reason)" }
        return .init(
            "Selftests",
            Span(
                "\(Quantities.count(programs, "program")) of \(Quantities.count(collections.count, "collection")) of Linux \(kernel)"
            )
        ) {
            Block.table(
                ["Collection", .number("Run"), .number("Left out")],
                collections.map {
                    [[Span($0.name)], [Span("\($0.programs.count) run")], [.quiet("\($0.leftOut.count) left out")]]
                }, isHeaded: false)
            Block.list(Span("left out: \(Quantities.count(leftOut.count, "collection"))", .quiet), left)
        }
    }
}
