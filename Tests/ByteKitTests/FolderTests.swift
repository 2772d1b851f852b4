// SPDX-License-Identifier: Apache-2.0
import ByteKit
import Foundation
import Testing

struct FolderTests {
    @Test func entriesAreSortedAndLinksAreNotFollowed() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "folder-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder.appending(path: "b"), withIntermediateDirectories: true)
        try Data([1]).write(to: folder.appending(path: "c"))
        try Data([1]).write(to: folder.appending(path: "Z"))
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: "a"), withDestinationURL: folder.appending(path: "b"))
        let expected: [Folder.Entry] = [
            .init(name: "Z", kind: .file), .init(name: "a", kind: .symbolicLink), .init(name: "b", kind: .folder),
            .init(name: "c", kind: .file),
        ]
        #expect(try Folder.entries(of: folder.path) == expected)
        #expect(try Folder.kind(of: folder.path + "/a") == .symbolicLink)
        #expect(try Folder.kind(of: folder.path + "/a", followingLinks: true) == .folder)
        #expect(throws: MappedFile.OpenError.self) { try Folder.entries(of: folder.path + "/c") }
        #expect(throws: MappedFile.OpenError.self) { try Folder.kind(of: folder.path + "/missing") }
    }
}
