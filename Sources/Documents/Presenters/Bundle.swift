// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

extension BundleReport: Presentable {
    /// What the bundle is, and what is wrong with it.
    package func document(_ book: RuleBook) -> Document {
        let (word, role, sentence): (String, Style.Role, String) =
            switch authenticity {
            case .verified: ("VERIFIED", .good, "It is whole, and signed by the key that was given.")
            case .unknown:
                ("UNKNOWN", .caution, "Nothing was altered by accident. Who made it is unknown: no key was given.")
            case .refused:
                (
                    "REFUSED", .bad,
                    key == nil
                        ? "It is not what its producer signed." : "It is not what the owner of the given key signed."
                )
            }
        return Document(
            "bundle",
            banner: .init(
                word: word, role: role, title: "Bundle of the run \(run ?? "unknown")", lines: [Span(sentence)])
        ) {
            if !faults.isEmpty {
                Document.Section("Faults") { faults.map { .sentence(Span($0), tag: .tag("fault", .bad)) } }
            }
            if !notes.isEmpty {
                Document.Section("Notes") { notes.map { .sentence(Span($0), tag: .tag("note", .caution)) } }
            }
            Document.Section {
                Block.facts(
                    [
                        Fact("archive", .code("\(archive)")),
                        Fact("files", Span("\(Quantities.number(files)), \(Quantities.number(bytes)) bytes")),
                    ] + (key.map { [Fact("key", .code("\($0)"))] } ?? []))
            }
        }
    }
}

/// A run of another log: the check that its bundle passed, and the run's own report.
package struct ImportedRun: Presentable {
    let record: ImportRecord
    /// As its own log has it; nil where its files were removed since.
    let run: ReportedRun?

    package init(record: ImportRecord, run: ReportedRun?) {
        self.record = record
        self.run = run
    }

    private enum Key: CodingKey {
        case run
    }

    package func encode(to encoder: any Encoder) throws {
        try record.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeIfPresent(run, forKey: .run)
    }

    package func document(_ book: RuleBook) -> Document {
        let check = record.report.document(book)
        let own = run?.document(book)
        var banner = own?.banner ?? check.banner
        let who = record.report.key.map { "the owner of the key \($0.short)" } ?? "its producer"
        banner?.lines.append(Span("Imported from another log: this is what \(who) says.", .caution))
        return Document("imported run", banner: banner) {
            Document.Section("Imported run") {
                Block.facts([
                    Fact("run", .code(record.run)),
                    Fact("kernel", Span("\(record.kernel), release \(record.release)")),
                    Fact("verdict", .tag(record.verdict.words.word, record.verdict.words.role)),
                    Fact("own entry", .code("\(record.entry)"), [.quiet("its digest in the log that it comes from")]),
                    Fact(
                        "files", Span(Quantities.number(record.report.files)),
                        [
                            .quiet(
                                run == nil
                                    ? "they were removed from this log, or can't be read here"
                                    : "in this log: `bessemer evidence show --blob SHA256`, `--digests` lists them")
                        ]),
                ])
            }
            check.sections
            if let own { own.sections }
        }
    }
}
