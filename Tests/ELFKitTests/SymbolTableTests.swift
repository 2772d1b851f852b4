// SPDX-License-Identifier: Apache-2.0
import ByteKit
import DecoderSupport
import ELFKit
import Testing

struct SymbolTableTests {
    @Test func namesKindsAndBindingsAreRead() throws {
        var builder = ELFBuilder(.s390)
        let text = builder.section(".text", [UInt8](repeating: 7, count: 64), flags: 6)
        builder.symbol("", section: text, kind: 3)
        builder.function("start", at: 16, size: 8, section: text, binding: 0)
        builder.symbol("elsewhere", kind: 0, binding: 1)
        builder.symbol("datum", at: 32, size: 4, section: text, kind: 1, binding: 2)
        let symbols = try ELFFile(Bytes(builder.build())).symbols()
        #expect(try symbols.map { try symbols.name(of: $0) } == ["", "", "start", "elsewhere", "datum"])
        #expect(symbols.map(\.kind) == [.none, .section, .function, .none, .object])
        #expect(symbols.map(\.binding) == [.local, .local, .local, .global, .weak])
        #expect(symbols.map(\.index) == [0, 1, 2, 3, 4])
        #expect(symbols.first(named: "datum")?.value == 32)
        #expect(symbols.first(named: "dat") == nil)
        #expect(symbols.first(named: "") == nil)
        #expect(symbols.filter(\.isDefinedFunction).map(\.value) == [16])
        #expect(throws: FormatError.self) { try symbols.symbol(at: 5) }
    }

    @Test func aFileWithoutATableHasNoSymbols() throws {
        let file = try ELFFile(Bytes(ELFBuilder(.s390).build()))
        #expect(try file.symbols().isEmpty)
    }

    @Test func aNameOutsideOfTheStringTableIsAnErrorOfThatNameAlone() throws {
        var builder = ELFBuilder(.s390)
        builder.section(".strtab", [0, 0x61], type: 3)
        var table = builder.writer
        table.append([UInt8](repeating: 0, count: 24))
        table.u32(1)
        table.append([UInt8](repeating: 0, count: 20))
        table.u32(99)
        table.append([UInt8](repeating: 0, count: 20))
        builder.section(".symtab", table.bytes, type: 2, link: 1, entrySize: 24)
        let symbols = try ELFFile(Bytes(builder.build())).symbols()
        #expect(symbols.count == 3)
        #expect(try symbols.name(of: symbols[0]) == "")
        #expect(throws: FormatError(.truncated, section: "string table", offset: 1, "string without an end")) {
            try symbols.name(of: symbols[1])
        }
        #expect(throws: FormatError(.outOfRange, section: "string table", offset: 99, "string")) {
            try symbols.name(of: symbols[2])
        }
    }
}
