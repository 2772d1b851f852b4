// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import ELFKit

extension FuzzTarget {
    func readELF(_ bytes: Bytes) {
        guard let file = try? ELFFile(bytes, decompressionLimit: Self.decompressionLimit) else { return }
        for section in file.sections.prefix(256) {
            _ = section.name
            _ = section.endAddress
            _ = try? file.contents(of: section)
            _ = try? file.contentsBeforeRelocation(of: section)
            if let table = try? file.symbolTable(in: section) { read(table) }
            if let table = try? file.relocationTable(in: section) { read(table) }
            _ = try? file.relocations(of: section)
        }
        _ = file.buildID()
        _ = try? file.alternateDebugLink()
        _ = try? file.comments()
        if let symbols = try? file.symbols() { _ = symbols.first(named: "chain") }
    }

    private func read(_ table: SymbolTable) {
        for symbol in table.prefix(1024) { _ = try? table.name(of: symbol) }
    }

    private func read(_ table: RelocationTable) {
        for relocation in table.prefix(4096) { _ = try? table.symbols.symbol(at: relocation.symbol) }
    }

    func readContainer(_ bytes: Bytes) {
        if let archive = try? Archive(bytes) {
            for member in archive.members.prefix(64) { readELF(member.contents) }
        }
        _ = CompressionFormat(magicOf: bytes)
        for format in CompressionFormat.allCases {
            _ = try? bytes.decompressed(as: format, limit: Self.decompressionLimit)
            _ = try? bytes.decompressed(as: format, limit: Self.decompressionLimit, size: UInt64(bytes.count) &* 2)
            _ = try? bytes.decompressedPrefix(as: format, count: 64)
        }
    }

    func readModule(_ bytes: Bytes) {
        if let information = try? ModuleInformation(bytes) { _ = information.values(of: "license") }
        _ = try? ModuleSignature.read(bytes)
        _ = try? ModuleSymvers(bytes)
        for order in [ByteOrder.big, .little] {
            for alignment in [UInt64(0), 4, 8] { _ = try? Note.read(bytes, order, alignment: alignment) }
        }
    }

    func moduleSeeds(_ file: Bytes) -> [Bytes] {
        guard let elf = RealObject(file)?.file else { return [] }
        let lines = """
            0x12345678\tprintk\tvmlinux\tEXPORT_SYMBOL\t
            0x00000000\tcrypto_alloc\tdrivers/a/b\tEXPORT_SYMBOL_GPL\tCRYPTO

            """
        let sections = elf.sections.filter { $0.isNamed(".modinfo") || $0.type == .note }
        return sections.compactMap { try? elf.contents(of: $0) } + [Bytes(Array(lines.utf8))]
            + (file.count > 256 ? [try? file.suffix(from: file.count - 256)].compactMap { $0 } : [])
    }
}
