// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records

extension ChangeRecord: Presentable {
    /// What a change board reads, in its order: the verdict first, the evidence last.
    package func document(_ book: RuleBook) -> Document {
        Document(
            "change record", banner: gate.banner("Change: \(title)"),
            footer: "Bessemer \(toolVersion), schema \(schema)."
        ) {
            scope
            Document.Section("Gate", .quiet(gate.stage)) { gate.rules(book) }
            contents
            configuration
            results
            deviations
            implementation
            backOut
            Document.Section("Abort criteria") { Block.sentences(abort) }
            people
            requirements
            evidence
        }
    }

    var title: String { "Linux \(gate.kernelVersion) for s390x with Rust to \(gate.stage)" }

    private var scope: Document.Section {
        .init("Purpose and scope") {
            Block.facts(
                [
                    Fact("Change", Span(title), [.quiet("run \(gate.run), entry \(gate.runEntry.sequence)")]),
                    Fact("Purpose", purpose.map { Span($0) } ?? Span("not given with a request", .caution)),
                    Fact("Validity", Span(validity)), Fact("Window", Span(windowWords)),
                    Fact("Source", Span(source.describing), [.digest(source.digest)]),
                ]
                    + kernels.map { kernel in
                        Fact(
                            kernel.role == .candidate ? "With Rust" : "Without Rust",
                            Span(kernel.release),
                            [kernel.buildID.map { Span.quiet("build ID \($0)") }, kernel.image.map { .digest($0) }]
                                .compactMap(\.self))
                    }
                    + machines.map { Fact($0.purpose, Span($0.name)) }
                    + [Fact("Machines", "those that get the kernel are not recorded: the board names them")])
        }
    }

    var validity: String {
        if isRefused {
            return passesFrom.map { "the gate refuses; where nothing else happens it passes from \($0)" }
                ?? "the gate refuses, and no day alone changes that"
        }
        return "the gate passes as of \(gate.asOf)"
            + (validUntil.map { ", to \($0) 24:00 UTC where nothing else happens" } ?? ", with no last day")
    }

    var windowWords: String {
        guard let window else { return "not given" }
        return [window.start.map { "from \(Quantities.time($0))" }, window.end.map { "to \(Quantities.time($0))" }]
            .compactMap(\.self).joined(separator: " ")
    }

    private var contents: Document.Section {
        .init("What changes") {
            Block.facts([
                Fact(
                    "Flags", unstableFlags.map { Span($0.words) } ?? Span("unknown", .caution),
                    [.quiet("unstable ones that rustc was given")]),
                Fact("Patches", Span(Quantities.number(patches.count))),
            ])
            Block.table(
                ["TOOL", "VERSION", "PACKAGE"],
                toolchain.map { tool in
                    [
                        [.code(tool.role)], [Span(tool.version)],
                        [.quiet([tool.package, tool.packageVersion].compactMap(\.self).joined(separator: " "))],
                    ]
                }, breaksLast: true, most: 40, noun: "tool")
            if !patches.isEmpty {
                Block.table(
                    ["PATCH", "SUBJECT", "PATCH-ID"],
                    patches.map { [[.code($0.file)], [Span($0.subject)], [.code(String($0.identifier.prefix(12)))]] },
                    breaksLast: true, most: 60, noun: "patch")
            }
        }
    }

    private var configuration: Document.Section {
        guard let difference else {
            return .init("Configuration") {
                Block.sentence(Span("not compared with a kernel without Rust", .caution))
            }
        }
        let asked = difference.changes(.asked)
        return .init("Configuration", Span("with Rust: \(difference.sum)")) {
            if difference.ownLosses.isEmpty {
                Block.sentence("No option with a meaning for security is lost.")
            } else {
                Block.cards(Cards(cards: difference.ownLosses.map(difference.card), most: 40))
            }
            if !asked.isEmpty {
                Block.table(
                    ["REQUESTED OPTION", "WITHOUT RUST", "WITH RUST", "REASON"],
                    asked.map {
                        [
                            [.code($0.option)], [.code($0.baseline ?? "absent")], [.code($0.rust ?? "absent")],
                            [.quiet($0.reason)],
                        ]
                    }, breaksLast: true, most: 40, noun: "option")
            }
            Block.sentence(.quiet("The run's report has every option that differs, with its reason."))
        }
    }

    private var results: Document.Section {
        .init("Tests and comparison") {
            Block.table(
                ["KERNEL", .number("PASSED"), .number("FAILED"), .number("UNKNOWN"), .number("SKIPPED")],
                [row("with Rust", tests.candidate)] + (tests.baseline.map { [row("without Rust", $0)] } ?? []))
            Block.facts([
                Fact("Accepted", Span(Quantities.count(tests.accepted, "failure"))),
                Fact("Both passed", Span(tests.passedOnBoth.map { Quantities.number($0) } ?? "not compared")),
                Fact("Others", Span(comparison)), Fact("Audit", Span(auditWords)),
            ])
        }
    }

    private func row(_ name: String, _ counts: TestCounts) -> [Table.Cell] {
        [[Span(name)]]
            + [counts.pass, counts.fail, counts.unknown, counts.skip].map { [Span(Quantities.number($0))] }
    }

    var comparison: String {
        guard tests.passedOnBoth != nil else { return "not compared" }
        let words = tests.changes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        return words.isEmpty ? "none differs" : words.joined(separator: ", ")
    }

    var auditWords: String {
        guard let audit else { return "not recorded" }
        return "\(audit.isClean ? "clean" : "not clean"): \(Quantities.count(audit.files, "file")), "
            + "\(Quantities.count(audit.findings, "finding")), \(audit.accepted) accepted"
    }

    private var deviations: Document.Section {
        let used = Set(gate.deviations.compactMap(\.waiver))
        let waivers = gate.waivers.filter { used.contains($0.identifier) || $0.state == .pending }
        return .init("Deviations and waivers", .quiet(Quantities.count(gate.deviations.count, "deviation"))) {
            if gate.deviations.isEmpty {
                Block.sentence("Nothing deviates.")
            } else {
                Deviation.table(gate.deviations)
            }
            if waivers.isEmpty {
                Block.sentence("No signed waiver is used or pending.")
            } else {
                WaiverStatus.table(waivers)
            }
        }
    }
}

extension [String] {
    /// `none` where there is none.
    fileprivate var words: String { isEmpty ? "none" : joined(separator: " ") }
}
