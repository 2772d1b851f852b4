// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Audit

struct LayoutComparisonTests {
    typealias Leaf = RecordLayout.Leaf

    static func record(
        _ name: String = "foo", kind: RecordLayout.Kind = .structure, size: UInt64, _ leaves: [Leaf] = []
    ) -> RecordLayout {
        var record = RecordLayout(name: name, kind: kind, size: size)
        record.leaves = leaves
        return record
    }

    static func leaf(_ path: String, _ offset: UInt64, _ size: UInt64?) -> Leaf {
        Leaf(path: path, bitOffset: offset * 8, bitSize: size.map { $0 * 8 }, type: "t")
    }

    @Test func equalRecordsHaveNoDifferences() {
        let record = Self.record(size: 16, [Self.leaf("a", 0, 4), Self.leaf("b.c", 8, 8)])
        let comparison = LayoutComparison(rust: record, c: record)
        #expect(comparison.differences.isEmpty)
        #expect(comparison.fields == 2)
        #expect(!comparison.isSizeOnly)
    }

    @Test func aFieldThatIsShiftedOrOfAnotherSizeIsNamed() {
        let c = Self.record(size: 16, [Self.leaf("a", 0, 4), Self.leaf("b", 8, 8)])
        let rust = Self.record(size: 16, [Self.leaf("a", 0, 8), Self.leaf("b", 12, 8)])
        let differences = LayoutComparison(rust: rust, c: c).differences
        #expect(differences.map(\.kind) == [.fieldSize, .offset])
        #expect(differences.map(\.path) == ["a", "b"])
        #expect(differences.last?.c == "offset 8")
        #expect(differences.last?.rust == "offset 12")
    }

    @Test func aTypeOneFieldShortDiffersInSizeAndField() {
        let c = Self.record(size: 16, [Self.leaf("a", 0, 8), Self.leaf("b", 8, 8)])
        let rust = Self.record(size: 8, [Self.leaf("a", 0, 8)])
        #expect(LayoutComparison(rust: rust, c: c).differences.map(\.kind) == [.size, .field])
    }

    @Test func keywordsOfRustAreMatchedThroughTheirUnderscoreAtAnyDepth() {
        let c = Self.record(
            size: 16,
            [Self.leaf("type", 0, 4), Self.leaf("ref", 8, 8), Self.leaf("ref.in", 8, 4), Self.leaf("a_", 4, 4)])
        let rust = Self.record(
            size: 16,
            [Self.leaf("type_", 0, 4), Self.leaf("ref_", 8, 8), Self.leaf("ref_.in_", 8, 4), Self.leaf("a_", 4, 4)])
        let comparison = LayoutComparison(rust: rust, c: c)
        #expect(comparison.differences.isEmpty)
        #expect(comparison.fields == 4)
    }

    @Test func bitFieldsMustLieInTheUnitOfTheirOwnRecord() {
        var c = Self.record(size: 8)
        c.leaves = [
            Leaf(path: "a", bitOffset: 32, bitSize: 3, isBitField: true),
            Leaf(path: "u.b", bitOffset: 39, bitSize: 2, isBitField: true),
        ]
        var rust = Self.record(size: 8)
        rust.bitFieldUnits = [.init(parent: "", bits: 32..<40), .init(parent: "u.", bits: 32..<48)]
        #expect(LayoutComparison(rust: rust, c: c).differences.isEmpty)
        rust.bitFieldUnits = [.init(parent: "", bits: 32..<48), .init(parent: "u.", bits: 32..<40)]
        let differences = LayoutComparison(rust: rust, c: c).differences
        #expect(differences.map(\.path) == ["u.b"])
        #expect(differences.map(\.kind) == [.bitField])
    }

    @Test func alignmentIsComparedOnlyWhereOnePossibilityIsLeft() {
        var c = Self.record(size: 8)
        var rust = Self.record(size: 8)
        rust.alignment = 8
        #expect(!LayoutComparison(rust: rust, c: c).isAlignmentKnown)
        c.naturalAlignment = 8
        #expect(LayoutComparison(rust: rust, c: c).isAlignmentKnown)
        // A packed record may be less aligned than its members say, and DWARF does not tell.
        rust.alignment = 1
        #expect(!LayoutComparison(rust: rust, c: c).isAlignmentKnown)
        rust.alignment = 16
        #expect(LayoutComparison(rust: rust, c: c).differences.map(\.kind) == [.alignment])
        c.alignment = 16
        #expect(LayoutComparison(rust: rust, c: c).differences.isEmpty)
        rust.alignment = 1
        #expect(LayoutComparison(rust: rust, c: c).differences.map(\.kind) == [.alignment])
    }

    @Test func anOpaqueTypeIsComparedBySizeOnly() {
        let c = Self.record(size: 8, [Self.leaf("a", 0, 8)])
        var rust = Self.record(size: 8)
        rust.isOpaque = true
        #expect(LayoutComparison(rust: rust, c: c).isSizeOnly)
        #expect(LayoutComparison(rust: rust, c: c).differences.isEmpty)
        rust.size = 16
        #expect(LayoutComparison(rust: rust, c: c).differences.map(\.kind) == [.size])
    }

    @Test func enumeratorsAreComparedByValue() {
        var c = Self.record(kind: .enumeration, size: 4)
        c.enumerators = [.init(name: "A", value: 0), .init(name: "B", value: -1)]
        var rust = c
        #expect(LayoutComparison(rust: rust, c: c).differences.isEmpty)
        rust.enumerators[1].value = 1
        #expect(LayoutComparison(rust: rust, c: c).differences.map(\.path) == ["B"])
    }
}
