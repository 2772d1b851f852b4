// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// One abbreviation table, compiled for fast passes over units.
///
/// For each abbreviation there is a *program*: runs of attributes of fixed size that nobody wants become one skip; the
/// few attributes that a pass over all types wants become captures. Where all attributes have fixed sizes, as most have,
/// the captures' places are known too, and no program is run.
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
        var program: UInt32
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
    private struct Known: Sendable {
        var entry: ScanTable.Entry
        var hash: UInt64
        var sizes: Form.Sizes
    }

    private var compiler = ProgramCompiler()
    private var known: [Known] = []
    /// Places in `known`, by open addressing; -1 where a slot is free.
    private var slots = [Int32](repeating: -1, count: 1 << 12)
    /// No file can be made so that two of its abbreviations have one hash.
    private let seed = UInt64.random(in: .min ... .max)

    /// Whether there are more than any kernel has; whoever keeps tables may then begin anew.
    var isFull: Bool { known.count > 1 << 16 }

    var program: [Instruction] { compiler.program }
    var constants: [UInt64] { compiler.constants }

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
        let entry = try compiler.compile(&cursor, sizes)
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
}

/// Turns lists of attributes into programs.
private struct ProgramCompiler: Sendable {
    private(set) var program: [Instruction] = []
    private(set) var constants: [UInt64] = []
    private var specifications: [Abbreviations.Specification] = []
    private var sizes = Form.Sizes(addressSize: 0, is64Bit: false, version: 0)

    init() { program.reserveCapacity(512) }

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
    mutating func compile(_ cursor: inout ByteCursor, _ sizes: Form.Sizes) throws(FormatError) -> ScanTable.Entry {
        self.sizes = sizes
        let (tag, hasChildren) = try cursor.abbreviatedTag()
        specifications.removeAll(keepingCapacity: true)
        while let specification = try cursor.specification() { specifications.append(specification) }
        let role = Self.role(of: tag)
        let start = program.count
        var pending: UInt32 = 0
        var captures = false
        var hasName = false
        for specification in specifications {
            let form = specification.form
            if specification.attribute == .name { hasName = true }
            if let slot = Self.slot(of: specification.attribute, in: role, hasChildren) {
                flush(&pending)
                captures = true
                program.append(capture(form, slot, specification.implicit))
            } else if let size = form.fixedSize(sizes) {
                pending += UInt32(size)
                if pending > 1 << 20 { flush(&pending) }
            } else {
                flush(&pending)
                captures = true
                switch form {
                case .sdata, .udata, .refUdata, .strx, .addrx, .loclistx, .rnglistx, .gnuAddrIndex, .gnuStrIndex:
                    program.append(Instruction(.skipLEB))
                case .string: program.append(Instruction(.skipString))
                case .block1: program.append(Instruction(.skipBlock1))
                case .block2: program.append(Instruction(.skipBlock2))
                case .block4: program.append(Instruction(.skipBlock4))
                case .indirect: program.append(Instruction(.skipIndirect))
                default: program.append(Instruction(.skipBlock))
                }
            }
        }
        let skip: Int32 = !captures && program.count == start ? Int32(pending) : -1
        flush(&pending)
        program.append(Instruction(.end))
        let fixed = skip < 0 ? self.fixed(role, hasChildren) : nil
        return ScanTable.Entry(
            tag: tag, hasChildren: hasChildren, hasName: hasName, role: role,
            isPlain: fixed.map { Self.isPlain($0, role, hasChildren) } ?? false, isFixed: fixed != nil, skip: skip,
            program: UInt32(start), fixed: fixed ?? ScanTable.Fixed())
    }

    private static func isPlain(_ fixed: ScanTable.Fixed, _ role: ScanTable.Role, _ hasChildren: Bool) -> Bool {
        guard !hasChildren, fixed.nameSlot == .name, fixed.second.slot == .none else { return false }
        return switch role {
        case .member: fixed.first.slot == .location || fixed.first.slot == .none
        case .enumerator: fixed.first.slot == .value
        default: false
        }
    }

    private func fixed(_ role: ScanTable.Role, _ hasChildren: Bool) -> ScanTable.Fixed? {
        var fixed = ScanTable.Fixed()
        var size = 0
        for specification in specifications {
            let form = specification.form
            guard let length = form.fixedSize(sizes), size + 8 <= Int(UInt16.max) else { return nil }
            let place = UInt16(size)
            size += length
            guard let slot = Self.slot(of: specification.attribute, in: role, hasChildren) else { continue }
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
                case .implicitConst: number.constant = UInt64(bitPattern: specification.implicit)
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

    private mutating func flush(_ pending: inout UInt32) {
        if pending > 0 { program.append(Instruction(.skip, .name, pending)) }
        pending = 0
    }

    private mutating func capture(_ form: Form, _ slot: Slot, _ implicit: Int64) -> Instruction {
        let isNumber = slot != .name && slot != .type && slot != .sibling
        switch form {
        case .data1 where isNumber, .flag where isNumber: return Instruction(.u8, slot)
        case .data2 where isNumber: return Instruction(.u16, slot)
        case .data4 where isNumber: return Instruction(.u32, slot)
        case .data8 where isNumber: return Instruction(.u64, slot)
        case .udata where isNumber: return Instruction(.uleb, slot)
        case .sdata where isNumber: return Instruction(.sleb, slot)
        case .flagPresent where isNumber:
            constants.append(1)
            return Instruction(.constant, slot, UInt32(constants.count - 1))
        case .implicitConst where isNumber:
            constants.append(UInt64(bitPattern: implicit))
            return Instruction(.constant, slot, UInt32(constants.count - 1))
        case .strp where slot == .name && !sizes.is64Bit: return Instruction(.strp4, slot)
        case .string where slot == .name: return Instruction(.string, slot)
        case .ref4 where slot == .type || slot == .sibling: return Instruction(.ref4, slot)
        case .implicitConst:
            // Only constants may be implicit; a name or a reference of this form has no value.
            return Instruction(.skip, slot, 0)
        default: return Instruction(.other, slot, UInt32(form.rawValue))
        }
    }
}
