// SPDX-License-Identifier: Apache-2.0
internal import Records

enum RustSourceRule: ScriptRule {
    static let description = RuleDescription(
        "SCR007", .error, "toolchain without rust-src",
        check: """
            Where a file that builds a kernel for s390 has rustup install a toolchain, it also installs the component \
            rust-src (in the same command, by `rustup component add`, or in the toolchain file), or RUST_LIB_SRC says \
            where the sources are.
            """,
        rationale: """
            The kernel compiles Rust's core library itself, with its own flags: for s390 that is what gives core packed \
            frames. Without the sources `make rustavailable` fails and CONFIG_RUST cannot be set.
            """,
        remediation: "Add `--component rust-src`, or `components = [\"rust-src\"]` in rust-toolchain.toml.",
        sources: ["rust/Makefile (RUST_LIB_SRC)", "Documentation/rust/quick-start.rst"])

    static func check(_ unit: ScriptUnit, _ surroundings: ScriptSurroundings) -> [ScriptFault] {
        guard surroundings.buildsKernel else { return [] }
        let commands = unit.commands
        let isBrought = commands.contains { command in
            command.variable("RUST_LIB_SRC") != nil
                || command.arguments.contains {
                    $0.text.split(whereSeparator: { ",= ".contains($0) }).contains("rust-src")
                        || !$0.isKnown && command.name == "rustup"
                }
        }
        var faults: [ScriptFault] = []
        for statement in unit.statements {
            switch statement {
            case .command(let command) where faults.isEmpty && !isBrought:
                guard installs(command), let word = NightlyRule.toolchains(of: command).last else { continue }
                let takesComponents =
                    command.arguments.first?.text != "default" && command.arguments.first?.text != "update"
                let edit = takesComponents ? word.edit(appending: " --component rust-src") : nil
                faults.append(
                    ScriptFault(line: command.line, expected: "--component rust-src", found: word.text, edit: edit))
            case .action(let word, let inputs) where word.text.contains("rust-toolchain") && !isBrought:
                let components = inputs["components"]
                if let components, components.text.contains("rust-src") || !components.isKnown { continue }
                faults.append(
                    ScriptFault(
                        line: word.line, expected: "components: rust-src", found: components?.text ?? word.text,
                        edit: components?.edit(appending: ", rust-src")))
            case .toolchain(_, let components, let add, let line) where !components.contains { $0.text == "rust-src" }:
                faults.append(ScriptFault(line: line, expected: "components = [\"rust-src\"]", edit: add))
            default: break
            }
        }
        return faults
    }

    private static func installs(_ command: ScriptCommand) -> Bool {
        command.name != "rustup" || !["run", "override"].contains(command.arguments.first?.text ?? "")
    }
}
