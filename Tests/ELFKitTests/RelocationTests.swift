// SPDX-License-Identifier: Apache-2.0
import ByteKit
import DecoderSupport
import ELFKit
import Testing

struct RelocationTests {
    /// A field of eight `ff` bytes at offset 8 of a section, one relocation, and a symbol at 0x20 of another section.
    private func relocated(
        _ machine: ELFBuilder.Machine, _ type: UInt32, addend: Int64 = 0, flags: UInt64 = 0,
        order: ByteOrder? = nil, value: UInt64 = 0x20
    ) throws -> [UInt8] {
        var builder = ELFBuilder(machine, order: order)
        let target = builder.section(".text", [UInt8](repeating: 0, count: 64), flags: 6)
        let section = builder.section(".data", [UInt8](repeating: 0xff, count: 24), flags: flags)
        let symbol = builder.symbol("s", at: value, size: 0x11, section: target, kind: 2)
        builder.relocation(in: section, at: 8, type: type, symbol: symbol, addend: addend)
        let file = try ELFFile(Bytes(builder.build()))
        let contents = try file.contents(of: file.sections[section]).array
        #expect(contents[..<8].allSatisfy { $0 == 0xff } && contents[16...].allSatisfy { $0 == 0xff })
        return Array(contents[8..<16])
    }

    @Test(
        arguments: [
            (1, 1, [0x21]), (3, 1, [0, 0x21]), (4, 1, [0, 0, 0, 0x21]), (22, 1, [0, 0, 0, 0, 0, 0, 0, 0x21]),
            (16, 0, [0, 0x18]), (5, 0, [0, 0, 0, 0x18]), (8, -0x20, [0xff, 0xff, 0xff, 0xf8]),
            (23, 0, [0, 0, 0, 0, 0, 0, 0, 0x18]), (25, 0, [0, 0, 0, 0, 0, 0, 0, 0x18]),
            (17, 2, [0, 0x0d]), (18, 2, [0, 0x0d]), (19, 2, [0, 0, 0, 0x0d]), (20, -0x1e, [0xff, 0xff, 0xff, 0xfd]),
            (52, 0, [0, 0, 0, 0x20]), (53, 0, [0, 0, 0, 0, 0, 0, 0, 0x20]), (0, 5, []),
        ] as [(UInt32, Int64, [UInt8])])
    func s390FieldsGetTheirValues(type: UInt32, addend: Int64, field: [UInt8]) throws {
        let rest = [UInt8](repeating: 0xff, count: 8 - field.count)
        #expect(try relocated(.s390, type, addend: addend) == field + rest)
    }

    @Test(
        arguments: [
            (14, 1, [0x21]), (12, 1, [0x21, 0]), (10, 1, [0x21, 0, 0, 0]), (11, -0x21, [0xff, 0xff, 0xff, 0xff]),
            (1, 1, [0x21, 0, 0, 0, 0, 0, 0, 0]), (15, 0, [0x18]), (13, 0, [0x18, 0]), (2, -4, [0x14, 0, 0, 0]),
            (4, -4, [0x14, 0, 0, 0]), (24, 0, [0x18, 0, 0, 0, 0, 0, 0, 0]), (21, 0, [0x20, 0, 0, 0]),
            (32, 1, [0x12, 0, 0, 0]), (33, 1, [0x12, 0, 0, 0, 0, 0, 0, 0]),
        ] as [(UInt32, Int64, [UInt8])])
    func x86FieldsGetTheirValues(type: UInt32, addend: Int64, field: [UInt8]) throws {
        let rest = [UInt8](repeating: 0xff, count: 8 - field.count)
        #expect(try relocated(.x86_64, type, addend: addend) == field + rest)
    }

    @Test(
        arguments: [
            (259, 1, [0x21, 0]), (258, 1, [0x21, 0, 0, 0]), (257, 1, [0x21, 0, 0, 0, 0, 0, 0, 0]),
            (262, 0, [0x18, 0]), (261, -0x20, [0xf8, 0xff, 0xff, 0xff]), (260, 0, [0x18, 0, 0, 0, 0, 0, 0, 0]),
            (283, 0, [0x06, 0, 0, 0xfc]), (282, -0x20, [0xfe, 0xff, 0xff, 0xff]),
        ] as [(UInt32, Int64, [UInt8])])
    func aarch64FieldsGetTheirValues(type: UInt32, addend: Int64, field: [UInt8]) throws {
        let rest = [UInt8](repeating: 0xff, count: 8 - field.count)
        #expect(try relocated(.aarch64, type, addend: addend) == field + rest)
    }

    @Test func aarch64InstructionsAreLittleEndianInBigEndianFiles() throws {
        #expect(try Array(relocated(.aarch64, 283, order: .big)[..<4]) == [0x06, 0, 0, 0xfc])
    }

    @Test func whatOnlyALinkerCanFillInStaysAsItIsInCode() throws {
        // R_390_GOTENT
        #expect(try relocated(.s390, 26, flags: ELFBuilder.execute) == [UInt8](repeating: 0xff, count: 8))
        let error = #expect(throws: FormatError.self) { try relocated(.s390, 26) }
        #expect(error?.code == .unsupported)
        #expect(error?.section == ".data")
        #expect(error?.offset == 8)
    }

    @Test func anUnknownTypeIsAnErrorOfItsSectionAlone() throws {
        var builder = ELFBuilder(.s390)
        let good = builder.section(".good", [1])
        let bad = builder.section(".bad", [0, 0, 0, 0])
        builder.relocation(in: bad, at: 0, type: 200, symbol: 0)
        let file = try ELFFile(Bytes(builder.build()))
        #expect(try file.contents(of: file.sections[good]).array == [1])
        let error = #expect(throws: FormatError.self) { try file.contents(of: file.sections[bad]) }
        #expect(error?.code == .unsupported)
        #expect(try file.contentsBeforeRelocation(of: file.sections[bad]).array == [0, 0, 0, 0])
    }

    @Test func aValueThatDoesNotFitIsAnErrorAndNotCut() throws {
        let error = #expect(throws: FormatError.self) { try relocated(.s390, 1, value: 0x100) }
        #expect(error?.code == .invalid)
        #expect(try relocated(.s390, 1, value: 0xff).first == 0xff)
        #expect(throws: FormatError.self) { try relocated(.s390, 19, addend: 1) }
    }

    @Test(arguments: [UInt64(17), 21, 1 << 40, .max])
    func aFieldOutsideOfItsSectionIsAnError(offset: UInt64) throws {
        var builder = ELFBuilder(.s390)
        let section = builder.section(".data", [UInt8](repeating: 0, count: 20))
        builder.symbol("s", section: section)
        builder.relocation(in: section, at: offset, type: 4, symbol: 1)
        let file = try ELFFile(Bytes(builder.build()))
        #expect(throws: FormatError.self) { try file.contents(of: file.sections[section]) }
    }

    @Test func aSymbolThatTheTableLacksIsAnError() throws {
        var builder = ELFBuilder(.s390)
        let section = builder.section(".data", [UInt8](repeating: 0, count: 20))
        builder.relocation(in: section, at: 0, type: 4, symbol: 9)
        let file = try ELFFile(Bytes(builder.build()))
        let error = #expect(throws: FormatError.self) { try file.contents(of: file.sections[section]) }
        #expect(error?.code == .outOfRange)
    }

    @Test func addendsAreReadFromTheFieldsWhereTheRelocationsHaveNone() throws {
        var builder = ELFBuilder(.x86_64)
        builder.usesImplicitAddends = true
        let section = builder.section(".data", [4, 0, 0, 0, 0xff, 0xff, 0xff, 0xff])
        let symbol = builder.symbol("s", at: 0x10, section: section)
        builder.relocation(in: section, at: 0, type: 10, symbol: symbol)
        builder.relocation(in: section, at: 4, type: 2, symbol: symbol)
        let file = try ELFFile(Bytes(builder.build()))
        #expect(try file.contents(of: file.sections[section]).array == [0x14, 0, 0, 0, 0x0b, 0, 0, 0])
        let table = try #require(try file.relocations(of: file.sections[section]).first)
        #expect(table.map(\.addend) == [nil, nil])
    }
}
