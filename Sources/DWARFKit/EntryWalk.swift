// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// Goes over a unit's entries as they lie in the file, with the attributes that a pass over all types wants.
///
/// The unit's whole entries are never built: an abbreviation says what to skip and what to keep.
struct EntryWalk {
    var cursor: ByteCursor
    let unitIndex: Int
    let section: DIEOffset.Section
    private let context: UnitContext
    private let str: Bytes
    private let base: ValueBase
    private let codes: AbbreviationCodes
    private let entries: [ScanTable.Entry]
    private let steps: [ScanPrograms.Step]
    /// Which attributes the last entry had, by `Slot.bit`.
    private(set) var mask: UInt32 = 0
    private var values: InlineArray<11, UInt64> = .init(repeating: 0)
    /// The last type that was named by a type unit's signature, and where that stood.
    private var signature: (value: UInt64, place: Int) = (0, -1)

    /// Where a walk is, and what it has captured there.
    struct Place {
        fileprivate let offset: Int
        fileprivate let mask: UInt32
        fileprivate let values: InlineArray<11, UInt64>
        fileprivate let signature: (value: UInt64, place: Int)
    }

    init(_ context: UnitContext, _ table: ScanTable, _ programs: ScanPrograms) throws(FormatError) {
        let unit = context.unit
        let sections = context.sections
        cursor = try ByteCursor(try sections.entries(unit.section).slice(0, count: unit.end), sections.order)
        try cursor.seek(to: unit.dieOffset)
        unitIndex = unit.index
        section = unit.section
        self.context = context
        str = sections.str
        base = context.base
        codes = table.codes
        entries = table.entries
        steps = programs.steps
    }

    @inline(__always) func captured(_ slot: Slot) -> Bool { mask & slot.bit != 0 }

    /// The value last captured; zero where the last entry had none.
    @inline(__always) subscript(slot: Slot) -> UInt64 {
        mask & slot.bit != 0 ? values[Int(slot.rawValue)] : 0
    }

    /// The signature of the type unit that an entry has as its type, the entry being the one that was just read.
    func typeSignature(of die: Int) -> UInt64? { signature.place > die ? signature.value : nil }

    @inline(__always) func entry(_ code: UInt64, at die: Int) throws(FormatError) -> ScanTable.Entry {
        guard let index = codes.index(of: code) else {
            throw FormatError(.invalid, offset: die, "no abbreviation \(code)")
        }
        return entries[index]
    }

    /// The abbreviation of another entry of the unit; nil outside of it. The walk stays where it is.
    mutating func peek(_ die: UInt64) throws(FormatError) -> ScanTable.Entry? {
        guard die >= base.unitOffset, die < base.unitEnd else { return nil }
        let here = cursor.offset
        try cursor.seek(to: die)
        let code = try cursor.uleb128()
        try cursor.seek(to: here)
        return try entry(code, at: Int(truncatingIfNeeded: die))
    }

    /// Goes to another entry of the section, to come back later to where the walk was.
    mutating func leave(for die: UInt64) throws(FormatError) -> Place {
        let place = Place(offset: cursor.offset, mask: mask, values: values, signature: signature)
        try cursor.seek(to: die)
        return place
    }

    mutating func comeBack(to place: Place) throws(FormatError) {
        try cursor.seek(to: place.offset)
        mask = place.mask
        values = place.values
        signature = place.signature
    }

    /// A hash of a name's bytes.
    @inline(never) mutating func hash(of name: StringReference) throws(FormatError) -> UInt64 {
        guard !name.isNone else { return 0 }
        do throws(FormatError) {
            let bytes: Bytes
            switch name.place {
            case .str: bytes = str
            // Names of three letters and less stand in the entries.
            case .info where section == .info: bytes = cursor.bytes
            default: bytes = context.sections.strings(name.place)
            }
            // Offsets have 61 bits.
            return try bytes.hashOfCString(at: Int(truncatingIfNeeded: name.offset)).hash
        } catch { throw error.within(name.place.section) }
    }

    /// Goes over the attributes of an entry that has nothing to capture.
    @inline(__always) mutating func skip(_ entry: ScanTable.Entry) throws(FormatError) {
        mask = 0
        try cursor.skip(Int(entry.skip))
    }

    /// Name and number of a plain entry whose code was just read; nil too near the unit's end, where nothing was read.
    @inline(__always)
    mutating func read(_ plain: ScanTable.Fixed) throws(FormatError) -> (name: StringReference, number: UInt64)? {
        let start = cursor.offset
        guard let name = cursor.bytes.integer(at: start &+ Int(plain.name), cursor.order, as: UInt32.self),
            let number = number(plain.first, start)
        else { return nil }
        try cursor.skip(Int(plain.size))
        return (StringReference(.str, UInt64(name)), number)
    }

    @inline(__always) private func number(_ number: ScanTable.Fixed.Number, _ start: Int) -> UInt64? {
        guard let eight = cursor.bytes.integer(at: start &+ Int(number.place), cursor.order, as: UInt64.self) else {
            return nil
        }
        let surplus = UInt64(number.surplus)
        return (cursor.order == .big ? eight >> surplus : (eight << surplus) >> surplus) | number.constant
    }

    /// Goes over the attributes of an entry whose code was just read.
    @inline(__always) mutating func run(_ entry: ScanTable.Entry) throws(FormatError) {
        if entry.isFixed, try take(entry.fixed) { return }
        try interpret(entry)
    }

    /// Captures from known places; false too near the unit's end, where nothing was read.
    @inline(__always) private mutating func take(_ fixed: ScanTable.Fixed) throws(FormatError) -> Bool {
        let start = cursor.offset
        guard let name = cursor.bytes.integer(at: start &+ Int(fixed.name), cursor.order, as: UInt32.self),
            let reference = cursor.bytes.integer(at: start &+ Int(fixed.reference), cursor.order, as: UInt32.self),
            let first = number(fixed.first, start), let second = number(fixed.second, start),
            cursor.remaining >= Int(fixed.size)
        else { return false }
        if fixed.referenceSlot != .none {
            values[Int(fixed.referenceSlot.rawValue)] = try base.entry(
                UInt64(reference), at: start &+ Int(fixed.reference))
        }
        values[Int(fixed.nameSlot.rawValue)] = StringReference(.str, UInt64(name)).raw
        values[Int(fixed.first.slot.rawValue)] = first
        values[Int(fixed.second.slot.rawValue)] = second
        mask = fixed.mask
        try cursor.skip(Int(fixed.size))
        return true
    }

    @inline(never) private mutating func interpret(_ entry: ScanTable.Entry) throws(FormatError) {
        mask = 0
        for index in entry.steps {
            let step = steps[Int(index)]
            guard let slot = step.slot else {
                try base.skip(step.specification.form, &cursor)
                continue
            }
            guard let value = try capture(step.specification, slot) else { continue }
            values[Int(slot.rawValue)] = value
            mask |= slot.bit
        }
    }

    /// The value of an attribute that is wanted; nil for one of a class that says nothing there.
    private mutating func capture(
        _ specification: Abbreviations.Specification, _ slot: Slot
    ) throws(FormatError) -> UInt64? {
        let value = try base.read(specification.form, implicit: specification.implicit, &cursor)
        switch value {
        case .signature(let number):
            if slot == .type { signature = (number, cursor.offset) }
            return nil
        case .string(let string): return slot == .name ? string.raw : nil
        case .reference(let die):
            if slot == .value { return die.raw }
            // Types in other units are named there.
            guard die.section == section, die.offset >= base.unitOffset, die.offset < base.unitEnd else { return nil }
            return slot == .type || slot == .sibling ? die.offset : nil
        case .expression(let bytes), .block(let bytes):
            if slot == .value {
                var hash: UInt64 = 0
                for index in 0..<bytes.count { hash = Bytes.mix(hash, UInt64(bytes[index] ?? 0)) }
                return hash
            }
            return slot == .location ? MemberLocation.offset(bytes, cursor.order) : nil
        case .flag(let flag): return flag ? 1 : 0
        case .signed(let number):
            // Only numbers may stand in the abbreviation; a name or a reference that does has no value.
            let isNumber = slot != .name && slot != .type && slot != .sibling
            return isNumber || specification.form != .implicitConst ? UInt64(bitPattern: number) : nil
        case .wide(let bytes): return Bytes.mix(try bytes.load(at: 0, .little), try bytes.load(at: 8, .little))
        default: return value.number
        }
    }

    /// Goes behind the children of the entry that was just read: by its sibling, or over each of them.
    @inline(__always) mutating func skipChildren() throws(FormatError) {
        if captured(.sibling), values[Int(Slot.sibling.rawValue)] >= UInt64(cursor.offset) {
            return try cursor.seek(to: values[Int(Slot.sibling.rawValue)])
        }
        try walkOverChildren()
    }

    @inline(never) private mutating func walkOverChildren() throws(FormatError) {
        var depth = 1
        while depth > 0, !cursor.isAtEnd {
            let die = cursor.offset
            let code = try cursor.uleb128()
            if code == 0 {
                depth -= 1
                continue
            }
            let entry = try entry(code, at: die)
            if entry.skip >= 0 { try skip(entry) } else { try run(entry) }
            guard entry.hasChildren else { continue }
            if captured(.sibling), values[Int(Slot.sibling.rawValue)] >= UInt64(cursor.offset) {
                try cursor.seek(to: values[Int(Slot.sibling.rawValue)])
            } else {
                depth += 1
            }
        }
    }
}
