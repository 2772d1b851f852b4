// SPDX-License-Identifier: Apache-2.0
import ByteKit
import DecoderSupport
import ELFKit
import Testing

struct CompressedSectionTests {
    /// `steel steel steel`, as Python's `zlib.compress(…, 9)` and `zstd -19 --no-check` write it.
    private static let zlib: [UInt8] = [
        0x78, 0xda, 0x2b, 0x2e, 0x49, 0x4d, 0xcd, 0x51, 0x28, 0x46, 0x90, 0x00, 0x3b, 0xb7, 0x06, 0x98,
    ]
    private static let zstd: [UInt8] = [
        0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x68, 0x65, 0x00, 0x00, 0x30, 0x73, 0x74, 0x65, 0x65, 0x6c, 0x20, 0x01, 0x00,
        0x31, 0x4a, 0x11,
    ]
    private static let text = Array("steel steel steel".utf8)

    private func header(_ type: UInt32, size: UInt64, _ order: ByteOrder = .big) -> [UInt8] {
        var writer = ByteWriter(order)
        writer.u32(type)
        writer.u32(0)
        writer.u64(size)
        writer.u64(1)
        return writer.bytes
    }

    private func contents(
        _ bytes: [UInt8], name: String = ".debug_info", flags: UInt64 = ELFBuilder.compressed, limit: Int = 1 << 20,
        order: ByteOrder = .big
    ) throws -> [UInt8] {
        var builder = ELFBuilder(.s390, order: order)
        builder.section(name, bytes, flags: flags)
        let file = try ELFFile(Bytes(builder.build()), decompressionLimit: limit)
        return try #require(try file.contents(ofSectionNamed: ".debug_info")).array
    }

    @Test(arguments: [ByteOrder.big, .little])
    func zlibAndZstandardAreDecompressed(order: ByteOrder) throws {
        #expect(try contents(header(1, size: 17, order) + Self.zlib, order: order) == Self.text)
        #expect(try contents(header(2, size: 17, order) + Self.zstd, order: order) == Self.text)
    }

    @Test func theOldWayOfCompressingIsFoundUnderTheOrdinaryName() throws {
        let old = Array("ZLIB".utf8) + [0, 0, 0, 0, 0, 0, 0, 17] + Self.zlib
        #expect(try contents(old, name: ".zdebug_info", flags: 0) == Self.text)
        #expect(try contents(old, name: ".zdebug_info", flags: 0, order: .little) == Self.text)
    }

    @Test func brokenCompressionIsAnErrorOfTheSection() {
        let wrong: [([UInt8], FormatError.Code)] = [
            ([], .truncated), (header(1, size: 17), .truncated), (header(1, size: 18) + Self.zlib, .truncated),
            (header(1, size: 16) + Self.zlib, .invalid), (header(3, size: 17) + Self.zlib, .unsupported),
            (header(1, size: 1 << 30) + Self.zlib, .tooLarge), (header(1, size: .max) + Self.zlib, .tooLarge),
            (header(2, size: 17) + Self.zlib, .invalid),
        ]
        for (bytes, code) in wrong {
            let error = #expect(throws: FormatError.self) { try contents(bytes) }
            #expect(error?.code == code)
            #expect(error?.section == ".debug_info")
        }
    }

    @Test func relocationsApplyToWhatComesOut() throws {
        var builder = ELFBuilder(.s390)
        let section = builder.section(
            ".debug_info", header(1, size: 17) + Self.zlib, flags: ELFBuilder.compressed)
        builder.relocation(in: section, at: 13, type: 4, symbol: 0, addend: 0x4142_4344)
        let file = try ELFFile(Bytes(builder.build()))
        #expect(try file.contents(of: file.sections[section]).text == "steel steel sABCD")
    }
}
