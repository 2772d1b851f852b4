// SPDX-License-Identifier: Apache-2.0
import ByteKit
import DecoderSupport
import ELFKit
import Testing

struct ELFFileTests {
    @Test(arguments: [ByteOrder.big, .little])
    func headersOfBothByteOrdersAreRead(order: ByteOrder) throws {
        var builder = ELFBuilder(.s390, .executable, order: order)
        builder.entry = 0x10_0000
        builder.flags = 7
        let text = builder.section(
            ".text", [1, 2, 3, 4], flags: ELFBuilder.allocate | ELFBuilder.execute, address: 0x10_0000, alignment: 16)
        builder.section(".bss", type: ELFBuilder.noBits, flags: 3, address: 0x20_0000, size: 1 << 40)
        builder.segment(text)
        let file = try ELFFile(Bytes(builder.build()))
        #expect(file.type == .executable)
        #expect(file.machine == .s390)
        #expect(file.order == order)
        #expect(file.entry == 0x10_0000)
        #expect(file.flags == 7)
        #expect(file.sections.map(\.name) == ["", ".text", ".bss", ".shstrtab"])
        let section = try #require(file.section(named: ".text"))
        #expect(section.index == 1)
        #expect(section.isExecutable)
        #expect(section.address == 0x10_0000)
        #expect(section.alignment == 16)
        #expect(try file.contents(of: section).array == [1, 2, 3, 4])
        #expect(try file.contents(ofSectionNamed: ".bss")?.isEmpty == true)
        #expect(try file.contents(ofSectionNamed: ".data")?.isEmpty == nil)
        #expect(file.segments.map(\.rawValue) == [1])
    }

    @Test func whatIsNo64BitELFIsToldApart() throws {
        func code(_ bytes: [UInt8]) -> FormatError.Code? {
            do {
                _ = try ELFFile(Bytes(bytes))
                return nil
            } catch { return error.code }
        }
        var bytes = ELFBuilder(.s390).build()
        #expect(code(bytes) == nil)
        #expect(code([]) == .notThisFormat)
        #expect(code(Array("!<arch>\n".utf8)) == .notThisFormat)
        #expect(code(Array(bytes[..<20])) == .truncated)
        bytes[4] = 1
        #expect(code(bytes) == .unsupported)
        bytes[4] = 2
        bytes[5] = 3
        #expect(code(bytes) == .invalid)
    }

    @Test func moreSectionsThanSixteenBitsCountAreRead() throws {
        var builder = ELFBuilder(.s390)
        for number in 0..<0x1_0010 { builder.section(".s\(number)", [UInt8(truncatingIfNeeded: number)]) }
        builder.symbol("far", at: 1, section: 0x1_0010, kind: 1, binding: 1)
        builder.symbol("odd", at: 2, section: 0xfff1, kind: 1, binding: 1)
        builder.symbol("absolute", at: 3, reserved: 0xfff1)
        builder.symbol("common", at: 4, reserved: 0xfff2)
        let file = try ELFFile(Bytes(builder.build()))
        #expect(file.sections.count == 0x1_0010 + 5)
        #expect(file.sections[0x1_0010].name == ".s65551")
        let symbols = try file.symbols()
        #expect(symbols.map(\.sectionIndex) == [nil, 0x1_0010, 0xfff1, nil, nil])
        #expect(symbols.map(\.isAbsolute) == [false, false, false, true, false])
        #expect(symbols.map(\.isUndefined) == [true, false, false, false, false])
    }

    @Test func extendedNumberingIsReadInSmallFilesToo() throws {
        var builder = ELFBuilder(.x86_64)
        builder.usesExtendedNumbering = true
        builder.section(".data", [9])
        builder.symbol("here", section: 1)
        let file = try ELFFile(Bytes(builder.build()))
        #expect(file.sections.map(\.name) == ["", ".data", ".symtab", ".strtab", ".symtab_shndx", ".shstrtab"])
        #expect(try file.symbols().last?.sectionIndex == 1)
    }

    @Test func contentsOutsideOfTheFileAreAnErrorOfThatSectionAlone() throws {
        var builder = ELFBuilder(.s390)
        builder.section(".good", [1])
        builder.section(".bad", [2], size: 1 << 20)
        let file = try ELFFile(Bytes(builder.build()))
        #expect(try file.contents(ofSectionNamed: ".good")?.array == [1])
        let error = #expect(throws: FormatError.self) { try file.contents(ofSectionNamed: ".bad") }
        #expect(error?.code == .outOfRange)
        #expect(error?.section == ".bad")
    }

    @Test func linkedContentsAreAViewOfTheFile() throws {
        var builder = ELFBuilder(.x86_64, .executable)
        let data = builder.section(".data", [0, 0, 0, 0], flags: 3, address: 0x1000)
        builder.relocation(in: data, at: 0, type: 10, symbol: 0, addend: 5)
        let file = try ELFFile(Bytes(builder.build()))
        #expect(try file.contents(ofSectionNamed: ".data")?.array == [0, 0, 0, 0])
        #expect(try file.relocations(of: file.sections[1]).isEmpty)
        #expect(try file.relocationTable(in: try #require(file.section(named: ".rela.data"))).count == 1)
    }

    @Test func aBrokenNameTableIsAnError() throws {
        var bytes = ELFBuilder(.s390).build()
        // e_shstrndx
        bytes[62] = 0x7f
        #expect(throws: FormatError.self) { try ELFFile(Bytes(bytes)) }
    }
}
