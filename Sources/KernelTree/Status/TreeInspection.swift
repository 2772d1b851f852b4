// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records

extension KernelTree {
    /// Which pieces of s390 Rust support the tree has, each with the file and line that shows it.
    package func status() -> TreeStatus {
        let inspection = TreeInspection(tree: self)
        return TreeStatus(
            version: version,
            pieces: [
                inspection.capability(), inspection.compilerFlags(), inspection.targetProcessor(),
                inspection.bindgenTarget(), inspection.opaqueTypes(), inspection.warnAssembly(),
                inspection.staticBranchAssembly(), inspection.minimumTools(), inspection.documentation(),
                inspection.helpers(),
            ])
    }

    /// The oldest tools that the tree says it can be built with for s390.
    package func minimumTools() -> MinimumTools {
        let (special, general, _) = TreeInspection(tree: self).minimumVersions(of: ["rustc", "bindgen", "llvm"])
        func version(_ tool: String) -> String? { special[tool] ?? general[tool] }
        return MinimumTools(rustc: version("rustc"), bindgen: version("bindgen"), llvm: version("llvm"))
    }
}

/// Reads the pieces of s390 Rust support out of a tree: each from the files that make it, never from the version.
struct TreeInspection {
    let tree: KernelTree

    typealias Evidence = TreePiece.Evidence
    private typealias Statement = (line: Int, text: String)

    private static let makefile = "arch/s390/Makefile"

    /// Physical lines joined where they end in a backslash; the number is the first one's.
    private func statements(_ file: String) -> [Statement] {
        IteratorSequence(StatementLines(tree.bytes(file) ?? [], joint: " ")).map {
            ($0.line, String(decoding: $0.statement, as: UTF8.self))
        }
    }

    private func evidence(_ file: String, _ statement: Statement) -> Evidence {
        let text = statement.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return Evidence(file: file, line: statement.line, text: String(text.prefix(200)))
    }

    private func find(_ file: String, _ wanted: (String) -> Bool) -> [Evidence] {
        statements(file).filter { wanted($0.text) }.map { evidence(file, $0) }
    }

    private func words(_ text: String) -> [Substring] {
        text.split(whereSeparator: { $0 == " " || $0 == "\t" })
    }

    // MARK: Kconfig

    func capability() -> TreePiece {
        let file = "arch/s390/Kconfig"
        let selects = find(file) { words($0).prefix(2).elementsEqual(["select", "HAVE_RUST"]) }
        let declared = find("arch/Kconfig") { words($0).elementsEqual(["config", "HAVE_RUST"]) }
        let option = find("init/Kconfig") { words($0).elementsEqual(["config", "RUST"]) }
        var note: String?
        if let condition = selects.first?.text.components(separatedBy: " if ").dropFirst().first {
            note = "only if \(condition)"
            if condition.contains("!EXPOLINE") {
                note = "only if \(condition): rustc has no counterpart of GCC's expolines (Spectre v2)"
            }
        }
        if selects.isEmpty { note = "arch/s390/Kconfig does not select HAVE_RUST" }
        if option.isEmpty || declared.isEmpty { note = "the tree has no Rust support at all, on any architecture" }
        let state: TreePiece.State =
            selects.isEmpty ? .absent : option.isEmpty || declared.isEmpty ? .partial : .present
        return TreePiece(
            identifier: "kconfig-capability", title: "Kconfig capability", state: state,
            evidence: selects + declared.prefix(1) + option.prefix(1), note: note)
    }

    // MARK: Makefiles

    /// The statements that set Rust's flags for s390, comments left out.
    private var rustFlags: [Statement] {
        statements(Self.makefile).filter { statement in
            let name = words(statement.text).first ?? ""
            return name.hasPrefix("KBUILD_RUSTFLAGS") || name.hasPrefix("rustflags-")
        }
    }

    func compilerFlags() -> TreePiece {
        let flags = rustFlags
        func holds(_ wanted: (Substring) -> Bool) -> Statement? {
            flags.first { words($0.text).contains(where: wanted) }
        }
        let wanted: [(name: String, statement: Statement?)] = [
            (
                "--target=s390x-unknown-none-softfloat",
                holds { $0.hasPrefix("--target=s390x-") && $0.hasSuffix("softfloat") }
            ),
            ("-Zpacked-stack", holds { $0 == "-Zpacked-stack" || $0 == "-Zpacked-stack=yes" }),
            ("-Ctarget-feature=+backchain", holds { $0.hasPrefix("-Ctarget-feature=") && $0.contains("+backchain") }),
        ]
        let missing = wanted.filter { $0.statement == nil }.map(\.name)
        let state: TreePiece.State = missing.isEmpty ? .present : missing.count == wanted.count ? .absent : .partial
        let note = missing.isEmpty ? nil : "not in KBUILD_RUSTFLAGS: \(missing.joined(separator: ", "))"
        return TreePiece(
            identifier: "compiler-flags", title: "Compiler flags: target, packed stack, backchain", state: state,
            evidence: distinct(wanted.compactMap(\.statement)).map { evidence(Self.makefile, $0) }, note: note)
    }

    private func distinct(_ statements: [Statement]) -> [Statement] {
        var seen: Set<Int> = []
        return statements.filter { seen.insert($0.line).inserted }
    }

    func targetProcessor() -> TreePiece {
        let uses = rustFlags.filter { $0.text.contains("-Ctarget-cpu=") || $0.text.contains("-C target-cpu=") }
        let machines = find("arch/s390/Kconfig") { text in
            let words = words(text)
            return words.count == 2 && words[0] == "config" && words[1].hasPrefix("MARCH_")
                && !words[1].hasSuffix("_TUNE")
        }.compactMap { $0.text.split(separator: " ").last.map(String.init) }
        guard !uses.isEmpty else {
            return TreePiece(
                identifier: "target-cpu", title: "Target CPU from CONFIG_MARCH_*", state: .absent, evidence: [],
                note: "KBUILD_RUSTFLAGS has no -Ctarget-cpu, so rustc makes code for its oldest machine")
        }
        let all = statements(Self.makefile)
        // The processor's name comes from a variable that each CONFIG_MARCH_* sets, or from a line for each of them.
        let variables = uses.flatMap { references(in: $0.text) }
        let missing = machines.filter { machine in
            let option = "$(CONFIG_\(machine))"
            let isNamed = all.contains { statement in
                guard statement.text.contains(option), let name = words(statement.text).first else { return false }
                return uses.contains { $0.line == statement.line }
                    || variables.contains { variable in
                        name == variable.replacingOccurrences(of: "-y", with: "-\(option)")
                    }
            }
            return !isNamed
        }
        let sources = all.filter { statement in
            machines.contains { statement.text.contains("$(CONFIG_\($0))") }
                && variables.contains { words(statement.text).first?.hasPrefix($0.dropLast(1)) == true }
        }
        return TreePiece(
            identifier: "target-cpu", title: "Target CPU from CONFIG_MARCH_*",
            state: missing.isEmpty ? .present : .partial,
            evidence: (uses + sources).map { evidence(Self.makefile, $0) },
            note: missing.isEmpty ? nil : "no processor is named for \(missing.joined(separator: ", "))")
    }

    /// The plain variables that a make statement refers to: `march-name-y` of `$(march-name-y)`.
    private func references(in text: String) -> [String] {
        text.matches(of: /\$\(([\w\-]+)\)/).map { String($0.output.1) }
    }

    func bindgenTarget() -> TreePiece {
        let file = "rust/Makefile"
        let lines = find(file) {
            words($0).first.map { $0 == "BINDGEN_TARGET_s390" || $0.hasPrefix("BINDGEN_TARGET_s390:") } ?? false
        }
        let target = lines.first.flatMap {
            $0.text.split(whereSeparator: { $0 == " " || $0 == "=" }).last.map(String.init)
        }
        let isRight = target?.hasPrefix("s390x-") ?? false
        let others = find(file) { words($0).first?.hasPrefix("BINDGEN_TARGET_") ?? false }
        let note: String? =
            if lines.isEmpty {
                others.isEmpty
                    ? "rust/Makefile names no bindgen target for any architecture"
                    : "rust/Makefile names a bindgen target for other architectures only"
            } else {
                isRight ? nil : "the target \(target ?? "") is not of s390x"
            }
        return TreePiece(
            identifier: "bindgen-target", title: "bindgen target",
            state: lines.isEmpty ? .absent : isRight ? .present : .partial, evidence: lines, note: note)
    }

    // MARK: Types

    /// Many times what a kernel has.
    private static let mostPatterns = 2000

    func opaqueTypes() -> TreePiece {
        let file = "rust/bindgen_parameters"
        var patterns: [(pattern: NamePattern, statement: Statement)] = []
        var unread: [Statement] = []
        for statement in statements(file) {
            let words = words(statement.text)
            guard words.count == 2, words[0] == "--opaque-type" else { continue }
            if let pattern = NamePattern(String(words[1])), patterns.count < Self.mostPatterns {
                patterns.append((pattern, statement))
            } else {
                unread.append(statement)
            }
        }
        var records = CRecords()
        for folder in ["arch/s390/include/asm", "arch/s390/include/uapi/asm"] {
            for header in tree.folder.files(under: folder, where: { $0.hasSuffix(".h") }) {
                records.add(tree.text(header) ?? "", file: header)
            }
        }
        let reachable = HeaderClosure(tree).files
        let needed = records.packedAroundAligned.filter { reachable.contains($0.file) }
        let names = needed.compactMap(\.name)
        let missing = needed.filter { record in !patterns.contains { $0.pattern.matches(record.name ?? "") } }
        // Only what s390's own headers declare and no other architecture's patterns are about.
        let listed = patterns.filter { entry in names.contains { entry.pattern.matches($0) } }
        let isAbsent = listed.isEmpty && unread.isEmpty
        let state: TreePiece.State = missing.isEmpty ? .present : isAbsent ? .absent : .partial
        let isEmpty = needed.isEmpty
        let note: String
        if isEmpty {
            note = "no packed type of arch/s390 that Rust sees holds an aligned one: none has to be opaque"
        } else if missing.isEmpty {
            note = "all \(names.count) packed types of arch/s390 that hold an aligned one are opaque"
        } else {
            note =
                "packed around an aligned type and not opaque (Rust refuses them, E0588): "
                + missing.prefix(8).compactMap(\.name).joined(separator: ", ")
                + (missing.count > 8 ? ", … (\(missing.count))" : "")
                + (unread.isEmpty ? "" : "; unknown: whether a pattern that can't be read names them")
        }
        let places = missing.prefix(8).map {
            Evidence(file: $0.file, line: $0.line, text: "\($0.name ?? "") is packed and holds an aligned type")
        }
        return TreePiece(
            identifier: "opaque-types", title: "Opaque types for bindgen", state: state,
            evidence: (listed.map(\.statement) + (missing.isEmpty ? [] : unread.prefix(8))).map { evidence(file, $0) }
                + places, note: note, isNeeded: !isEmpty)
    }

    // MARK: Assembly

    func warnAssembly() -> TreePiece {
        assembly(
            identifier: "warn-assembly", title: "WARN and BUG assembly", header: "arch/s390/include/asm/bug.h",
            macros: ["ARCH_WARN_ASM", "ARCH_WARN_REACHABLE"],
            sources: ["rust/kernel/generated_arch_warn_asm.rs.S", "rust/kernel/generated_arch_reachable_asm.rs.S"],
            what: "WARN")
    }

    func staticBranchAssembly() -> TreePiece {
        assembly(
            identifier: "static-branch-assembly", title: "Static-branch assembly",
            header: "arch/s390/include/asm/jump_label.h", macros: ["ARCH_STATIC_BRANCH_ASM"],
            sources: ["rust/kernel/generated_arch_static_branch_asm.rs.S"], what: "static branches")
    }

    private func assembly(
        identifier: String, title: String, header: String, macros: [String], sources: [String], what: String
    ) -> TreePiece {
        var definitions: [Evidence] = []
        var uses: [Evidence] = []
        var missing: [String] = []
        for (macro, source) in zip(macros, sources) {
            let definition = find(header) { text in
                let words = words(text)
                guard words.count > 1, words[0] == "#define" else { return false }
                return words[1] == macro || words[1].hasPrefix("\(macro)(")
            }
            // The first macro is what all is about; a tree may have no use for the others at all.
            if definition.isEmpty, macro != macros.first, (tree.text(source) ?? "").isEmpty { continue }
            let use = find(source) { $0.contains(macro) }
            definitions += definition.prefix(1)
            uses += use.prefix(1)
            if definition.isEmpty { missing.append("\(macro) in \(header)") }
            if use.isEmpty { missing.append("its use in \(source)") }
        }
        // Where no Rust code of the tree emits such assembly, no architecture has to provide it.
        let isNeeded = !uses.isEmpty
        let state: TreePiece.State = missing.isEmpty ? .present : definitions.isEmpty ? .absent : .partial
        let note: String? =
            if missing.isEmpty {
                nil
            } else if !isNeeded {
                "this tree's Rust code has no \(what) of its own, so nothing is needed"
            } else {
                "missing: \(missing.joined(separator: ", "))"
            }
        return TreePiece(
            identifier: identifier, title: title, state: state, evidence: definitions + uses, note: note,
            isNeeded: isNeeded)
    }

    // MARK: Tools and documents

    func minimumTools() -> TreePiece {
        let (special, general, evidence) = minimumVersions(of: ["rustc", "bindgen"])
        let state: TreePiece.State
        let note: String
        if let version = special["rustc"] {
            state = .present
            note = "rustc \(version) on s390, bindgen \(special["bindgen"] ?? general["bindgen"] ?? "of any version")"
        } else if let version = general["rustc"], !Self.isBefore(version, 1, 96) {
            state = .present
            note = "rustc \(version) on every architecture"
        } else {
            state = .absent
            note =
                "rustc \(general["rustc"] ?? "of any version") is enough for this tree, yet -Zpacked-stack came with rustc 1.96"
        }
        return TreePiece(
            identifier: "minimum-tools", title: "Minimum tool versions for s390", state: state, evidence: evidence,
            note: note)
    }

    /// What `scripts/min-tool-version.sh` says for s390, and for the architectures that it does not name.
    func minimumVersions(
        of tools: Set<String>
    ) -> (special: [String: String], general: [String: String], evidence: [Evidence]) {
        let file = "scripts/min-tool-version.sh"
        var tool = ""
        var isOurs = false
        var isGeneral = true
        var evidence: [Evidence] = []
        var special: [String: String] = [:]
        var general: [String: String] = [:]
        for statement in statements(file) {
            let text = statement.text.trimmingCharacters(in: .whitespaces)
            if text.hasSuffix(")"), !text.contains(" ") { tool = String(text.dropLast()) }
            if text.hasPrefix("if ") || text.hasPrefix("elif ") {
                let plain = text.replacingOccurrences(of: "\"", with: "")
                isOurs = plain.contains("$SRCARCH = s390 ") || plain.contains("$ARCH = s390 ")
                isGeneral = false
                if isOurs, tool == "rustc" { evidence.append(self.evidence(file, statement)) }
            } else if text == "else" || text == "fi" {
                isOurs = false
                isGeneral = true
            } else if text.hasPrefix("echo "), tools.contains(tool) {
                let version = String(text.dropFirst(5))
                if isOurs {
                    special[tool] = version
                } else if isGeneral {
                    general[tool] = version
                }
                if isOurs || isGeneral { evidence.append(self.evidence(file, statement)) }
            }
        }
        return (special, general, evidence)
    }

    private static func isBefore(_ version: String, _ major: Int, _ minor: Int) -> Bool {
        let numbers = version.split(separator: ".").map { Int($0) ?? 0 }
        guard numbers.count >= 2 else { return true }
        return (numbers[0], numbers[1]) < (major, minor)
    }

    func documentation() -> TreePiece {
        let file = "Documentation/rust/arch-support.rst"
        let row = find(file) { $0.hasPrefix("``s390``") }
        let more = tree.folder.files(under: "Documentation/arch/s390") { $0.hasSuffix(".rst") }
            .flatMap { name in find(name) { words($0).contains { $0.hasPrefix("Rust") } }.prefix(1) }
        let level = row.first.map { $0.text.split(separator: " ").dropFirst().joined(separator: " ") }
        return TreePiece(
            identifier: "documentation", title: "Documentation", state: row.isEmpty ? .absent : .present,
            evidence: row + more,
            note: level.map { "level of support and constraints: \($0)" } ?? "arch-support.rst has no row for s390")
    }

    // MARK: Helpers

    /// Functions that s390 has only inline, so that bindgen does not see them, and that the tree's Rust code calls.
    func helpers() -> TreePiece {
        let inlines = first(".h", in: ["arch/s390/include/asm"]) { Self.inlineFunction($0).map { [$0] } ?? [] }
        let used = first(".rs", in: ["rust", "drivers", "samples/rust"]) { text in
            Self.names(behind: "bindings::", in: text).filter { inlines[$0] != nil }
        }
        let wrapped = first(".c", in: ["rust/helpers"]) { Array(Self.names(behind: "rust_helper_", in: $0).prefix(1)) }
        let needed = used.keys.sorted()
        let missing = needed.filter { wrapped[$0] == nil }
        let state: TreePiece.State = missing.isEmpty ? .present : missing.count == needed.count ? .absent : .partial
        let evidence =
            needed.compactMap { wrapped[$0] }
            + missing.flatMap { [used[$0], inlines[$0]].compactMap(\.self) }
        let note =
            if needed.isEmpty {
                "the tree's Rust code calls no function that s390 has only inline"
            } else if missing.isEmpty {
                "Rust calls these functions that s390 has only inline, each through a helper: \(needed.joined(separator: ", "))"
            } else {
                "Rust calls these functions that s390 has only inline, and no helper wraps them: \(missing.joined(separator: ", "))"
            }
        return TreePiece(
            identifier: "helpers", title: "Helpers for inline functions", state: state, evidence: evidence, note: note,
            isNeeded: !needed.isEmpty)
    }

    /// The name that a line `static inline … name(` defines; nil for any other line.
    static func inlineFunction(_ text: String) -> String? {
        guard text.hasPrefix("static"), text.contains("inline"), !text.hasSuffix(";") || text.contains("{"),
            let open = text.firstIndex(of: "(")
        else { return nil }
        var head = text[..<open]
        if head.hasSuffix("__no_sanitize_prefix_strfunc") {
            // arch/s390/include/asm/string.h: names strlen() so, to have an unsanitized twin.
            head = text[text.index(after: open)...].prefix { $0 != ")" }
        }
        let name = head.reversed().prefix { $0.isLetter || $0.isNumber || $0 == "_" }.reversed()
        return name.isEmpty ? nil : String(name)
    }

    /// Where each name that `names` finds in a statement stands first, in files of folders.
    private func first(_ suffix: String, in folders: [String], _ names: (String) -> [String]) -> [String: Evidence] {
        var found: [String: Evidence] = [:]
        for file in folders.flatMap({ tree.folder.files(under: $0) { $0.hasSuffix(suffix) } }) {
            for statement in statements(file) {
                for name in names(statement.text) where found[name] == nil { found[name] = evidence(file, statement) }
            }
        }
        return found
    }

    /// The functions and types that stand behind a mark in a line, e.g. those that Rust takes from its bindings.
    static func names(behind mark: String, in text: String) -> [String] {
        guard text.contains(mark) else { return [] }
        return text.components(separatedBy: mark).dropFirst().compactMap { part in
            let name = part.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            return name.isEmpty ? nil : String(name)
        }
    }
}

/// The headers that bindgen reads for s390, found by following `#include` lines, whatever `#if` stands around them.
private struct HeaderClosure {
    private(set) var files: Set<String> = []

    private static let roots = ["rust/bindings/bindings_helper.h", "rust/uapi/uapi_helper.h"]
    private static let folders = ["arch/s390/include", "include", "arch/s390/include/uapi", "include/uapi"]

    init(_ tree: KernelTree) {
        var queue = Self.roots
        files = Set(queue)
        var known: [String: String?] = [:]
        while let file = queue.popLast() {
            guard let bytes = tree.bytes(file) else { continue }
            for name in Self.includes(bytes) {
                let found = known[name] ?? Self.resolve(name, tree)
                known[name] = .some(found)
                if let found, files.insert(found).inserted { queue.append(found) }
            }
        }
    }

    private static func resolve(_ name: String, _ tree: KernelTree) -> String? {
        guard !name.contains("..") else { return nil }
        var candidates = folders.map { "\($0)/\(name)" }
        if name.hasPrefix("asm/") {
            candidates += ["include/asm-generic/\(name.dropFirst(4))", "include/uapi/asm-generic/\(name.dropFirst(4))"]
        }
        return candidates.first { tree.folder.hasFile($0) }
    }

    /// The names in `#include <name>` and `#include "name"`.
    private static func includes(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let line = line.drop(while: \.isBlank)
            guard line.first == UInt8(ascii: "#") else { return nil }
            let rest = line.dropFirst().drop(while: \.isBlank)
            guard rest.starts(with: "include".utf8) else { return nil }
            let name = rest.dropFirst(7).drop { $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: "\"") }.dropFirst()
                .prefix { $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "\"") }
            return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
        }
    }
}
