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
