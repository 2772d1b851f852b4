// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// One abbreviation table of `.debug_abbrev` (DWARF 5 § 7.5.3): for each abbreviation the list of its attributes.
///
/// Passes over all types have tables of their own (`ScanTable`).
final class Abbreviations: Sendable {
    /// One attribute of an abbreviation.
    struct Specification: Sendable {
        var attribute: Attribute
        var form: Form
        var implicit: Int64
    }

    struct Entry: Sendable {
        var tag: Tag
        var hasChildren: Bool
        var attributes: Range<UInt32>
    }

    let entries: [Entry]
    let specifications: [Specification]
    private let codes: AbbreviationCodes

    /// Bytes in which a single abbreviation is looked for: many units may ask for the last of many.
    private static let window = 1 << 14

    /// Reads a table; with `isSingle`, the one abbreviation that begins at the offset.
    init(_ section: Bytes, at offset: UInt64, _ order: ByteOrder, isSingle: Bool = false) throws(FormatError) {
        do throws(FormatError) {
            var cursor = try ByteCursor(section, order)
            try cursor.seek(to: offset)
            var entries: [Entry] = []
            var codes = AbbreviationCodes()
            var specifications: [Specification] = []
            if !isSingle {
                // A unit of a kernel has some hundred abbreviations.
                entries.reserveCapacity(256)
                specifications.reserveCapacity(1024)
            }
            while !cursor.isAtEnd {
                let place = cursor.offset
                let code = try cursor.uleb128()
                if code == 0 { break }
                try codes.append(code, at: place)
                let (tag, hasChildren) = try cursor.abbreviatedTag()
                let from = UInt32(truncatingIfNeeded: specifications.count)
                while let specification = try cursor.specification() { specifications.append(specification) }
                entries.append(
                    Entry(
                        tag: tag, hasChildren: hasChildren,
                        attributes: from..<UInt32(truncatingIfNeeded: specifications.count)))
                if isSingle { break }
            }
            self.entries = entries
            self.specifications = specifications
            self.codes = codes
        } catch { throw error.within(".debug_abbrev") }
    }

    /// The place of a code's abbreviation in `entries`; nil for a code that the table lacks.
    @inline(__always) func index(of code: UInt64) -> Int? { codes.index(of: code) }

    /// Where a code's abbreviation begins; nil where it is not among the first of the table.
    static func place(
        of code: UInt64, in section: Bytes, at offset: UInt64, _ order: ByteOrder
    ) throws(FormatError) -> UInt64? {
        var cursor = try ByteCursor(section, order)
        try cursor.seek(to: offset)
        let start = cursor.offset
        while cursor.offset - start <= window {
            let place = cursor.offset
            let here = try cursor.uleb128()
            if here == code { return UInt64(place) }
            if here == 0 { return nil }
            try cursor.skipAbbreviation()
        }
        return nil
    }
}

/// Finds abbreviations by their codes, which compilers write in order.
struct AbbreviationCodes: Sendable {
    private var first: UInt64 = 1
    private(set) var count = 0
    /// Where they are in no order: their places.
    private var sparse: [UInt64: Int]?

    /// The largest number of abbreviations in one table.
    private static let limit = 1 << 20

    /// Adds the code of the next abbreviation, which stands at an offset; of equal ones the first counts.
    mutating func append(_ code: UInt64, at offset: Int) throws(FormatError) {
        guard count < Self.limit else { throw FormatError(.tooLarge, offset: offset, "abbreviations") }
        if count == 0 { first = code }
        if sparse == nil, code != first &+ UInt64(count) || code < first {
            sparse = Dictionary(uniqueKeysWithValues: (0..<count).map { (first &+ UInt64($0), $0) })
        }
        if sparse != nil, sparse?[code] == nil { sparse?[code] = count }
        count += 1
    }

    @inline(__always) func index(of code: UInt64) -> Int? {
        if sparse != nil { return sparseIndex(of: code) }
        let index = code &- first
        return index < UInt64(count) ? Int(truncatingIfNeeded: index) : nil
    }

    @inline(never) private func sparseIndex(of code: UInt64) -> Int? { sparse?[code] }
}

extension ByteCursor {
    /// Tag and children of the abbreviation whose code was just read.
    mutating func abbreviatedTag() throws(FormatError) -> (Tag, hasChildren: Bool) {
        let tag = Tag(rawValue: UInt16(truncatingIfNeeded: min(try uleb128(), 0xffff)))
        return (tag, try u8() != 0)
    }

    /// The next attribute of an abbreviation; nil behind the last.
    mutating func specification() throws(FormatError) -> Abbreviations.Specification? {
        let place = offset
        let name = try uleb128()
        let number = try uleb128()
        if name == 0, number == 0 { return nil }
        let form = try Form(number, at: place)
        return Abbreviations.Specification(
            attribute: Attribute(rawValue: UInt16(truncatingIfNeeded: min(name, 0xffff))), form: form,
            implicit: form == .implicitConst ? try sleb128() : 0)
    }

    /// Goes behind the abbreviation whose code was just read.
    mutating func skipAbbreviation() throws(FormatError) {
        try skipLEB128()
        try skip(1)
        if let end = endOfSpecifications() {
            try seek(to: end)
            return
        }
        while true {
            let name = try uleb128()
            let form = try uleb128()
            if name == 0, form == 0 { return }
            if form == UInt64(Form.implicitConst.rawValue) { try skipLEB128() }
        }
    }

    /// Where the attributes that begin here end, by their two zeros; nil where only reading each of them can tell.
    ///
    /// Names and forms have no byte of zero. The value of a constant that stands in the abbreviation may be one.
    private func endOfSpecifications() -> Int? {
        let start = offset
        var place = start
        while let eight = bytes.integer(at: place, .little, as: UInt64.self) {
            let zeros = (eight &- 0x0101_0101_0101_0101) & ~eight & 0x8080_8080_8080_8080
            if zeros == 0 {
                place &+= 8
                continue
            }
            let zero = place &+ zeros.trailingZeroBitCount &>> 3
            guard let around = bytes.integer(at: zero &- 1, .little, as: UInt32.self), around & 0x80 == 0 else {
                return nil
            }
            if around &>> 16 & 0xff != 0 {
                place = zero &+ 1
                continue
            }
            // Behind a constant's form it may be its value, and the two zeros follow.
            let mayBeValue = zero > start && around & 0xff == UInt32(Form.implicitConst.rawValue)
            return mayBeValue && around &>> 24 == 0 ? nil : zero &+ 2
        }
        return nil
    }
}
