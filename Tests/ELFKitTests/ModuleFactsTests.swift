// SPDX-License-Identifier: Apache-2.0
import ByteKit
import DecoderSupport
import ELFKit
import Testing

struct ModuleFactsTests {
    private func file(_ name: String, _ contents: [UInt8], type: UInt32 = ELFBuilder.programBits) throws -> ELFFile {
        var builder = ELFBuilder(.s390)
        builder.section(name, contents, type: type, alignment: 4)
        return try ELFFile(Bytes(builder.build()))
    }

    @Test func moduleInformationKeepsItsOrderAndItsRepeatedKeys() throws {
        let text = "name=steel\0\0\0alias=a\0alias=b=c\0depends=\0"
        let information = try #require(try file(".modinfo", Array(text.utf8)).moduleInformation())
        #expect(information.values(of: "name") == ["steel"])
        #expect(information.values(of: "depends") == [""])
        #expect(information.values(of: "license").isEmpty)
        #expect(information.values(of: "alias") == ["a", "b=c"])
    }

    @Test(arguments: ["name\0", "name=steel"])
    func brokenModuleInformationIsAnError(text: String) throws {
        let file = try file(".modinfo", Array(text.utf8))
        let error = #expect(throws: FormatError.self) { try file.moduleInformation() }
        #expect(error?.section == ".modinfo")
    }

    @Test func aModuleIsKnownByTheStructureThatTheKernelLinksIn() throws {
        #expect(try file(".gnu.linkonce.this_module", [0]).isKernelModule)
        #expect(try !file(".modinfo", []).isKernelModule)
    }

    @Test func anAppendedSignatureIsToldFromTheModule() throws {
        var builder = ELFBuilder(.s390)
        builder.section(".text", [1])
        let plain = builder.build()
        builder.trailer = [0xde, 0xad, 0xbe] + [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3]
        builder.trailer += Array("~Module signature appended~\n".utf8)
        let file = try ELFFile(Bytes(builder.build()))
        let signature = try #require(try ModuleSignature.read(file.bytes))
        #expect(signature.kind == 2)
        #expect(signature.signature.array == [0xde, 0xad, 0xbe])
        #expect(signature.signedLength == plain.count)
        #expect(try ModuleSignature.read(Bytes(plain))?.kind == nil)
    }

    @Test func aSignatureLongerThanTheFileIsAnError() {
        let magic = Array("~Module signature appended~\n".utf8)
        #expect(throws: FormatError.self) {
            try ModuleSignature.read(Bytes([0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1] + magic))
        }
        #expect(throws: FormatError.self) { try ModuleSignature.read(Bytes(magic)) }
        #expect(throws: FormatError.self) {
            try ModuleSignature.read(Bytes([1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0] + magic))
        }
    }

    @Test func theBuildIDIsFoundAmongTheNotes() throws {
        var writer = ByteWriter(.big)
        for (name, type, contents) in [("Linux", UInt32(1), [UInt8](arrayLiteral: 9)), ("GNU", 3, [1, 2, 3, 4, 5])] {
            writer.u32(UInt32(name.utf8.count + 1))
            writer.u32(UInt32(contents.count))
            writer.u32(type)
            writer.cString(name)
            writer.align(4)
            writer.append(contents)
            writer.align(4)
        }
        let file = try file(".note.gnu.build-id", writer.bytes, type: ELFBuilder.note)
        #expect(file.buildID()?.array == [1, 2, 3, 4, 5])
        #expect(try Note.read(Bytes(writer.bytes), .big, alignment: 4).map(\.name) == ["Linux", "GNU"])
        for length in 0..<writer.count {
            _ = try? Note.read(Bytes(Array(writer.bytes[..<length])), .big, alignment: 4)
        }
    }

    @Test func commentsAreToldOnce() throws {
        let text = "\0GCC: (Debian) 14.2.0\0rustc version 1.96.1\0GCC: (Debian) 14.2.0\0"
        #expect(try file(".comment", Array(text.utf8)).comments() == ["GCC: (Debian) 14.2.0", "rustc version 1.96.1"])
        #expect(try file(".text", []).comments().isEmpty)
    }

    @Test func linksToOtherFilesAreRead() throws {
        let other = try file(".gnu_debugaltlink", Array("shared\0".utf8) + [7, 8]).alternateDebugLink()
        #expect(other?.name == "shared")
        #expect(other?.buildID.array == [7, 8])
        #expect(throws: FormatError.self) { try file(".gnu_debugaltlink", [0x61]).alternateDebugLink() }
    }
}
