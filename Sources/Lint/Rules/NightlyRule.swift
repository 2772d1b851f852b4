// SPDX-License-Identifier: Apache-2.0
internal import Records

enum NightlyRule: ScriptRule {
    static let description = RuleDescription(
        "SCR006", .warning, "nightly toolchain without a date",
        check: """
            What builds a kernel for s390 takes no toolchain `nightly` that has no date: in rustup's commands and \
            `+nightly`, RUSTUP_TOOLCHAIN, RUSTC, toolchain files, images without a digest, and actions.
            """,
        rationale: """
            Each day's nightly is another compiler: the same commit gives another kernel tomorrow, or none, since the \
            kernel pins unstable features by their state of one day. What was audited is then not what is built.
            """,
        remediation: """
            Name a released rustc (1.96 or later has what s390 needs), or a day: nightly-YYYY-MM-DD (`--fix --nightly \
            YYYY-MM-DD` writes it). For an image add @sha256:DIGEST; for an action use its `toolchain:` input.
            """,
        sources: ["The rustup book, \"Toolchains\"", "scripts/min-tool-version.sh"])

    static func check(_ unit: ScriptUnit, _ surroundings: ScriptSurroundings) -> [ScriptFault] {
        guard surroundings.buildsKernel else { return [] }
        func fault(_ word: ScriptWord, _ mends: Bool = true) -> ScriptFault {
            let edit = surroundings.nightly.flatMap { mends ? word.edit("nightly", to: "nightly-\($0)") : nil }
            return ScriptFault(line: word.line, expected: "nightly-YYYY-MM-DD", found: word.text, edit: edit)
        }
        var faults: [ScriptFault] = []
        for statement in unit.statements {
            switch statement {
            case .command(let command):
                faults += toolchains(of: command).filter { isUnpinned($0.text) }.map { fault($0) }
                if let word = command.words.first(where: { $0.text.hasPrefix("+") }),
                    ["cargo", "rustc", "rustup", "rustdoc"].contains(command.name),
                    isUnpinned(String(word.text.dropFirst()))
                {
                    faults.append(fault(word))
                }
                if let word = command.environment["RUSTUP_TOOLCHAIN"], isUnpinned(word.text) {
                    faults.append(fault(word))
                }
                if MakeCommand.names.contains(command.name), let word = command.variable("RUSTC"),
                    word.text.split(separator: " ").contains(where: isCompiler)
                {
                    faults.append(fault(word, false))
                }
            case .image(let word):
                let name = word.text.lowercased()
                let last = ScriptCommand.baseName(name)
                if last.hasPrefix("rust:"), isUnpinned(String(last.dropFirst(5))), !name.contains("@sha256:") {
                    faults.append(fault(word, false))
                }
            case .action(let word, let inputs):
                let parts = word.text.split(separator: "@", maxSplits: 1)
                guard let action = parts.first, action.contains("toolchain") || action.contains("rust") else {
                    continue
                }
                if let toolchain = inputs["toolchain"] {
                    if isUnpinned(toolchain.text) { faults.append(fault(toolchain)) }
                } else if parts.count > 1, isUnpinned(String(parts[1])) {
                    faults.append(fault(word, false))
                }
            case .toolchain(let channel, _, _, _):
                if let channel, isUnpinned(channel.text) { faults.append(fault(channel)) }
            case .flags: break
            }
        }
        return faults
    }

    /// `nightly`, `nightly-x86_64-unknown-linux-gnu`; not `nightly-2026-05-19…`.
    static func isUnpinned(_ toolchain: String) -> Bool {
        guard toolchain == "nightly" || toolchain.hasPrefix("nightly-") else { return false }
        return toolchain.firstMatch(of: /^nightly-[0-9]{4}-[0-9]{2}-[0-9]{2}/) == nil
    }

    /// `+nightly` behind rustup's proxy, or a program that is named after it: `rustc-nightly`.
    private static func isCompiler(_ word: Substring) -> Bool {
        if word.hasPrefix("+") { return isUnpinned(String(word.dropFirst())) }
        let name = ScriptCommand.baseName(String(word))
        return name.hasPrefix("rustc-") && isUnpinned(String(name.dropFirst("rustc-".count)))
    }

    /// The toolchains that a command of rustup, or of its installer, names.
    static func toolchains(of command: ScriptCommand) -> [ScriptWord] {
        let arguments = Array(command.arguments)
        for (index, word) in arguments.enumerated() {
            if word.text == "--default-toolchain", index + 1 < arguments.count { return [arguments[index + 1]] }
            if word.text.hasPrefix("--default-toolchain=") { return [word.dropFirst(20)] }
        }
        guard command.name == "rustup" else { return [] }
        let valued: Set<String> = ["--profile", "--component", "-c", "--target", "-t", "--toolchain", "--path"]
        var rest = arguments[...]
        var operands: [ScriptWord] = []
        while let word = rest.popFirst() {
            if !word.text.hasPrefix("-") { operands.append(word) }
            if valued.contains(word.text) { _ = rest.popFirst() }
        }
        switch (operands.first?.text, operands.dropFirst().first?.text) {
        case ("install", _), ("default", _), ("update", _): return Array(operands.dropFirst())
        case ("run", _): return Array(operands.dropFirst().prefix(1))
        case ("toolchain", "install"), ("toolchain", "add"), ("override", "set"): return Array(operands.dropFirst(2))
        default: return []
        }
    }
}
