// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import Records
internal import S390xKit

/// ISA: which instructions the image is made of.
struct InstructionRule: Rule {
    static let family = "ISA"

    private static let evidence =
        "Excepted is what the compiler's own record proves to be hand-written: units of assembler, and C units with "
        + "-msoft-float or an older -march= in DW_AT_producer, whose compiler cannot have made it."

    static let float = RuleDescription(
        "ISA001", .error, "a floating-point or vector instruction in code built for soft float",
        check: "Every function is decoded; instructions that use floating-point or vector registers are found. "
            + evidence,
        why: "The kernel does not save these registers on entry: such an instruction overwrites user space's values.",
        mend: "Compile with -msoft-float, Rust for s390x-unknown-none-softfloat; put deliberate uses between "
            + "kernel_fpu_begin() and kernel_fpu_end() in assembly.",
        sources: ["Principles of Operation, chapters 9 and 18 to 26", "arch/s390/include/asm/fpu.h"])
    static let level = RuleDescription(
        "ISA002", .error, "an instruction newer than the machine that the kernel is configured for",
        check: "Each instruction's first machine generation is compared with CONFIG_MARCH_*, --march, or the level in "
            + "DW_AT_producer. Replacements that the kernel patches in by facility (.altinstr_replacement) may be newer. "
            + evidence,
        why: "On the configured machine the instruction ends in an operation exception.",
        mend: "Look for a -march= or target-cpu of its own in the unit's Makefile.",
        sources: ["Principles of Operation, appendix B", "arch/s390/Kconfig (MARCH_*)"])
    static let undecodable = RuleDescription(
        "ISA003", .error, "bytes in compiled code that are no instruction",
        check: "Every function of a Rust unit, or of unknown origin, must decode from its first byte to its last.",
        why: "Either the code was damaged, or data lies in its path.",
        mend: "Disassemble the function; look for inline assembly with .insn or .byte.",
        sources: ["Principles of Operation, appendix B"])

    static let inserted = RuleDescription(
        "ISA004", .note, "bytes in C code that the public architecture does not describe",
        check: "A C compiler writes mnemonics: what does not decode in its units comes from .insn in inline assembly.",
        why:
            "Whether the bytes are right can't be checked here; a few such places are known (runtime instrumentation).",
        mend: "Compare the places with the .insn uses in the source.",
        sources: ["arch/s390/include/asm/runtime_instr.h"])

    static let undecided = RuleDescription(
        "ISA005", .warning, "an instruction that only its compiler's missing record could explain",
        check:
            "As ISA001, ISA002 and ISA003, in units whose compiler recorded no flags (-gno-record-gcc-switches, clang) "
            + "or whose record is in another file (-gsplit-dwarf).",
        why: "Written by hand it may be right; made by the compiler it is wrong. The record that tells them apart is "
            + "missing.",
        mend: "Build with -grecord-gcc-switches (GCC) or -grecord-command-line (clang) and without -gsplit-dwarf, or "
            + "compare the places with the inline assembly in the source.",
        sources: ["DWARF 5 § 3.1.1"])

    static let descriptions = [float, level, undecodable, inserted, undecided]

    /// What one stretch of functions came to.
    struct Tally: Sendable {
        var instructions = 0
        var handFloat = 0
        var handNew = 0
        var patched = 0
        var handBytes = 0
        var found: [(rule: Int, address: UInt64, text: String)] = []

        mutating func read(
            _ function: FunctionTable.Entry, _ decoded: DecodedCode, isReplacement: Bool, _ image: Image,
            _ sweep: InstructionSweep
        ) {
            instructions += decoded.count
            var isLost = false
            let start = function.start
            sweep.forEach(in: decoded) { occurrence in
                guard !isLost else { return }
                let address = start &+ UInt64(occurrence.offset)
                let origin = image.origin(at: address)
                switch occurrence.reason {
                case .undecoded, .truncated:
                    switch origin.language {
                    case .assembler:
                        // Data between hand-written code: what follows it can't be told from more data.
                        isLost = true
                        handBytes += 1
                    case .c: found.append((3, address, occurrence.instruction.text(at: address)))
                    default:
                        found.append((origin.isUnrecorded ? 4 : 2, address, occurrence.instruction.text(at: address)))
                    }
                case .ofClass:
                    if origin.language == .assembler || origin.isSoftFloat {
                        handFloat += 1
                    } else {
                        found.append((origin.isUnrecorded ? 4 : 0, address, occurrence.instruction.text(at: address)))
                    }
                case .tooNew:
                    if isReplacement {
                        patched += 1
                    } else if origin.language == .assembler || origin.level.map({ $0 <= sweep.newest ?? .z17 }) == true
                    {
                        handNew += 1
                    } else {
                        let level = InstructionTable.standard.level(
                            occurrence.instruction.row, of: occurrence.instruction.word)
                        found.append(
                            (
                                origin.isUnrecorded ? 4 : 1, address,
                                "\(occurrence.instruction.text(at: address)) (\(level.name))"
                            ))
                    }
                }
            }
        }
    }

    /// What to look for: what is newer than the level, and floating point.
    static func sweep(_ image: Image, _ options: AuditOptions) -> InstructionSweep {
        InstructionSweep(newest: options.level ?? image.recordedLevel(options), classes: .floatingPoint)
    }

    func check(_ image: Image, _ options: AuditOptions) throws -> RuleOutcome {
        if let outcome = image.outcomeWithoutCode(Self.family) { return outcome }
        let functions = image.functions.entries
        let limit = options.level ?? image.recordedLevel(options)
        let tallies = try image.codeReadings(options).map(\.instructions)
        var findings: [Finding] = []
        for found in tallies.flatMap(\.found) {
            let rule = Self.descriptions[found.rule]
            let expected =
                switch found.rule {
                case 0: "no floating-point or vector instruction"
                case 1: "nothing newer than \(limit?.name ?? "?")"
                case 4: "a record of the compiler's flags"
                default: "an instruction"
                }
            findings.append(
                rule.finding(
                    at: image.place(symbol: image.function(containing: found.address)?.name, address: found.address),
                    expected: expected, found: "\(found.text) in \(image.origin(at: found.address).language.rawValue)"))
        }
        func sum(_ value: KeyPath<Tally, Int>) -> Int { tallies.reduce(0) { $0 + $1[keyPath: value] } }
        var counts = [
            RuleOutcome.Count("functions", functions.count), .init("instructions", sum(\.instructions)),
        ]
        for (what, count) in [
            ("floating-point or vector by hand", sum(\.handFloat)), ("newer by hand", sum(\.handNew)),
            ("newer in alternatives", sum(\.patched)), ("places with data in assembler", sum(\.handBytes)),
        ] where count > 0 {
            counts.append(.init(what, count))
        }
        return RuleOutcome(
            family: Self.family, state: limit == nil && options.wants("ISA002") ? .unknown : .checked,
            reason: limit == nil ? "neither the configuration nor the compilers tell the machine level" : nil,
            counts: counts, findings: findings)
    }
}
