// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

extension KeySummary: Listable {
    /// Keys, a row each.
    package static func document(of keys: [KeySummary], _ book: RuleBook) -> Document {
        guard !keys.isEmpty else {
            return Document(
                "keys", banner: .init(title: "There are no keys yet; `bessemer key generate` makes the first."))
        }
        return Document("keys") {
            Document.Section {
                Block.table(
                    ["PURPOSE", "STATE", "ALGORITHM", "FINGERPRINT", "FILE"],
                    keys.map { key in
                        [
                            [Span(key.purpose.rawValue)], [.tag(key.state.rawValue, key.state.role)],
                            [Span(key.algorithm ?? "")],
                            key.fingerprint.map { [.code("\($0)")] } ?? [Span(key.problem ?? "", .bad)],
                            [.code(key.file)],
                        ]
                    })
            }
        }
    }
}

extension KeySummary.State {
    fileprivate var role: Style.Role {
        switch self {
        case .current: .good
        case .replaced: .quiet
        case .missing, .unusable: .bad
        }
    }
}

extension KeyRecord: Presentable {
    /// The key, and the one whose place it took.
    package func document(_ book: RuleBook) -> Document {
        Document("key") {
            Document.Section("Key", Span(replaced == nil ? "generated" : "took another's place")) {
                Block.facts(
                    [
                        Fact("purpose", Span(purpose.rawValue)), Fact("algorithm", Span(algorithm)),
                        Fact("fingerprint", .code("\(fingerprint)")), Fact("time", Span(time)),
                    ]
                        + (replaced.map { old in
                            let words =
                                old.signature == nil ? "lost, so it did not sign the new one" : "signed the new one"
                            return [Fact("replaced", .code("\(old.fingerprint)"), [.quiet(words)])]
                        } ?? []) + (head.map { [$0.fact("last head before")] } ?? []))
                Block.log(Log(lines: publicKey.split(separator: "\n").map(String.init)))
            }
        }
    }
}

extension CosignatureRecord: Presentable {
    /// Who signed which head, and when.
    package func document(_ book: RuleBook) -> Document {
        Document("cosignature") {
            Document.Section("Cosignature", Span(time)) {
                Block.facts([head.fact("head"), Fact("cosigner", .code("\(fingerprint)"))])
                Block.log(Log(lines: checkpoint.split(separator: "\n").map(String.init)))
            }
        }
    }
}

extension EntryPlace {
    /// For who compares a report with the log, or with another report.
    var fact: Fact {
        Fact(
            "Evidence", Span("entry \(entry)\(head.map { ", the log's head then: size \($0.size), root" } ?? "")"),
            head.map { [.digest($0.rootHash)] } ?? [.quiet("not in the log's signed tree")])
    }
}

extension EntryPlace {
    /// How whoever has the report alone finds out that its run is in the log.
    var section: Document.Section {
        let sum = proof.map {
            Span("\(Quantities.count($0.path.count, "hash", "hashes")) from the entry to the log's head", .good)
        }
        return Document.Section("Proof", sum ?? Span("not in the log's signed tree", .caution)) {
            Block.facts(
                [
                    Fact(
                        "Entry", Span(Quantities.number(entry)),
                        proof.map { ["hash of its leaf", .digest($0.leaf)] } ?? [])
                ]
                    + (head.map { [$0.fact("Head of the log")] } ?? []))
            if let proof {
                Block.table(
                    [.number("Level"), "Hash on the way from the leaf to the root"],
                    proof.path.enumerated().map { level, hash in [[Span("\(level + 1)")], [.code(hash.hexadecimal)]] },
                    isDetail: true)
            }
            if head != nil {
                Block.log(
                    Log(lines: [
                        "bessemer evidence prove \(entry)            # the proof, for sigsum-verify and tlog tools",
                        "bessemer evidence verify --head FILE   # whether the log goes on from a head that was kept",
                    ]))
            }
        }
    }
}

extension LogHead {
    func fact(_ label: String) -> Fact {
        Fact(label, Span("size \(Quantities.number(size)), root"), [.digest(rootHash), .quiet(origin)])
    }
}
