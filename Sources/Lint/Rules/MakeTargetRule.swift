// SPDX-License-Identifier: Apache-2.0
internal import Records

enum MakeTargetRule: ScriptRule {
    static let description = RuleDescription(
        "SCR005", .error, "make target that the kernel does not have",
        check: """
            What make is asked for with ARCH=s390 exists: in the kernel tree where one is named with --tree, else, for \
            names that end in config, among those of scripts/kconfig/Makefile. Names of a configuration file \
            (NAME_defconfig, NAME.config) are looked up in a named tree only; targets that a Makefile of the same \
            folder has are its own.
            """,
        rationale: """
            There is no rustdefconfig on any architecture: kernel/configs/rust.config is a fragment that is merged on \
            top of a configuration. make stops at a target that it does not know; a script that goes on builds an \
            older .config.
            """,
        remediation: "Write `defconfig rust.config`; `make help` lists the targets of a tree.",
        sources: ["scripts/kconfig/Makefile", "kernel/configs/rust.config"])

    static func check(_ unit: ScriptUnit, _ surroundings: ScriptSurroundings) -> [ScriptFault] {
        let kernel = surroundings.kernel ?? .mainline
        return unit.makes.filter { $0.isS390 && $0.isWholeKernel }.flatMap { make in
            make.goals.compactMap { goal -> ScriptFault? in
                let name = goal.text
                guard goal.isKnown, !surroundings.targets.contains(name), !kernel.has(name) else { return nil }
                let isRust = name == "rustdefconfig"
                return ScriptFault(
                    line: goal.line, title: "the kernel has no make target \(name)",
                    expected: isRust ? "defconfig rust.config" : "a target of \(kernel.name)", found: name,
                    edit: isRust ? goal.edit(name, to: "defconfig rust.config") : nil)
            }
        }
    }
}
