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
}
