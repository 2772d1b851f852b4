// SPDX-License-Identifier: Apache-2.0
import Guest
import Host
import Sandbox
import SystemPackage
import TestSupport
import Testing

@Suite struct InitramfsArchiveTests {
    private func sample() throws -> InitramfsArchive {
        var archive = InitramfsArchive(modificationTime: 1_700_000_000)
        try archive.addFolder("bin")
        try archive.addFolder("dev")
        try archive.addFolder("empty", permissions: 0o700)
        try archive.addCharacterDevice("dev/console", major: 5, minor: 1)
        for size in 0..<5 {
            try archive.addFile("bin/f\(size)", Array(repeating: UInt8(ascii: "a") + UInt8(size), count: size))
        }
        try archive.addFile("bin/large", (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }, permissions: 0o755)
        try archive.addFile("bin/ü", Array("name in UTF-8".utf8))
        try archive.addSymbolicLink("bin/link", to: "../bin/large")
        return archive
    }

    @Test(.integration) func `cpio lists what was added with its modes, owners and times`() async throws {
        let sandbox = try await RealThings.sandbox()
        try await withTemporaryFolder { folder in
            try sample().write(to: folder.appending("a.cpio"))
            let outcome = try await sandbox.command(
                Command("sh", ["-c", "cpio --quiet -itvn < /mnt/a/a.cpio"]), mounts: [Mount(folder, at: "/mnt/a")]
            ).capture()
            #expect(outcome.succeeded, "\(outcome.error)")
            #expect(outcome.error.isEmpty)
            let rows = outcome.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            #expect(rows.count == 12)
            #expect(rows[0].starts(with: ["drwxr-xr-x", "2", "0", "0"]))
            #expect(rows[2].first == "drwx------")
            #expect(rows[3].first == "crw-------")
            #expect(rows[3].contains("5,") && rows[3].contains("1"))
            #expect(rows[9].first == "-rwxr-xr-x" && rows[9].contains("100000") && rows[9].last == "bin/large")
            #expect(rows[11].suffix(3) == ["bin/link", "->", "../bin/large"])
            #expect(rows.allSatisfy { $0.contains("2023") })
        }
    }

    @Test(.integration) func `cpio extracts the bytes that were added`() async throws {
        let sandbox = try await RealThings.sandbox()
        try await withTemporaryFolder { folder in
            try sample().write(to: folder.appending("a.cpio"))
            let out = folder.appending("out")
            try Files.makeDirectory(out)
            let outcome = try await sandbox.command(
                Command(
                    "sh", ["-c", "cpio --quiet -idm --no-preserve-owner -f 'dev/*' < /mnt/a/a.cpio"],
                    workingDirectory: "/mnt/a/out"), mounts: [Mount(folder, at: "/mnt/a", writable: true)]
            ).capture()
            #expect(outcome.succeeded, "\(outcome.error)")
            #expect(Files.names(in: out.appending("bin")) == ["f0", "f1", "f2", "f3", "f4", "large", "link", "ü"])
            #expect(try Files.text(out.appending("bin/f3")) == "ddd")
            #expect(try Files.text(out.appending("bin/ü")) == "name in UTF-8")
            let large = Digest(of: (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            #expect(try Digest(ofFile: out.appending("bin/link")) == large)
        }
    }

    @Test func `two writes of the same entries are byte-identical`() throws {
        #expect(try sample().bytes() == sample().bytes())
    }

    @Test func `an empty archive is a trailer in one block`() {
        let bytes = InitramfsArchive().bytes()
        #expect(bytes.count == 512)
        #expect(String(decoding: bytes[110..<120], as: UTF8.self) == "TRAILER!!!")
    }

    @Test(arguments: [
        "", "/init", "a//b", "a/", "./a", "a/../b", "..", "TRAILER!!!", "no-such-folder/file", "a\0b",
        String(repeating: "x", count: 4096),
    ])
    func `a name that the kernel could not take is refused`(name: String) throws {
        var archive = InitramfsArchive()
        try archive.addFolder("a")
        let error = #expect(throws: Failure.self) { try archive.addFile(name, []) }
        #expect(error?.code == "initramfs.name")
    }

    @Test func `a name that is there already is refused`() throws {
        var archive = InitramfsArchive()
        try archive.addFile("init", [])
        let error = #expect(throws: Failure.self) { try archive.addFolder("init") }
        #expect(error?.code == "initramfs.name")
    }

    @Test func `a symbolic link without a target is refused`() {
        var archive = InitramfsArchive()
        let error = #expect(throws: Failure.self) { try archive.addSymbolicLink("init", to: "") }
        #expect(error?.code == "initramfs.name")
    }
}
