// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// An attribute's value, by its class (DWARF 5 § 7.5.5).
public enum AttributeValue: Sendable {
    case address(UInt64)
    /// An index in the unit's part of `.debug_addr`.
    case addressIndex(UInt64)
    case block(Bytes)
    case expression(Bytes)
    /// A number of a fixed width in bytes, whose sign the attribute's meaning tells.
    case data(UInt64, width: UInt8)
    case unsigned(UInt64)
    case signed(Int64)
    /// Sixteen bytes.
    case wide(Bytes)
    case flag(Bool)
    case string(StringReference)
    case reference(DIEOffset)
    /// A type unit's signature.
    case signature(UInt64)
    case sectionOffset(UInt64)
    /// An index in a table of location or range lists.
    case listIndex(UInt64)

    /// As a number without a sign: constants, section offsets and list indices; nil otherwise.
    public var number: UInt64? {
        switch self {
        case .data(let value, _), .unsigned(let value), .sectionOffset(let value), .listIndex(let value): value
        case .signed(let value): UInt64(exactly: value)
        default: nil
        }
    }

    /// As a number with a sign, a fixed width's highest bit being the sign.
    public var signedNumber: Int64? {
        switch self {
        case .data(let value, let width):
            switch width {
            case 1: Int64(Int8(truncatingIfNeeded: value))
            case 2: Int64(Int16(truncatingIfNeeded: value))
            case 4: Int64(Int32(truncatingIfNeeded: value))
            default: Int64(bitPattern: value)
            }
        case .unsigned(let value): Int64(exactly: value)
        case .signed(let value): value
        default: nil
        }
    }

    public var string: StringReference? { if case .string(let value) = self { value } else { nil } }
    public var isSet: Bool { if case .flag(let value) = self { value } else { false } }
}

/// Where the offsets and indices of a unit's values count from.
struct ValueBase: Sendable {
    var section: DIEOffset.Section
    var unitOffset: UInt64
    var unitEnd: UInt64
    var sizes: Form.Sizes
    /// Where the unit's part of `.debug_str_offsets` begins.
    var stringOffsets: UInt64
    /// Whether the unit is in the alternate file, whose strings the main file sees as alternate ones.
    var strOffsets: Bytes

    /// Where a string lies that an index names.
    func indexedString(_ index: UInt64, _ order: ByteOrder) throws(FormatError) -> StringReference {
        do throws(FormatError) {
            let place = try tablePlace(index, size: sizes.offset, base: stringOffsets, "string index")
            guard let at = Int(exactly: place) else { throw FormatError(.outOfRange, offset: index, "string index") }
            return StringReference(
                .str,
                sizes.is64Bit
                    ? try strOffsets.load(at: at, order, as: UInt64.self)
                    : UInt64(try strOffsets.load(at: at, order, as: UInt32.self)))
        } catch { throw error.within(".debug_str_offsets") }
    }

    /// The entry that a reference within the unit names.
    @inline(__always) func entry(_ relative: UInt64, at place: Int) throws(FormatError) -> UInt64 {
        let (offset, overflow) = unitOffset.addingReportingOverflow(relative)
        guard !overflow, offset < unitEnd else {
            throw FormatError(.outOfRange, offset: place, "reference beyond the unit")
        }
        return offset
    }

    /// Reads one value of a form. The cursor is in the section of entries.
    func read(
        _ form: Form, implicit: Int64, _ cursor: inout ByteCursor
    ) throws(FormatError) -> AttributeValue {
        var form = form
        if form == .indirect { form = try cursor.indirectForm() }
        let place = cursor.offset
        let is64Bit = sizes.is64Bit
        switch form {
        case .addr: return .address(try cursor.address(sizes.addressSize))
        case .block: return .block(try cursor.take(try cursor.uleb128()))
        case .block1: return .block(try cursor.take(try cursor.u8()))
        case .block2: return .block(try cursor.take(try cursor.u16()))
        case .block4: return .block(try cursor.take(try cursor.u32()))
        case .exprloc: return .expression(try cursor.take(try cursor.uleb128()))
        case .data1: return .data(UInt64(try cursor.u8()), width: 1)
        case .data2: return .data(UInt64(try cursor.u16()), width: 2)
        case .data4: return .data(UInt64(try cursor.u32()), width: 4)
        case .data8: return .data(try cursor.u64(), width: 8)
        case .data16: return .wide(try cursor.take(16))
        case .sdata: return .signed(try cursor.sleb128())
        case .udata: return .unsigned(try cursor.uleb128())
        case .implicitConst: return .signed(implicit)
        case .flag: return .flag(try cursor.u8() != 0)
        case .flagPresent: return .flag(true)
        case .string:
            try cursor.skipCString()
            return .string(StringReference(section == .types ? .types : .info, UInt64(place)))
        case .strp: return .string(StringReference(.str, try cursor.offset(is64Bit: is64Bit)))
        case .lineStrp: return .string(StringReference(.lineStr, try cursor.offset(is64Bit: is64Bit)))
        case .strpSup, .gnuStrpAlt:
            return .string(StringReference(.alternateStr, try cursor.offset(is64Bit: is64Bit)))
        case .strx, .gnuStrIndex: return .string(try indexedString(try cursor.uleb128(), cursor.order))
        case .strx1: return .string(try indexedString(UInt64(try cursor.u8()), cursor.order))
        case .strx2: return .string(try indexedString(UInt64(try cursor.u16()), cursor.order))
        case .strx3: return .string(try indexedString(UInt64(try cursor.u24()), cursor.order))
        case .strx4: return .string(try indexedString(UInt64(try cursor.u32()), cursor.order))
        case .addrx, .gnuAddrIndex: return .addressIndex(try cursor.uleb128())
        case .addrx1: return .addressIndex(UInt64(try cursor.u8()))
        case .addrx2: return .addressIndex(UInt64(try cursor.u16()))
        case .addrx3: return .addressIndex(UInt64(try cursor.u24()))
        case .addrx4: return .addressIndex(UInt64(try cursor.u32()))
        case .ref1: return .reference(DIEOffset(section, try entry(UInt64(try cursor.u8()), at: place)))
        case .ref2: return .reference(DIEOffset(section, try entry(UInt64(try cursor.u16()), at: place)))
        case .ref4: return .reference(DIEOffset(section, try entry(UInt64(try cursor.u32()), at: place)))
        case .ref8: return .reference(DIEOffset(section, try entry(try cursor.u64(), at: place)))
        case .refUdata: return .reference(DIEOffset(section, try entry(try cursor.uleb128(), at: place)))
        case .refAddr:
            let wide = sizes.version <= 2 ? sizes.addressSize == 8 : is64Bit
            return .reference(DIEOffset(.info, try cursor.offset(is64Bit: wide)))
        case .refSup4: return .reference(DIEOffset(.alternateInfo, UInt64(try cursor.u32())))
        case .refSup8: return .reference(DIEOffset(.alternateInfo, try cursor.u64()))
        case .gnuRefAlt:
            return .reference(DIEOffset(.alternateInfo, try cursor.offset(is64Bit: is64Bit)))
        case .refSig8: return .signature(try cursor.u64())
        case .secOffset: return .sectionOffset(try cursor.offset(is64Bit: is64Bit))
        case .loclistx, .rnglistx: return .listIndex(try cursor.uleb128())
        case .indirect: throw FormatError(.unsupported, offset: place, "indirect form")
        }
    }
}
