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
            case .refused: ("REFUSED", .bad, "It is not what its producer signed.")
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

extension ImportRecord: Presentable {
    /// The check that the bundle passed, and the run in it.
    package func document(_ book: RuleBook) -> Document {
        let shown = report.document(book)
        return Document("imported evidence", banner: shown.banner) {
            Document.Section("Run") {
                Block.facts([
                    Fact("kernel", Span("\(kernel), release \(release)")),
                    Fact("verdict", .tag(verdict.words.word, verdict.words.role)),
                    Fact("entry in its own log", .code("\(entry)")),
                ])
            }
            shown.sections
        }
    }
}
