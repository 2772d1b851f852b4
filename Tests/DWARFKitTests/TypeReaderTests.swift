// SPDX-License-Identifier: Apache-2.0
import ByteKit
import DWARFKit
import DecoderSupport
import Testing

struct TypeReaderTests {
    private func reader(_ entries: [DIE]) -> (DWARFBuilder, TypeReader) {
        var builder = DWARFBuilder()
        builder.unit(Make.unit(entries))
        return (builder, TypeReader(DWARFFile(builder.dwarf())))
    }

    @Test func typesThatContainThemselvesEndInAnErrorOrACut() throws {
        let (builder, reader) = reader([
            DIE(DW.typedef, label: "t", [(DW.name, .string("t")), (DW.type, .ref4("t"))]),
            DIE(DW.const, label: "c", [(DW.type, .ref4("v"))]),
            DIE(0x35, label: "v", [(DW.type, .ref4("c"))]),
            DIE(DW.pointer, label: "p", [(DW.type, .ref4("p"))]),
            DIE(DW.array, label: "a", [(DW.type, .ref4("a"))], children: [DIE(DW.subrange, [(DW.count, .data1(2))])]),
            DIE(
                DW.subroutine, label: "f", [(DW.type, .ref4("f"))],
                children: [DIE(0x05, [(DW.type, .ref4("f"))]), DIE(0x05, [(DW.type, .ref4("f"))])]),
            Make.structure(
                nil, 8, label: "s", [Make.member(nil, at: 0, type: "s"), Make.member(nil, at: 0, type: "s")]),
            Make.structure("arrays", 8, [Make.member("x", at: 0, type: "a")]),
        ])
        func type(_ label: String) -> TypeReference { reader.type(at: DIEOffset(.info, builder.offset(of: label))) }
        #expect(throws: FormatError.self) { try reader.resolved(type("t")) }
        #expect(throws: FormatError.self) { try reader.byteSize(of: type("c")) }
        #expect(try reader.byteSize(of: type("a")) == nil)
        #expect(try reader.byteSize(of: type("p")) == 8)
        for label in ["t", "c", "p", "a", "f", "s"] {
            #expect(try reader.describe(type(label)).utf8.count < 20000)
        }
        let layout = try reader.layout(of: type("s"))
        #expect(try reader.naturalAlignment(of: layout, .s390x).bytes == 1)
        #expect(try reader.layout(of: type("arrays")).members.map(\.bitSize) == [nil])
        #expect(throws: FormatError.self) { try reader.layout(of: type("p")) }
        #expect(throws: FormatError.self) { try reader.layout(of: .void) }
        #expect(throws: FormatError.self) { try reader.layout(at: DIEOffset(.info, 1 << 40)) }
        #expect(throws: FormatError.self) { try reader.layout(at: DIEOffset(.alternateInfo, 12)) }
    }

    @Test func arraysHaveACountADimension() throws {
        func array(_ ranges: [[(name: UInt64, value: DWARFBuilder.Value)]]) throws -> (String, UInt64?) {
            let (builder, reader) = reader([
                Make.base("u64", 8),
                DIE(
                    DW.array, label: "a", [(DW.type, .ref4("u64"))],
                    children: ranges.map { DIE(DW.subrange, $0) }),
            ])
            let type = reader.type(at: DIEOffset(.info, builder.offset(of: "a")))
            return (try reader.describe(type), try reader.byteSize(of: type))
        }
        #expect(try array([[(DW.count, .data1(4))]]) == ("u64[4]", 32))
        #expect(try array([[(DW.upperBound, .data1(255))]]) == ("u64[256]", 2048))
        #expect(try array([[(DW.upperBound, .data1(1))], [(DW.count, .udata(3))]]) == ("u64[2][3]", 48))
        #expect(try array([[]]) == ("u64[]", nil))
        #expect(try array([[(DW.count, .data1(0))]]) == ("u64[0]", 0))
        #expect(try array([[(DW.upperBound, .sdata(-1))]]) == ("u64[0]", 0))
        #expect(try array([[(DW.upperBound, .data8(.max))]]) == ("u64[0]", 0))
        #expect(try array([[(DW.count, .data8(.max))]]) == ("u64[18446744073709551615]", nil))
        #expect(try array([[(DW.upperBound, .exprloc([0x30]))]]) == ("u64[]", nil))
    }

    @Test func alignmentFollowsMembersAndTheABI() throws {
        let (builder, reader) = reader([
            Make.base("u8", 1), Make.base("u64", 8), Make.base("__int128", 16),
            Make.structure("natural", 16, [Make.member("a", at: 0, type: "u8"), Make.member("b", at: 8, type: "u64")]),
            Make.structure("packed", 9, [Make.member("a", at: 0, type: "u8"), Make.member("b", at: 1, type: "u64")]),
            Make.structure("short", 12, [Make.member("a", at: 0, type: "u64"), Make.member("b", at: 8, type: "u8")]),
            Make.structure("wide", 16, [Make.member("a", at: 0, type: "__int128")]),
            Make.structure(
                "holder", 10, [Make.member("a", at: 0, type: "u8"), Make.member("p", at: 1, type: "packed")]),
            Make.structure("asked", 32, [Make.member("a", at: 0, type: "u8", [(DW.alignment, .data1(32))])]),
        ])
        func alignment(_ label: String, _ abi: ABIAlignment = .s390x) throws -> NaturalAlignment {
            try reader.naturalAlignment(
                of: reader.layout(at: DIEOffset(.info, builder.offset(of: label))), abi)
        }
        #expect(try alignment("natural") == NaturalAlignment(bytes: 8, mustBePacked: false))
        #expect(try alignment("packed") == NaturalAlignment(bytes: 8, mustBePacked: true))
        #expect(try alignment("short") == NaturalAlignment(bytes: 8, mustBePacked: true))
        #expect(try alignment("wide") == NaturalAlignment(bytes: 8, mustBePacked: false))
        #expect(try alignment("wide", .amd64) == NaturalAlignment(bytes: 16, mustBePacked: false))
        // A member that is packed itself may be anywhere.
        #expect(try alignment("holder") == NaturalAlignment(bytes: 1, mustBePacked: false))
        #expect(try alignment("asked") == NaturalAlignment(bytes: 32, mustBePacked: false))
    }

    @Test func rangesComeFromEachKindOfList() throws {
        func ranges(
            version: UInt16, _ unit: [(name: UInt64, value: DWARFBuilder.Value)], addr: [UInt64] = [],
            list: (inout ByteWriter) -> Void
        ) throws -> [Range<UInt64>] {
            var builder = DWARFBuilder(version: version)
            builder.unit(DIE(DW.compileUnit, unit))
            var writer = ByteWriter(.big)
            list(&writer)
            var addresses = ByteWriter(.big)
            addresses.bytes = Array(repeating: 0, count: 8)
            for address in addr { addresses.integer(address, size: 8) }
            let sections = builder.dwarf(
                addr: addresses.bytes, ranges: version < 5 ? writer.bytes : [],
                rnglists: version < 5 ? [] : writer.bytes)
            let file = DWARFFile(sections)
            let summary = try file.summary(of: file.units[0])
            if let defect = summary.rangesDefect { throw defect }
            return summary.ranges
        }
        #expect(
            try ranges(version: 4, [(DW.lowPC, .addr(0x1000)), (DW.highPC, .data4(0x20))]) { _ in } == [
                0x1000..<0x1020
            ])
        #expect(
            try ranges(version: 3, [(DW.lowPC, .addr(0x1000)), (DW.highPC, .addr(0x1020))]) { _ in } == [
                0x1000..<0x1020
            ])
        #expect(
            try ranges(version: 4, [(DW.lowPC, .addr(0x1000)), (DW.ranges, .secOffset(0))]) {
                for word in [0x10, 0x20, UInt64.max, 0x5000, 1, 2, 0, 0] { $0.integer(word, size: 8) }
            } == [0x1010..<0x1020, 0x5001..<0x5002])
        let everyKind: (inout ByteWriter) -> Void = { writer in
            writer.bytes += [0x01, 1]  // base: address 1
            writer.bytes += [0x04, 0x10, 0x20]
            writer.bytes += [0x02, 0, 1]
            writer.bytes += [0x03, 0, 8]
            writer.bytes += [0x05]
            writer.integer(0x9000, size: 8)
            writer.bytes += [0x04, 1, 2, 0x06]
            writer.integer(0x100, size: 8)
            writer.integer(0x200, size: 8)
            writer.bytes += [0x07]
            writer.integer(0x300, size: 8)
            writer.bytes += [0x10, 0x00]
        }
        let expected: [Range<UInt64>] = [
            0x7010..<0x7020, 0x6000..<0x7000, 0x6000..<0x6008, 0x9001..<0x9002, 0x100..<0x200, 0x300..<0x310,
        ]
        #expect(
            try ranges(
                version: 5, [(DW.ranges, .secOffset(0)), (DW.addrBase, .secOffset(8))], addr: [0x6000, 0x7000],
                list: everyKind) == expected)
        #expect(
            try ranges(
                version: 5,
                [(DW.ranges, .rnglistx(1)), (DW.rnglistsBase, .secOffset(12)), (DW.addrBase, .secOffset(8))],
                addr: [0x6000, 0x7000]
            ) {
                $0.bytes += Array(repeating: 0, count: 12)
                $0.integer(0, size: 4)
                $0.integer(8, size: 4)
                everyKind(&$0)
            } == expected)
        #expect(throws: FormatError.self) {
            try ranges(version: 5, [(DW.ranges, .secOffset(0))]) { $0.bytes += [0x77] }
        }
    }
}
