// SPDX-License-Identifier: Apache-2.0
internal import Records

enum BackchainRule: ScriptRule {
    static let description = RuleDescription(
        "SCR002", .error, "rustc makes s390 kernel code without the backchain",
        check: "The same runs as for SCR001 turn the target feature on: -Ctarget-feature=+backchain.",
        rationale: """
            The kernel's unwinder follows the chain of stack pointers from frame to frame. A frame that keeps none ends \
            every stack trace, and reliable traces for live patching, in its caller.
            """,
        remediation: "Add -Ctarget-feature=+backchain.",
        sources: ["arch/s390/Makefile (KBUILD_RUSTFLAGS)", "arch/s390/kernel/unwind_bc.c"])

    static func check(_ unit: ScriptUnit, _ surroundings: ScriptSurroundings) -> [ScriptFault] {
        unit.kernelFlags.filter { !$0.hasBackchain && !$0.mayHoldMore }.map {
            ScriptFault(line: $0.line, expected: "-Ctarget-feature=+backchain")
        }
    }
}
