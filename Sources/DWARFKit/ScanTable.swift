// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// One abbreviation table, compiled for fast passes over units.
///
/// For each abbreviation it is known which attributes a pass over all types wants, and where their values go. Where all
/// attributes have fixed sizes, as most have, the places of these values are known too.
struct ScanTable: Sendable {
    /// What a pass over all types does with an entry.
    enum Role: UInt8, Sendable {
        /// Nothing; its children neither.
        case other
        case scope
        case namespace
        case record
        case member
        case enumerator
        case typedef
        case variant
        case function
        /// Brings the entries of another unit in, a partial one (DWARF 5 § 3.2.5).
        case importedUnit
    }

    struct Entry: Sendable {
        var tag: Tag
        var hasChildren: Bool
        var hasName: Bool
        var role: Role
        /// A member or enumerator of which no more than a name and the first number is wanted, as of nearly all.
        var isPlain: Bool
        /// Whether `fixed` tells where all captures stand.
        var isFixed: Bool
        /// The size of all attributes, where it is fixed and none is captured; -1 otherwise.
        var skip: Int32
        /// In `ScanPrograms.steps`.
        var steps: Range<UInt32>
        var fixed: Fixed
    }

    /// Where captures stand in an entry whose attributes all have fixed sizes: at most a name in `.debug_str`, a
    /// reference of four bytes, and two numbers.
    struct Fixed: Sendable {
        /// A number of up to eight bytes, or a constant of the abbreviation.
        struct Number: Sendable {
            var slot = Slot.none
            /// Bytes from the first attribute.
            var place: UInt16 = 0
            /// What eight bytes read from `place` on have too much, in bits; 64 for a constant.
            var surplus: UInt8 = 64
            var constant: UInt64 = 0
        }

        /// Which captures there are, by `Slot.bit`.
        var mask: UInt32 = 0
        /// Of all attributes.
        var size: UInt16 = 0
        var name: UInt16 = 0
        var reference: UInt16 = 0
        var nameSlot = Slot.none
        var referenceSlot = Slot.none
        var first = Number()
        var second = Number()
    }

    let entries: [Entry]
    /// Where each abbreviation begins in `.debug_abbrev`.
    let places: [UInt64]
    /// Bytes of the table, its end included.
    let length: Int
    let codes: AbbreviationCodes

    /// Reads a table; what is compiled already is taken from `programs`, and what is not is added there.
    init(
        _ section: Bytes, at offset: UInt64, _ sizes: Form.Sizes, _ order: ByteOrder, _ programs: inout ScanPrograms
    ) throws(FormatError) {
        do throws(FormatError) {
            var cursor = try ByteCursor(section, order)
            try cursor.seek(to: offset)
            let start = cursor.offset
            var entries: [Entry] = []
            var places: [UInt64] = []
            var codes = AbbreviationCodes()
            entries.reserveCapacity(256)
            places.reserveCapacity(256)
            while !cursor.isAtEnd {
                let place = cursor.offset
                let code = try cursor.uleb128()
                if code == 0 { break }
                try codes.append(code, at: place)
                places.append(UInt64(place))
                entries.append(try programs.entry(&cursor, sizes))
            }
            self.entries = entries
            self.places = places
            self.codes = codes
            length = cursor.offset - start
        } catch { throw error.within(".debug_abbrev") }
    }
}

/// Abbreviations that were compiled, by their bytes: compilers write the same ones for unit after unit.
struct ScanPrograms: Sendable {
    /// One attribute of an abbreviation.
    struct Step: Sendable {
        let specification: Abbreviations.Specification
        /// Where its value goes; nil for what nobody asks for.
        let slot: Slot?
    }

    private struct Known: Sendable {
        var entry: ScanTable.Entry
        var hash: UInt64
        var sizes: Form.Sizes
    }

    /// The attributes of all abbreviations.
    private(set) var steps: [Step] = []
    private var known: [Known] = []
    /// Places in `known`, by open addressing; -1 where a slot is free.
    private var slots = [Int32](repeating: -1, count: 1 << 12)
    /// No file can be made so that two of its abbreviations have one hash.
    private let seed = UInt64.random(in: .min ... .max)

    /// Whether there are more than any kernel has; whoever keeps tables may then begin anew.
    var isFull: Bool { known.count > 1 << 16 }

    /// The abbreviation whose code was just read.
    fileprivate mutating func entry(_ cursor: inout ByteCursor, _ sizes: Form.Sizes) throws(FormatError)
        -> ScanTable.Entry
    {
        let place = cursor.offset
        try cursor.skipAbbreviation()
        let hash = try cursor.bytes.hash(at: place, count: cursor.offset - place, seed: seed)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] >= 0 {
            let index = Int(slots[slot])
            if known[index].hash == hash, known[index].sizes == sizes { return known[index].entry }
            slot = (slot + 1) & (slots.count - 1)
        }
        try cursor.seek(to: place)
        let entry = try compile(&cursor, sizes)
        slots[slot] = Int32(truncatingIfNeeded: known.count)
        known.append(Known(entry: entry, hash: hash, sizes: sizes))
        if known.count * 2 > slots.count { grow() }
        return entry
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: slots.count * 2)
        for (index, entry) in known.enumerated() {
            var slot = Int(truncatingIfNeeded: entry.hash) & (slots.count - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(truncatingIfNeeded: index)
        }
    }

    private static func role(of tag: Tag) -> ScanTable.Role {
        switch tag {
        case .compileUnit, .partialUnit, .typeUnit, .skeletonUnit: .scope
        case .namespace, .module: .namespace
        case .structureType, .unionType, .classType, .enumerationType: .record
        case .member, .inheritance: .member
        case .enumerator: .enumerator
        case .typedef: .typedef
        case .variantPart, .variant: .variant
        case .importedUnit: .importedUnit
        case .subprogram, .lexicalBlock, .inlinedSubroutine: .function
        default: .other
        }
    }

    private static func slot(of attribute: Attribute, in role: ScanTable.Role, _ hasChildren: Bool) -> Slot? {
        switch (role, attribute) {
        case (.namespace, .name), (.record, .name), (.member, .name), (.enumerator, .name), (.typedef, .name): .name
        case (_, .sibling): hasChildren ? .sibling : nil
        case (.member, .type), (.typedef, .type): .type
        case (.record, .byteSize), (.member, .byteSize): .byteSize
        case (.record, .declaration): .declaration
        case (.member, .memberLocation): .location
        case (.member, .dataBitOffset): .dataBitOffset
        case (.member, .bitOffset): .bitOffset
        case (.member, .bitSize): .bitSize
        case (.importedUnit, .importedEntry): .value
        case (.enumerator, .constValue), (.variant, .discriminantValue), (.variant, .discriminantList): .value
        default: nil
        }
    }

    /// The abbreviation whose code was just read.
    private mutating func compile(
        _ cursor: inout ByteCursor, _ sizes: Form.Sizes
    ) throws(FormatError) -> ScanTable.Entry {
        let (tag, hasChildren) = try cursor.abbreviatedTag()
        let role = Self.role(of: tag)
        var own: [Step] = []
        while let specification = try cursor.specification() {
            own.append(
                Step(
                    specification: specification, slot: Self.slot(of: specification.attribute, in: role, hasChildren)))
        }
        let size = own.reduce(0 as Int?) { sum, step in
            guard let sum, step.slot == nil, let size = step.specification.form.fixedSize(sizes) else { return nil }
            return sum + size
        }
        let skip = size.flatMap { Int32(exactly: $0) } ?? -1
        let fixed = skip < 0 ? Self.fixed(own, sizes) : nil
        let start = UInt32(truncatingIfNeeded: steps.count)
        // What takes no bytes and nobody wants is no step: an entry's bytes bound the work on it.
        steps += own.filter { $0.slot != nil || $0.specification.form.fixedSize(sizes) != 0 }
        return ScanTable.Entry(
            tag: tag, hasChildren: hasChildren, hasName: own.contains { $0.specification.attribute == .name },
            role: role, isPlain: fixed.map { Self.isPlain($0, role, hasChildren) } ?? false, isFixed: fixed != nil,
            skip: skip, steps: start..<UInt32(truncatingIfNeeded: steps.count), fixed: fixed ?? ScanTable.Fixed())
    }

    private static func isPlain(_ fixed: ScanTable.Fixed, _ role: ScanTable.Role, _ hasChildren: Bool) -> Bool {
        guard !hasChildren, fixed.nameSlot == .name, fixed.second.slot == .none else { return false }
        return switch role {
        case .member: fixed.first.slot == .location || fixed.first.slot == .none
        case .enumerator: fixed.first.slot == .value
        default: false
        }
    }

    private static func fixed(_ steps: [Step], _ sizes: Form.Sizes) -> ScanTable.Fixed? {
        var fixed = ScanTable.Fixed()
        var size = 0
        for step in steps {
            let form = step.specification.form
            guard let length = form.fixedSize(sizes), size + max(length, 8) <= Int(UInt16.max) else { return nil }
            let place = UInt16(size)
            size += length
            guard let slot = step.slot else { continue }
            guard fixed.mask & slot.bit == 0 else { return nil }
            fixed.mask |= slot.bit
            switch slot {
            case .name:
                guard form == .strp, !sizes.is64Bit else { return nil }
                fixed.name = place
                fixed.nameSlot = slot
            case .type, .sibling:
                guard form == .ref4, fixed.referenceSlot == .none else { return nil }
                fixed.reference = place
                fixed.referenceSlot = slot
            default:
                var number = ScanTable.Fixed.Number(slot: slot)
                switch form {
                case .data1, .data2, .data4, .data8, .flag:
                    number.place = place
                    number.surplus = UInt8(64 - 8 * length)
                case .implicitConst: number.constant = UInt64(bitPattern: step.specification.implicit)
                case .flagPresent: number.constant = 1
                default: return nil
                }
                guard fixed.second.slot == .none else { return nil }
                if fixed.first.slot == .none { fixed.first = number } else { fixed.second = number }
            }
        }
        fixed.size = UInt16(size)
        return fixed
    }
}
