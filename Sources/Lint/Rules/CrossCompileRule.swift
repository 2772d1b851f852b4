// SPDX-License-Identifier: Apache-2.0
internal import Records

enum CrossCompileRule: ScriptRule {
    static let description = RuleDescription(
        "SCR004", .error, "CROSS_COMPILE names the tools of another architecture",
        check: """
            Where make gets ARCH=s390, the GNU triple in CROSS_COMPILE begins with s390x or s390. Both may stand on the \
            command line, in the environment or in variables of the file.
            """,
        rationale: """
            The build would call another architecture's compiler, which knows none of the flags that s390 needs: it \
            ends with an error far from its cause, or configures the kernel for what that compiler can do.
            """,
        remediation: "Use CROSS_COMPILE=s390x-linux-gnu- (or leave it out on an s390x machine).",
        sources: ["Makefile (CROSS_COMPILE)", "scripts/Makefile.clang"])

    static func check(_ unit: ScriptUnit, _ surroundings: ScriptSurroundings) -> [ScriptFault] {
        let makes = unit.makes
        return makes.filter(\.isS390).compactMap { make in
            guard let value = make.command.variable("CROSS_COMPILE"), value.isKnown else { return nil }
            // `ccache prefix-` is a prefix, too.
            let prefix = value.text.split(separator: " ").last.map(String.init) ?? ""
            let triple = ScriptCommand.baseName(prefix)
            let pieces = triple.split(separator: "-")
            let systems = ["linux", "elf", "none", "unknown", "gnu", "musl", "eabi"]
            guard let processor = pieces.first, processor != "s390x", processor != "s390",
                pieces.dropFirst().contains(where: { piece in systems.contains { piece.hasPrefix($0) } })
            else { return nil }
            // A variable that also serves another architecture's build is no place for a mend.
            let isShared = makes.contains { other in
                !other.isS390 && other.command.variable("CROSS_COMPILE").map { $0.parts == value.parts } ?? false
            }
            let edit = prefix == triple && !isShared ? value.edit(triple, to: "s390x-linux-gnu-") : nil
            return ScriptFault(
                line: make.command.line, title: "CROSS_COMPILE names tools for \(processor), not for s390",
                expected: "s390x-linux-gnu-", found: value.text, edit: edit)
        }
    }
}
