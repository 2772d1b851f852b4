// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// What stands before a unit's first entry (DWARF 5 § 7.5.1, DWARF 4 § 7.5.1).
public struct UnitHeader: Sendable {
    /// What a unit is: `DW_UT_…`, or what DWARF 4 tells by section and tag.
    public enum Kind: UInt8, Sendable {
        case compile = 1
        case type = 2
        case partial = 3
        case skeleton = 4
        case splitCompile = 5
        case splitType = 6
    }

    /// Its place in the file's list of units.
    public internal(set) var index: Int
    public internal(set) var section: DIEOffset.Section
    /// Where the unit begins, in bytes from its section's start.
    public internal(set) var offset: UInt64
    /// Where it ends.
    public internal(set) var end: UInt64
    /// Where its first entry begins.
    public internal(set) var dieOffset: UInt64
    /// 2 to 5.
    public internal(set) var version: UInt16
    /// Whether offsets take 8 bytes.
    public internal(set) var is64Bit: Bool
    /// Bytes in an address: 1, 2, 4 or 8.
    public internal(set) var addressSize: UInt8
    public internal(set) var kind: Kind
    /// Where its abbreviations begin in `.debug_abbrev`.
    public internal(set) var abbreviationsOffset: UInt64
    /// A type unit's signature; zero otherwise.
    public internal(set) var signature: UInt64
    /// Where a type unit's type is, in bytes from the unit's start; zero otherwise.
    public internal(set) var typeOffset: UInt64

    var sizes: Form.Sizes { Form.Sizes(addressSize: addressSize, is64Bit: is64Bit, version: version) }

    /// Its first entry.
    public var die: DIEOffset { DIEOffset(section, dieOffset) }

    /// Bytes that a header takes at most.
    static let longest = 40

    /// Reads the unit that begins at `start`, `room` bytes before its section's end, from its first bytes. Offsets in errors
    /// count from there. `next` becomes the place of the next unit wherever the length is sound, also when an error is
    /// thrown.
    init(
        _ head: Bytes, _ order: ByteOrder, at start: Int, room: Int, _ section: DIEOffset.Section, index: Int,
        next: inout Int
    ) throws(FormatError) {
        var cursor = try ByteCursor(head, order)
        let (length, is64Bit) = try cursor.initialLength()
        guard length <= UInt64(room - cursor.offset) else {
            throw FormatError(
                .truncated, section: section.name, offset: 0, "unit of 0x\(String(length, radix: 16)) bytes")
        }
        let end = cursor.offset + Int(truncatingIfNeeded: length)
        var body = try ByteCursor(try head.slice(0, count: min(end, head.count)), order, at: cursor.offset)
        next = start + end
        do throws(FormatError) {
            let version = try body.u16()
            guard (2...5).contains(version) else {
                throw FormatError(.unsupported, offset: 0, "DWARF version \(version)")
            }
            self.version = version
            if version >= 5 {
                let type = try body.u8()
                guard let kind = Kind(rawValue: type) else {
                    throw FormatError(.unsupported, offset: 0, "unit type \(type)")
                }
                self.kind = kind
                addressSize = try body.u8()
                abbreviationsOffset = try body.offset(is64Bit: is64Bit)
            } else {
                kind = section == .types ? .type : .compile
                abbreviationsOffset = try body.offset(is64Bit: is64Bit)
                addressSize = try body.u8()
            }
            guard [1, 2, 4, 8].contains(addressSize) else {
                throw FormatError(.unsupported, offset: 0, "addresses of \(addressSize) bytes")
            }
            signature = 0
            typeOffset = 0
            switch kind {
            case .type, .splitType:
                signature = try body.u64()
                typeOffset = try body.offset(is64Bit: is64Bit)
            case .skeleton, .splitCompile: signature = try body.u64()
            case .compile, .partial: break
            }
            self.index = index
            self.section = section
            self.is64Bit = is64Bit
            offset = UInt64(start)
            self.end = UInt64(start + end)
            dieOffset = UInt64(start + body.offset)
        } catch { throw error.within(section.name) }
    }
}

extension ByteCursor {
    /// The length that opens a unit or a table, and whether it is of the 64-bit format (DWARF 5 § 7.4).
    mutating func initialLength() throws(FormatError) -> (length: UInt64, is64Bit: Bool) {
        let start = offset
        let short = try u32()
        if short < 0xffff_fff0 { return (UInt64(short), false) }
        guard short == 0xffff_ffff else { throw FormatError(.invalid, offset: start, "reserved unit length") }
        return (try u64(), true)
    }
}
