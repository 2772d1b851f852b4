// SPDX-License-Identifier: Apache-2.0
import ByteKit
import DWARFKit
import DecoderSupport
import Testing

/// A version, a format and a byte order.
struct Flavour: Sendable, CustomTestStringConvertible {
    var order: ByteOrder
    var version: UInt16
    var is64Bit: Bool

    var testDescription: String { "\(order) DWARF \(version) \(is64Bit ? 64 : 32)-bit" }

    var builder: DWARFBuilder { DWARFBuilder(order: order, version: version, is64Bit: is64Bit) }

    static let all = [ByteOrder.big, .little].flatMap { order in
        [2, 3, 4, 5].flatMap { version in
            [false, true].map { Flavour(order: order, version: version, is64Bit: $0) }
        }
    }
}

struct FormTests {
    /// A structure whose name, size and member are written in given forms.
    private func types(
        _ flavour: Flavour, name: DWARFBuilder.Value = .string("s"), size: DWARFBuilder.Value = .data1(8),
        location: DWARFBuilder.Value = .data1(4), type: DWARFBuilder.Value = .ref4("int"),
        unit: [(name: UInt64, value: DWARFBuilder.Value)] = [],
        strOffsets: (inout DWARFBuilder) -> [UInt8] = { _ in [] }, alternate: DWARFSections? = nil
    ) throws -> Types {
        var builder = flavour.builder
        builder.unit(
            DIE(
                DW.compileUnit, [(DW.language, .data1(0x1d))] + unit,
                children: [
                    Make.base("int", 4, encoding: 5),
                    DIE(
                        DW.structure, [(DW.name, name), (DW.byteSize, size)],
                        children: [
                            DIE(DW.member, [(DW.name, .string("m")), (DW.type, type), (DW.location, location)])
                        ]),
                    Make.structure("after", 4, [Make.member("x", at: 0, type: "int")]),
                ]))
        let offsets = strOffsets(&builder)
        return try Types(builder.dwarf(strOffsets: offsets, alternate: alternate))
    }

    @Test(arguments: Flavour.all) func namesAreReadInEachForm(_ flavour: Flavour) throws {
        for value in [DWARFBuilder.Value.string("s"), .strp("s"), .lineStrp("s"), .indirect(.strp("s"))] {
            let types = try types(flavour, name: value)
            #expect(types.scan.defects.isEmpty)
            #expect(try types.names == ["s", "after"])
            #expect(try types.layout("s").members.first?.bitOffset == 32)
        }
    }

    @Test(arguments: Flavour.all) func indexedNamesGoThroughTheUnitsTable(_ flavour: Flavour) throws {
        let base: UInt64 = 24
        let indexed: [DWARFBuilder.Value] = [
            .strx(2), .strx1(2), .strx2(2), .strx3(2), .strx4(2), .gnuStrIndex(2), .indirect(.strx(2)),
        ]
        for value in indexed {
            // The base stands behind the unit's own indexed name.
            let types = try types(
                flavour, name: value, unit: [(DW.name, value), (DW.strOffsetsBase, .secOffset(base))]
            ) { builder in
                var table = ByteWriter(flavour.order)
                table.bytes = Array(repeating: 0, count: Int(base))
                let place = builder.string("indexed")
                for entry in [UInt64.max, .max, place] { table.integer(entry, size: flavour.is64Bit ? 8 : 4) }
                return table.bytes
            }
            #expect(types.scan.defects.isEmpty)
            #expect(try types.names == ["indexed", "after"])
            let summary = try #require(types.scan.summaries.first)
            #expect(try types.file.sections.text(of: summary.name) == "indexed")
        }
    }

    @Test(arguments: Flavour.all) func numbersAreReadInEachForm(_ flavour: Flavour) throws {
        let numbers: [DWARFBuilder.Value] = [
            .data1(8), .data2(8), .data4(8), .data8(8), .udata(8), .sdata(8), .implicitConst(8), .indirect(.udata(8)),
            .indirect(.data2(8)),
        ]
        for value in numbers {
            let types = try types(flavour, size: value, location: value)
            #expect(types.scan.defects.isEmpty)
            #expect(types.scan.records.map(\.byteSize) == [8, 4])
            #expect(try types.layout("s").byteSize == 8)
            #expect(try types.layout("s").members.first?.bitOffset == 64)
        }
    }

    @Test(arguments: Flavour.all) func membersMayBeLocatedByExpressions(_ flavour: Flavour) throws {
        let plus: [UInt8] = [0x23, 0x84, 0x01]
        for value in [DWARFBuilder.Value.exprloc(plus), .block1(plus), .block2(plus), .block4(plus), .block(plus)] {
            let types = try types(flavour, location: value)
            #expect(types.scan.defects.isEmpty)
            #expect(try types.layout("s").members.first?.bitOffset == 0x84 * 8)
        }
        #expect(throws: FormatError.self) {
            try self.types(flavour, location: .exprloc([0x23, 0x01, 0x06])).layout("s")
        }
    }

    @Test(arguments: Flavour.all) func referencesAreReadInEachForm(_ flavour: Flavour) throws {
        let across: DWARFBuilder.Value = flavour.version > 2 ? .refAddr("int") : .ref4("int")
        for value in [DWARFBuilder.Value.ref1("int"), .ref2("int"), .ref4("int"), .ref8("int"), across] {
            let types = try types(flavour, type: value)
            #expect(types.scan.defects.isEmpty)
            let layout = try types.layout("s")
            #expect(try types.reader.describe(layout.members[0].type) == "int")
            #expect(layout.members[0].bitSize == 32)
        }
    }

    @Test(arguments: Flavour.all) func namesAndTypesMayLieInTheAlternateFile(_ flavour: Flavour) throws {
        var other = flavour.builder
        other.unit(
            DIE(DW.compileUnit, children: [Make.base("shared", 2), Make.structure("far", 4, [])]), type: 3)
        let place = other.string("elsewhere")
        let target = other.offset(of: "shared")
        let references: [DWARFBuilder.Value] = [
            .gnuRefAlt(target), .refSup4(UInt32(target)), .refSup8(target),
        ]
        for (name, reference) in [
            (DWARFBuilder.Value.gnuStrpAlt(place), references[0]), (.strpSup(place), references[1]),
            (.strpSup(place), references[2]),
        ] {
            let types = try types(flavour, name: name, type: reference, alternate: other.dwarf())
            #expect(types.scan.defects.isEmpty)
            // Those of the alternate file come last.
            #expect(try types.names == ["elsewhere", "after", "far"])
            let layout = try types.layout("elsewhere")
            #expect(try types.reader.describe(layout.members[0].type) == "shared")
            #expect(layout.members[0].bitSize == 16)
        }
    }

    @Test(arguments: Flavour.all) func attributesThatNobodyWantsAreSkippedInEachForm(_ flavour: Flavour) throws {
        let values: [DWARFBuilder.Value] = [
            .addr(1), .data1(1), .data2(1), .data4(1), .data8(1), .data16(Array(repeating: 7, count: 16)),
            .sdata(-1000), .udata(1000), .implicitConst(-5), .string("x"), .strp("x"), .lineStrp("x"), .strx(1),
            .strx1(1), .strx2(1), .strx3(1), .strx4(1), .gnuStrIndex(1), .addrx(1), .addrx1(1), .addrx2(1),
            .addrx3(1), .addrx4(1), .gnuAddrIndex(1), .flag(true), .flagPresent, .ref1("s"), .ref2("s"), .ref4("s"),
            .ref8("s"), .refUdata(300), .refSig8(5), .refSup4(5), .refSup8(5), .gnuRefAlt(5), .strpSup(5),
            .gnuStrpAlt(5), .secOffset(5), .loclistx(200), .rnglistx(200), .block1([1, 2]), .block2([1, 2]),
            .block4([1, 2]), .block([1, 2]), .exprloc([1, 2]), .indirect(.block1([1, 2, 3])), .indirect(.udata(500)),
        ]
        for value in values {
            var builder = flavour.builder
            builder.unit(
                Make.unit([
                    Make.base("int", 4),
                    DIE(
                        DW.structure, label: "s",
                        [(0x3000, value), (DW.name, .string("s")), (0x3001, value), (DW.byteSize, .data1(4))],
                        children: [DIE(DW.member, [(0x3002, value), (DW.type, .ref4("int")), (0x3003, value)])]),
                    DIE(DW.subprogram, [(0x3004, value)], children: [DIE(DW.baseType, [(0x3005, value)])]),
                    Make.structure("after", 4, []),
                ]))
            let types = try Types(builder.dwarf())
            #expect(types.scan.defects.isEmpty, "\(value): \(types.scan.defects)")
            #expect(try types.names == ["s", "after"])
        }
    }

    @Test func unknownFormsAreErrorsWithTheirPlace() throws {
        var builder = DWARFBuilder()
        builder.unit(DIE(DW.compileUnit, children: [Make.structure("first", 1, [])]))
        let place = builder.sections.abbrev.count
        builder.unit(DIE(DW.compileUnit, [(DW.name, .raw(0x2f00, [1, 2]))]))
        builder.unit(DIE(DW.compileUnit, children: [Make.structure("third", 1, [])]))
        let types = try Types(builder.dwarf())
        #expect(try types.names == ["first", "third"])
        let defect = try #require(types.scan.defects.first)
        #expect(defect.code == .unsupported)
        #expect(defect.section == ".debug_abbrev")
        #expect(defect.offset == UInt64(place + 3))
        #expect(types.scan.defects.count == 1)
        #expect(throws: FormatError.self) { try types.file.summary(of: types.file.units[1]) }
    }

    @Test func indirectFormsDoNotNest() throws {
        var builder = DWARFBuilder()
        builder.unit(DIE(DW.compileUnit, [(DW.name, .indirect(.indirect(.string("x"))))]))
        #expect(try Types(builder.dwarf()).scan.defects.map(\.code) == [.unsupported])
    }
}
