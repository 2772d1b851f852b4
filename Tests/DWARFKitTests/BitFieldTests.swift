// SPDX-License-Identifier: Apache-2.0
import ByteKit
import DWARFKit
import DecoderSupport
import Testing

struct BitFieldTests {
    private func field(
        _ order: ByteOrder, version: UInt16 = 4, _ attributes: [(name: UInt64, value: DWARFBuilder.Value)]
    ) throws -> TypeLayout.Field {
        var builder = DWARFBuilder(order: order, version: version)
        builder.unit(
            Make.unit([
                Make.base("u32", 4),
                DIE(
                    DW.structure, [(DW.name, .string("s")), (DW.byteSize, .data1(16))],
                    children: [
                        DIE(DW.member, [(DW.name, .string("f")), (DW.type, .ref4("u32"))] + attributes)
                    ]),
            ]))
        return try #require(try Types(builder.dwarf()).layout("s").members.first)
    }

    @Test func offsetsFromTheMostSignificantBitFollowTheByteOrder() throws {
        let attributes: [(name: UInt64, value: DWARFBuilder.Value)] = [
            (DW.byteSize, .data1(4)), (DW.bitSize, .data1(5)), (DW.bitOffset, .data1(3)), (DW.location, .data1(8)),
        ]
        #expect(try field(.big, attributes).bitOffset == 64 + 3)
        #expect(try field(.little, attributes).bitOffset == 64 + 32 - 3 - 5)
        #expect(try field(.little, attributes).bitSize == 5)
        #expect(try field(.little, attributes).isBitField)
    }

    @Test func theUnitOfStorageIsTheTypesWhereTheMemberTellsNone() throws {
        let attributes: [(name: UInt64, value: DWARFBuilder.Value)] = [
            (DW.bitSize, .data1(1)), (DW.bitOffset, .data1(31)), (DW.location, .data1(4)),
        ]
        #expect(try field(.big, attributes).bitOffset == 32 + 31)
        #expect(try field(.little, attributes).bitOffset == 32)
    }

    @Test func offsetsBelowZeroAreOfFieldsThatCrossTheirUnit() throws {
        let attributes: [(name: UInt64, value: DWARFBuilder.Value)] = [
            (DW.byteSize, .data1(4)), (DW.bitSize, .data1(30)), (DW.bitOffset, .sdata(-6)), (DW.location, .data1(4)),
        ]
        #expect(try field(.little, attributes).bitOffset == 32 + 8)
        #expect(try field(.big, attributes).bitOffset == 32 - 6)
    }

    @Test(arguments: [ByteOrder.big, .little]) func offsetsFromTheRecordsStartNeedNoByteOrder(_ order: ByteOrder) throws
    {
        #expect(
            try field(order, version: 5, [(DW.bitSize, .data1(7)), (DW.dataBitOffset, .udata(77))]).bitOffset == 77)
        #expect(try field(order, version: 5, [(DW.bitSize, .data1(7))]).bitOffset == 0)
    }

    @Test func aPlaceBeforeTheRecordIsAnError() {
        #expect(throws: FormatError.self) {
            try field(.big, [(DW.bitSize, .data1(7)), (DW.bitOffset, .sdata(-1))])
        }
        #expect(throws: FormatError.self) {
            try field(.little, [(DW.bitSize, .data8(.max)), (DW.bitOffset, .sdata(.min))])
        }
        #expect(throws: FormatError.self) { try field(.little, [(DW.location, .data8(.max))]) }
    }
}
