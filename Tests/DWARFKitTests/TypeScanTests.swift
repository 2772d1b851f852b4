// SPDX-License-Identifier: Apache-2.0
import ByteKit
import DWARFKit
import DecoderSupport
import Testing

struct TypeScanTests {
    @Test func theSameTypeInManyUnitsIsOneRecordWithACount() throws {
        var builder = DWARFBuilder()
        for index in 0..<10 {
            builder.unit(
                Make.unit([
                    Make.base("int", 4),
                    Make.structure(
                        "same", 8, [Make.member("a", at: 0, type: "int"), Make.member("b", at: 4, type: "int")]),
                    Make.structure("other", 8, [Make.member("a", at: index == 5 ? 4 : 0, type: "int")]),
                ]))
        }
        let types = try Types(builder.dwarf())
        #expect(try types.names == ["same", "other", "other"])
        #expect(types.scan.records.map(\.count) == [10, 9, 1])
        #expect(types.scan.records.map(\.unit) == [0, 0, 5])
        #expect(types.scan.summaries.count == 10)
    }

    @Test func aNameIsTheSameInWhateverFormItIsWritten() throws {
        var builder = DWARFBuilder()
        for name in [DWARFBuilder.Value.string("same"), .strp("same"), .lineStrp("same")] {
            builder.unit(
                DIE(DW.compileUnit, children: [DIE(DW.structure, [(DW.name, name), (DW.byteSize, .data1(1))])]))
        }
        #expect(try Types(builder.dwarf()).scan.records.map(\.count) == [3])
    }

    @Test func whatMakesAShape() throws {
        func shape(_ name: String, _ size: UInt8, _ members: [DIE], _ more: [DIE] = []) throws -> UInt64? {
            var builder = DWARFBuilder()
            builder.unit(
                Make.unit([Make.base("int", 4), Make.base("long", 8)] + more + [Make.structure(name, size, members)]))
            return try Types(builder.dwarf()).records(name).first?.shape
        }
        let plain = try shape("s", 8, [Make.member("a", at: 0, type: "int")])
        #expect(try shape("t", 8, [Make.member("a", at: 0, type: "long")]) == plain)
        #expect(try shape("s", 9, [Make.member("a", at: 0, type: "int")]) != plain)
        #expect(try shape("s", 8, [Make.member("b", at: 0, type: "int")]) != plain)
        #expect(try shape("s", 8, [Make.member("a", at: 1, type: "int")]) != plain)
        #expect(try shape("s", 8, [Make.member("a", at: 0, type: "int", [(DW.bitSize, .data1(3))])]) != plain)
        func anonymous(_ offset: UInt8) throws -> UInt64? {
            try shape(
                "s", 8, [Make.member(nil, at: 0, type: "inner")],
                [Make.structure(nil, 8, tag: DW.union, label: "inner", [Make.member("x", at: offset, type: "int")])])
        }
        #expect(try anonymous(0) == anonymous(0))
        #expect(try anonymous(0) != anonymous(4))
    }

    @Test func anAnonymousMemberMayBeDescribedBehindItsParent() throws {
        func shape(_ innerFirst: Bool) throws -> UInt64? {
            var builder = DWARFBuilder()
            let inner = Make.structure(nil, 4, label: "inner", [Make.member("x", at: 0, type: "int")])
            let outer = Make.structure("outer", 8, [Make.member(nil, at: 4, type: "inner")])
            builder.unit(Make.unit([Make.base("int", 4)] + (innerFirst ? [inner, outer] : [outer, inner])))
            return try Types(builder.dwarf()).records("outer").first?.shape
        }
        #expect(try shape(true) == shape(false))
    }

    @Test func typedefsNameAnonymousRecordsOnEitherSide() throws {
        var builder = DWARFBuilder()
        builder.unit(
            Make.unit([
                DIE(DW.typedef, [(DW.name, .string("ahead_t")), (DW.type, .ref4("ahead"))]),
                Make.structure(nil, 4, label: "ahead", []),
                Make.structure(nil, 4, tag: DW.enumeration, label: "behind", []),
                DIE(DW.typedef, [(DW.name, .string("behind_t")), (DW.type, .ref4("behind"))]),
                Make.structure("named", 4, []),
                DIE(DW.typedef, [(DW.name, .string("named_t")), (DW.type, .ref4("named"))]),
            ]))
        let types = try Types(builder.dwarf())
        #expect(try types.names == ["ahead_t", "behind_t", "named"])
        #expect(types.scan.records.map(\.isNamedByTypedef) == [true, true, false])
        #expect(types.scan.records.map(\.kind) == [.structure, .enumeration, .structure])
    }

    @Test func namespacesAndEnclosingRecordsMakeThePath() throws {
        var builder = DWARFBuilder()
        builder.unit(
            Make.unit(
                language: 0x1c,
                [
                    DIE(
                        DW.namespace, [(DW.name, .strp("uapi"))],
                        children: [
                            DIE(DW.namespace, [(DW.name, .strp("raw"))], children: [Make.structure("inner", 1, [])]),
                            Make.structure("outer", 1, [Make.structure("nested", 1, [])]),
                        ]), Make.structure("plain", 1, []),
                ]))
        let types = try Types(builder.dwarf())
        #expect(try types.names == ["uapi::raw::inner", "uapi::outer", "uapi::outer::nested", "plain"])
    }

    @Test func theNumberOfWorkersChangesNothing() throws {
        var builder = DWARFBuilder(order: .little)
        let padding = String(repeating: "x", count: 60000)
        for index in 0..<120 {
            builder.unit(
                Make.unit(
                    language: index % 3 == 0 ? 0x1c : 0x1d,
                    [
                        Make.base("int", 4), DIE(DW.typedef, [(DW.name, .string(padding))]),
                        DIE(
                            DW.namespace, [(DW.name, .strp("n\(index % 7)"))],
                            children: [
                                Make.structure(
                                    "s\(index % 5)", UInt8(index % 11),
                                    [Make.member("a", at: UInt8(index % 4), type: "int")])
                            ]),
                    ]))
        }
        let sections = builder.dwarf()
        func told(_ workers: Int) throws -> [String] {
            let types = try Types(sections, .init(workers: workers))
            return try zip(types.names, types.scan.records).map { "\($0) \($1)" }
        }
        let one = try told(1)
        #expect(one.count > 50)
        for workers in [2, 3, 8] { #expect(try told(workers) == one) }
    }

    @Test func siblingsAreFollowedForwardOnly() throws {
        for backward in [false, true] {
            var builder = DWARFBuilder()
            builder.unit(
                Make.unit([
                    DIE(
                        DW.subprogram, label: "f", [(DW.sibling, .ref4(backward ? "f" : "after"))],
                        children: [DIE(DW.baseType, [(DW.byteSize, .data1(1))])]),
                    Make.structure("after", 1, []),
                ]))
            let types = try Types(builder.dwarf())
            #expect(try types.names == ["after"])
        }
    }

    @Test func aBrokenUnitDoesNotHideTheNext() throws {
        var builder = DWARFBuilder()
        builder.unit(Make.unit([Make.structure("first", 1, [])]))
        let second = builder.unit(Make.unit([Make.structure("second", 1, [])]))
        builder.unit(Make.unit([Make.structure("third", 1, [])]))
        // The version: the header is unreadable, its length is sound.
        var sections = builder.dwarf()
        var info = builder.sections.info
        info[Int(second) + 5] = 99
        sections.info = Bytes(info)
        var types = try Types(sections)
        #expect(try types.names == ["first", "third"])
        #expect(types.file.defects.map(\.offset) == [second])
        #expect(types.file.defects.map(\.section) == [".debug_info"])
        // An abbreviation that does not exist.
        info = builder.sections.info
        info[Int(second) + 12] = 99
        sections.info = Bytes(info)
        types = try Types(sections)
        #expect(try types.names == ["first", "third"])
        #expect(types.scan.defects.map(\.code) == [.invalid])
        #expect(types.scan.defects.map(\.offset) == [second + 12])
        // The length itself.
        info = builder.sections.info
        info[Int(second) + 1] = 99
        sections.info = Bytes(info)
        types = try Types(sections)
        #expect(try types.names == ["first"])
        #expect(types.file.defects.map(\.code) == [.truncated])
    }

    @Test func typeUnitsAreReadFromBothSections() throws {
        var old = DWARFBuilder(version: 4)
        old.unit(
            Make.unit([
                DIE(DW.structure, [(DW.declaration, .flagPresent), (DW.signature, .refSig8(77))]),
                DIE(DW.typedef, label: "t", [(DW.name, .string("t")), (DW.type, .refSig8(77))]),
                Make.structure("user", 8, [DIE(DW.member, [(DW.name, .string("m")), (DW.type, .refSig8(77))])]),
            ]))
        old.unit(
            DIE(
                DW.typeUnit,
                children: [Make.base("int", 4), Make.structure("unit", 4, [Make.member("x", at: 0, type: "int")])]),
            signature: 77, typeLabel: "unit", inTypes: true)
        var new = DWARFBuilder(version: 5)
        new.unit(
            Make.unit([
                Make.structure("user", 8, [DIE(DW.member, [(DW.name, .string("m")), (DW.type, .refSig8(77))])])
            ]))
        new.unit(
            DIE(
                DW.typeUnit,
                children: [Make.base("int", 4), Make.structure("unit", 4, [Make.member("x", at: 0, type: "int")])]),
            type: 2, signature: 77, typeLabel: "unit")
        for builder in [old, new] {
            let types = try Types(builder.dwarf())
            #expect(types.scan.defects.isEmpty)
            #expect(try types.names == ["user", "unit"])
            let layout = try types.layout("user")
            #expect(try types.reader.describe(layout.members[0].type) == "struct unit")
            #expect(layout.members[0].bitSize == 32)
            #expect(try types.layout("unit").members.map(\.name) == ["x"])
        }
    }
}
