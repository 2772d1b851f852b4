// SPDX-License-Identifier: Apache-2.0
internal import Records
internal import S390xKit

/// ISA: which instructions the image is made of.
struct InstructionRule: CodeRule {
    static let family = "ISA"

    private static let evidence =
        "Excepted is what the compiler's own record proves to be hand-written: units of assembler, and C units with "
        + "-msoft-float or an older -march= in DW_AT_producer, whose compiler cannot have made it."

    static let float = RuleDescription(
        "ISA001", .error, "a floating-point or vector instruction in code built for soft float",
        check: "Every function is decoded; instructions that use floating-point or vector registers are found. "
            + evidence,
        rationale:
            "The kernel does not save these registers on entry: such an instruction overwrites user space's values.",
        remediation: "Compile with -msoft-float, Rust for s390x-unknown-none-softfloat; put deliberate uses between "
            + "kernel_fpu_begin() and kernel_fpu_end() in assembly.",
        sources: ["Principles of Operation, chapters 9 and 18 to 26", "arch/s390/include/asm/fpu.h"])
    static let level = RuleDescription(
        "ISA002", .error, "an instruction newer than the machine that the kernel is configured for",
        check: "Each instruction's first machine generation is compared with CONFIG_MARCH_*, --march, or the level in "
            + "DW_AT_producer. Replacements that the kernel patches in by facility (.altinstr_replacement) may be newer. "
            + evidence,
        rationale: "On the configured machine the instruction ends in an operation exception.",
        remediation: "Look for a -march= or target-cpu of its own in the unit's Makefile.",
        sources: ["Principles of Operation, appendix B", "arch/s390/Kconfig (MARCH_*)"])
    static let undecodable = RuleDescription(
        "ISA003", .error, "bytes in compiled code that are no instruction",
        check: "Every function of a Rust unit, or of unknown origin, must decode from its first byte to its last.",
        rationale: "Either the code was damaged, or data lies in its path.",
        remediation: "Disassemble the function; look for inline assembly with .insn or .byte.",
        sources: ["Principles of Operation, appendix B"])

    static let inserted = RuleDescription(
        "ISA004", .note, "bytes in C code that the public architecture does not describe",
        check: "A C compiler writes mnemonics: what does not decode in its units comes from .insn in inline assembly.",
        rationale:
            "Whether the bytes are right can't be checked here; a few such places are known (runtime instrumentation).",
        remediation: "Compare the places with the .insn uses in the source.",
        sources: ["arch/s390/include/asm/runtime_instr.h"])

    static let undecided = RuleDescription(
        "ISA005", .warning, "an instruction that only its compiler's missing record could explain",
        check:
            "As ISA001, ISA002 and ISA003, in units whose compiler recorded no flags (-gno-record-gcc-switches, clang) "
            + "or whose record is in another file (-gsplit-dwarf).",
        rationale:
            "Written by hand it may be right; made by the compiler it is wrong. The record that tells them apart is "
            + "missing.",
        remediation:
            "Build with -grecord-gcc-switches (GCC) or -grecord-command-line (clang) and without -gsplit-dwarf, or "
            + "compare the places with the inline assembly in the source.",
        sources: ["DWARF 5 § 3.1.1"])

    static let descriptions = [float, level, undecodable, inserted, undecided]

    /// What is reported of an instruction, in the order of `descriptions`.
    fileprivate enum Fault: Int {
        case float, level, undecodable, inserted, undecided

        var rule: RuleDescription { InstructionRule.descriptions[rawValue] }

        func expected(_ newest: ArchitectureLevel?) -> String {
            switch self {
            case .float: "no floating-point or vector instruction"
            case .level: "nothing newer than \(newest?.name ?? "?")"
            case .undecodable, .inserted: "an instruction"
            case .undecided: "a record of the compiler's flags"
            }
        }
    }

    struct Visitor: CodeVisitor {
        private let image: Image
        /// Places in the address space of what is patched in by facility.
        private let replacements: [Int]
        /// What is newer than the level, and floating point.
        private let search: InstructionSweep
        fileprivate var instructions = 0
        fileprivate var handFloat = 0
        fileprivate var handNew = 0
        fileprivate var patched = 0
        fileprivate var handBytes = 0
        fileprivate var found: [(fault: Fault, address: UInt64, text: String)] = []

        fileprivate init(_ image: Image, newest: ArchitectureLevel?) throws {
            self.image = image
            let regions = try image.addressSpace().regions
            replacements = regions.indices.filter { regions[$0].name == ".altinstr_replacement" }
            search = InstructionSweep(newest: newest, classes: .floatingPoint)
        }

        var sweep: InstructionSweep? { search }

        mutating func visit(_ function: FunctionTable.Entry, _ code: DecodedCode, in region: Int?) {
            guard let region else { return }
            instructions += code.count
            let isReplacement = replacements.contains(region)
            var isLost = false
            search.forEach(in: code) { occurrence in
                guard !isLost else { return }
                let address = function.start &+ UInt64(occurrence.offset)
                let origin = image.origin(at: address)
                func report(_ fault: Fault, _ more: String = "") {
                    let isUnrecorded = origin.isUnrecorded && fault != .inserted
                    found.append(
                        (isUnrecorded ? .undecided : fault, address, occurrence.instruction.text(at: address) + more))
                }
                switch occurrence.reason {
                case .undecoded, .truncated:
                    switch origin.language {
                    case .assembler:
                        // Data between hand-written code: what follows it can't be told from more data.
                        isLost = true
                        handBytes += 1
                    case .c: report(.inserted)
                    default: report(.undecodable)
                    }
                case .ofClass:
                    if origin.language == .assembler || origin.isSoftFloat {
                        handFloat += 1
                    } else {
                        report(.float)
                    }
                case .tooNew:
                    if isReplacement {
                        patched += 1
                    } else if origin.language == .assembler || origin.level.map({ $0 <= search.newest ?? .z17 }) == true
                    {
                        handNew += 1
                    } else {
                        let level = InstructionTable.standard.level(
                            occurrence.instruction.row, of: occurrence.instruction.word)
                        report(.level, " (\(level.name))")
                    }
                }
            }
        }

        mutating func merge(_ later: Visitor) {
            instructions += later.instructions
            handFloat += later.handFloat
            handNew += later.handNew
            patched += later.patched
            handBytes += later.handBytes
            found += later.found
        }
    }

    private static func newest(_ image: Image, _ options: AuditOptions) -> ArchitectureLevel? {
        options.level ?? image.recordedLevel(options)
    }

    func visitor(_ image: Image, _ options: AuditOptions) throws -> Visitor {
        try Visitor(image, newest: Self.newest(image, options))
    }

    func outcome(of visitor: Visitor, _ image: Image, _ options: AuditOptions) throws -> RuleOutcome {
        let newest = Self.newest(image, options)
        let findings = visitor.found.map { found in
            found.fault.rule.finding(
                at: image.place(symbol: image.function(containing: found.address)?.name, address: found.address),
                expected: found.fault.expected(newest),
                found: "\(found.text) in \(image.origin(at: found.address).language.rawValue)")
        }
        let counts: [RuleOutcome.Count] = [
            .init("functions", "functions", image.functions.entries.count),
            .init("instructions", "instructions", visitor.instructions),
        ]
        let exceptions: [RuleOutcome.Count] = [
            .init("floating-point.by-hand", "floating-point or vector by hand", visitor.handFloat),
            .init("newer.by-hand", "newer by hand", visitor.handNew),
            .init("newer.in-alternatives", "newer in alternatives", visitor.patched),
            .init("data.assembler", "places with data in assembler", visitor.handBytes),
        ]
        return RuleOutcome(
            family: Self.family, state: newest == nil && options.wants(Self.level.identifier) ? .unknown : .checked,
            reason: newest == nil ? "neither the configuration nor the compilers name the machine level" : nil,
            counts: counts + exceptions.filter { $0.count > 0 }, findings: findings)
    }
}
