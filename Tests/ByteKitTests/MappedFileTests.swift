// SPDX-License-Identifier: Apache-2.0
import ByteKit
import Foundation
import Testing

struct MappedFileTests {
    @Test func aViewOutlivesEverythingElse() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "mapped-\(UUID())").path
        try Data("hello, world".utf8).write(to: URL(filePath: path))
        let tail = try MappedFile.open(path).slice(7, count: 5)
        try FileManager.default.removeItem(atPath: path)
        #expect(tail.text == "world")
        tail.releasePages()
        #expect(tail.text == "world")
    }

    @Test func whatIsNoRegularFileIsRefused() {
        #expect(throws: MappedFile.OpenError.self) { try MappedFile.open("/") }
        #expect(throws: MappedFile.OpenError.self) { try MappedFile.open("/dev/zero") }
        #expect(throws: MappedFile.OpenError.self) { try MappedFile.open("/nonexistent") }
    }

    @Test func whatAFileLosesWhileItIsMappedReadsAsZeros() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "short-\(UUID())").path
        let size = 1 << 20
        try Data(repeating: 0x41, count: size).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let bytes = try MappedFile.open(path)
        #expect(bytes[size - 1] == 0x41)
        #expect(!bytes.isShortened)
        #expect(unsafe truncate(path, 4096 + 10) == 0)
        bytes.releasePages()
        #expect(bytes.isShortened)
        #expect(bytes[size - 1] == 0)
        #expect(bytes[size / 2] == 0)
        #expect(bytes[4096 + 20] == 0)
        #expect(bytes[4096] == 0x41)
        // Another mapping is another file's.
        #expect(try MappedFile.open(path).count == 4096 + 10)
    }

    @Test func aLinkAtTheEndOfAPathIsFollowedOnlyWhereThatIsWanted() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "link-\(UUID())").path
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/etc/passwd")
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try !MappedFile.open(path).isEmpty)
        let error = #expect(throws: MappedFile.OpenError.self) { try MappedFile.open(path, followingLinks: false) }
        #expect(error?.errorNumber == ELOOP)
    }

    @Test func theFirstBytesOfAFileCanBeReadAlone() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "prefix-\(UUID())").path
        try Data("hello, world".utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try MappedFile.prefix(of: path, count: 5).text == "hello")
        #expect(try MappedFile.prefix(of: path, count: 50).text == "hello, world")
        #expect(try MappedFile.prefix(of: path, count: 0).isEmpty)
        #expect(throws: MappedFile.OpenError.self) { try MappedFile.prefix(of: "/", count: 1) }
        #expect(throws: MappedFile.OpenError.self) { try MappedFile.prefix(of: "/nonexistent", count: 1) }
    }
}
