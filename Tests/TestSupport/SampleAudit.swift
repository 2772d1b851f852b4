// SPDX-License-Identifier: Apache-2.0
internal import Audit
internal import Records

/// Audits as they look in life, for records of runs.
enum SampleAudit {
    /// A kernel and its layout probe, of which everything was verified but one known alignment.
    static func clean() -> AuditReport {
        AuditReport(files: [
            .init(
                name: "vmlinux", machine: "s390x", kind: "executable",
                units: [
                    .init("units.c.gcc-14.2.0", "C, GCC 14.2.0", 1232),
                    .init("units.assembler.gnu-as-2.44", "assembler, GNU as 2.44", 7),
                    .init("units.rust.rustc-1.96.1", "Rust, rustc 1.96.1", 4),
                ],
                outcomes: [
                    RuleOutcome(
                        family: "LAY",
                        counts: [
                            .init("types", "types that bindgen made", 957), .init("types.verified", "verified", 541),
                            .init("fields", "fields", 5157),
                        ]),
                    RuleOutcome(
                        family: "TAB",
                        counts: [
                            .init("bugs", "bug entries", 5454), .init("bugs.c", "of them in C", 5452),
                            .init("bugs.rust", "of them in Rust", 2),
                            .init("static-branches", "static branches", 2672),
                            .init("exceptions", "exception entries", 2507),
                        ]),
                    RuleOutcome(
                        family: "FRM",
                        counts: [
                            .init("functions", "functions", 39_186),
                            .init("functions.c.packed-with-backchain", "C packed with backchain", 20_462),
                        ],
                        findings: [
                            note(
                                "FRM005", "a function's frame can't be read", "do_softirq",
                                "unknown (stackReplaced) in C, return address at 136")
                        ]),
                    RuleOutcome(family: "MOD", state: .notApplicable, reason: "the file is not a module"),
                ]),
            .init(
                name: "layout-probe.o", machine: "s390x", kind: "relocatable",
                units: [.init("units.c.gcc-14.2.0", "C, GCC 14.2.0", 1)],
                outcomes: [
                    RuleOutcome(
                        family: "LAY",
                        counts: [
                            .init("types", "types that bindgen made", 5758), .init("types.verified", "verified", 4073),
                            .init("fields", "fields", 25_241),
                        ])
                ]),
        ])
    }

    /// The same with a field that Rust misplaces, and a family that could not be decided.
    static func faulty() -> AuditReport {
        let finding = Finding(
            rule: "LAY002", severity: .error, title: "a field's offset differs between C and Rust",
            location: .init(file: "layout-probe.o", symbol: "bindings::page.flags"), expected: "offset 0, as C has it",
            found: "offset 8, as Rust has it",
            rationale: "Rust reads and writes the kernel's memory by another layout.",
            remediation: "Make the type opaque in rust/bindgen_parameters.")
        return AuditReport(
            files: clean().files + [
                .init(
                    name: "samples/rust/rust_minimal.ko", machine: "s390x", kind: "relocatable", units: [],
                    outcomes: [
                        RuleOutcome(family: "LAY", findings: [finding]),
                        RuleOutcome(
                            family: "PRD", state: .unknown,
                            reason: "neither debug information nor .comment names the compiler"),
                    ])
            ])
    }

    /// Every text is `text`.
    static func made(of text: String) -> AuditReport {
        let finding = Finding(
            rule: text, severity: .error, title: text,
            location: .init(
                file: text, line: 1, symbol: text, address: UInt64.max, source: .init(file: text, line: 1)),
            expected: text, found: text, rationale: text, remediation: text)
        return AuditReport(
            files: [
                .init(
                    name: text, machine: text, kind: text, units: [.init(text, text, 1)],
                    outcomes: [
                        RuleOutcome(family: text, state: .unknown, reason: text, counts: [.init(text, text, 1)]),
                        RuleOutcome(family: "LAY", counts: [.init(text, text, 1)], findings: [finding]),
                    ], error: text)
            ],
            accepted: [
                Acceptance(
                    finding: finding,
                    waiver: Waiver(rule: text, location: text, reason: text, owner: text, expires: text))
            ], staleWaivers: [text])
    }

    private static func note(_ rule: String, _ title: String, _ symbol: String, _ found: String) -> Finding {
        Finding(
            rule: rule, severity: .note, title: title,
            location: .init(file: "vmlinux", symbol: symbol, address: 0x14_aa74),
            expected: "a packed frame with its backchain", found: found,
            rationale: "Whether the unwinder gets through is not known.",
            remediation: "Disassemble the function.")
    }
}
