// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

extension InventoryReport: Presentable {
    /// Each tool with what it can do, then what is wrong for each tree.
    package func document(_ book: RuleBook) -> Document {
        var trees: [String] = []
        for diagnosis in diagnoses where !trees.contains(diagnosis.tree) { trees.append(diagnosis.tree) }
        return Document("toolchain inventory") {
            for inventory in inventories {
                Document.Section("Tools of \(inventory.location)") {
                    if inventory.tools.isEmpty {
                        Block.sentence(Span("none was found", .caution))
                    } else {
                        Block.table(
                            ["Tool", "What it says, and can do"],
                            inventory.tools.map { $0.row(isOnPath: inventory.isOnPath) }, isHeaded: false,
                            breaksLast: true)
                    }
                }
            }
            for tree in trees {
                let some = diagnoses.filter { $0.tree == tree }
                Document.Section("\(tree) (Linux \(some[0].version))") { some.map(\.block) }
            }
        }
    }
}

extension InventoriedTool {
    fileprivate func row(isOnPath: Bool) -> [Table.Cell] {
        let answer: Style.Role? = self.answer == .version ? nil : .bad
        var cell: Table.Cell = [Span(said.isEmpty ? self.answer.words : said, answer)]
        let owner = toolchain.map { ", rustup's \($0)" } ?? package.map { ", \($0) \(packageVersion ?? "")" } ?? ""
        cell.append(.quiet("\(path)\(owner), SHA-256 \(sha256?.short ?? "unknown")"))
        if self.answer != .version, !said.isEmpty { cell.append(Span(self.answer.words, .bad)) }
        if let variables = makeVariables(isOnPath: isOnPath), !variables.isEmpty {
            cell.append(.quiet("for \(machine ?? "an unknown machine"): make ARCH=s390 \(variables)"))
        }
        if let libclang {
            cell.append(
                .quiet("loads libclang \(libclang.version ?? "of an unknown version"): \(libclang.path ?? "not found")")
            )
        }
        cell += abilities.map { Span("\($0.verdict.mark) \($0.kind.title): \($0.note)", $0.verdict.role) }
        return [[Span(role.rawValue)], cell]
    }
}

extension ToolDiagnosis {
    fileprivate var block: Block {
        var more: [Span] = cause.map { [Span("cause: \($0)")] } ?? []
        for line in (remediation ?? "").split(separator: "\n") { more.append(Span("how to fix it: \(line)")) }
        if let makeVariables, isUsable { more.append(Span("make: ARCH=s390 \(makeVariables)")) }
        more += notes.map { .quiet("note: \($0)") }
        return .sentence(
            Span("\(rustc ?? "no rustc") of \(location)"),
            tag: isUsable ? .tag("usable", .good) : .tag("not usable", .bad), more)
    }
}

extension InventoriedTool.Answer {
    fileprivate var words: String {
        switch self {
        case .version: "says its version"
        case .error: "ends with an error"
        case .silence: "prints nothing"
        case .none: "does not answer"
        }
    }
}

extension Ability.Verdict {
    fileprivate var mark: String { self == .unknown ? "?" : rawValue }
    fileprivate var role: Style.Role { self == .yes ? .good : self == .no ? .bad : .caution }
}

extension Ability.Kind {
    fileprivate var title: String {
        switch self {
        case .packedRust, .packedC: "packed frames"
        case .stableRust: "stable flags"
        case .core: "core library"
        case .records: "C records"
        case .packedAligned: "packed and aligned"
        case .objectReading: "Rust objects"
        }
    }
}

extension HostCheck: Listable {
    /// What this host has and lacks, and how to fix it.
    package static func document(of checks: [HostCheck], _ book: RuleBook) -> Document {
        Document("prerequisites of this host") {
            Document.Section {
                checks.map { check in
                    .sentence(
                        Span("\(check.title): \(check.found)"),
                        tag: check.isGood ? .tag("ok", .good) : .tag("missing", .bad),
                        check.isGood ? [] : [Span("how to fix it: \(check.remediation)")])
                }
            }
        }
    }
}
