// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// How an attribute's value is written: `DW_FORM_…` of DWARF 2 to 5 and GNU's (DWARF 5 § 7.5.6).
public enum Form: UInt16, Sendable {
    case addr = 0x01
    case block2 = 0x03
    case block4 = 0x04
    case data2 = 0x05
    case data4 = 0x06
    case data8 = 0x07
    case string = 0x08
    case block = 0x09
    case block1 = 0x0a
    case data1 = 0x0b
    case flag = 0x0c
    case sdata = 0x0d
    case strp = 0x0e
    case udata = 0x0f
    case refAddr = 0x10
    case ref1 = 0x11
    case ref2 = 0x12
    case ref4 = 0x13
    case ref8 = 0x14
    case refUdata = 0x15
    case indirect = 0x16
    case secOffset = 0x17
    case exprloc = 0x18
    case flagPresent = 0x19
    case strx = 0x1a
    case addrx = 0x1b
    case refSup4 = 0x1c
    case strpSup = 0x1d
    case data16 = 0x1e
    case lineStrp = 0x1f
    case refSig8 = 0x20
    case implicitConst = 0x21
    case loclistx = 0x22
    case rnglistx = 0x23
    case refSup8 = 0x24
    case strx1 = 0x25
    case strx2 = 0x26
    case strx3 = 0x27
    case strx4 = 0x28
    case addrx1 = 0x29
    case addrx2 = 0x2a
    case addrx3 = 0x2b
    case addrx4 = 0x2c
    case gnuAddrIndex = 0x1f01
    case gnuStrIndex = 0x1f02
    case gnuRefAlt = 0x1f20
    case gnuStrpAlt = 0x1f21

    /// What a form's size in bytes depends on, beside the form.
    struct Sizes: Hashable, Sendable {
        var addressSize: UInt8
        var is64Bit: Bool
        var version: UInt16

        var offset: Int { is64Bit ? 8 : 4 }
    }

    /// The form of a number that was read at a place; `what` is what an error calls it.
    init(
        _ number: UInt64, at place: Int, _ what: String = "form", except excluded: [Form] = []
    ) throws(FormatError) {
        guard let small = UInt16(exactly: number), let form = Form(rawValue: small), !excluded.contains(form) else {
            throw FormatError(.unsupported, offset: place, "\(what) 0x" + String(number, radix: 16))
        }
        self = form
    }

    /// Its size in bytes; nil where the data itself tells.
    func fixedSize(_ sizes: Sizes) -> Int? {
        switch self {
        case .flagPresent, .implicitConst: 0
        case .data1, .flag, .ref1, .strx1, .addrx1: 1
        case .data2, .ref2, .strx2, .addrx2: 2
        case .strx3, .addrx3: 3
        case .data4, .ref4, .strx4, .addrx4, .refSup4: 4
        case .data8, .ref8, .refSig8, .refSup8: 8
        case .data16: 16
        case .addr: Int(sizes.addressSize)
        case .refAddr: sizes.version <= 2 ? Int(sizes.addressSize) : sizes.offset
        case .strp, .lineStrp, .secOffset, .strpSup, .gnuRefAlt, .gnuStrpAlt: sizes.offset
        default: nil
        }
    }
}

extension ByteCursor {
    /// The form that stands here in the place of `DW_FORM_indirect`.
    mutating func indirectForm() throws(FormatError) -> Form {
        let place = offset
        return try Form(try uleb128(), at: place, "indirect form", except: [.indirect, .implicitConst])
    }

    /// An address of 1, 2, 4 or 8 bytes.
    mutating func address(_ size: UInt8) throws(FormatError) -> UInt64 {
        switch size {
        case 1: UInt64(try u8())
        case 2: UInt64(try u16())
        case 4: UInt64(try u32())
        default: try u64()
        }
    }
}

/// Where an element of a table lies that begins at `base`; `what` is what an error calls the index.
func tablePlace(
    _ index: UInt64, size: some BinaryInteger, base: UInt64, _ what: String
) throws(FormatError) -> UInt64 {
    let (scaled, overflow) = index.multipliedReportingOverflow(by: UInt64(size))
    let (place, overflow2) = scaled.addingReportingOverflow(base)
    guard !overflow, !overflow2 else { throw FormatError(.outOfRange, offset: index, what) }
    return place
}
