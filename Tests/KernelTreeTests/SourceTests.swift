// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import Sandbox
import SystemPackage
import TestSupport
import Testing

@testable import KernelTree

@Suite(.integration) struct FolderSourceTests {
    private func source(_ folder: FilePath, cache: FilePath) async throws -> KernelSource {
        try await SourceRequest.folder(folder).acquire(cache: cache, sandbox: try await RealThings.sandbox())
    }

    private func shell(_ script: String, in folder: FilePath) async throws {
        try await Command("sh", ["-ec", script], workingDirectory: folder)
            .output("test.setup", doing: "preparing a test", advice: "look at the script")
    }

    @Test func `a folder's digest tells names, modes, contents and links, and nothing else`() async throws {
        try await withTemporaryFolder { folder in
            let (tree, cache) = (folder.appending("tree"), folder.appending("cache"))
            try SmallTree.write(["a/one": "1", "a.c": "2", "run.sh": "3"], to: tree)
            try await shell("ln -s a/one link; mkdir empty", in: tree)
            let first = try await source(tree, cache: cache).identity
            #expect(first.kind == .folder)
            #expect(first.version == "7.3.1-rc2")
            #expect(first.date != nil)
            try await shell("touch a.c; chmod 600 a.c", in: tree)
            #expect(try await source(tree, cache: cache).identity.digest == first.digest)
            try await shell("cp -a tree copy", in: folder)
            #expect(try await source(folder.appending("copy"), cache: cache).identity.digest == first.digest)
            var seen: Set<Digest> = [first.digest]
            for change in [
                "printf 4 > a.c", "chmod +x run.sh", "mv a.c b.c", "ln -sfn a.c link", "rmdir empty", "mkdir other",
                "printf 5 > new",
            ] {
                try await shell(change, in: tree)
                #expect(seen.insert(try await source(tree, cache: cache).identity.digest).inserted, "\(change)")
            }
        }
    }

    @Test func `an edit that keeps size and date is seen`() async throws {
        try await withTemporaryFolder { folder in
            let (tree, cache) = (folder.appending("tree"), folder.appending("cache"))
            try SmallTree.write(["a.c": "1"], to: tree)
            let first = try await source(tree, cache: cache).identity
            try await shell("cp -p a.c ../ref; printf 2 > a.c; touch -r ../ref a.c", in: tree)
            #expect(try await source(tree, cache: cache).identity.digest != first.digest)
        }
    }

    @Test func `a folder is not written to, and what no kernel source has is refused and not opened`() async throws {
        try await withTemporaryFolder { folder in
            let (tree, cache) = (folder.appending("tree"), folder.appending("cache"))
            try SmallTree.write(["a": "1"], to: tree)
            try await shell("chmod 755 a; truncate -s 8G sparse", in: tree)
            let before = try await Command("find", [tree.string, "-printf", "%p %T@ %C@\n"]).capture().output
            let listing = try FolderListing(tree)
            try listing.refuseHostile()
            #expect(try await Command("find", [tree.string, "-printf", "%p %T@ %C@\n"]).capture().output == before)
            for (setting, code) in [
                ("rm sparse; mkfifo pipe", "source.hostile"), ("rm pipe; chmod 4755 a", "source.hostile"),
                ("chmod 2755 a", "source.hostile"), ("chmod 755 a; truncate -s 1T sparse", "source.too-large"),
            ] {
                try await shell(setting, in: tree)
                let failure = await #expect(throws: Failure.self) { try await source(tree, cache: cache) }
                #expect(failure?.code == code, "\(setting): \(failure?.description ?? "")")
            }
            try await shell("rm sparse; mkdir setgid; chmod g+s setgid", in: tree)
            _ = try await source(tree, cache: cache)
        }
    }

    @Test func `reading a large file ends when it is cancelled`() async throws {
        try await withTemporaryFolder { folder in
            let (tree, cache) = (folder.appending("tree"), folder.appending("cache"))
            try SmallTree.write([:], to: tree)
            try await shell("for i in 1 2 3 4 5 6 7; do truncate -s 8G sparse$i; done", in: tree)
            let root = try await RealThings.sandbox()
            let work = Task { try await SourceRequest.folder(tree).acquire(cache: cache, sandbox: root) }
            work.cancel()
            await #expect(throws: CancellationError.self) { try await work.value }
        }
    }

    @Test(arguments: [
        "git update-index --assume-unchanged a.c; echo evil > a.c",
        "git update-index --skip-worktree a.c; echo evil > a.c",
        "echo evil.mk > .gitignore; git add .gitignore; git -c user.name=n -c user.email=e@x commit -qm i; echo x > evil.mk",
        "echo evil.mk > .git/info/exclude; echo x > evil.mk", "git config core.fileMode false; chmod +x a.c",
        "echo '* ident' > .git/info/attributes; echo '$Id: evil $' > a.c", "git config core.excludesFile x; echo x > x",
        "git config core.sparseCheckout true; echo evil > a.c",
        "git replace HEAD $(git commit-tree -m x $(echo evil > a.c; git add a.c; git write-tree)); git reset -q --hard",
    ])
    func `a git tree's identity covers what its index, ignore rules and settings would hide`(change: String)
        async throws
    {
        try await withTemporaryFolder { folder in
            let (tree, cache) = (folder.appending("tree"), folder.appending("cache"))
            try SmallTree.write(["a.c": "$Id$\n"], to: tree)
            let author = "export GIT_AUTHOR_NAME=n GIT_AUTHOR_EMAIL=e GIT_COMMITTER_NAME=n GIT_COMMITTER_EMAIL=e; "
            try await shell(author + "git init -q . && git add -A && git commit -qm x", in: tree)
            let clean = try await source(tree, cache: cache).identity
            #expect(clean.commit?.hasSuffix("-dirty") == false)
            try await shell(author + change, in: tree)
            let changed = try await source(tree, cache: cache).identity
            #expect(changed.digest != clean.digest)
            #expect(changed.commit?.hasSuffix("-dirty") == true, "\(changed.commit ?? "")")
        }
    }

    @Test func `a git tree is known by its commit, and by its content too once it is dirty`() async throws {
        try await withTemporaryFolder { folder in
            let (tree, cache) = (folder.appending("tree"), folder.appending("cache"))
            try SmallTree.write(["a.c": "1"], to: tree)
            try await shell(
                """
                git init -q . && git add -A
                GIT_COMMITTER_DATE='2026-01-02T03:04:05Z' git -c user.name=n -c user.email=e@x commit -qm x
                git worktree add -q ../linked
                """, in: tree)
            let commit = try await Command("git", ["rev-parse", "HEAD"], workingDirectory: tree).capture().output
                .trimmingCharacters(in: .whitespacesAndNewlines)
            let clean = try await source(tree, cache: cache).identity
            #expect(clean.kind == .git)
            #expect(clean.commit == commit)
            #expect(clean.date == 1_767_323_045)
            let linked = try await source(folder.appending("linked"), cache: cache).identity
            #expect(linked.commit == commit)
            #expect(linked.digest == clean.digest)

            try await shell("printf 2 > a.c", in: tree)
            let dirty = try await source(tree, cache: cache).identity
            #expect(dirty.commit == commit + "-dirty")
            try await shell("printf 3 > a.c", in: tree)
            let other = try await source(tree, cache: cache).identity
            #expect(other.commit == dirty.commit)
            #expect(other.digest != dirty.digest)
        }
    }

    @Test func `a repository's own programs are not run on this machine`() async throws {
        try await withTemporaryFolder { folder in
            let (tree, cache) = (folder.appending("tree"), folder.appending("cache"))
            try SmallTree.write(["a.c": "1"], to: tree)
            let mark = folder.appending("mark")
            try await shell(
                """
                git init -q . && git add -A && git -c user.name=n -c user.email=e@x commit -qm x
                git config core.fsmonitor 'touch \(mark)'; git config filter.x.clean 'touch \(mark); cat'
                echo '*.c filter=x' > .git/info/attributes; touch a.c
                """, in: tree)
            _ = try await source(tree, cache: cache)
            #expect(!Files.exists(mark))
        }
    }

    @Test func `a whole kernel is read once and recognised afterwards`()
        async throws
    {
        try await withTemporaryFolder { cache in
            let path = try await RealThings.kernelTree("7.3").path
            let first = try await source(path, cache: cache).identity
            let second = try await source(path, cache: cache).identity
            #expect(first == second)
            #expect(first.version.hasPrefix("7.3"))
        }
    }
}

@Suite(.serialized) struct ArchiveSourceTests {
    private func shell(_ script: String, in folder: FilePath) async throws {
        try await Command("sh", ["-ec", script], workingDirectory: folder)
            .output("test.setup", doing: "preparing a test", advice: "look at the script")
    }

    private func acquire(_ request: SourceRequest, _ cache: FilePath) async throws -> KernelSource {
        try await request.acquire(cache: cache, sandbox: try await RealThings.sandbox())
    }

    private func failure(_ file: FilePath, _ cache: FilePath) async throws -> Failure {
        let error = await #expect(throws: Failure.self) { try await acquire(.tarball(file), cache) }
        #expect(
            Files.names(in: cache.appending("sources")).filter { $0 != "lock" } == [], "nothing half-unpacked is kept")
        return try #require(error)
    }

    @Test(.integration, arguments: ["xz", "gz", "zst", "plain"])
    func `a tarball is unpacked once, whatever its packing`(packing: String) async throws {
        try await withTemporaryFolder { folder in
            let cache = folder.appending("cache")
            try SmallTree.write(["a.c": "1", "scripts/run": "x"], to: folder.appending("linux-7.3.1"))
            let program = ["xz": "xz", "gz": "gzip", "zst": "zstd -q", "plain": "cat"][packing] ?? ""
            try await shell("chmod 755 linux-7.3.1/scripts/run; tar -c linux-7.3.1 | \(program) > x", in: folder)
            let source = try await acquire(.tarball(folder.appending("x")), cache)
            #expect(source.identity.kind == .tarball)
            #expect(source.tree.version == "7.3.1-rc2")
            let sum = try await Command("sha256sum", [folder.appending("x").string]).capture().output
            #expect(source.identity.digest.hexadecimal == sum.prefix(64))
            let same = try await Command(
                "diff", ["-r", folder.appending("linux-7.3.1").string, source.tree.path.string]
            ).capture()
            #expect(same.succeeded)
            let inode = try await Command("stat", ["-c", "%i", source.tree.path.string]).capture().output
            _ = try await acquire(.tarball(folder.appending("x")), cache)
            #expect(try await Command("stat", ["-c", "%i", source.tree.path.string]).capture().output == inode)
        }
    }

    @Test(.integration, arguments: ["xz", "gz", "zst"])
    func `a truncated tarball is told and leaves nothing behind`(packing: String) async throws {
        try await withTemporaryFolder { folder in
            try SmallTree.write([:], to: folder.appending("linux"))
            let program = ["xz": "xz", "gz": "gzip", "zst": "zstd -q"][packing] ?? ""
            try await shell(
                "head -c 300000 /dev/urandom > linux/data; tar -c linux | \(program) | head -c 200000 > x", in: folder)
            #expect(try await failure(folder.appending("x"), folder.appending("cache")).code == "source.truncated")
        }
    }

    @Test(.integration) func `an unpacked source that was changed is not used, and one that only looks changed is`()
        async throws
    {
        try await withTemporaryFolder { folder in
            let cache = folder.appending("cache")
            try SmallTree.write(["a.c": "1"], to: folder.appending("linux"))
            try await shell("tar -cf x linux", in: folder)
            let request = SourceRequest.tarball(folder.appending("x"))
            let tree = try await acquire(request, cache).tree.path
            try await shell("touch a.c; cp -p a.c b; mv b a.c", in: tree)
            _ = try await acquire(request, cache)
            #expect(try await Command("stat", ["-c", "%a", "\(cache)/sources"]).capture().output == "700\n")
            for change in [
                "cp -p a.c ../ref; printf 2 > a.c; touch -r ../ref a.c", "touch new", "rm a.c", "ln -s Makefile link",
                "chmod +x a.c", "mkfifo pipe",
            ] {
                try await shell("cp -a '\(tree)' kept; cd '\(tree)'; \(change)", in: folder)
                let failure = await #expect(throws: Failure.self) { try await acquire(request, cache) }
                #expect(["source.altered", "source.hostile"].contains(failure?.code), "\(change)")
                try await shell("rm -r '\(tree)'; mv kept '\(tree)'", in: folder)
                _ = try await acquire(request, cache)
            }
            // What an earlier version unpacked has no seal: it is compared with its archive.
            try await shell("rm ../seal.json; printf 2 > a.c", in: tree)
            let failure = await #expect(throws: Failure.self) { try await acquire(request, cache) }
            #expect(failure?.code == "source.altered")
            try await shell("printf 1 > a.c", in: tree)
            _ = try await acquire(request, cache)
            #expect(Files.exists(tree.removingLastComponent().appending("seal.json")))
        }
    }

    @Test(.integration) func `a tarball with a device, a pipe, a hole of terabytes or no version leaves nothing`()
        async throws
    {
        try await withTemporaryFolder { folder in
            try SmallTree.write([:], to: folder.appending("linux"))
            try await shell(
                """
                mkfifo linux/pipe; tar -cf pipe.tar linux; rm linux/pipe
                truncate -s 4T linux/hole; tar -cSf hole.tar linux; rm linux/hole
                for i in 1 2 3 4 5 6 7 8 9; do truncate -s 7G linux/hole$i; done; tar -cSf holes.tar linux; rm linux/hole?
                mknod linux/disk b 254 0 && tar -cf device.tar linux && rm linux/disk || cp pipe.tar device.tar
                echo all: > linux/Makefile; tar -cf version.tar linux
                """, in: folder)
            for (name, codes) in [
                ("pipe", ["source.hostile"]), ("hole", ["source.too-large", "source.hostile"]),
                ("holes", ["source.too-large"]), ("device", ["source.hostile"]), ("version", ["tree.not-a-kernel"]),
            ] {
                let failure = try await failure(folder.appending("\(name).tar"), folder.appending("cache"))
                #expect(codes.contains(failure.code), "\(name): \(failure)")
            }
        }
    }

    @Test(.integration) func `a half-unpacked source of an earlier run is never used`() async throws {
        try await withTemporaryFolder { folder in
            let cache = folder.appending("cache")
            try SmallTree.write(["a.c": "1"], to: folder.appending("linux"))
            try await shell("tar -cf x linux", in: folder)
            let digest = try Digest(ofFile: folder.appending("x"))
            try SmallTree.write(["half": "1"], to: cache.pushing(FilePath("sources/\(digest).partial/unpacked/linux")))
            let source = try await acquire(.tarball(folder.appending("x")), cache)
            #expect(Files.exists(source.tree.path.appending("a.c")))
            #expect(!Files.exists(source.tree.path.appending("half")))
            #expect(Files.names(in: cache.appending("sources")) == [digest.hexadecimal, "lock"].sorted())
        }
    }

    @Test(.integration) func `something without a kernel in it is told by what it holds`() async throws {
        try await withTemporaryFolder { folder in
            try await shell("mkdir d; echo x > d/f; tar -cJf x.tar.xz d; echo text > text; : > empty", in: folder)
            let none = try await failure(folder.appending("x.tar.xz"), folder.appending("cache"))
            #expect(none.code == "source.no-kernel")
            #expect(none.message.contains("it holds: d"))
            #expect(
                try await failure(folder.appending("text"), folder.appending("cache")).code == "source.not-an-archive")
            #expect(
                try await failure(folder.appending("empty"), folder.appending("cache")).code == "source.not-an-archive")
            let missing = await #expect(throws: Failure.self) {
                try await acquire(.tarball(folder.appending("nowhere")), folder)
            }
            #expect(missing?.code == "source.missing")
        }
    }

    @Test(.integration) func `members that lead elsewhere write nothing elsewhere`() async throws {
        try await withTemporaryFolder { folder in
            let cache = folder.appending("cache")
            try SmallTree.write([:], to: folder.appending("linux"))
            try await shell(
                """
                mkdir -p w/deep; echo evil > evil; echo evil > w/evil
                (cd w/deep && tar -cPf ../../dots.tar ../evil); tar -rf dots.tar linux
                tar -cPf absolute.tar \(folder)/evil; tar -rf absolute.tar linux
                ln -s \(folder) w/out; tar -C w -cf link.tar out; rm w/out; mkdir w/out; echo evil > w/out/through
                tar -C w -rf link.tar out/through; tar -rf link.tar linux; rm evil
                """, in: folder)
            for name in ["dots.tar", "absolute.tar", "link.tar"] {
                do {
                    let source = try await acquire(.tarball(folder.appending(name)), cache)
                    #expect(source.tree.version == "7.3.1-rc2")
                } catch let failure as Failure {
                    #expect(["source.hostile", "source.no-kernel"].contains(failure.code), "\(name): \(failure)")
                }
                #expect(!Files.exists(folder.appending("evil")), "\(name)")
                #expect(!Files.exists(folder.appending("through")), "\(name)")
                #expect(!Files.exists(cache.pushing("sources/evil")), "\(name)")
            }
        }
    }

    @Test(.integration, .enabled(if: SmallFileSystem.isPossible))
    func `too little space is told before anything is unpacked`()
        async throws
    {
        try await withTemporaryFolder { folder in
            try SmallTree.write([:], to: folder.appending("linux"))
            try await shell("head -c 8000000 /dev/zero > linux/zero; tar -cJf x.tar.xz linux", in: folder)
            try await SmallFileSystem.with(options: "size=4m") { disk in
                let failure = try await failure(folder.appending("x.tar.xz"), disk)
                #expect(failure.code == "disk.full")
                #expect(failure.message.contains("needs about 8 MB"))
            }
        }
    }

    @Test(.integration, .enabled(if: SmallFileSystem.isPossible))
    func `a disk that fills while unpacking is told and left clean`()
        async throws
    {
        try await withTemporaryFolder { folder in
            try SmallTree.write([:], to: folder.appending("linux"))
            try await shell(
                "head -c 8000000 /dev/zero > linux/zero; tar -czf x.tar.gz linux; mkdir many; cd linux; for i in $(seq 500); do : > f$i; done; cd ..; rm linux/zero; tar -czf many.tar.gz linux",
                in: folder)
            // gzip does not tell how much there is; and files can run out before bytes do.
            try await SmallFileSystem.with(options: "size=4m") { disk in
                let failure = try await failure(folder.appending("x.tar.gz"), disk)
                #expect(failure.code == "disk.full")
            }
            try await SmallFileSystem.with(options: "size=64m,nr_inodes=100") { disk in
                let failure = try await failure(folder.appending("many.tar.gz"), disk)
                #expect(failure.code == "disk.full")
            }
        }
    }

    @Test(.integration) func `a Debian source package is unpacked as one`() async throws {
        try await withTemporaryFolder { folder in
            let cache = folder.appending("cache")
            try SmallTree.write(["a.c": "1"], to: folder.appending("linux-source-7.3"))
            try await shell(
                """
                mkdir -p p/DEBIAN p/usr/src q/DEBIAN q/usr/src
                printf 'Package: linux-source-7.3\\nVersion: 7.3.1-1\\nArchitecture: all\\nMaintainer: x\\nDescription: x\\n' > p/DEBIAN/control
                cp p/DEBIAN/control q/DEBIAN/; tar -cJf p/usr/src/linux-source-7.3.tar.xz linux-source-7.3
                dpkg-deb --root-owner-group -b p p.deb >/dev/null; dpkg-deb --root-owner-group -b q q.deb > /dev/null
                head -c 600 p.deb > cut.deb
                """, in: folder)
            func request(_ name: String) -> SourceRequest {
                .debianPackage(
                    file: folder.appending(name), request: "7.3", name: "linux-source-7.3", version: "7.3.1-1")
            }
            let source = try await acquire(request("p.deb"), cache)
            #expect(source.identity.kind == .debianPackage)
            #expect(source.identity.packageVersion == "7.3.1-1")
            #expect(source.identity.request == "7.3")
            #expect(Files.exists(source.tree.path.appending("a.c")))
            let empty = await #expect(throws: Failure.self) { try await acquire(request("q.deb"), cache) }
            #expect(empty?.code == "source.no-kernel")
            let cut = await #expect(throws: Failure.self) { try await acquire(request("cut.deb"), cache) }
            #expect(cut?.code == "source.truncated")
            let text = await #expect(throws: Failure.self) { try await acquire(request("p/DEBIAN/control"), cache) }
            #expect(text?.code == "source.not-an-archive")
        }
    }
}
