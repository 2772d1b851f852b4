// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import ELFKit
internal import Records
internal import S390xKit

/// TAB: the tables by which the kernel finds warnings, static branches, fix-ups, alternatives and trace points.
struct TableRule: CodeRule {
    static let family = "TAB"

    private static let bugSources = ["arch/s390/include/asm/bug.h", "include/asm-generic/bug.h (struct bug_entry)"]
    private static let jumpSources = ["arch/s390/include/asm/jump_label.h", "include/linux/jump_label.h"]

    static let bugAddress = RuleDescription(
        "TAB001", .error, "a bug-table entry does not point at a monitor call",
        check: "Each entry's address must lie in code, at `mc 0(%r0),0` or, for the form with arguments, at the `larl` "
            + "that loads the entry's own address.",
        rationale:
            "A WARN or BUG there is either not recognised (the kernel dies of an unknown program check) or reported "
            + "with the wrong location.",
        remediation: "Look at the assembly that made the entry: C's __BUG_ENTRY, or Rust's ARCH_WARN_ASM.",
        sources: bugSources
    )
    static let bugFile = RuleDescription(
        "TAB002", .error, "a bug-table entry's file or format is not readable text",
        check:
            "The file (and format) that the entry points at must be a NUL-terminated text without control characters, "
            + "in data that is loaded; the line must not be 0.",
        rationale:
            "The report of the WARN reads from there; a wrong pointer prints rubbish or faults inside the report.",
        remediation: "Look at the operands that the assembly of the entry was given.", sources: bugSources)
    static let bugFlags = RuleDescription(
        "TAB003", .error, "a bug-table entry has flags that the kernel does not know",
        check: "Flags must be made of BUGFLAG_WARNING, _ONCE, _NO_CUT_HERE, _ARGS and a taint of a warning; "
            + "BUGFLAG_ARGS stands exactly at entries whose address is a `larl`.",
        rationale: "Flags decide whether the kernel goes on after the program check or kills the thread.",
        remediation: "Compare the flags with include/asm-generic/bug.h of the same tree.", sources: bugSources)
    static let jumpCode = RuleDescription(
        "TAB004", .error, "a jump-table entry does not point at a 6-byte branch",
        check: "At the entry's code address must stand `brcl 0,target` or `brcl 15,target`, in code.",
        rationale: "The kernel compares these bytes before it patches them and panics where they differ.",
        remediation: "Look at ARCH_STATIC_BRANCH_ASM as C and Rust use it.", sources: jumpSources)
    static let jumpTarget = RuleDescription(
        "TAB005", .error, "a jump-table entry's target is not the branch's target",
        check: "The branch's own target must be the entry's, and lie in the function that the branch lies in (its cold "
            + "part included).",
        rationale: "The patched branch would go somewhere else than the compiler meant.",
        remediation: "Look at the label operands of the static branch.", sources: jumpSources)
    static let jumpKey = RuleDescription(
        "TAB006", .error, "a jump-table entry's key is not a static key",
        check: "The key, without its two flag bits, must lie in data and be a multiple of 8.",
        rationale:
            "The key's lower bits hold flags; a key elsewhere means that the branch is never patched, or that some other "
            + "memory is taken for a key.",
        remediation: "Look at the key operand of the static branch, and at the alignment of the key's type in Rust.",
        sources: jumpSources)
    static let exception = RuleDescription(
        "TAB007", .error, "an exception-table entry points outside of code",
        check: "Both addresses of each entry must lie in code, and its type be one that the kernel knows.",
        rationale: "A fault that should be fixed up kills the kernel.",
        remediation: "Look at the EX_TABLE use that made the entry.",
        sources: ["arch/s390/include/asm/extable.h", "arch/s390/include/asm/asm-extable.h"])
    static let alternative = RuleDescription(
        "TAB008", .error, "an alternative points outside of code or has an impossible length",
        check: "Both addresses of each entry must lie in code, the length be even, not 0, and inside of both sections.",
        rationale: "The kernel writes the replacement over the original at boot, whatever is there.",
        remediation: "Look at the ALTERNATIVE use that made the entry.",
        sources: ["arch/s390/include/asm/alternative.h"])
    static let trace = RuleDescription(
        "TAB009", .error, "an ftrace location is not the first instruction of a function",
        check:
            "Each address in __mcount_loc must be a function's start, or its hot-patch area, with a 6-byte `brcl 0` or "
            + "`brasl` there.",
        rationale: "The tracer patches six bytes at that location.",
        remediation: "Look at the compiler's -mfentry and -mrecord-mcount for that unit.",
        sources: ["arch/s390/kernel/ftrace.c", "include/linux/ftrace.h"])
    static let shape = RuleDescription(
        "TAB010", .error, "a table's size is no multiple of its entries",
        check: "The section's size is divided by the entry's size.",
        rationale: "Everything behind the odd entry is read shifted.",
        remediation: "Look for an entry that was written with the wrong `.org` or alignment.",
        sources: bugSources + jumpSources)

    static let jumpMissing = RuleDescription(
        "TAB011", .error, "a static branch has no jump-table entry",
        check:
            "Each `brcl 0,target` of C and Rust code, in an image with a jump table and in modules, must be some entry's "
            + "instruction.",
        rationale:
            "Nothing but a static branch is such an instruction. Without its entry the kernel never patches it: the branch "
            + "stays off, whatever its key says.",
        remediation: "Look at the section that the static branch's assembly puts its entry into.", sources: jumpSources)

    static let descriptions = [
        bugAddress, bugFile, bugFlags, jumpCode, jumpTarget, jumpKey, exception, alternative, trace, shape,
        jumpMissing,
    ]

    /// Reads the tables beside the functions, and of these the static branches.
    struct Visitor: CodeVisitor {
        private let image: Image
        /// In the order of the tables' names.
        fileprivate let tables: [SharedValue<TableReading>]
        /// The largest comes first, so that no worker is left with it alone.
        private let largestFirst: [SharedValue<TableReading>]
        private let hasStaticBranches: Bool
        fileprivate var staticBranches: [UInt64] = []

        fileprivate init(_ image: Image) throws {
            self.image = image
            let space = try image.addressSpace()
            hasStaticBranches = try image.elf.isKernelModule || !space.tables(.jumps).isEmpty
            let tables = try KernelTable.Name.allCases.map { name in
                let tables = try space.tables(name)
                let size = tables.reduce(0) { $0 + $1.bytes.count }
                return (size: size, name: name, reading: SharedValue { try TableReading(name, tables, space, image) })
            }
            self.tables = tables.map(\.reading)
            largestFirst = tables.sorted { ($1.size, $0.name.rawValue) < ($0.size, $1.name.rawValue) }.map(\.reading)
        }

        var otherWork: [@Sendable () -> Void] {
            // What it throws is kept, and thrown where the table is asked for.
            largestFirst.map { table in { _ = try? table.get() } }
        }

        mutating func visit(_ function: FunctionTable.Entry, _ code: DecodedCode, in region: Int?) {
            guard hasStaticBranches else { return }
            StaticBranch.forEach(in: code) { staticBranches.append(function.start &+ UInt64($0)) }
        }

        mutating func merge(_ later: Visitor) { staticBranches += later.staticBranches }
    }

    func visitor(_ image: Image, _ options: AuditOptions) throws -> Visitor { try Visitor(image) }

    /// Without functions there are tables all the same.
    func outcomeWithoutCode(_ image: Image) -> RuleOutcome? {
        image.elf.machine == .s390 && image.absentCode == nil ? nil : image.outcomeWithoutCode(Self.family)
    }

    func outcome(of visitor: Visitor, _ image: Image, _ options: AuditOptions) throws -> RuleOutcome {
        let space = try image.addressSpace()
        let tables = try visitor.tables.map { try $0.get() }
        let known = Set(tables.flatMap(\.jumps))
        let missing = visitor.staticBranches.filter {
            !known.contains($0) && image.origin(at: $0).language != .assembler
        }
        let counts = tables.flatMap(\.counts)
        let findings =
            tables.flatMap(\.findings)
            + missing.map { address in
                Self.jumpMissing.finding(
                    at: image.place(symbol: space.function(containing: address)?.name, address: address),
                    expected: "an entry of __jump_table", found: "\(space.instruction(at: address)) without one")
            }
        guard !counts.isEmpty || !findings.isEmpty else {
            return Self.outcome(.notApplicable, "the file has none of the tables")
        }
        return RuleOutcome(family: Self.family, counts: counts, findings: findings)
    }
}
