// SPDX-License-Identifier: Apache-2.0
import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Host

/// What a build could leave to reach the rest of the machine, and what stands beside it and is innocent.
@Suite struct ForeignFolderTests {
    /// A folder `made`, with a file and a folder, beside a secret of this machine.
    private func withMade(_ body: (ForeignFolder, FilePath) async throws -> Void) async throws {
        try await withTemporaryFolder { top in
            try AtomicFile.write("SECRET", to: top.appending("secret"))
            let made = top.appending("made")
            try Files.makeDirectory(made.pushing("include/config"))
            try AtomicFile.write("7.3.1\n", to: made.pushing("include/config/kernel.release"))
            try await body(ForeignFolder(made), top)
        }
    }

    private func link(_ path: FilePath, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path.string, withDestinationPath: target)
    }

    private func code(_ body: () throws -> some Any) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? Failure)?.code ?? "\(error)"
        }
    }

    @Test func `a file is read, measured, hashed and listed`() async throws {
        try await withMade { folder, _ in
            let name = "include/config/kernel.release"
            let text = try folder.text(of: name, limit: 6)
            #expect(text == "7.3.1\n")
            #expect(try folder.size(of: name) == 6)
            #expect(try folder.digest(of: name) == Digest(of: "7.3.1\n"))
            #expect(try folder.kind(of: name) == .file(size: 6))
            #expect(folder.hasFile(name) && folder.hasFolder("include/config"))
            #expect(try folder.names() == ["include"])
            #expect(try folder.names(in: "include/config") == ["kernel.release"])
            #expect(folder.files { $0.hasSuffix(".release") } == [name])
            #expect(try folder.file(name) == folder.path.appending(name))
            #expect(try folder.kind(of: "none/at/all") == nil)
            #expect(try folder.names(in: "none") == [])
            #expect(code { try folder.bytes(of: "none", limit: 1) } == "file.unreadable")
        }
    }

    @Test(arguments: ["secret", "../secret", "/etc/passwd", "include/config/kernel.release", "/dev/zero", "nowhere"])
    func `no link is followed, wherever it leads`(_ target: String) async throws {
        try await withMade { folder, top in
            try link(folder.path.appending("vmlinux"), to: target == "secret" ? "\(top)/secret" : target)
            #expect(code { try folder.bytes(of: "vmlinux", limit: 100) } == "file.link")
            #expect(code { try folder.digest(of: "vmlinux") } == "file.link")
            #expect(code { try folder.size(of: "vmlinux") } == "file.link")
            #expect(code { try folder.file("vmlinux") } == "file.link")
            #expect(try folder.kind(of: "vmlinux") == .link)
            #expect(!folder.hasFile("vmlinux"))
        }
    }

    @Test func `no folder that is a link is gone through`() async throws {
        try await withMade { folder, top in
            try Files.makeDirectory(top.appending("host"))
            try AtomicFile.write("SECRET", to: top.pushing("host/file"))
            for target in ["\(top)/host", "../host", "/proc/self/root/\(top)/host"] {
                try Files.remove(folder.path.appending("out"))
                try link(folder.path.appending("out"), to: target)
                #expect(code { try folder.bytes(of: "out/file", limit: 100) } == "file.link")
                #expect(code { try folder.names(in: "out") } == "file.link")
                #expect(code { try folder.folder("out") } == "file.link")
                #expect(code { try folder.write("x", to: "out/file") } == "file.link")
                #expect(code { try folder.makeFolder("out/more") } == "file.link")
                #expect(code { try folder.remove("out/file") } == "file.link")
                #expect(folder.files { _ in true } == ["include/config/kernel.release"])
                #expect(try folder.kind(of: "out/file") == .link)
            }
            #expect(try Files.text(top.pushing("host/file")) == "SECRET")
        }
    }

    @Test(arguments: ["../secret", "/etc/passwd", "include/../../secret", ".", "..", "", "include//config", "a\u{0}b"])
    func `a name that is not one below the folder is refused`(_ name: String) async throws {
        try await withMade { folder, _ in
            #expect(code { try folder.bytes(of: name, limit: 100) } == "file.name")
            #expect(code { try folder.write("x", to: name) } == "file.name")
            #expect(code { try folder.remove(name) } == "file.name")
        }
    }

    @Test func `a slash with an accent on it is still a slash`() async throws {
        try await withMade { folder, _ in
            try link(folder.path.appending("out"), to: "/etc")
            #expect(code { try folder.bytes(of: "out/\u{301}passwd", limit: 100) } == "file.link")
            #expect(code { try folder.bytes(of: "../\u{301}secret", limit: 100) } == "file.name")
        }
    }

    @Test(.integration) func `pipes, sockets, folders and devices are not opened`() async throws {
        try await withMade { folder, _ in
            let pipe = folder.path.appending("System.map").string
            #expect(unsafe mkfifo(pipe, 0o644) == 0)
            #expect(code { try folder.bytes(of: "System.map", limit: 100) } == "file.kind")
            #expect(code { try folder.digest(of: "System.map") } == "file.kind")
            #expect(code { try folder.digest(of: "include") } == "file.kind")
            let kind = try folder.kind(of: "System.map")
            #expect(kind == .special)
            if getuid() == 0 {
                #expect(unsafe mknod(folder.path.appending("zero").string, S_IFCHR | 0o666, 1 << 8 | 5) == 0)
                #expect(code { try folder.bytes(of: "zero", limit: 100) } == "file.kind")
            }
        }
    }

    @Test func `a file is read up to its limit, and a sparse one of terabytes not at all`() async throws {
        try await withMade { folder, _ in
            try AtomicFile.write("12345678", to: folder.path.appending("eight"))
            #expect(try folder.bytes(of: "eight", limit: 8).count == 8)
            #expect(code { try folder.bytes(of: "eight", limit: 7) } == "file.too-large")
            let sparse = try FileDescriptor.open(
                folder.path.appending("vmlinux"), .writeOnly, options: .create, permissions: .ownerReadWrite)
            try sparse.closeAfter { try sparse.resize(to: 1 << 40) }
            #expect(code { try folder.digest(of: "vmlinux") } == "file.too-large")
            #expect(code { try folder.file("vmlinux") } == "file.too-large")
        }
    }

    @Test func `reading ends between two pieces when its task is cancelled, on other threads too`() async throws {
        try await withMade { folder, _ in
            try AtomicFile.write([UInt8](repeating: 1, count: 3 << 20), to: folder.path.appending("large"))
            let task = Task {
                unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                return code { try folder.digest(of: "large") }
            }
            #expect(await task.value == "CancellationError()")
            let many = Task {
                unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                return code { try Array(repeating: "large", count: 200).mapConcurrently { try folder.digest(of: $0) } }
            }
            #expect(await many.value == "CancellationError()")
            #expect(try folder.digest(of: "large") == Digest(ofFile: folder.path.appending("large")))
        }
    }

    @Test func `a pipe that nobody writes to is no reason to wait for ever`() async throws {
        try await withMade { folder, top in
            let pipe = top.appending("pipe")
            #expect(unsafe mkfifo(pipe.string, 0o644) == 0)
            let task = Task { code { try Files.bytes(pipe) } }
            task.cancel()
            #expect(await task.value == "CancellationError()")
        }
    }

    @Test func `a pipe that somebody writes to is read to its end`() async throws {
        try await withMade { _, top in
            let pipe = top.appending("pipe")
            #expect(unsafe mkfifo(pipe.string, 0o644) == 0)
            async let written = Command("sh", ["-c", "seq 100000 > '\(pipe)'"]).capture()
            let text = try Files.text(pipe)
            #expect(try await written.succeeded)
            #expect(text.hasSuffix("99999\n100000\n"))
        }
    }

    @Test func `an endless file is read up to the limit`() {
        #expect(code { try Files.bytes("/dev/zero", limit: 1 << 22) } == "file.too-large")
        #expect((try? Files.text("/proc/self/status"))?.contains("Pid:") == true)
    }

    @Test func `writing replaces a link and does not follow it`() async throws {
        try await withMade { folder, top in
            try link(folder.path.appending("c.c"), to: "\(top)/secret")
            try folder.write("int x;\n", to: "c.c")
            #expect(try Files.text(top.appending("secret")) == "SECRET")
            #expect(try folder.text(of: "c.c", limit: 100) == "int x;\n")
            try folder.makeFolder("new/one").write("1", to: "file")
            #expect(try folder.text(of: "new/one/file", limit: 100) == "1")
        }
    }

    @Test func `nested folders, odd names and folders without rights are removed; what a link names is not`()
        async throws
    {
        try await withMade { folder, top in
            let script = """
                import os, sys
                os.chdir(sys.argv[1])
                for number in range(400):
                    os.mkdir('n' * 56); os.chdir('n' * 56)
                open(b'\\xff\\xfe', 'w').close()
                os.chdir(sys.argv[1])
                os.makedirs('locked/inner/deep'); open('locked/inner/file', 'w').close()
                os.symlink(sys.argv[2], 'locked/inner/link')
                os.chmod('locked/inner/deep', 0); os.chmod('locked/inner', 0); os.chmod('locked', 0o500)
                """
            let done = try await Command("python3", ["-c", script, folder.path.string, top.string]).capture()
            #expect(done.succeeded, "\(done.error)")
            try folder.remove("locked")
            #expect(try folder.kind(of: "locked") == nil)
            try Files.remove(folder.path)
            #expect(!Files.exists(folder.path))
            #expect(try Files.text(top.appending("secret")) == "SECRET")
            try Files.remove(folder.path)
        }
    }

    @Test(.integration) func `special files are removed and told, set-user-ID bits are taken away, the rest stays`()
        async throws
    {
        try await withMade { folder, top in
            try folder.refuseSpecialFiles()
            try link(folder.path.appending("link"), to: "\(top)/secret")
            try AtomicFile.write("#!/bin/sh\n", to: folder.path.pushing("include/shell"))
            try AtomicFile.write("x", to: top.appending("shell"))
            for file in [folder.path.pushing("include/shell"), top.appending("shell")] {
                #expect(unsafe chmod(file.string, 0o6755) == 0)
            }
            try link(folder.path.appending("shell"), to: "\(top)/shell")
            try folder.refuseSpecialFiles()
            func mode(_ path: FilePath) -> mode_t {
                var status = stat()
                _ = unsafe stat(path.string, &status)
                return status.st_mode & 0o7777
            }
            #expect(mode(folder.path.pushing("include/shell")) == 0o755)
            #expect(mode(top.appending("shell")) == 0o6755)
            #expect(unsafe mkfifo(folder.path.pushing("include/pipe").string, 0o644) == 0)
            if getuid() == 0 {
                #expect(unsafe mknod(folder.path.appending("disk").string, S_IFBLK | 0o666, 254 << 8) == 0)
            }
            #expect(code { try folder.refuseSpecialFiles() } == "file.special")
            #expect(folder.files { _ in true } == ["include/config/kernel.release", "include/shell"])
            #expect(try folder.names() == ["include", "link", "shell"])
            try folder.refuseSpecialFiles()
        }
    }
}

/// Files of Bessemer's own.
@Suite struct AtomicFileTests {
    private func mode(_ path: FilePath) -> mode_t {
        var status = stat()
        _ = unsafe lstat(path.string, &status)
        return status.st_mode & 0o7777
    }

    @Test func `a link under the name of a temporary file that can be guessed leads nowhere`() async throws {
        try await withTemporaryFolder { folder in
            let victim = folder.appending("victim")
            try AtomicFile.write("whole", to: victim)
            let probe = folder.appending("probe")
            try Files.makeDirectory(probe)
            for number in [1, 2, ProcessInfo.processInfo.processIdentifier] {
                try FileManager.default.createSymbolicLink(
                    atPath: probe.appending("c.c.partial-\(number)").string, withDestinationPath: victim.string)
            }
            try AtomicFile.write("int x;\n", to: probe.appending("c.c"))
            #expect(try Files.text(victim) == "whole")
            #expect(try Files.text(probe.appending("c.c")) == "int x;\n")
        }
    }

    @Test func `a link of the target's name is replaced`() async throws {
        try await withTemporaryFolder { folder in
            try AtomicFile.write("whole", to: folder.appending("victim"))
            for name in ["file", "log"] {
                try FileManager.default.createSymbolicLink(
                    atPath: folder.appending(name).string, withDestinationPath: folder.appending("victim").string)
            }
            try AtomicFile.write("new", to: folder.appending("file"))
            try LogFile(folder.appending("log")).append(Array("new".utf8))
            #expect(try Files.text(folder.appending("victim")) == "whole")
            #expect(try Files.text(folder.appending("file")) == "new")
            #expect(try Files.text(folder.appending("log")) == "new")
        }
    }

    @Test func `nothing is left beside a file, written or not`() async throws {
        try await withTemporaryFolder { folder in
            try AtomicFile.write("1", to: folder.appending("file"))
            try AtomicFile.write("2", to: folder.appending("file"))
            try Files.makeDirectory(folder.pushing("folder/inner"))
            #expect(throws: Failure.self) { try AtomicFile.write("3", to: folder.appending("folder")) }
            #expect(Files.names(in: folder) == ["file", "folder"])
            #expect(throws: Failure.self) { try AtomicFile.write("3", to: folder.pushing("none/file")) }
        }
    }

    @Test func `a record is its owner's alone, and other files are as the mask says`() async throws {
        try await withTemporaryFolder { folder in
            try AtomicFile.write("1", to: folder.appending("record"), permissions: AtomicFile.own)
            _ = try LogFile(folder.appending("log"))
            try Files.makeDirectory(folder.pushing("state/runs"), permissions: Files.ownFolder)
            #expect(mode(folder.appending("record")) == 0o600)
            #expect(mode(folder.appending("log")) == 0o600)
            #expect(mode(folder.pushing("state")) == 0o700 && mode(folder.pushing("state/runs")) == 0o700)
            let mask = umask(0)
            umask(mask)
            try AtomicFile.write("1", to: folder.appending("script"))
            #expect(mode(folder.appending("script")) == 0o644 & ~mask)
        }
    }
}
