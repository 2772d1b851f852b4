// SPDX-License-Identifier: Apache-2.0
import ByteKit
import ELFKit
import Foundation
import Host
import Sandbox
import SystemPackage
import TestSupport
import Testing

/// What ELFKit reads of real objects, beside what binutils' readelf and LLVM's linker say of them.
@Suite(.integration) struct ELFFileAgainstReadelfTests {
    private static let objects = ["s390x.o", "x86_64.o", "aarch64.o", "s390x-zlib.o", "x86_64-zstd.o", "s390x.ko"]
    private static let corpus = RealThings.repository.appending("Tests/Corpus/ELFKit")

    private func file(_ path: FilePath) throws -> ELFFile { try ELFFile(try MappedFile.open(path.string)) }

    private func readelf(_ option: String, _ object: String) async throws -> [[Substring]] {
        let command = Command("readelf", [option, "-W", "--sym-base=10", "/mnt/corpus/\(object)"])
        let text = try await RealThings.sandbox().command(command, mounts: [Mount(Self.corpus, at: "/mnt/corpus")])
            .output("test.readelf", doing: "reading \(object)", advice: "look at the sandbox")
        return text.split(separator: "\n").map { $0.split(separator: " ") }
    }

    @Test(arguments: objects)
    func sectionsAreThose(object: String) async throws {
        let sections = try file(Self.corpus.appending(object)).sections
        // "  [ 1] .text PROGBITS 0000000000000000 000040 000056 00 AX 0 0 8", without the brackets' spaces.
        let command = Command("readelf", ["-SW", "/mnt/corpus/\(object)"])
        let text = try await RealThings.sandbox().command(command, mounts: [Mount(Self.corpus, at: "/mnt/corpus")])
            .output("test.readelf", doing: "reading \(object)", advice: "look at the sandbox")
        var rows: [[Substring]] = []
        for line in text.split(separator: "\n") {
            guard let open = line.firstIndex(of: "["), let close = line.firstIndex(of: "]") else { continue }
            let number = line[line.index(after: open)..<close].drop { $0 == " " }
            guard Int(number) != nil else { continue }
            rows.append([number] + line[line.index(after: close)...].split(separator: " "))
        }
        #expect(rows.count == sections.count)
        for (row, section) in zip(rows, sections).dropFirst() {
            #expect(row[1] == section.name)
            #expect(UInt64(row[3], radix: 16) == section.address)
            #expect(UInt64(row[4], radix: 16) == section.offset)
            #expect(UInt64(row[5], radix: 16) == section.size)
            #expect(UInt64(row[6], radix: 16) == section.entrySize)
            #expect(row.suffix(3) == ["\(section.link)", "\(section.info)", "\(section.alignment)"])
        }
    }

    @Test(arguments: objects)
    func symbolsAreThose(object: String) async throws {
        let symbols = try file(Self.corpus.appending(object)).symbols()
        // "     4: 0000000000000000    14 FUNC    LOCAL  DEFAULT    1 local"
        let rows = try await readelf("-s", object).filter { $0.first?.last == ":" && Int($0[0].dropLast()) != nil }
        #expect(rows.count == symbols.count)
        let kinds = ["NOTYPE", "OBJECT", "FUNC", "SECTION", "FILE"]
        let bindings = ["LOCAL", "GLOBAL", "WEAK"]
        for (row, symbol) in zip(rows, symbols) {
            #expect(UInt64(row[1], radix: 16) == symbol.value)
            #expect(UInt64(row[2]) == symbol.size)
            #expect(row[3] == kinds[Int(symbol.kind.rawValue)])
            #expect(row[4] == bindings[Int(symbol.binding.rawValue)])
            #expect(row[6] == symbol.sectionIndex.map { "\($0)" } ?? (symbol.isAbsolute ? "ABS" : "UND"))
            if symbol.kind != .section, row.count > 7 { #expect(try symbols.name(of: symbol) == row[7]) }
        }
    }

    @Test(arguments: objects)
    func relocationsAreThose(object: String) async throws {
        let file = try file(Self.corpus.appending(object))
        var expected: [String] = []
        for section in file.sections where section.type == .rela {
            for relocation in try file.relocationTable(in: section) {
                let information = UInt64(relocation.symbol) << 32 | UInt64(relocation.type)
                expected.append("\(String(relocation.offset, radix: 16)) \(String(information, radix: 16))")
            }
        }
        // "000000000000000a  0000000200000013 R_390_PC32DBL 0000000000000000 .bss + 6"
        let rows = try await readelf("-r", object).compactMap { row -> String? in
            guard row.count > 2, row[0].count == 16, let offset = UInt64(row[0], radix: 16),
                let information = UInt64(row[1], radix: 16)
            else { return nil }
            return "\(String(offset, radix: 16)) \(String(information, radix: 16))"
        }
        #expect(rows == expected)
    }

    /// LLVM's linker, told to put each section at 0 as a relocatable file has it and to merge nothing.
    @Test(arguments: [("s390x.o", "elf64_s390"), ("x86_64.o", "elf_x86_64"), ("aarch64.o", "aarch64linux")])
    func relocatedSectionsAreWhatALinkerMakesOfThem(object: String, emulation: String) async throws {
        let file = try file(Self.corpus.appending(object))
        try await withTemporaryFolder { folder in
            let loaded = file.sections.filter { $0.flags.contains(.allocate) }
            var script = "PHDRS {\n"
            for place in loaded.indices { script += "p\(place) PT_LOAD;\n" }
            script += "}\nSECTIONS {\n"
            for (place, section) in loaded.enumerated() {
                script += "\"\(section.name)\" 0 : { *(\(section.name)) } :p\(place)\n"
            }
            try Data((script + "}\n").utf8).write(to: URL(filePath: folder.appending("script").string))
            let command = Command(
                "ld.lld",
                [
                    "-m", emulation, "-O0", "--no-check-sections", "--noinhibit-exec",
                    "--unresolved-symbols=ignore-all", "-e", "0", "-T", "/mnt/work/script", "--no-relax",
                    "/mnt/corpus/\(object)", "-o", "/mnt/work/linked",
                ])
            let mounts = [Mount(Self.corpus, at: "/mnt/corpus"), Mount(folder, at: "/mnt/work", writable: true)]
            try await RealThings.sandbox().command(command, mounts: mounts).output(
                "test.link", doing: "linking \(object)", advice: "look at the sandbox")
            let linked = try self.file(folder.appending("linked"))
            var compared = 0
            // The linker ends .eh_frame with an entry of its own, and fills in addresses in AArch64's code.
            for section in file.sections
            where section.name != ".eh_frame" && !(section.isExecutable && file.machine == .aarch64) {
                guard try !file.relocations(of: section).isEmpty else { continue }
                let contents = try file.contents(of: section)
                let other = try #require(try linked.contents(ofSectionNamed: section.name))
                #expect(contents.elementsEqual(other), "\(section.name)")
                compared += 1
            }
            #expect(compared >= 6)
        }
    }
}
