// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// One abbreviation table of `.debug_abbrev` (DWARF 5 § 7.5.3), compiled for fast passes over units.
///
/// For each abbreviation there is the list of its attributes and a *program*: runs of attributes of fixed size that
/// nobody wants become one skip; the few attributes that a pass over all types wants become captures.
final class Abbreviations: Sendable {
    /// One attribute of an abbreviation.
    struct Specification: Sendable {
        var attribute: Attribute
        var form: Form
        var implicit: Int64
    }

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
    }

    struct Entry: Sendable {
        var tag: Tag
        var hasChildren: Bool
        var hasName: Bool
        var role: Role
        /// The size of all attributes, where it is fixed and none is captured; -1 otherwise.
        var skip: Int32
        var program: UInt32
        var attributes: Range<UInt32>
        /// Where name and number stand, in a member or enumerator as nearly all are.
        var plain: Plain?
    }

    /// A member or enumerator without children whose attributes all have fixed sizes: a name in `.debug_str` and at
    /// most one number are all that a pass over all types wants of it.
    struct Plain: Sendable {
        /// Of all attributes.
        var size: UInt16
        /// Bytes from the first attribute.
        var name: UInt16
        var number: UInt16
        /// What eight bytes read from `number` on have too much, in bits; 64 where there is no number.
        var surplus: UInt8
    }

    let entries: [Entry]
    let specifications: [Specification]
    let program: [Instruction]
    let constants: [UInt64]
    /// Bytes of the table, its end included.
    let length: Int
    let sizes: Form.Sizes
    /// Codes are these in order, as compilers write them; nil where `sparse` tells.
    private let first: UInt64
    private let sparse: [UInt64: Int]?

    /// The largest number of abbreviations in one table.
    static let limit = 1 << 20
    /// Bytes in which a single abbreviation is looked for.
    private static let window = 1 << 12

    /// Reads a table; where `only` is a code, that code's abbreviation alone, if it is among the first.
    init(
        _ section: Bytes, at offset: UInt64, _ sizes: Form.Sizes, _ order: ByteOrder, only: UInt64? = nil
    ) throws(FormatError) {
        do throws(FormatError) {
            var cursor = try ByteCursor(section, order)
            try cursor.seek(to: offset)
            let start = cursor.offset
            var entries: [Entry] = []
            var codes: [UInt64] = []
            var compiler = ProgramCompiler(sizes)
            var specifications: [Specification] = []
            var contiguous = true
            // A unit of a kernel has some hundred abbreviations.
            entries.reserveCapacity(256)
            codes.reserveCapacity(256)
            specifications.reserveCapacity(1024)
            while !cursor.isAtEnd {
                let place = cursor.offset
                let code = try cursor.uleb128()
                if code == 0 { break }
                if let only, code != only {
                    // A bound, since many units may ask for the last of many.
                    if cursor.offset - start > Self.window { break }
                    try Self.skipEntry(&cursor)
                    continue
                }
                guard codes.count < Self.limit else { throw FormatError(.tooLarge, offset: place, "abbreviations") }
                if let last = codes.last, last.addingReportingOverflow(1) != (code, false) { contiguous = false }
                codes.append(code)
                let tag = Tag(rawValue: UInt16(truncatingIfNeeded: min(try cursor.uleb128(), 0xffff)))
                let hasChildren = try cursor.u8() != 0
                let from = specifications.count
                while true {
                    let place = cursor.offset
                    let name = try cursor.uleb128()
                    let number = try cursor.uleb128()
                    if name == 0, number == 0 { break }
                    guard let small = UInt16(exactly: number), let form = Form(rawValue: small) else {
                        throw FormatError(.unsupported, offset: place, "form 0x" + String(number, radix: 16))
                    }
                    let implicit = form == .implicitConst ? try cursor.sleb128() : 0
                    specifications.append(
                        Specification(
                            attribute: Attribute(rawValue: UInt16(truncatingIfNeeded: min(name, 0xffff))), form: form,
                            implicit: implicit))
                }
                entries.append(compiler.compile(tag, hasChildren, specifications, from: from))
                if code == only { break }
            }
            self.entries = entries
            self.specifications = specifications
            self.sizes = sizes
            program = compiler.program
            constants = compiler.constants
            length = cursor.offset - start
            first = codes.first ?? 1
            sparse =
                contiguous
                ? nil : Dictionary(zip(codes, codes.indices), uniquingKeysWith: { earlier, _ in earlier })
        } catch { throw error.within(".debug_abbrev") }
    }

    private static func skipEntry(_ cursor: inout ByteCursor) throws(FormatError) {
        try cursor.skipLEB128()
        try cursor.skip(1)
        while true {
            let name = try cursor.uleb128()
            let form = try cursor.uleb128()
            if name == 0, form == 0 { return }
            if form == UInt64(Form.implicitConst.rawValue) { try cursor.skipLEB128() }
        }
    }

    /// The place of a code's abbreviation in `entries`; nil for a code that the table lacks.
    @inline(__always) func index(of code: UInt64) -> Int? {
        if sparse != nil { return sparseIndex(of: code) }
        let index = code &- first
        return index < UInt64(entries.count) ? Int(truncatingIfNeeded: index) : nil
    }

    @inline(never) private func sparseIndex(of code: UInt64) -> Int? { sparse?[code] }
}
