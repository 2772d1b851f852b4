// SPDX-License-Identifier: Apache-2.0
import ByteKit
import Testing

struct DecompressionTests {
    /// `printf 'steel steel steel'` through Python's `zlib.compress(…, 9)`, `gzip -n9`, `zstd -19 --no-check` and
    /// `xz -9 --check=crc32`.
    private static let samples: [(CompressionFormat, [UInt8])] = [
        (.zlib, hexadecimal("78da2b2e494dcd51284690003bb70698")),
        (.gzip, hexadecimal("1f8b08000000000002032b2e494dcd5128469000a877b31511000000")),
        (.zstd, hexadecimal("28b52ffd006865000030737465656c200100314a11")),
        (
            .xz,
            hexadecimal(
                "fd377a585a0000016922de36020021011c00000010cf58cce00010000b5d00399d08e0e50de4d0fce0000000a877b3150001"
                    + "2311b8e29ff49042990d010000000001595a")
        ),
    ]

    private static func hexadecimal(_ text: String) -> [UInt8] {
        let digits = text.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }

    /// A zstd frame of 128 KiB blocks that each repeat one byte: four bytes make 131,072.
    private static func zstandardBomb(blocks: Int) -> [UInt8] {
        var bytes: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x48]
        for block in 0..<blocks {
            let header = 0x20000 << 3 | 1 << 1 | (block == blocks - 1 ? 1 : 0)
            bytes += [UInt8(header & 0xff), UInt8(header >> 8 & 0xff), UInt8(header >> 16), 0xaa]
        }
        return bytes
    }

    @Test(arguments: samples)
    func eachFormatIsKnownByItsFirstBytesAndDecompressed(format: CompressionFormat, data: [UInt8]) throws {
        let bytes = Bytes(data)
        #expect(CompressionFormat(magicOf: bytes) == format)
        #expect(try bytes.decompressed(as: format, limit: 17).text == "steel steel steel")
        #expect(try bytes.decompressed(as: format, limit: 1 << 20, size: 17).text == "steel steel steel")
        #expect(try bytes.decompressedPrefix(as: format, count: 5).text == "steel")
        #expect(try bytes.decompressedPrefix(as: format, count: 100).text == "steel steel steel")
    }

    @Test(arguments: samples)
    func moreThanTheLimitIsTooLarge(format: CompressionFormat, data: [UInt8]) {
        for limit in 0..<17 {
            let error = #expect(throws: FormatError.self) { try Bytes(data).decompressed(as: format, limit: limit) }
            #expect(error?.code == .tooLarge)
        }
        let error = #expect(throws: FormatError.self) {
            try Bytes(data).decompressed(as: format, limit: 17, size: 1 << 60)
        }
        #expect(error?.code == .tooLarge)
    }

    @Test(arguments: samples)
    func anotherSizeThanAnnouncedIsAnError(format: CompressionFormat, data: [UInt8]) {
        #expect(throws: FormatError.self) { try Bytes(data).decompressed(as: format, limit: 99, size: 16) }
        #expect(throws: FormatError.self) { try Bytes(data).decompressed(as: format, limit: 99, size: 18) }
    }

    @Test(arguments: samples)
    func everyPrefixIsTruncated(format: CompressionFormat, data: [UInt8]) {
        for length in 0..<data.count {
            let error = #expect(throws: FormatError.self, "\(length)") {
                try Bytes(Array(data[..<length])).decompressed(as: format, limit: 1 << 20)
            }
            #expect(error?.code == .truncated, "\(length)")
        }
    }

    @Test(arguments: samples)
    func damagedDataNeverTraps(format: CompressionFormat, data: [UInt8]) {
        for place in data.indices {
            for bit in 0..<8 {
                var damaged = data
                damaged[place] ^= 1 << UInt8(bit)
                if let text = try? Bytes(damaged).decompressed(as: format, limit: 1 << 16) {
                    #expect(text.count <= 1 << 16)
                }
            }
        }
    }

    @Test(arguments: samples.filter { $0.0 != .zlib })
    func piecesThatFollowOneAnotherAreJoined(format: CompressionFormat, data: [UInt8]) throws {
        let padding = [UInt8](repeating: 0, count: 4)
        let joined = try Bytes(data + data + padding).decompressed(as: format, limit: 34)
        #expect(joined.text == "steel steel steelsteel steel steel")
    }

    @Test(arguments: samples)
    func somethingElseAfterTheDataIsAnError(format: CompressionFormat, data: [UInt8]) {
        #expect(throws: FormatError.self) {
            try Bytes(data + Array("something".utf8)).decompressed(as: format, limit: 1 << 20)
        }
    }

    @Test func memoryGrowsWithTheDataAndNoFurtherThanTheLimit() throws {
        let blocks = 256
        let data = Bytes(Self.zstandardBomb(blocks: blocks))
        #expect(try data.decompressed(as: .zstd, limit: blocks << 17).count == blocks << 17)
        let error = #expect(throws: FormatError.self) { try data.decompressed(as: .zstd, limit: (blocks << 17) - 1) }
        #expect(error?.code == .tooLarge)
        #expect(try data.decompressedPrefix(as: .zstd, count: 3).array == [0xaa, 0xaa, 0xaa])
    }

    @Test func otherDataHasNoFormat() {
        #expect(CompressionFormat(magicOf: .empty) == nil)
        #expect(CompressionFormat(magicOf: Bytes([0x1f])) == nil)
        #expect(CompressionFormat(magicOf: Bytes([0x7f, 0x45, 0x4c, 0x46])) == nil)
        #expect(CompressionFormat(magicOf: Bytes([0xfd, 0x37])) == nil)
    }
}
