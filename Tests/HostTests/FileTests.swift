// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import SystemPackage
import TestSupport
import Testing

@Suite struct DigestTests {
    @Test(arguments: [0, 1, 1_048_575, 1_048_576, 1_048_577, 3_000_000])
    func `a file's digest is the one that sha256sum prints`(size: Int) async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending("file")
            try AtomicFile.write((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }, to: file)
            let judge = try await Command("sha256sum", [file.string]).capture().output.prefix(64)
            #expect(try Digest(ofFile: file).hexadecimal == judge)
        }
    }

    @Test func `an MD5 checksum is the one that md5sum prints`() async throws {
        var checksum = PackageChecksum()
        checksum.add(Array("hello".utf8))
        let judge = try await Command("md5sum").capture(input: "hello").output.prefix(32)
        #expect(checksum.finish() == judge)
    }

    @Test(arguments: ["", "abc", String(repeating: "g", count: 64), String(repeating: "a", count: 63)])
    func `what is no digest is refused`(text: String) {
        #expect(Digest(hexadecimal: text) == nil)
    }
}

@Suite struct AtomicFileTests {
    @Test func `a file is replaced whole and nothing is left beside it`() async throws {
        try await withTemporaryFolder { folder in
            try AtomicFile.write("old", to: folder.appending("f"))
            try AtomicFile.write("new", to: folder.appending("f"))
            #expect(try Files.text(folder.appending("f")) == "new")
            #expect(Files.names(in: folder) == ["f"])
        }
    }

    @Test(.enabled(if: Privilege.isRoot, "mounting takes root"))
    func `on a full file system the old file stays and the failure says so`() async throws {
        try await withTemporaryFolder { folder in
            try await Command("mount", ["-t", "tmpfs", "-o", "size=64k", "none", folder.string]).output(
                "test.setup", doing: "mounting", advice: "see mount")
            let file = folder.appending("f")
            try AtomicFile.write("old", to: file)
            let failure = #expect(throws: Failure.self) { try AtomicFile.write([UInt8](repeating: 1, count: 1 << 20), to: file) }
            let kept = try Files.text(file)
            let names = Files.names(in: folder)
            try await Command("umount", [folder.string]).output("test.setup", doing: "unmounting", advice: "see umount")
            #expect(failure?.code == "disk.full")
            #expect(kept == "old")
            #expect(names == ["f"])
        }
    }

    @Test func `a folder that does not exist is a failure with its path`() {
        let failure = #expect(throws: Failure.self) { try AtomicFile.write("x", to: "/no/such/folder/file") }
        #expect(failure?.code == "file.unwritable")
        #expect(failure?.message.contains("/no/such/folder/file") == true)
    }
}

@Suite struct FilesTests {
    @Test func `a folder without write permission is removed all the same`() async throws {
        try await withTemporaryFolder { folder in
            let inner = folder.appending("a/b")
            try Files.makeDirectory(inner)
            try AtomicFile.write("x", to: inner.appending("f"))
            _ = try await Command("chmod", ["-R", "a-w", folder.appending("a").string]).capture()
            try Files.remove(folder.appending("a"))
            #expect(Files.names(in: folder).isEmpty)
        }
    }

    @Test func `removing a link leaves what it points to`() async throws {
        try await withTemporaryFolder { folder in
            try AtomicFile.write("x", to: folder.appending("target"))
            _ = try await Command("ln", ["-s", "target", folder.appending("link").string]).capture()
            try Files.remove(folder.appending("link"))
            #expect(Files.names(in: folder) == ["target"])
        }
    }
}

@Suite struct DirectoriesTests {
    @Test func `XDG variables count when they are absolute, as the specification says`() {
        let given = Directories(environment: ["HOME": "/home/u", "XDG_CACHE_HOME": "/c", "XDG_STATE_HOME": "relative"])
        #expect(given.cache == "/c/bessemer")
        #expect(given.state == "/home/u/.local/state/bessemer")
    }
}

@Suite struct ConcurrentMapTests {
    private struct Refusal: Error, Equatable {
        let number: Int
    }

    @Test(arguments: [0, 1, 63, 64, 65, 10_000])
    func `results come in the order of the elements`(count: Int) throws {
        #expect(try Array(0..<count).mapConcurrently { $0 * 2 } == (0..<count).map { $0 * 2 })
    }

    @Test func `the error is that of the first element that failed`() {
        #expect(throws: Refusal(number: 300)) {
            try Array(0..<1000).mapConcurrently { number in
                if number >= 300 { throw Refusal(number: number) }
            }
        }
    }
}
