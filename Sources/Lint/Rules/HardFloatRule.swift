// SPDX-License-Identifier: Apache-2.0
internal import Records

enum HardFloatRule: ScriptRule {
    static let description = RuleDescription(
        "SCR003", .error, "kernel code for a target with hardware floating point",
        check: """
            Runs of rustc that make s390 kernel code, told by their flags, name the target without floating point \
            registers. User space programs may have any target.
            """,
        rationale: """
            Code for s390x-unknown-linux-gnu may use floating point and vector registers anywhere; the kernel does not \
            save them on entry, so it would spoil those of the program that it interrupted. rustc also refuses packed \
            frames with a backchain there.
            """,
        remediation: "Use --target=s390x-unknown-none-softfloat.", sources: ["arch/s390/Makefile (KBUILD_RUSTFLAGS)"])

    static func check(_ unit: ScriptUnit, _ surroundings: ScriptSurroundings) -> [ScriptFault] {
        unit.kernelFlags.compactMap { flags in
            guard let (target, word) = flags.target, !target.contains("softfloat"), !target.hasSuffix(".json") else {
                return nil
            }
            return ScriptFault(line: word.line, expected: "s390x-unknown-none-softfloat", found: target)
        }
    }
}
