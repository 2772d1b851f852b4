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
        #expect(symbols.functions.map(\.value) == [16])
        #expect(throws: FormatError.self) { try symbols.symbol(at: 5) }
    }

    @Test func aFileWithoutATableHasNoSymbols() throws {
        let file = try ELFFile(Bytes(ELFBuilder(.s390).build()))
        #expect(try file.symbols().isEmpty)
        #expect(try file.dynamicSymbols().isEmpty)
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

    /// Enough symbols for the radix sort, in an order of no meaning.
    @Test(arguments: [40, 3000])
    func functionsAreSortedBySectionAndAddress(count: Int) throws {
        var builder = ELFBuilder(.x86_64)
        let sections = [".a", ".b", ".c"].map { builder.section($0, flags: 6) }
        var generator = SplitMix64(seed: 0xbe55)
        for number in 0..<count {
            let value = UInt64.random(in: 0..<UInt64(count) / 2, using: &generator) << 20
            builder.function("f\(number)", at: value, size: 1 << 20, section: sections[number % 3], binding: 0)
        }
        builder.symbol("undefined", kind: 2, binding: 1)
        let table = try ELFFile(Bytes(builder.build())).symbols()
        let functions = table.functions
        let expected = table.filter(\.isDefinedFunction).sorted {
            ($0.sectionIndex ?? 0, $0.value, $0.index) < ($1.sectionIndex ?? 0, $1.value, $1.index)
        }
        #expect(functions.count == count)
        #expect(functions.map(\.index) == expected.map(\.index))
        for symbol in expected {
            let section = try #require(symbol.sectionIndex)
            let found = try #require(functions.symbol(containing: symbol.value + 0xf_ffff, inSection: section))
            #expect(found.value == symbol.value && found.sectionIndex == section)
        }
    }

    @Test func lookUpFindsTheInnermostSymbolThatCoversAPlace() throws {
        var builder = ELFBuilder(.s390)
        let text = builder.section(".text", flags: 6)
        let other = builder.section(".other", flags: 6)
        builder.function("outer", at: 0x100, size: 0x100, section: text, binding: 0)
        builder.function("inner", at: 0x120, size: 0x10, section: text, binding: 0)
        builder.function("label", at: 0x140, size: 0, section: text, binding: 0)
        builder.function("later", at: 0x300, size: 0x10, section: text, binding: 0)
        builder.function("aliasLocal", at: 0x400, size: 8, section: text, binding: 0)
        builder.function("aliasGlobal", at: 0x400, size: 8, section: text, binding: 1)
        builder.function("aliasWeak", at: 0x400, size: 8, section: text, binding: 2)
        builder.function("end", at: .max - 1, size: 100, section: text, binding: 0)
        let table = try ELFFile(Bytes(builder.build())).symbols()
        let functions = table.functions
        func name(_ place: UInt64, _ section: Int) throws -> String? {
            try functions.symbol(containing: place, inSection: section).map { try table.name(of: $0) }
        }
        #expect(try name(0xff, text) == nil)
        #expect(try name(0x100, text) == "outer")
        #expect(try name(0x125, text) == "inner")
        #expect(try name(0x130, text) == "outer")
        #expect(try name(0x140, text) == "label")
        #expect(try name(0x141, text) == "outer")
        #expect(try name(0x1ff, text) == "outer")
        #expect(try name(0x200, text) == nil)
        #expect(try name(0x30f, text) == "later")
        #expect(try name(0x402, text) == "aliasGlobal")
        #expect(try name(.max - 1, text) == "end")
        #expect(try name(0x100, other) == nil)
        #expect(try name(0x100, -1) == nil)
        let before = functions.symbol(atOrBefore: 0x2ff, inSection: text)
        #expect(try before.map { try table.name(of: $0) } == "label")
        #expect(functions.symbol(atOrBefore: 0xff, inSection: text) == nil)
    }
}
