// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records

extension RebuildReport.Verdict {
    fileprivate var words: (word: String, role: Style.Role) {
        switch self {
        case .equal: ("EQUAL", .good)
        case .different: ("DIFFERENT", .bad)
        case .unknown: ("UNKNOWN", .caution)
        }
    }
}

extension RebuildReport.Cause {
    fileprivate var words: String {
        switch self {
        case .buildPath: "a path of the build"
        case .time: "the time of the build"
        case .compiler: "another compiler"
        case .configuration: "another configuration"
        case .signature: "the modules' key"
        case .randomSeed: "a random seed"
        case .typeOrder: "the order of types"
        case .follows: "follows from others"
        case .unknown: "unknown"
        }
    }
}

extension RebuildReport: Presentable {
    /// Each kernel's two builds, and what differs.
    package func document(_ book: RuleBook) -> Document {
        let words = verdict.words
        return Document(
            "second build",
            banner: .init(
                word: words.word, role: words.role, title: "Linux \(source.version) built twice: \(sum)",
                lines: [.quiet("second build \(identifier) of run \(run), \(Quantities.time(startedAt))")]),
            footer: "Bessemer \(toolVersion), schema \(schema)."
        ) {
            Document.Section {
                Block.facts([
                    Fact("Source", Span(source.describing), [.digest(source.digest)]),
                    Fact(
                        "Patches",
                        Span(
                            series.map { "\($0.name), \(Quantities.count($0.patches.count, "patch", "patches"))" }
                                ?? "none")),
                    Fact("Sandbox", .digest(sandboxLock)), Fact("Builder", .quiet(builder), isDetail: true),
                ])
            }
            for kernel in kernels { kernel.section }
            if !findings.isEmpty {
                Document.Section("Findings", Span(Quantities.number(findings.count))) {
                    Block.cards(Cards(cards: findings.worstFirst.map(\.card), isBrief: true, most: 12))
                }
            }
            if !accepted.isEmpty {
                Document.Section("Accepted", Span(Quantities.count(accepted.count, "finding"))) {
                    Block.sentences(Waiver.sums(of: accepted.map(\.waiver)))
                }
            }
        }
    }

    private var sum: String {
        let all = kernels.flatMap(\.artifacts)
        let different = all.count { !$0.isEqual }
        if all.isEmpty { return "there was nothing to compare" }
        return different == 0
            ? "all \(Quantities.count(all.count, "artifact")) have the same bytes"
            : "\(Quantities.number(different)) of \(Quantities.count(all.count, "artifact")) differ"
    }
}

extension RebuildReport.Kernel {
    fileprivate var section: Document.Section {
        let different = different
        let sum =
            "\(Quantities.number(artifacts.count - different.count)) of \(Quantities.count(artifacts.count, "artifact")) equal"
        return .init(
            role == .baseline ? "GCC only" : "With Rust",
            Span(sum, artifacts.isEmpty ? .caution : different.isEmpty ? .good : .bad)
        ) {
            Block.table(
                ["", "Started", .number("Time"), .number("Jobs"), "Compiler cache"],
                [row("first", first), row("second", second)])
            if let listed {
                Block.sentence(
                    .quiet(
                        "the second build's tree held the \(Quantities.count(listed.files, "file")) of the kernel's list of "
                            + "materials alone"), [.digest(listed.materials)])
            }
            for artifact in different { artifact.block }
            Block.table(
                ["File", "SHA-256"],
                artifacts.filter(\.isEqual).map { [[.code($0.path)], $0.first.map { [.digest($0.sha256)] } ?? []] },
                isDetail: true)
        }
    }

    private func row(_ name: String, _ build: RebuildReport.Circumstances) -> [Table.Cell] {
        [
            [Span(name)], [Span(Quantities.time(build.startedAt))],
            [Span(Quantities.duration(build.finishedAt.timeIntervalSince(build.startedAt)))],
            [Span(build.jobs.map { "\($0)" } ?? "?")], [.quiet(build.compilerCache)],
        ]
    }
}

extension RebuildReport.ComparedArtifact {
    fileprivate var block: Block {
        func text(_ file: File?) -> [Span] {
            file.map { [.quiet(Quantities.size($0.size)), .digest($0.sha256)] } ?? [.quiet("not made")]
        }
        return .fold(Span(path, .bad), isOpen: true) {
            Block.facts([
                Fact("first", text(first)[0], Array(text(first).dropFirst())),
                Fact("second", text(second)[0], Array(text(second).dropFirst())),
            ])
            if let undecided { Block.sentence(Span(undecided, .caution)) }
            if !sections.isEmpty {
                Block.table(
                    [
                        "Section", .number("Size"), .named("First difference"), "Symbol", "Cause",
                    ],
                    sections.map { section in
                        [
                            [.code(section.name)], [Span(section.sizes)],
                            [
                                .code("0x\(String(section.difference, radix: 16))"),
                                .code("\(section.firstBytes)\u{a0}/ \(section.secondBytes)").detail,
                            ],
                            [.code(section.symbol ?? "")],
                            [Span(section.cause.words, section.cause == .unknown ? .caution : nil)]
                                + (section.detail.map { [.quiet($0)] } ?? []),
                        ]
                    }, most: 40, noun: "section")
            }
        }
    }
}

extension RebuildReport.Section {
    fileprivate var sizes: String {
        func text(_ size: Int?) -> String { size.map { Quantities.number($0) } ?? "none" }
        return firstSize == secondSize ? text(firstSize) : "\(text(firstSize)), \(text(secondSize))"
    }
}
