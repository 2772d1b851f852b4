// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import Records

/// What the rules over tables say of each entry of one kind of table.
struct TableReading: Sendable {
    private let name: KernelTable.Name
    private let image: Image
    private let space: AddressSpace
    private(set) var counts: [RuleOutcome.Count] = []
    private(set) var findings: [Finding] = []
    /// The addresses that the entries of a jump table name.
    private(set) var jumps: [UInt64] = []

    init(_ name: KernelTable.Name, _ tables: [KernelTable], _ space: AddressSpace, _ image: Image) throws {
        self.name = name
        self.image = image
        self.space = space
        for table in tables {
            switch name {
            case .bugs: try readBugs(table)
            case .jumps: try readJumps(table)
            case .exceptions, .lowExceptions: try readExceptions(table)
            case .alternatives: try readAlternatives(table)
            case .traceLocations: try readTraceLocations(table)
            }
        }
    }

    private mutating func add(_ identifier: String, _ label: String, _ count: Int) {
        if count > 0 { counts.append(.init(identifier, label, count)) }
    }

    /// `index` is the entry's; nil for the table as a whole.
    private mutating func report(
        _ rule: RuleDescription, at address: UInt64, _ index: Int?, expected: String, found: String
    ) {
        let entry = name.rawValue + (index.map { "[\($0)]" } ?? "")
        let function = space.function(containing: address)
        findings.append(
            rule.finding(
                at: image.place(symbol: function.map { "\(entry) for \($0.name)" } ?? entry, address: address),
                expected: expected, found: found))
    }

    private mutating func isWhole(_ table: KernelTable, entry: Int) -> Bool {
        if table.bytes.count.isMultiple(of: entry) { return true }
        report(
            TableRule.shape, at: table.address, nil, expected: "a multiple of \(entry) bytes",
            found: "\(table.bytes.count) bytes")
        return false
    }

    private static func hex(_ value: some BinaryInteger) -> String { "0x" + String(value, radix: 16) }

    private mutating func readBugs(_ table: KernelTable) throws {
        let layout = BugEntry.Layout(of: table, in: space)
        guard isWhole(table, entry: layout.size) else { return }
        let entries = try layout.entries(of: table)
        var languages: [Origin.Language: Int] = [:]
        for (index, entry) in entries.enumerated() {
            let address = entry.address
            languages[image.origin(at: address).language, default: 0] += 1
            guard let code = space.code(at: address) else {
                report(
                    TableRule.bugAddress, at: address, index, expected: "an address in code",
                    found: space.describe(address))
                continue
            }
            let isArguments = BugEntry.isLoadAddress(code)
            if !isArguments, !BugEntry.isMonitorCall(code) {
                report(
                    TableRule.bugAddress, at: address, index, expected: "mc 0(%r0),0 or larl",
                    found: space.instruction(at: address))
                continue
            }
            let flags = "flags " + Self.hex(entry.flags.rawValue)
            if isArguments != entry.flags.contains(.arguments) {
                report(
                    TableRule.bugFlags, at: address, index,
                    expected: isArguments ? "BUGFLAG_ARGS, since the entry is loaded by larl" : "no BUGFLAG_ARGS",
                    found: flags)
            }
            if !entry.flags.isKnown {
                report(TableRule.bugFlags, at: address, index, expected: "known flags", found: flags)
            }
            judgeText(entry.file, "file", address, index)
            if entry.line == 0 {
                report(TableRule.bugFile, at: address, index, expected: "a line number", found: "line 0")
            }
            judgeText(entry.format, "format", address, index)
        }
        add("bugs", "bug entries", entries.count)
        for (language, count) in languages.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            add("bugs.\(language.identifier)", "of them in \(language.rawValue)", count)
        }
    }

    private mutating func judgeText(_ text: KernelTable.Target?, _ what: String, _ address: UInt64, _ index: Int) {
        guard case .here(let place) = text, !space.isText(at: place) else { return }
        report(
            TableRule.bugFile, at: address, index, expected: "a readable \(what)",
            found: "\(Self.hex(place)), \(space.describe(place))")
    }

    private mutating func readJumps(_ table: KernelTable) throws {
        let entries = try table.entries(of: JumpEntry.size, JumpEntry.init)
        jumps += entries.map(\.address)
        guard isWhole(table, entry: JumpEntry.size) else { return }
        var foreign = 0
        for (index, entry) in entries.enumerated() {
            let (address, target) = (entry.address, entry.target)
            guard let code = space.code(at: address), [0xc004, 0xc0f4].contains(code >> 32 & 0xffff) else {
                report(
                    TableRule.jumpCode, at: address, index, expected: "brcl 0 or brcl 15 in code",
                    found: space.instruction(at: address))
                continue
            }
            let displacement = Int64(Int32(truncatingIfNeeded: code & 0xffff_ffff)) * 2
            let branch = address &+ UInt64(bitPattern: displacement)
            if branch != target {
                report(
                    TableRule.jumpTarget, at: address, index, expected: Self.hex(branch) + ", as the branch",
                    found: Self.hex(target))
            } else if space.functionStart(containing: address) != space.functionStart(containing: target),
                let from = space.function(containing: address), let to = space.function(containing: target),
                from.stem != to.stem
            {
                report(
                    TableRule.jumpTarget, at: address, index, expected: "a target in \(from.name)",
                    found: "\(Self.hex(target)) in \(to.name)")
            } else if space.code(at: target) == nil {
                report(
                    TableRule.jumpTarget, at: address, index, expected: "a target in code",
                    found: space.describe(target))
            }
            guard case .here(let key) = entry.key else {
                foreign += 1
                continue
            }
            if !space.isData(key) || key & 7 != 0 {
                report(
                    TableRule.jumpKey, at: address, index, expected: "a multiple of 8 in data",
                    found: "\(Self.hex(key)), \(space.describe(key))")
            }
        }
        add("static-branches", "static branches", entries.count)
        add("static-branches.foreign-keys", "of them with keys of another module", foreign)
    }

    private mutating func readExceptions(_ table: KernelTable) throws {
        guard isWhole(table, entry: ExceptionEntry.size) else { return }
        let entries = try table.entries(of: ExceptionEntry.size, ExceptionEntry.init)
        for (index, entry) in entries.enumerated() {
            for (address, what) in [(entry.instruction, "instruction"), (entry.fixup, "fix-up")]
            where space.code(at: address) == nil && !space.isFunctionEnd(address) {
                report(
                    TableRule.exception, at: address, index, expected: "a \(what) in code",
                    found: space.describe(address))
            }
            if !(1...10).contains(entry.type) {
                report(
                    TableRule.exception, at: entry.instruction, index, expected: "a type from 1 to 10",
                    found: "type \(entry.type)")
            }
        }
        add("exceptions", "exception entries", entries.count)
    }

    private mutating func readAlternatives(_ table: KernelTable) throws {
        let size = AlternativeEntry.size(in: table)
        guard isWhole(table, entry: size) else { return }
        let entries = try table.entries(of: size, AlternativeEntry.init)
        for (index, entry) in entries.enumerated() {
            let length = entry.length
            if length == 0 || length & 1 != 0 {
                report(
                    TableRule.alternative, at: entry.original, index, expected: "an even length",
                    found: "\(length) bytes")
            }
            for address in [entry.original, entry.replacement] where !space.isCode(address, count: Int(length)) {
                report(
                    TableRule.alternative, at: address, index, expected: "\(length) bytes of code",
                    found: space.describe(address))
            }
        }
        add("alternatives", "alternatives", entries.count)
    }

    private mutating func readTraceLocations(_ table: KernelTable) throws {
        guard isWhole(table, entry: TraceLocation.size) else { return }
        var seen = 0
        var last = 0
        for (index, entry) in try table.entries(of: TraceLocation.size, TraceLocation.init).enumerated() {
            guard let address = entry.address else { continue }
            seen += 1
            guard let code = space.code(at: address), [0xc004, 0xc005].contains(code >> 32 & 0xffff) else {
                report(
                    TableRule.trace, at: address, index, expected: "brcl 0 or brasl in code",
                    found: space.instruction(at: address))
                continue
            }
            guard let place = image.functions.place(containing: address, after: last) else { continue }
            last = place
            if address != image.functions.entries[place].start, let function = space.function(containing: address) {
                report(
                    TableRule.trace, at: address, index, expected: "the start of \(function.name)",
                    found: "\(address - function.start) bytes behind it")
            }
        }
        add("trace-locations", "ftrace locations", seen)
    }
}
