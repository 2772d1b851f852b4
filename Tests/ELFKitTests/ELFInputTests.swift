// SPDX-License-Identifier: Apache-2.0
import DecoderSupport
import ELFKit
import Foundation
import Testing

struct ELFInputTests {
    /// A folder that goes away with the test.
    private final class TemporaryFolder {
        let path = FileManager.default.temporaryDirectory.appending(path: "elf-\(UUID().uuidString)").path

        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(atPath: path) }

        @discardableResult func write(_ name: String, _ bytes: [UInt8]) throws -> String {
            let file = URL(filePath: path).appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: file)
            return file.path
        }
    }

    private func object(_ name: String) -> [UInt8] {
        var builder = ELFBuilder(.s390)
        builder.section(name)
        return builder.build()
    }

    /// One zstd frame with the bytes as a raw block.
    private func zstandard(_ bytes: [UInt8]) -> [UInt8] {
        let header = bytes.count << 3 | 1
        return [
            0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x48, UInt8(header & 0xff), UInt8(header >> 8 & 0xff), UInt8(header >> 16),
        ]
            + bytes
    }

    @Test func aFolderGivesItsELFFilesInTheOrderOfTheirNames() throws {
        let folder = try TemporaryFolder()
        try folder.write("b.ko", object(".b"))
        try folder.write("a/z.ko", object(".z"))
        try folder.write("a/text", Array("nothing".utf8))
        try folder.write("a/empty", [])
        try folder.write("c.zst", zstandard(object(".c")))
        try folder.write("d.zst", zstandard(Array("nothing".utf8)))
        try folder.write("e.zst", [0x28, 0xb5, 0x2f, 0xfd])
        try folder.write(
            "lib.a", ArchiveBuilder([("x.o", object(".x")), ("text", [1, 2]), ("y.o", object(".y"))]).build())
        try folder.write("thin.a", Array("!<thin>\n".utf8))
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: "/")
        var input = ELFInput([folder.path])
        let entries = try input.entries()
        #expect(
            entries.map { String($0.display.dropFirst(folder.path.count + 1)) } == [
                "a/z.ko", "b.ko", "c.zst", "lib.a(x.o)", "lib.a(y.o)",
            ])
        #expect(try entries.map { try $0.open().sections[1].name } == [".z", ".b", ".c", ".x", ".y"])
        #expect(entries.map(\.member) == [nil, nil, nil, "x.o", "y.o"])
        #expect(input.passedOver.map(\.reason) == [.thinArchive])
        // Two texts, an empty file, a link, and a compressed file of nothing.
        #expect(input.otherCount == 5)
    }

    @Test func whatHasAModulesNameAndIsSomethingElseIsNamedWithItsReason() throws {
        let folder = try TemporaryFolder()
        try folder.write("a.ko", object(".a"))
        try folder.write("empty.ko", [])
        try folder.write("text.ko", Array("text".utf8))
        try folder.write("text.c", Array("text".utf8))
        #expect(unsafe mkfifo(folder.path + "/pipe.ko", 0o600) == 0)
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/link.ko", withDestinationPath: "a.ko")
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/loose.ko", withDestinationPath: "gone")
        var input = ELFInput([folder.path])
        #expect(try input.entries().map(\.display) == [folder.path + "/a.ko"])
        let expected: [String: ELFInput.PassedOver.Reason] = [
            "empty.ko": .empty, "text.ko": .notELF, "pipe.ko": .notRegular, "link.ko": .symbolicLink,
            "loose.ko": .symbolicLink,
        ]
        #expect(input.passedOver.count == expected.count)
        for file in input.passedOver {
            #expect(expected[String(file.path.dropFirst(folder.path.count + 1))] == file.reason)
        }
        #expect(input.otherCount == 1)
    }

    @Test func aNameThatIsNotUTF8IsAnErrorAndTheWalkGoesOn() throws {
        let folder = try TemporaryFolder()
        try folder.write("z.ko", object(".z"))
        let name: [CChar] = Array((folder.path + "/bad").utf8CString.dropLast()) + [-1, 0]
        let descriptor = unsafe open(name, O_CREAT | O_WRONLY, 0o600)
        #expect(descriptor >= 0)
        close(descriptor)
        var input = ELFInput([folder.path])
        let error = #expect(throws: ELFInputError.self) { try input.next() }
        #expect(error.map { "\($0)" }?.contains("not UTF-8") == true)
        #expect(try input.next()?.path == folder.path + "/z.ko")
    }

    @Test func aCompressedArchiveGivesItsMembers() throws {
        let folder = try TemporaryFolder()
        let archive = ArchiveBuilder([("x.o", zstandard(object(".x")))]).build()
        var input = ELFInput([try folder.write("lib", zstandard(archive))])
        let entries = try input.entries()
        #expect(entries.map(\.member) == ["x.o"])
        #expect(try entries.first?.open().sections[1].name == ".x")
    }

    private func thin(_ names: [String]) -> [UInt8] {
        ArchiveBuilder(names.map { ($0, []) }, isThin: true).build()
    }

    @Test func aThinArchiveLeadsToTheFilesThatItNames() throws {
        let folder = try TemporaryFolder()
        try folder.write("a/x.o", object(".x"))
        try folder.write("a/text", Array("nothing".utf8))
        try folder.write("a/b/y.o", zstandard(object(".y")))
        try folder.write("a/b/inner.a", thin(["y.o", "../x.o"]))
        try folder.write("a/whole.a", ArchiveBuilder([("z.o", object(".z")), ("w.o", object(".w"))]).build())
        let path = try folder.write(
            "a/thin.a", thin(["x.o", "text", "b/inner.a", "whole.a", folder.path + "/a/x.o"]))
        var input = ELFInput([path])
        let entries = try input.entries()
        #expect(
            entries.map(\.member) == [
                "x.o", "b/y.o", "b/../x.o", "whole.a:z.o", "whole.a:w.o", folder.path + "/a/x.o",
            ])
        #expect(entries.allSatisfy { $0.path == path })
        #expect(try entries.map { try $0.open().sections[1].name } == [".x", ".y", ".x", ".z", ".w", ".x"])
    }

    @Test func aMemberOfAThinArchiveThatIsNoFileIsAnErrorThatNamesIt() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/folder", withIntermediateDirectories: false)
        #expect(unsafe mkfifo(folder.path + "/pipe", 0o600) == 0)
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: "/etc/passwd")
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/up", withDestinationPath: "/etc")
        for (name, what) in [
            ("gone.o", "\(folder.path)/gone.o: No such file"), ("folder", "not a regular file"),
            ("/dev/zero", "not a regular file"), ("pipe", "not a regular file"), ("link", "not a regular file"),
            ("/etc/passwd", "outside of the archive's folder"), ("up/passwd", "outside of the archive's folder"),
        ] {
            var input = ELFInput([try folder.write("thin.a", thin([name]))])
            let error = #expect(throws: ELFInputError.self) { try input.next() }
            #expect(error?.path == "\(folder.path)/thin.a(\(name))")
            #expect(error.map { "\($0)" }?.contains(what) == true, "\(error.map { "\($0)" } ?? "")")
        }
    }

    @Test func thinArchivesThatNameEachOtherAreAnError() throws {
        let folder = try TemporaryFolder()
        try folder.write("b.a", thin(["a.a", "a.a", "b.a"]))
        var input = ELFInput([try folder.write("a.a", thin(["b.a", "a.a"]))])
        let error = #expect(throws: ELFInputError.self) { try input.next() }
        #expect(error.map { "\($0)" }?.contains("name each other") == true)
    }

    @Test func aNamedFileThatIsNoELFIsAnErrorThatSaysWhatItIs() throws {
        let folder = try TemporaryFolder()
        var x86 = [UInt8](repeating: 0, count: 0x206)
        x86.replaceSubrange(0x202..<0x206, with: Array("HdrS".utf8))
        var s390 = [UInt8](repeating: 0, count: 0x1000e)
        s390.replaceSubrange(0x10008..<0x1000e, with: Array("S390EP".utf8))
        let files: [(String, [UInt8], String)] = [
            ("text", Array("text".utf8), "begins with 74 65 78 74"), ("empty", [], "empty"),
            ("bzImage", x86, "bootable x86 kernel image"), ("image", s390, "bootable s390 kernel image"),
            ("text.zst", zstandard(Array("text".utf8)), "begins with 74 65 78 74"),
            ("cut.zst", [0x28, 0xb5, 0x2f, 0xfd], "zstd data"),
        ]
        for (name, bytes, what) in files {
            let path = try folder.write(name, bytes)
            var input = ELFInput([path])
            let error = #expect(throws: ELFInputError.self) { try input.next() }
            #expect(error?.path == path)
            #expect(error.map { "\($0)" }?.contains(what) == true, "\(error.map { "\($0)" } ?? "")")
        }
    }

    @Test func theWalkGoesOnAfterAnError() throws {
        let folder = try TemporaryFolder()
        let good = try folder.write("good", object(".good"))
        var input = ELFInput([folder.path + "/missing", good])
        let error = #expect(throws: ELFInputError.self) { try input.next() }
        #expect(error.map { "\($0)" } == "\(folder.path)/missing: No such file or directory")
        #expect(try input.next()?.path == good)
        #expect(try input.next()?.path == nil)
    }

    @Test func anELFFileThatIsBrokenIsAnErrorWhenItIsOpened() throws {
        let folder = try TemporaryFolder()
        try folder.write("broken.ko", Array(object(".x")[..<40]))
        var input = ELFInput([folder.path])
        let entry = try #require(try input.next())
        let error = #expect(throws: ELFInputError.self) { try entry.open() }
        #expect(error?.path == folder.path + "/broken.ko")
    }

    @Test func aCompressedFileBeyondTheLimitIsAnError() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.zst", zstandard(object(".x")))
        var input = ELFInput([path], decompressionLimit: 100)
        let error = #expect(throws: ELFInputError.self) { try input.next()?.open() }
        #expect(error.map { "\($0)" }?.contains("larger than the limit") == true)
    }
}

extension ELFInput {
    /// All entries that are left.
    fileprivate mutating func entries() throws -> [ELFEntry] {
        var entries: [ELFEntry] = []
        while let entry = try next() { entries.append(entry) }
        return entries
    }
}
