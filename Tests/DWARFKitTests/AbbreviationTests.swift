// SPDX-License-Identifier: Apache-2.0
import ByteKit
import DWARFKit
import Testing

/// A unit's own abbreviation is found behind others, whatever those are made of (DWARF 5 § 7.5.3).
struct AbbreviationTests {
    /// Tag, children and attributes of the abbreviation before the unit's own.
    @Test(
        arguments: [
            [0x34, 0, 0x03, 0x0e, 0x49, 0x13, 0, 0],
            // No attributes.
            [0x34, 1, 0, 0],
            // A tag and a name of two bytes and more, a form of two bytes (DW_FORM_GNU_ref_alt).
            [0x89, 0x82, 0x01, 1, 0xb7, 0x42, 0x19, 0x49, 0xa0, 0x3e, 0, 0],
            // Constants that stand here: of two bytes, zero, in the middle and last, and 33, which is the form's own number.
            [0x34, 0, 0x3b, 0x21, 0x80, 0x01, 0x49, 0x13, 0, 0],
            [0x34, 0, 0x39, 0x21, 0x00, 0x49, 0x13, 0, 0],
            [0x34, 0, 0x49, 0x13, 0x39, 0x21, 0x00, 0, 0],
            [0x34, 0, 0x3b, 0x21, 0x00, 0x39, 0x21, 0x00, 0, 0],
            [0x34, 0, 0x3b, 0x21, 0x21, 0, 0],
            [0x34, 0, 0x3b, 0x21, 0x21, 0x3b, 0x21, 0x00, 0, 0],
            // Longer than what is looked at in one step.
            [0x34, 0] + Array(repeating: [0x03, 0x0e], count: 9).joined() + [0, 0],
        ] as [[UInt8]])
    func theUnitsOwnIsFoundBehind(_ other: [UInt8]) throws {
        for count in 1...9 {
            let others = (0..<count).flatMap { [UInt8($0 + 2)] + other }
            // DW_TAG_compile_unit, no children, DW_AT_language, DW_FORM_data1.
            let abbrev = others + [1, 0x11, 0, 0x13, 0x0b, 0, 0, 0]
            let info: [UInt8] = [0, 0, 0, 10, 0, 5, 1, 8, 0, 0, 0, 0, 1, 0x1d]
            let file = DWARFFile(DWARFSections(info: Bytes(info), abbrev: Bytes(abbrev), order: .big))
            let unit = try #require(file.units.first)
            #expect(try file.summary(of: unit).language == Language(rawValue: 0x1d), "\(count) before")
        }
    }
}
