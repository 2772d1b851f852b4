// SPDX-License-Identifier: Apache-2.0
internal import Records

enum BindgenTargetRule: ScriptRule {
    static let description = RuleDescription(
        "SCR008", .error, "bindgen reads s390 headers without the s390 target",
        check: """
            Where kernel code for s390 is built, runs of bindgen over a header give clang --target=s390x-linux-gnu, \
            behind the `--` or in BINDGEN_EXTRA_CLANG_ARGS.
            """,
        rationale: """
            Without it libclang lays types out for the machine that it runs on: other alignments, and the other byte \
            order of bit-fields on x86. The Rust code then reads C structs at wrong places, and nothing says so.
            """,
        remediation: "Put --target=s390x-linux-gnu behind the `--`.", sources: ["rust/Makefile (BINDGEN_TARGET_s390)"])

    static func check(_ unit: ScriptUnit, _ surroundings: ScriptSurroundings) -> [ScriptFault] {
        let isAlone = unit.makes.allSatisfy { $0.isS390 || $0.command.variable("ARCH") == nil }
        return unit.commands.compactMap { command in
            let words = Array(command.arguments)
            guard command.name == "bindgen",
                words.contains(where: { $0.text.hasSuffix(".h") || $0.text.hasSuffix(".hpp") })
            else { return nil }
            let isS390 =
                words.contains { $0.text.contains("arch/s390") || $0.text == "-D__s390x__" }
                || command.environment["ARCH"]?.text == "s390" || unit.buildsKernel && isAlone
            let split = words.firstIndex { $0.text == "--" }
            let clang = split.map { words[($0 + 1)...] } ?? []
            let environment = command.environment.filter { $0.key.hasPrefix("BINDGEN_EXTRA_CLANG_ARGS") }
            let arguments = clang + environment.values.flatMap(KernelFlags.words)
            guard isS390, !arguments.contains(where: \.mayHoldMore),
                split != nil || !words.contains(where: \.mayHoldMore)
            else { return nil }
            let names = zip([""] + arguments.map(\.text), arguments.map(\.text)).contains { before, text in
                text.hasPrefix("--target=s390")
                    || (before == "-target" || before == "--target") && text.hasPrefix("s390")
            }
            if names { return nil }
            // Another target is a decision, not an omission.
            let isOther = arguments.contains { $0.text.hasPrefix("--target") || $0.text == "-target" }
            let edit =
                isOther
                ? nil
                : split.map { words[$0].edit("--", to: "-- --target=s390x-linux-gnu") }
                    ?? words.last?.edit(appending: " -- --target=s390x-linux-gnu")
            return ScriptFault(line: command.line, expected: "-- --target=s390x-linux-gnu", edit: edit)
        }
    }
}
