// SPDX-License-Identifier: Apache-2.0
import ByteKit
import DWARFKit
import Testing

/// What real compilers write, read back.
struct FixtureTests {
    /// The first and the last-plus-one bit set, counted in the order of memory.
    private func bits(_ bytes: Bytes, _ order: ByteOrder) -> Range<UInt64> {
        var set: [UInt64] = []
        for (index, byte) in bytes.array.enumerated() {
            for bit in 0..<8 where byte >> (order == .big ? 7 - bit : bit) & 1 == 1 {
                set.append(UInt64(index * 8 + bit))
            }
        }
        return (set.first ?? 0)..<((set.last ?? 0) + 1)
    }

    @Test(arguments: Fixture.c) func everyBitFieldIsWhereTheCompilerPutItsBits(_ name: String) throws {
        let fixture = try Fixture(name)
        let layout = try Types(fixture.dwarf).layout("bits")
        #expect(layout.members.count == 10)
        #expect(layout.byteSize == 16)
        for field in layout.members {
            let probe = bits(fixture[".probe.\(field.name ?? "")"], fixture.order)
            #expect(field.bitOffset == probe.lowerBound, "\(field)")
            #expect(field.bitSize == UInt64(probe.count), "\(field)")
            #expect(field.isBitField == (field.name != "f"))
        }
    }

    @Test(arguments: Fixture.c) func typesAreSpelledAsInTheSource(_ name: String) throws {
        let types = try Types(try Fixture(name).dwarf)
        let layout = try types.layout("everything")
        let spellings = try layout.members.map { "\($0.name ?? "-") \(try types.reader.describe($0.type))" }
        #expect(
            spellings == [
                "list struct list_head", "- union {…}", "count atomic_t", "state enum state", "small enum small",
                "where const volatile u8 *const *", "handler u64 (*)(struct everything *, const char *, ...)",
                "point struct {…}[2][3]", "area struct vm_struct *", "packed struct packed",
                "aligned struct aligned", "table int (*)[4]", "nothing void *", "zero u8[0]", "wide long double",
                "tail u64[]",
            ])
        let offsets = layout.members.map { $0.bitOffset / 8 }
        let isS390x = name.contains("s390x")
        #expect(
            offsets == [
                0, 16, 20, 24, 28, 32, 40, 48, 64, 72, 84, 96, 104, 112, 112, 128,
            ])
        #expect(layout.byteSize == 128)
        #expect(layout.members.last?.bitSize == nil)
        #expect(layout.declaredAt?.file.hasSuffix("layouts.c") == true)
        #expect(layout.declaredAt?.line == 59)
        let abi = isS390x ? ABIAlignment.s390x : .amd64
        let natural = try types.reader.naturalAlignment(of: layout, abi)
        #expect(natural == NaturalAlignment(bytes: isS390x ? 8 : 16, mustBePacked: false))
        #expect(try types.reader.naturalAlignment(of: types.layout("packed"), abi).mustBePacked)
        #expect(try types.reader.naturalAlignment(of: types.layout("aligned"), abi).mustBePacked)
        #expect(try !types.reader.naturalAlignment(of: types.layout("bits"), abi).mustBePacked)
        #expect(try types.layout("aligned").alignment == 4)
    }

    @Test(arguments: Fixture.c) func enumeratorsHaveTheirSigns(_ name: String) throws {
        let types = try Types(try Fixture(name).dwarf)
        #expect(
            try types.layout("state").enumerators.map(\.value) == [.signed(-5), .signed(0), .signed(200)])
        #expect(try types.layout("small").byteSize == 1)
        #expect(try types.layout("small").enumerators.map(\.value) == [.unsigned(1), .unsigned(255)])
        #expect(
            try types.layout("wide").enumerators.map(\.value) == [.unsigned(1), .unsigned(0x8000_0000_0000_0000)])
    }

    @Test(arguments: Fixture.c) func typedefsNameAnonymousRecordsAndDeclarationsAreTold(_ name: String) throws {
        let types = try Types(try Fixture(name).dwarf)
        let atomic = try #require(try types.records("atomic_t").first)
        #expect(atomic.isNamedByTypedef)
        #expect(try types.records("atomic_t").count == 1)
        #expect(atomic.die.section == (name.hasPrefix("types") ? .types : .info))
        #expect(try types.reader.layout(of: atomic).name == "atomic_t")
        let incomplete = try #require(try types.records("vm_struct").first)
        #expect(incomplete.isDeclaration)
        #expect(incomplete.byteSize == nil)
        #expect(try types.reader.layout(of: incomplete).isDeclaration)
    }

    @Test(arguments: Fixture.c) func typesInsideOfFunctionsAreFoundWhenAskedFor(_ name: String) throws {
        let sections = try Fixture(name).dwarf
        #expect(try Types(sections).records("inside").isEmpty)
        #expect(try Types(sections, .init(includesFunctions: true)).records("inside").count == 1)
    }

    @Test(arguments: Fixture.all.filter { $0.hasPrefix("rustc") })
    func rustTypesHaveTheirPaths(_ name: String) throws {
        let types = try Types(try Fixture(name).dwarf)
        #expect(
            Set(try types.names) == [
                "layouts::bindings::bindings_raw::list_head", "layouts::bindings::bindings_raw::everything",
                "layouts::bindings::bindings_raw::__bindgen_ty_1", "layouts::Plain", "layouts::Choice",
                "layouts::Choice::Nothing", "layouts::Choice::Number", "layouts::Choice::Pair",
            ])
        #expect(types.scan.records.allSatisfy { $0.language == .rust })
        let everything = try types.layout("everything")
        #expect(everything.members.map(\.bitOffset) == [0, 128, 160])
        #expect(try types.reader.describe(everything.members[2].type) == "i32[3]")
        #expect(try types.layout("Plain").enumerators.map(\.value) == [.unsigned(1), .unsigned(255)])
    }

    @Test(arguments: Fixture.all) func unitsTellTheirCompilers(_ name: String) throws {
        let fixture = try Fixture(name)
        let file = DWARFFile(fixture.dwarf)
        #expect(file.defects.isEmpty)
        let unit = try #require(file.units.first { $0.kind == .compile })
        let summary = try file.summary(of: unit)
        let producer = try #require(try file.sections.text(of: summary.producer))
        #expect(unit.addressSize == 8)
        #expect(unit.version == (name.hasSuffix("5") ? 5 : 4))
        #expect(summary.rangesDefect == nil)
        #expect(summary.ranges.count == 1)
        if name.hasPrefix("rustc") {
            #expect(summary.language.family == .rust)
            #expect(producer.contains("rustc version 1.96.1"))
        } else {
            #expect(summary.language.family == .c)
            #expect(try file.sections.text(of: summary.name) == "layouts.c")
            #expect(try file.sections.text(of: summary.directory) == "/src")
            #expect(producer.contains(name.hasPrefix("clang") ? "clang version 19" : "GNU C17 14.2.0"))
        }
    }
}
