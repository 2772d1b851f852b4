// SPDX-License-Identifier: Apache-2.0
internal import Records

enum PackedStackRule: ScriptRule {
    static let description = RuleDescription(
        "SCR001", .error, "rustc makes s390 kernel code without -Zpacked-stack",
        check: """
            Runs of rustc for an s390x target whose code is a kernel's (a target without an operating system, or flags \
            that only kernels use), and the kernel's own flag variables, have the flag. Where flags come from what only \
            a run could tell, nothing is said.
            """,
        rationale: """
            The kernel's C code has packed stack frames; Rust code without the flag has ordinary ones. Calls between \
            the two work, so nothing fails before the kernel's unwinder reads a return address from the wrong place.
            """,
        remediation: "Add -Zpacked-stack; a released rustc from 1.96 takes it with RUSTC_BOOTSTRAP=1.",
        sources: ["arch/s390/Makefile (KBUILD_RUSTFLAGS)", "arch/s390/include/asm/stacktrace.h (struct stack_frame)"])

    static func check(_ unit: ScriptUnit, _ surroundings: ScriptSurroundings) -> [ScriptFault] {
        unit.kernelFlags.filter { !$0.hasPackedStack && !$0.mayHoldMore }.map {
            ScriptFault(
                line: $0.line, expected: "-Zpacked-stack", found: $0.target.map { "--target=\($0.text) without it" })
        }
    }
}
