// SPDX-License-Identifier: Apache-2.0
public import ByteKit
internal import Synchronization

/// The debugging information of one file: its units, and what they share.
public final class DWARFFile: Sendable {
    public let sections: DWARFSections
    /// Units in the order of the file: those of `.debug_info`, then those of `.debug_types`.
    public let units: [UnitHeader]
    /// Units that could not be read; those behind them are in `units` where the broken one's length is sound.
    public let defects: [FormatError]
    /// How many of `units` are in `.debug_info`.
    let infoCount: Int
    /// The first bytes of units from their first entry on, read with the header; enough for nearly all such entries.
    private let firstEntries: [Bytes]
    private let bySignature: [UInt64: Int]
    private let tables = Mutex(Cache<UInt64, Abbreviations>(limit: 64))
    private let contexts = Mutex(Cache<Int, UnitContext>(limit: 256))
    private let lineTables = Mutex(Cache<Int, LineTable>(limit: 16))
    /// The alternate file's units, for references into it.
    let alternate: DWARFFile?

    /// The largest number of units in a file.
    static let unitLimit = 1 << 20
    static let defectLimit = 1000
    private static let firstEntryLength = 88
    /// Units whose first bytes are kept.
    private static let firstEntryLimit = 1 << 14

    struct TableKey: Hashable, Sendable {
        var offset: UInt64
        var sizes: Form.Sizes
    }

    public convenience init(_ sections: DWARFSections) { self.init(sections, isAlternate: false) }

    private init(_ sections: DWARFSections, isAlternate: Bool) {
        self.sections = sections
        var units: [UnitHeader] = []
        var defects: [FormatError] = []
        var firstEntries: [Bytes] = []
        Self.readHeaders(sections.info, .info, sections.order, &units, &firstEntries, &defects)
        infoCount = units.count
        Self.readHeaders(sections.types, .types, sections.order, &units, &firstEntries, &defects)
        self.units = units
        self.firstEntries = firstEntries
        self.defects = defects
        bySignature = Dictionary(
            units.lazy.filter { $0.kind == .type }.map { ($0.signature, $0.index) },
            uniquingKeysWith: { earlier, _ in earlier })
        alternate = isAlternate ? nil : sections.alternate.map { DWARFFile($0, isAlternate: true) }
    }

    private static func readHeaders(
        _ bytes: Bytes, _ section: DIEOffset.Section, _ order: ByteOrder, _ units: inout [UnitHeader],
        _ firstEntries: inout [Bytes], _ defects: inout [FormatError]
    ) {
        var start = 0
        while start < bytes.count {
            guard units.count < unitLimit, defects.count < defectLimit else {
                defects.append(FormatError(.tooLarge, section: section.name, offset: start, "units"))
                return
            }
            var next = start
            do throws(FormatError) {
                let head = try bytes.peek(start, count: UnitHeader.longest + Self.firstEntryLength)
                let unit = try UnitHeader(
                    head, order, at: start, room: bytes.count - start, section, index: units.count, next: &next)
                units.append(unit)
                if units.count <= firstEntryLimit {
                    let end = min(head.count, next - start)
                    let first = Int(truncatingIfNeeded: unit.dieOffset) - start
                    firstEntries.append(try head.slice(first, count: end - first))
                }
            } catch {
                var placed = error
                placed.offset &+= UInt64(start)
                defects.append(placed.within(section.name))
                // Without a sound length there is no telling where the next unit begins.
                if next == start { return }
            }
            start = next
        }
    }

    /// The unit that holds an entry.
    func unit(holding die: DIEOffset) throws(FormatError) -> UnitHeader {
        let range = die.section == .types ? infoCount..<units.count : 0..<infoCount
        let place = range.partitioningIndex { units[$0].end > die.offset }
        guard place < range.upperBound, units[place].dieOffset <= die.offset else {
            throw FormatError(.outOfRange, section: die.section.name, offset: die.offset, "no unit holds this entry")
        }
        return units[place]
    }

    /// The type that a type unit's signature stands for.
    func type(signature: UInt64) throws(FormatError) -> DIEOffset {
        guard let index = bySignature[signature] else {
            throw FormatError(
                .outOfRange, section: ".debug_info", offset: 0, "no type unit has 0x" + String(signature, radix: 16))
        }
        let unit = units[index]
        let (offset, overflow) = unit.offset.addingReportingOverflow(unit.typeOffset)
        guard !overflow, offset < unit.end, offset >= unit.dieOffset else {
            throw FormatError(.outOfRange, section: unit.section.name, offset: unit.offset, "type offset")
        }
        return DIEOffset(unit.section, offset)
    }

    /// The abbreviations that a unit uses.
    func abbreviations(of unit: UnitHeader) throws(FormatError) -> Abbreviations {
        let offset = unit.abbreviationsOffset
        if let known = tables.withLock({ $0[offset] }) { return known }
        let table = try Abbreviations(sections.abbrev, at: offset, sections.order)
        tables.withLock { $0[offset] = table }
        return table
    }

    /// A unit with its abbreviations and the bases of its tables.
    func context(of unit: UnitHeader) throws(FormatError) -> UnitContext {
        if let known = contexts.withLock({ $0[unit.index] }) { return known }
        let table = try abbreviations(of: unit)
        let context = try UnitContext(sections, unit) { _ in table }
        contexts.withLock { $0[unit.index] = context }
        return context
    }

    /// The context of the unit that holds an entry; an entry of the alternate file has its own file.
    func context(holding die: DIEOffset) throws(FormatError) -> UnitContext {
        if die.section == .alternateInfo {
            guard let alternate else {
                throw FormatError(.outOfRange, section: die.section.name, offset: die.offset, "no alternate file")
            }
            return try alternate.context(of: try alternate.unit(holding: DIEOffset(.info, die.offset)))
        }
        return try context(of: try unit(holding: die))
    }

    /// What a unit says about itself: language, producer, name, folder, addresses.
    public func summary(of unit: UnitHeader) throws(FormatError) -> UnitSummary {
        if unit.index < firstEntries.count, let context = shortContext(of: unit, firstEntries[unit.index]) {
            return context.summary
        }
        if let head = try? sections.entries(unit.section).slice(0, count: unit.end).peek(unit.dieOffset, count: 512),
            let context = shortContext(of: unit, head)
        {
            return context.summary
        }
        return try context(of: unit).summary
    }

    /// A unit of which nothing but the first entry is read; nil where its first bytes do not suffice for that.
    private func shortContext(of unit: UnitHeader, _ head: Bytes) -> UnitContext? {
        try? UnitContext(
            sections, unit, head: head, { code throws(FormatError) in try abbreviation(code, of: unit) })
    }

    /// One abbreviation of a unit: enough for its first entry, and nobody else may ask for the others. Nil where it is not
    /// among the first, or has values whose place in the section counts.
    private func abbreviation(_ code: UInt64, of unit: UnitHeader) throws(FormatError) -> Abbreviations? {
        guard
            let place = try Abbreviations.place(
                of: code, in: sections.abbrev, at: unit.abbreviationsOffset, sections.order)
        else { return nil }
        let single = try Abbreviations(sections.abbrev, at: place, sections.order, isSingle: true)
        return single.specifications.contains { $0.form == .string || $0.form == .indirect } ? nil : single
    }

    /// Gives pages of the mapped file back to the system. Reading goes on to work; it fetches pages again.
    ///
    /// Whoever reads single types all over a large file calls this every few thousand of them.
    public func releasePages() {
        for bytes in [
            sections.info, sections.types, sections.abbrev, sections.str, sections.strOffsets, sections.addr,
            sections.ranges, sections.rnglists, sections.line,
        ] { bytes.releasePages() }
    }

    /// Gives pages of strings back to the system where there are more of them than in a kernel, in which each string
    /// stands once: a file that was not linked has them once for each unit, and nobody comes back to a unit's.
    public func releaseManyStrings() {
        if sections.str.count > 8 << 20 { sections.str.releasePages() }
    }

    /// A unit's table of files; nil for a unit without one.
    func lineTable(of context: UnitContext) throws(FormatError) -> LineTable? {
        guard let offset = context.lineOffset else { return nil }
        if let known = lineTables.withLock({ $0[context.unit.index] }) { return known }
        let table = try LineTable(context, at: offset)
        lineTables.withLock { $0[context.unit.index] = table }
        return table
    }
}

/// The values used last, a bounded number of them.
struct Cache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var current: [Key: Value] = [:]
    private var previous: [Key: Value] = [:]
    private let limit: Int

    /// Keeps at least `limit` values and at most twice as many.
    init(limit: Int) { self.limit = limit }

    subscript(key: Key) -> Value? {
        mutating get {
            if let value = current[key] { return value }
            guard let value = previous[key] else { return nil }
            self[key] = value
            return value
        }
        set {
            if current.count >= limit {
                previous = current
                current = [:]
            }
            current[key] = newValue
        }
    }
}
