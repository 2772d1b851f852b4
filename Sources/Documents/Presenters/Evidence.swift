// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

extension RunSummary: Listable {
    /// Runs, a row each.
    package static func document(of runs: [RunSummary], _ book: RuleBook) -> Document {
        guard !runs.isEmpty else {
            return Document("runs", banner: .init(title: "No runs are recorded yet; `bessemer pilot` makes the first."))
        }
        return Document("runs") {
            Document.Section {
                Block.table(
                    ["RUN", "KERNEL", "VERDICT"] + ["PASS", "FAIL", "WAIVED", "?", "SKIP"].map { .number($0) },
                    runs.map { run in
                        let words = run.verdict.words
                        let counts = run.counts
                        let mark = run.imported == nil ? "" : " (imported)"
                        return [
                            [Span(run.identifier)], [Span(run.kernelVersion + mark)], [.tag(words.word, words.role)],
                        ]
                            + [counts.pass, counts.fail - run.waived, run.waived, counts.unknown, counts.skip]
                            .map { counts == TestCounts() ? [] : [Span(Quantities.number($0))] }
                    })
            }
            let imported = runs.compactMap { run in run.imported.map { (run.identifier, $0) } }
            if !imported.isEmpty {
                Document.Section("Imported from other logs") {
                    Block.table(
                        ["RUN", "ENTRY HERE", "SIGNED BY THE KEY"],
                        imported.map { identifier, place in
                            [[Span(identifier)], [Span("\(place.entry)")], place.key.map { [.digest($0)] } ?? []]
                        })
                }
            }
        }
    }
}

extension EntrySummary: Listable {
    /// Entries, a row each.
    package static func document(of entries: [EntrySummary], _ book: RuleBook) -> Document {
        guard !entries.isEmpty else {
            return Document(
                "evidence log", banner: .init(title: "Nothing is recorded yet; `bessemer pilot` records the first."))
        }
        return Document("evidence log") {
            Document.Section {
                Block.table(
                    ["ENTRY", "RECORDED", "KIND", "DIGEST", "FILES", "ABOUT"],
                    entries.map { entry in
                        [
                            [Span("\(entry.sequence)")], [Span(Quantities.time(entry.time))],
                            [Span(entry.kind.rawValue)],
                            [.digest(entry.digest)], [Span("\(entry.files.count)")],
                            (entry.words ?? entry.subjects.first?.name).map { [.quiet($0)] } ?? [],
                        ]
                    })
            }
        }
    }
}

/// An entry whose body only programs read. As text its facts alone: the body's bytes follow them as they are.
package struct EntryWithBody: Presentable {
    let entry: EntrySummary
    let body: String
    /// Files of it that were removed, by SHA-256, with the number of the entry that says so.
    let pruned: [String: Int]
    private let showsDigests: Bool

    package init(entry: EntrySummary, body: [UInt8], pruned: [String: Int], showsDigests: Bool = false) {
        self.entry = entry
        self.showsDigests = showsDigests
        self.body = String(decoding: body, as: UTF8.self)
        self.pruned = pruned
    }

    package func document(_ book: RuleBook) -> Document {
        Document("evidence: \(entry.kind)") {
            Document.Section { Block.facts(entry.facts(pruned, showsDigests: showsDigests)) }
            Document.Section("Body", isDetail: true) {
                Block.log(Log(lines: body.split(separator: "\n").map(String.init)))
            }
        }
    }
}

/// A record as it is shown by itself, and which entry of the log it is. For programs, the record alone.
package struct RecordedEntry: Presentable {
    let entry: EntrySummary
    let record: any Presentable
    /// Its files that were removed, each with the entry that says so.
    let pruned: [String: Int]
    /// Of the last step of a run that did not come to its report: a log in the run's own folder may be gone.
    let stepFiles: [Subject]
    /// Of the run's lists of materials.
    let gaps: [MaterialGaps]
    private let showsDigests: Bool

    package init(
        entry: EntrySummary, record: any Presentable, pruned: [String: Int] = [:], stepFiles: [Subject] = [],
        gaps: [MaterialGaps] = [], showsDigests: Bool = false
    ) {
        self.gaps = gaps
        self.showsDigests = showsDigests
        self.entry = entry
        self.record = record
        self.pruned = pruned
        self.stepFiles = stepFiles
    }

    package func encode(to encoder: any Encoder) throws { try record.encode(to: encoder) }

    package func document(_ book: RuleBook) -> Document {
        let shown = record.document(book)
        return Document(shown.name, banner: shown.banner, footer: shown.footer) {
            shown.sections
            if !stepFiles.isEmpty {
                Document.Section("Files of the last step") {
                    Block.facts(
                        stepFiles.map { Fact($0.name, .code("bessemer evidence show --blob \($0.sha256.short)")) })
                }
            }
            if !gaps.isEmpty {
                Document.Section("Gaps in the lists of materials", Span("what is not listed may still be there")) {
                    Block.facts(
                        gaps.map { Fact("\($0.kernel.rawValue)", Span("\($0.count): \($0.names)", .caution)) })
                }
            }
            Document.Section("Evidence", Span("entry \(entry.sequence) of the log")) {
                Block.facts(entry.facts(pruned, showsDigests: showsDigests))
            }
        }
    }
}

extension EntrySummary {
    /// Lines of one label that are shown where digests are not asked for.
    private static let most = 4

    fileprivate func facts(_ pruned: [String: Int], showsDigests: Bool) -> [Fact] {
        func digest(_ label: String, _ subject: Subject) -> Fact {
            let removal = label == "file" ? pruned["\(subject.sha256)"] : nil
            let end = removal.map { " (removed by entry \($0))" } ?? ""
            return Fact(label, .code("\(subject.sha256) \(subject.name)\(end)"))
        }
        func folded(_ label: String, _ lines: [Fact]) -> [Fact] {
            guard !showsDigests, lines.count > Self.most else { return lines }
            let removals = label == "files" ? files.count { pruned["\($0.sha256)"] != nil } : 0
            return [
                Fact(
                    label, Span("\(Quantities.number(lines.count))" + (removals == 0 ? "" : ", \(removals) removed")),
                    [.quiet("--digests lists them")])
            ]
        }
        return [
            Fact("entry", Span("\(sequence)")),
            Fact("kind", Span("\(kind) (version \(version))")),
            Fact("recorded", Span("\(Quantities.time(time)) by \(recorder)")),
            Fact("digest", .code("\(self.digest)")),
        ] + folded("parents", parents.map { Fact("parent", .code("\($0)")) })
            + folded("subjects", subjects.map { digest("subject", $0) })
            + folded("files", files.map { digest("file", $0) }) + [
                Fact("body", .code("\(bodySHA256) (\(Quantities.count(bodySize, "byte")))"))
            ]
    }
}

extension UnfinishedRun: Presentable {
    /// Why it ended, and its steps.
    package func document(_ book: RuleBook) -> Document {
        Document(
            "unfinished run",
            banner: .init(
                word: outcome.rawValue.uppercased(), role: outcome.role,
                title: "\(workflow ?? "pilot") of \(kernel): it did not come to its report",
                lines: [
                    .quiet(
                        "\(identifier), \(Quantities.time(startedAt)) to \(Quantities.time(finishedAt)), by Bessemer \(tool)"
                    )
                ])
        ) {
            if let failure {
                Document.Section("Error", Span(failure.message, .bad)) {
                    let lines = (failure.details ?? "").split(separator: "\n").map(String.init)
                    Block.log(
                        Log(lines: lines.prefix(40) + (Quantities.rest(lines.count - 40, "line").map { [$0] } ?? [])))
                    Block.facts([Fact("what to do", Span(failure.advice))])
                }
            }
            Document.Section("Steps") {
                Block.timeline(
                    steps.map {
                        Moment(
                            tag: .tag($0.outcome.rawValue, $0.outcome.role), title: $0.name,
                            startedAt: Quantities.time($0.startedAt), seconds: Double($0.milliseconds) / 1000)
                    })
            }
        }
    }
}

extension UnfinishedRun.Outcome {
    fileprivate var role: Style.Role {
        switch self {
        case .failed: .bad
        case .cancelled: .caution
        case .ended: .quiet
        }
    }
}

extension StepRecord.Outcome {
    fileprivate var role: Style.Role {
        switch self {
        case .done: .good
        case .failed: .bad
        case .cancelled: .caution
        }
    }
}
