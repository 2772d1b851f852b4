// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

extension VerificationReport: Presentable {
    /// What was altered or is missing, and how much was read.
    package func document(_ book: RuleBook) -> Document {
        let altered = kinds[RecordKind.altered.rawValue] ?? 0
        let kinds = kinds.sorted { $0.key < $1.key }.map { "\($0.key): \(Quantities.number($0.value))" }.joined(
            separator: ", ")
        let read =
            "\(Quantities.count(entries, "entry", "entries")) (\(kinds)) and \(Quantities.count(files, "file")) read"
            + (pruned == 0 ? "" : "; \(Quantities.count(pruned, "file")) pruned")
        let verdict = faults.isEmpty ? "all is what was recorded." : "\(Quantities.count(faults.count, "fault"))."
        return Document("verification of the evidence log") {
            if !faults.isEmpty {
                Document.Section { faults.map { .sentence(Span($0.text), tag: .tag($0.kind.rawValue, .bad)) } }
            }
            Document.Section {
                Block.sentence(Span("\(read): \(verdict)", faults.isEmpty ? .good : .bad))
                heads.map(\.block)
                if altered > 0 {
                    Block.sentence(
                        Span(
                            "\(Quantities.count(altered, "record")) of an older store had been altered before it was taken "
                                + "over: `bessemer evidence list --all` names them.", .caution))
                }
                if unnamed > 0 {
                    Block.sentence(
                        .quiet(
                            "\(Quantities.count(unnamed, "more file")) \(unnamed == 1 ? "is" : "are") named by no entry: "
                                + "a recording was cut off; `bessemer evidence prune` removes such files."))
                }
                if head == nil, let lastEntry {
                    Block.sentence(
                        .quiet(
                            "The last entry is \(lastEntry). Entries cut off after it can't be noticed: keep this digest elsewhere."
                        ))
                }
                if let head {
                    Block.sentence(
                        .quiet(
                            "Nothing is known after the head \(head.rootHash.short) (size \(head.size)): entries cut off behind it leave "
                                + "no trace. Keep the head elsewhere (`bessemer evidence head`) and compare (`--head FILE`)."
                        ))
                }
                if unsigned > 0 {
                    Block.sentence(
                        Span(
                            head == nil
                                ? "No entry is in a signed tree yet: `bessemer evidence head` makes it."
                                : "\(Quantities.count(unsigned, "entry", "entries")) at the end \(unsigned == 1 ? "is" : "are") "
                                    + "not in the signed tree: `bessemer evidence head` says why, and what to do.",
                            .caution))
                }
            }
            if let head { section(head) }
        }
    }

    private func section(_ head: LogHead) -> Document.Section {
        Document.Section("Head of the log") {
            Block.facts(
                [
                    Fact("Size", Span(Quantities.count(head.size, "entry", "entries"))),
                    Fact("Root", .code("\(head.rootHash)")), Fact("Origin", .code(head.origin)),
                ]
                    + (logKey.map { key in
                        let words =
                            isLogKeyGiven ? "as given" : "as the store has it; --log-key takes one from elsewhere"
                        return [Fact("Key", .code("\(key)"), [.quiet(words)])]
                    } ?? []) + earlierHeads.map { $0.fact("Tree before") })
        }
    }
}

extension HeadComparison {
    fileprivate var block: Block {
        let words =
            switch verdict {
            case .same: "the log is the same"
            case .extended: "the log extends it by \(Quantities.count(difference, "entry", "entries"))"
            case .shorter:
                "the log is shorter by \(Quantities.count(difference, "entry", "entries")): its end was cut off"
            case .forked:
                "the log is another one: it forked at or before entry \(entry.map { "\($0)" } ?? "1")"
            case .foreign: "the store has no log of that origin: it was replaced, or the head is of another one"
            }
        let key =
            isKeyGiven
            ? "signature checked with the key that was given"
            : verdict == .foreign
                ? "its signature was not checked: its key is not known here"
                : "signature checked with the store's own key"
        return .sentence(
            Span("head \(file) (size \(head.size)): \(words)", isGood ? .good : .bad),
            tag: .tag(verdict.rawValue, isGood ? .good : .bad),
            [.quiet(key)] + cosigners.map { .quiet("cosigned by \($0.fingerprint.short) at \($0.time)") })
    }
}
