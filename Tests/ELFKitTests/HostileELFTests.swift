// SPDX-License-Identifier: Apache-2.0
import ByteKit
import DecoderSupport
import ELFKit
import Foundation
import TestSupport
import Testing

/// Files that nobody's tools wrote: reading all of them must end, soon, and without a trap.
struct HostileELFTests {
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Corpus/ELFKit")

    private static let objects = ["s390x.o", "x86_64.o", "aarch64.o", "s390x-zlib.o", "x86_64-zstd.o", "s390x.ko"]

    /// Asks for all there is in a file; what it answers does not matter.
    private func readEverything(_ bytes: Bytes) {
        guard let file = try? ELFFile(bytes, decompressionLimit: 1 << 20) else { return }
        for section in file.sections {
            _ = section.name
            _ = try? file.contents(of: section)
            if let tables = try? file.relocations(of: section) {
                for table in tables { for relocation in table { _ = try? table.symbols.symbol(at: relocation.symbol) } }
            }
            _ = try? file.relocationTable(in: section).reduce(0) { $0 &+ $1.offset }
        }
        if let symbols = try? file.symbols() {
            for symbol in symbols { _ = try? symbols.name(of: symbol) }
        }
        _ = file.buildID()
        _ = try? file.moduleInformation()
        _ = try? ModuleSignature.read(file.bytes)
        _ = try? file.alternateDebugLink()
        _ = try? file.comments()
    }

    @Test(arguments: objects)
    func everyPrefixOfARealObjectIsSurvived(name: String) throws {
        let whole = try [UInt8](Data(contentsOf: Self.corpus.appending(path: name)))
        for length in 0..<whole.count { readEverything(Bytes(Array(whole[..<length]))) }
    }

    @Test(.integration, arguments: objects)
    func mutationsOfARealObjectAreSurvived(name: String) throws {
        let whole = try [UInt8](Data(contentsOf: Self.corpus.appending(path: name)))
        var generator = SplitMix64(seed: 20_000)
        for _ in 0..<20_000 / Self.objects.count {
            var mutated = whole
            // The tables matter most, and are small: half of the changes go there.
            let tables = whole.count / 2..<whole.count
            let place = Int.random(in: Bool.random(using: &generator) ? tables : 0..<whole.count, using: &generator)
            mutated[place] = UInt8.random(in: 0...255, using: &generator)
            readEverything(Bytes(mutated))
        }
    }

    @Test func manySectionsOfOneLongNameCostNoMoreThanTheirBound() throws {
        var builder = ELFBuilder(.s390)
        for _ in 0..<2_000 { builder.section(String(repeating: "x", count: 1)) }
        builder.section(String(repeating: "y", count: 1 << 17))
        let error = #expect(throws: FormatError.self) { try ELFFile(Bytes(builder.build())) }
        #expect(error?.code == .truncated)
    }
}
