// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import ELFKit
internal import Records
internal import Synchronization

/// TAB: the tables by which the kernel finds warnings, static branches, fix-ups, alternatives and trace points.
struct TableRule: Rule {
    static let family = "TAB"

    private static let bugSources = ["arch/s390/include/asm/bug.h", "include/asm-generic/bug.h (struct bug_entry)"]
    private static let jumpSources = ["arch/s390/include/asm/jump_label.h", "include/linux/jump_label.h"]

    static let bugAddress = RuleDescription(
        "TAB001", .error, "a bug-table entry does not point at a monitor call",
        check: "Each entry's address must lie in code, at `mc 0(%r0),0` or, for the form with arguments, at the `larl` "
            + "that loads the entry's own address.",
        why: "A WARN or BUG there is either not recognised (the kernel dies of an unknown program check) or reported "
            + "with the wrong location.",
        mend: "Look at the assembly that made the entry: C's __BUG_ENTRY, or Rust's ARCH_WARN_ASM.", sources: bugSources
    )
    static let bugFile = RuleDescription(
        "TAB002", .error, "a bug-table entry's file or format is no readable text",
        check:
            "The file (and format) that the entry points at must be a NUL-terminated text without control characters, "
            + "in data that is loaded; the line must not be 0.",
        why: "The report of the WARN reads from there; a wrong pointer prints rubbish or faults inside the report.",
        mend: "Look at the operands that the assembly of the entry was given.", sources: bugSources)
    static let bugFlags = RuleDescription(
        "TAB003", .error, "a bug-table entry has flags that the kernel does not know",
        check: "Flags must be made of BUGFLAG_WARNING, _ONCE, _NO_CUT_HERE, _ARGS and a taint of a warning; "
            + "BUGFLAG_ARGS stands exactly at entries whose address is a `larl`.",
        why: "Flags decide whether the kernel goes on after the program check or kills the thread.",
        mend: "Compare the flags with include/asm-generic/bug.h of the same tree.", sources: bugSources)
    static let jumpCode = RuleDescription(
        "TAB004", .error, "a jump-table entry does not point at a 6-byte branch",
        check: "At the entry's code address must stand `brcl 0,target` or `brcl 15,target`, in code.",
        why: "The kernel compares these bytes before it patches them and panics where they differ.",
        mend: "Look at ARCH_STATIC_BRANCH_ASM as C and Rust use it.", sources: jumpSources)
    static let jumpTarget = RuleDescription(
        "TAB005", .error, "a jump-table entry's target is not the branch's target",
        check: "The branch's own target must be the entry's, and lie in the function that the branch lies in (its cold "
            + "part included).",
        why: "The patched branch would go somewhere else than the compiler meant.",
        mend: "Look at the label operands of the static branch.", sources: jumpSources)
    static let jumpKey = RuleDescription(
        "TAB006", .error, "a jump-table entry's key is no static key",
        check: "The key, without its two flag bits, must lie in data and be a multiple of 8.",
        why:
            "The key's lower bits hold flags; a key elsewhere means that the branch is never patched, or that some other "
            + "memory is taken for a key.",
        mend: "Look at the key operand of the static branch, and at the alignment of the key's type in Rust.",
        sources: jumpSources)
    static let exception = RuleDescription(
        "TAB007", .error, "an exception-table entry points outside of code",
        check: "Both addresses of each entry must lie in code, and its type be one that the kernel knows.",
        why: "A fault that should be fixed up kills the kernel.", mend: "Look at the EX_TABLE use that made the entry.",
        sources: ["arch/s390/include/asm/extable.h", "arch/s390/include/asm/asm-extable.h"])
    static let alternative = RuleDescription(
        "TAB008", .error, "an alternative points outside of code or has an impossible length",
        check: "Both addresses of each entry must lie in code, the length be even, not 0, and inside of both sections.",
        why: "The kernel writes the replacement over the original at boot, whatever is there.",
        mend: "Look at the ALTERNATIVE use that made the entry.", sources: ["arch/s390/include/asm/alternative.h"])
    static let trace = RuleDescription(
        "TAB009", .error, "an ftrace location is not the first instruction of a function",
        check:
            "Each address in __mcount_loc must be a function's start, or its hot-patch area, with a 6-byte `brcl 0` or "
            + "`brasl` there.",
        why: "The tracer patches six bytes at that location.",
        mend: "Look at the compiler's -mfentry and -mrecord-mcount for that unit.",
        sources: ["arch/s390/kernel/ftrace.c", "include/linux/ftrace.h"])
    static let shape = RuleDescription(
        "TAB010", .error, "a table's size is no multiple of its entries",
        check: "The section's size is divided by the entry's size.",
        why: "Everything behind the odd entry is read shifted.",
        mend: "Look for an entry that was written with the wrong `.org` or alignment.",
        sources: bugSources + jumpSources)

    static let jumpMissing = RuleDescription(
        "TAB011", .error, "a static branch has no jump-table entry",
        check:
            "Each `brcl 0,target` of C and Rust code, in an image with a jump table and in modules, must be some entry's "
            + "instruction.",
        why:
            "Nothing but a static branch is such an instruction. Without its entry the kernel never patches it: the branch "
            + "stays off, whatever its key says.",
        mend: "Look at the section that the static branch's assembly puts its entry into.", sources: jumpSources)

    static let descriptions = [
        bugAddress, bugFile, bugFlags, jumpCode, jumpTarget, jumpKey, exception, alternative, trace, shape,
        jumpMissing,
    ]

    func check(_ image: Image, _ options: AuditOptions) throws -> RuleOutcome {
        guard image.elf.machine == .s390 else {
            return RuleOutcome(family: Self.family, state: .notApplicable, reason: "the machine is not s390x")
        }
        if image.absentCode != nil, let outcome = image.outcomeWithoutCode(Self.family) { return outcome }
        let space = try image.addressSpace()
        let results = TableReader.Results()
        let work = try TableReader.work(on: image, space, results)
        // Where the functions are read anyway, the tables are beside them.
        let hasStaticBranches = try image.elf.isKernelModule || !space.tables("__jump_table").isEmpty
        var code: [CodeReading] = []
        if image.outcomeWithoutCode(Self.family) == nil, hasStaticBranches {
            code = try image.codeReadings(options, beside: work)
        } else {
            _ = try sharedWork(work.count, jobs: image.jobs, piece: 1) { work[$0.lowerBound]() }
        }
        let tables = try results.get()
        let counts = tables.flatMap(\.counts)
        let findings = tables.flatMap(\.findings) + Self.missingEntries(image, space, tables, code)
        guard !counts.isEmpty || !findings.isEmpty else {
            return RuleOutcome(family: Self.family, state: .notApplicable, reason: "the file has none of the tables")
        }
        return RuleOutcome(family: Self.family, counts: counts, findings: findings)
    }

    /// Static branches that no entry names.
    private static func missingEntries(
        _ image: Image, _ space: AddressSpace, _ tables: [TableReader], _ code: [CodeReading]
    ) -> [Finding] {
        let known = Set(tables.compactMap(\.jumps).joined())
        return code.flatMap(\.staticBranches)
            .filter { !known.contains($0) && image.origin(at: $0).language != .assembler }
            .map { address in
                jumpMissing.finding(
                    at: image.place(symbol: space.function(containing: address)?.name, address: address),
                    expected: "an entry of __jump_table", found: "\(space.instruction(at: address)) without one")
            }
    }
}

/// Reads each table of an image and judges its entries.
private struct TableReader: Sendable {
    static let names = [
        "__bug_table", "__jump_table", "__ex_table", ".amode31.ex_table", ".altinstructions", "__mcount_loc",
    ]

    let image: Image
    let space: AddressSpace
    var counts: [RuleOutcome.Count] = []
    var findings: [Finding] = []
    /// The addresses that the entries of a jump table name; nil without one.
    var jumps: [UInt64]?

    /// What the tables say, by their names.
    final class Results: Sendable {
        private let byName = Mutex<[String: Result<TableReader, any Error>]>([:])

        func put(_ result: Result<TableReader, any Error>, _ name: String) { byName.withLock { $0[name] = result } }

        /// In the order of the names.
        func get() throws -> [TableReader] {
            try byName.withLock { results in try names.compactMap { try results[$0]?.get() } }
        }
    }

    /// A piece of work for each table; the largest comes first, so that no worker is left with it alone.
    static func work(
        on image: Image, _ space: AddressSpace, _ results: Results
    ) throws -> [@Sendable () -> Void] {
        let sizes = try names.map { name in (name, try space.tables(name).reduce(0) { $0 + $1.bytes.count }) }
        return sizes.sorted { ($1.1, $0.0) < ($0.1, $1.0) }.map { name, _ in
            {
                let result = Result {
                    var tables = TableReader(image: image, space: space)
                    try tables.read(name)
                    return tables
                }
                results.put(result, name)
            }
        }
    }

    private mutating func read(_ name: String) throws {
        for table in try space.tables(name) {
            switch name {
            case "__bug_table": try readBugs(table)
            case "__jump_table": try readJumps(table)
            case ".altinstructions": try readAlternatives(table)
            case "__mcount_loc": try readTraceLocations(table)
            default: try readExceptions(table, name)
            }
        }
    }

    private mutating func add(_ what: String, _ count: Int) {
        if count > 0 { counts.append(.init(what, count)) }
    }

    private mutating func report(
        _ rule: RuleDescription, at address: UInt64, _ entry: String, expected: String, found: String
    ) {
        let function = space.function(containing: address)
        findings.append(
            rule.finding(
                at: image.place(symbol: function.map { "\(entry) for \($0.name)" } ?? entry, address: address),
                expected: expected, found: found))
    }

    private mutating func isWhole(_ table: AddressSpace.Table, entry: Int, _ name: String) -> Bool {
        if table.bytes.count.isMultiple(of: entry) { return true }
        report(
            TableRule.shape, at: table.address, name, expected: "a multiple of \(entry) bytes",
            found: "\(table.bytes.count) bytes")
        return false
    }

    // MARK: Bugs

    private static let warning: UInt16 = 1
    private static let once: UInt16 = 2
    private static let noCutHere: UInt16 = 8
    private static let arguments: UInt16 = 16

    private mutating func readBugs(_ table: AddressSpace.Table) throws {
        let space = space
        let layout = BugLayout(of: table, in: space)
        guard isWhole(table, entry: layout.size, "__bug_table") else { return }
        var languages: [Origin.Language: Int] = [:]
        for offset in stride(from: 0, to: table.bytes.count, by: layout.size) {
            var entry: String { "__bug_table[\(offset / layout.size)]" }
            let address = try table.relative(offset)
            let flags: UInt16 = try table.bytes.load(at: offset + layout.flags, .big)
            languages[image.origin(at: address).language, default: 0] += 1
            guard let code = space.code(at: address) else {
                report(
                    TableRule.bugAddress, at: address, entry, expected: "an address in code",
                    found: space.describe(address))
                continue
            }
            let isArguments = BugLayout.isLoadAddress(code)
            if !isArguments, !BugLayout.isMonitorCall(code) {
                report(
                    TableRule.bugAddress, at: address, entry, expected: "mc 0(%r0),0 or larl",
                    found: space.instruction(at: address))
                continue
            }
            if isArguments != (flags & Self.arguments != 0) {
                report(
                    TableRule.bugFlags, at: address, entry,
                    expected: isArguments ? "BUGFLAG_ARGS, since the entry is loaded by larl" : "no BUGFLAG_ARGS",
                    found: "flags 0x" + String(flags, radix: 16))
            }
            let known = Self.warning | Self.once | Self.noCutHere | Self.arguments
            if flags & 0xff & ~known != 0 || flags >> 8 > 31 {
                report(
                    TableRule.bugFlags, at: address, entry, expected: "known flags",
                    found: "flags 0x" + String(flags, radix: 16))
            }
            if let file = layout.file {
                try judgeText(table, offset + file, "file", address) { entry }
                let line: UInt16 = try table.bytes.load(at: offset + file + 4, .big)
                if line == 0 {
                    report(TableRule.bugFile, at: address, entry, expected: "a line number", found: "line 0")
                }
            }
            if let format = layout.format { try judgeText(table, offset + format, "format", address) { entry } }
        }
        add("bug entries", table.bytes.count / layout.size)
        for (language, count) in languages.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            add("of them in \(language.rawValue)", count)
        }
    }

    private mutating func judgeText(
        _ table: AddressSpace.Table, _ offset: Int, _ what: String, _ address: UInt64, _ entry: () -> String
    ) throws {
        guard !table.isUndefined(offset) else { return }
        let place = try table.relative(offset)
        guard !space.isText(at: place) else { return }
        report(
            TableRule.bugFile, at: address, entry(), expected: "a readable \(what)",
            found: "0x\(String(place, radix: 16)), \(space.describe(place))")
    }

    // MARK: Jumps

    /// `struct jump_entry` with relative addresses, 16 bytes each.
    private mutating func readJumps(_ table: AddressSpace.Table) throws {
        let space = space
        let size = 16
        jumps = (jumps ?? []) + (try (0..<table.bytes.count / size).map { try table.relative($0 * size) })
        guard isWhole(table, entry: size, "__jump_table") else { return }
        var foreign = 0
        for offset in stride(from: 0, to: table.bytes.count, by: size) {
            var entry: String { "__jump_table[\(offset / size)]" }
            let address = try table.relative(offset)
            let target = try table.relative(offset + 4)
            guard let code = space.code(at: address), [0xc004, 0xc0f4].contains(code >> 32 & 0xffff) else {
                report(
                    TableRule.jumpCode, at: address, entry, expected: "brcl 0 or brcl 15 in code",
                    found: space.instruction(at: address))
                continue
            }
            let displacement = Int64(Int32(truncatingIfNeeded: code & 0xffff_ffff)) * 2
            let branch = address &+ UInt64(bitPattern: displacement)
            if branch != target {
                report(
                    TableRule.jumpTarget, at: address, entry,
                    expected: "0x" + String(branch, radix: 16) + ", as the branch",
                    found: "0x" + String(target, radix: 16))
            } else if space.functionStart(containing: address) != space.functionStart(containing: target),
                let from = space.function(containing: address), let to = space.function(containing: target),
                from.stem != to.stem
            {
                report(
                    TableRule.jumpTarget, at: address, entry, expected: "a target in \(from.name)",
                    found: "0x\(String(target, radix: 16)) in \(to.name)")
            } else if space.code(at: target) == nil {
                report(
                    TableRule.jumpTarget, at: address, entry, expected: "a target in code",
                    found: space.describe(target))
            }
            if table.isUndefined(offset + 8) {
                foreign += 1
                continue
            }
            let distance: UInt64 = try table.bytes.load(at: offset + 8, .big)
            let key = (table.address &+ UInt64(offset) &+ 8 &+ distance) & ~3
            if !space.isData(key) || key & 7 != 0 {
                report(
                    TableRule.jumpKey, at: address, entry, expected: "a multiple of 8 in data",
                    found: "0x\(String(key, radix: 16)), \(space.describe(key))")
            }
        }
        add("static branches", table.bytes.count / size)
        add("of them with keys of another module", foreign)
    }

    // MARK: The others

    private mutating func readExceptions(_ table: AddressSpace.Table, _ name: String) throws {
        let space = space
        let size = 12
        guard isWhole(table, entry: size, name) else { return }
        for offset in stride(from: 0, to: table.bytes.count, by: size) {
            var entry: String { "\(name)[\(offset / size)]" }
            for (field, what) in [(0, "instruction"), (4, "fix-up")] {
                let address = try table.relative(offset + field)
                if space.code(at: address) == nil, !space.isFunctionEnd(address) {
                    report(
                        TableRule.exception, at: address, entry, expected: "a \(what) in code",
                        found: space.describe(address))
                }
            }
            let type: UInt16 = try table.bytes.load(at: offset + 8, .big)
            if !(1...10).contains(type) {
                report(
                    TableRule.exception, at: try table.relative(offset), entry, expected: "a type from 1 to 10",
                    found: "type \(type)")
            }
        }
        add("exception entries", table.bytes.count / size)
    }

    private mutating func readAlternatives(_ table: AddressSpace.Table) throws {
        let space = space
        // Packed: two distances, the feature, the length (and in older kernels the replacement's length).
        let size = [13, 12].first { table.bytes.count.isMultiple(of: $0) } ?? 13
        guard isWhole(table, entry: size, ".altinstructions") else { return }
        for offset in stride(from: 0, to: table.bytes.count, by: size) {
            var entry: String { ".altinstructions[\(offset / size)]" }
            let original = try table.relative(offset)
            let replacement = try table.relative(offset + 4)
            let length = try table.bytes.load(at: offset + (size == 13 ? 12 : 10), .big, as: UInt8.self)
            if length == 0 || length & 1 != 0 {
                report(
                    TableRule.alternative, at: original, entry, expected: "an even length", found: "\(length) bytes")
            }
            for address in [original, replacement] where !space.isCode(address, count: Int(length)) {
                report(
                    TableRule.alternative, at: address, entry, expected: "\(length) bytes of code",
                    found: space.describe(address))
            }
        }
        add("alternatives", table.bytes.count / size)
    }

    private mutating func readTraceLocations(_ table: AddressSpace.Table) throws {
        let space = space
        let size = 8
        guard isWhole(table, entry: size, "__mcount_loc") else { return }
        var seen = 0
        var last = 0
        for offset in stride(from: 0, to: table.bytes.count, by: size) {
            let address: UInt64 = try table.bytes.load(at: offset, .big)
            // Filled with zeros at link time where the linker dropped the function.
            if address == 0 { continue }
            seen += 1
            var entry: String { "__mcount_loc[\(offset / size)]" }
            guard let code = space.code(at: address), [0xc004, 0xc005].contains(code >> 32 & 0xffff) else {
                report(
                    TableRule.trace, at: address, entry, expected: "brcl 0 or brasl in code",
                    found: space.instruction(at: address))
                continue
            }
            guard let place = image.functions.place(containing: address, after: last) else { continue }
            last = place
            if address != image.functions.entries[place].start, let function = space.function(containing: address) {
                report(
                    TableRule.trace, at: address, entry, expected: "the start of \(function.name)",
                    found: "\(address - function.start) bytes behind it")
            }
        }
        add("ftrace locations", seen)
    }
}
