// SPDX-License-Identifier: Apache-2.0
import ByteKit
import DWARFKit
import DecoderSupport
import Testing

struct BTFTests {
    /// Writes a section of types: each a list of words, strings by their texts.
    private struct Section {
        var writer: ByteWriter
        var strings: [UInt8] = [0]

        init(_ order: ByteOrder) { writer = ByteWriter(order) }

        mutating func name(_ text: String) -> UInt64 {
            if text.isEmpty { return 0 }
            let place = strings.count
            strings += Array(text.utf8) + [0]
            return UInt64(place)
        }

        mutating func type(_ kind: UInt64, _ name: String, _ value: UInt64, length: UInt64 = 0, flag: Bool = false) {
            words([self.name(name), (flag ? 1 << 31 : 0) | kind << 24 | length, value])
        }

        mutating func words(_ words: [UInt64]) { for word in words { writer.integer(word, size: 4) } }

        var bytes: [UInt8] {
            var header = ByteWriter(writer.order)
            header.integer(0xeb9f, size: 2)
            header.bytes += [1, 0]
            for word in [24, 0, writer.bytes.count, writer.bytes.count, strings.count] {
                header.integer(UInt64(word), size: 4)
            }
            return header.bytes + writer.bytes + strings
        }
    }

    private func sample(_ order: ByteOrder) -> [UInt8] {
        var section = Section(order)
        section.type(1, "int", 4)  // 1
        section.words([1 << 24 | 32])
        section.type(2, "", 7)  // 2: struct s *
        section.type(3, "", 0)  // 3: int[3]
        section.words([1, 1, 3])
        section.type(3, "", 0)  // 4: int[2][3]
        section.words([3, 1, 2])
        section.type(10, "", 1)  // 5: const int
        section.type(13, "", 1, length: 2)  // 6: int (const int, ...)
        section.words([section.name("a"), 5, 0, 0])
        section.type(4, "s", 48, length: 5, flag: true)  // 7
        for (name, type, place): (String, UInt64, UInt64) in [
            ("next", 2, 0), ("low", 1, 5 << 24 | 64), ("high", 1, 27 << 24 | 69), ("grid", 4, 96), ("", 9, 288),
        ] {
            let name = section.name(name)
            section.words([name, type, place])
        }
        section.type(8, "anonymous_t", 9)  // 8
        section.type(5, "", 4, length: 1)  // 9
        section.words([section.name("x"), 1, 0])
        section.type(6, "small", 4, length: 2, flag: true)  // 10
        section.words([section.name("MINUS"), 0xffff_ffff, section.name("ONE"), 1])
        section.type(19, "wide", 8, length: 1)  // 11
        section.words([section.name("HIGH"), 1, 0x8000_0000])
        section.type(7, "far", 0)  // 12
        section.type(2, "", 6)  // 13: int (*)(const int, ...)
        section.type(2, "", 2)  // 14
        return section.bytes
    }

    @Test(arguments: [ByteOrder.big, .little]) func typesAreReadInTheSectionsOwnByteOrder(_ order: ByteOrder) throws {
        let file = try BTFFile(Bytes(sample(order)))
        #expect(file.order == order)
        #expect(file.count == 14)
        let records = try file.records()
        #expect(try records.map { try file.text($0.name) } == ["s", "anonymous_t", "small", "wide", "far"])
        #expect(records.map(\.isNamedByTypedef) == [false, true, false, false, false])
        #expect(records.map(\.isDeclaration) == [false, false, false, false, true])
        let layout = try file.layout(of: records[0].type)
        #expect(layout.byteSize == 48)
        #expect(layout.members.map(\.bitOffset) == [0, 64, 69, 96, 288])
        #expect(layout.members.map(\.bitSize) == [64, 5, 27, 192, 32])
        #expect(layout.members.map(\.isBitField) == [false, true, true, false, false])
        #expect(
            try layout.members.map { try file.describe($0.type) } == [
                "struct s *", "int", "int", "int[2][3]", "union {…}",
            ])
        #expect(try file.layout(of: records[2].type).enumerators.map(\.value) == [.signed(-1), .signed(1)])
        #expect(try file.layout(of: records[3].type).enumerators.map(\.value) == [.unsigned(0x8000_0000_0000_0001)])
        #expect(try file.layout(of: records[4].type).isDeclaration)
        #expect(try file.naturalAlignment(of: layout, .s390x) == NaturalAlignment(bytes: 8, mustBePacked: false))
    }

    @Test func changedBytesAndPrefixesAreRead() throws {
        let bytes = sample(.big)
        func readEverything(_ bytes: [UInt8]) {
            guard let file = try? BTFFile(Bytes(bytes)), let records = try? file.records() else { return }
            for record in records {
                guard let layout = try? file.layout(of: record.type) else { continue }
                _ = try? file.naturalAlignment(of: layout, .s390x)
                for member in layout.members { _ = try? file.describe(member.type) }
            }
        }
        for count in 0..<bytes.count { readEverything(Array(bytes.prefix(count))) }
        for index in bytes.indices {
            for value: UInt8 in [0, 1, 2, 5, 7, 9, 13, 0x7f, 0x80, 0xff] {
                var changed = bytes
                changed[index] = value
                readEverything(changed)
            }
        }
    }

    @Test func otherSectionsAreNotOfThisFormat() {
        #expect(throws: FormatError(.notThisFormat, section: ".BTF", offset: 0)) {
            try BTFFile(Bytes([1, 2, 3, 4]))
        }
        #expect(throws: FormatError.self) { try BTFFile(.empty) }
    }

    @Test func aModulesTypesWhichCountOnFromTheKernelsAreRefused() {
        // The strings of such a section do not begin with the empty one.
        var header = ByteWriter(.big)
        header.integer(0xeb9f, size: 2)
        header.bytes += [1, 0]
        for word in [24, 0, 0, 0, 2] { header.integer(UInt64(word), size: 4) }
        #expect(throws: FormatError.self) { try BTFFile(Bytes(header.bytes + [0x61, 0])) }
    }
}
