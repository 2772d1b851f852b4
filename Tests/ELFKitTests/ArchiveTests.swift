// SPDX-License-Identifier: Apache-2.0
import ByteKit
import DecoderSupport
import ELFKit
import Testing

struct ArchiveTests {
    @Test func membersHaveTheirNamesAndContents() throws {
        let long = "a_name_of_more_than_sixteen_bytes.o"
        let archive = try Archive(
            Bytes(ArchiveBuilder([("odd.o", [1, 2, 3]), (long, [4]), ("empty.o", [])]).build()))
        #expect(archive.members.map(\.name) == ["odd.o", long, "empty.o"])
        #expect(archive.members.map(\.contents.array) == [[1, 2, 3], [4], []])
        #expect(archive.members.first?.offset == 8 + 60 + 38)
    }

    @Test func aThinArchiveNamesFiles() throws {
        let long = "a/name_of_more_than_sixteen_bytes.o"
        let builder = ArchiveBuilder([("odd.o", [1, 2, 3]), (long, [4]), ("lib.a", [])], isThin: true)
        let archive = try Archive(Bytes(builder.build()))
        #expect(archive.isThin)
        #expect(archive.members.map(\.name) == ["odd.o", long, "lib.a"])
        #expect(archive.members.allSatisfy { $0.contents.isEmpty && $0.nestedOffset == nil })
    }

    @Test func aThinArchivesMemberMayBeAnotherArchivesMember() throws {
        var bytes = ArchiveBuilder([("lib_of_a_long_name.a", [])], isThin: true).build()
        // The table of names has 22 bytes.
        let field = 8 + 60 + 22
        bytes.replaceSubrange(field..<field + 16, with: Array("/0:136          ".utf8))
        let archive = try Archive(Bytes(bytes))
        #expect(archive.members.map(\.name) == ["lib_of_a_long_name.a"])
        #expect(archive.members.map(\.nestedOffset) == [136])
        // As `ar m` leaves it.
        bytes.replaceSubrange(field..<field + 16, with: Array("/0             /".utf8))
        #expect(try Archive(Bytes(bytes)).members.map(\.name) == ["lib_of_a_long_name.a"])
        bytes[field + 3] = UInt8(ascii: "x")
        #expect(throws: FormatError.self) { try Archive(Bytes(bytes)) }
    }

    @Test func everyPrefixIsAnErrorOrHasFewerMembers() {
        let whole = ArchiveBuilder([("a.o", [1, 2, 3]), ("a_name_of_more_than_sixteen_bytes.o", [4, 5])]).build()
        for length in 0..<whole.count {
            if let archive = try? Archive(Bytes(Array(whole[..<length]))) { #expect(archive.members.count <= 2) }
        }
    }

    @Test func aBrokenHeaderIsAnErrorAtItsOffset() {
        var bytes = ArchiveBuilder([("a.o", [1, 2]), ("b.o", [3])]).build()
        bytes[8 + 62 + 58] = 0
        let error = #expect(throws: FormatError.self) { try Archive(Bytes(bytes)) }
        #expect(error == FormatError(.invalid, section: "archive", offset: 8 + 62, "end of a member header"))
        bytes[8 + 48] = UInt8(ascii: "-")
        #expect(throws: FormatError.self) { try Archive(Bytes(bytes)) }
    }
}
