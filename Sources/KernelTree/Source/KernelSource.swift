// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
package import Records
package import Sandbox
package import SystemPackage

/// Where a kernel source comes from.
package enum SourceRequest: Sendable, Hashable {
    case folder(FilePath)
    case tarball(FilePath)
    /// A Debian `linux-source-*` package; `request` is what was asked for, e.g. `7.3`.
    case debianPackage(file: FilePath, request: String, name: String, version: String)
}

/// A kernel source, ready to be read and never written to.
package struct KernelSource: Sendable, Hashable {
    package let tree: KernelTree
    package let identity: SourceIdentity
}

extension SourceRequest {
    /// Whether it can be a kernel's source at all, which is said before anything is made for it.
    ///
    /// Throws `Failure` with code `tree.not-a-kernel`, `source.not-an-archive`, `file.unreadable`.
    package func check() throws {
        switch self {
        case .folder(let path): _ = try KernelTree(at: path)
        case .tarball(let file), .debianPackage(let file, _, _, _): try SourceArchive.check(file)
        }
    }

    /// Of all that the source holds: a folder's files, or an archive's bytes.
    ///
    /// Throws `Failure` as reading them does, and `CancellationError`.
    package func contentDigest() throws -> Digest {
        switch self {
        case .folder(let path): try FolderListing(path).digest()
        case .tarball(let file), .debianPackage(let file, _, _, _): try Digest(ofFile: file)
        }
    }

    /// Gets the source: a folder is taken as it is, a tarball or package is unpacked once, in the sandbox, to
    /// `cache/sources/DIGEST`, and compared with what was unpacked each time it is used again.
    ///
    /// Progress is counted in MiB. Throws `Failure` with code `tree.not-a-kernel`, `source.hostile`, `source.altered`,
    /// `source.truncated`, `source.not-an-archive`, `source.no-kernel`, `source.too-large`, `file.too-many`, `disk.full`,
    /// `file.unreadable`, `folder.busy`.
    package func acquire(
        cache: FilePath, sandbox: SandboxRoot, onProgress: @escaping ProgressSink = { _ in }
    ) async throws -> KernelSource {
        switch self {
        case .folder(let path):
            return try await FolderSource(path: path, cache: cache, sandbox: sandbox).acquire(onProgress)
        case .tarball(let file):
            return try await source(file, .tarball, request: file.string)
        case .debianPackage(let file, let request, let name, let version):
            return try await source(file, .debianPackage, request: request, package: name, packageVersion: version)
        }
        func source(
            _ file: FilePath, _ kind: SourceIdentity.Kind, request: String, package: String? = nil,
            packageVersion: String? = nil
        ) async throws -> KernelSource {
            let archive = SourceArchive(file: file, isPackage: package != nil, cache: cache, sandbox: sandbox)
            let (tree, digest) = try await archive.unpacked(onProgress)
            return KernelSource(
                tree: tree,
                identity: SourceIdentity(
                    kind: kind, request: request, version: tree.version, digest: digest, package: package,
                    packageVersion: packageVersion, date: tree.makefileDate))
        }
    }
}

extension WorkProgress {
    /// What is done to a source, with the number of bytes that are done.
    fileprivate static func source(_ verb: String, done: Int = 0, of total: Int? = nil) -> WorkProgress {
        WorkProgress(
            "\(verb) the kernel source", done: done >> 20, total: total.map { $0 >> 20 },
            detail: done == 0 && total == nil ? "" : "MiB")
    }
}

extension KernelTree {
    /// When the top Makefile was last written, in seconds since 1970: a release writes its version there.
    var makefileDate: Int? { Files.status(path.appending("Makefile"))?.st_mtim.tv_sec }
}

/// A folder as a source.
private struct FolderSource {
    let path: FilePath
    let cache: FilePath
    let sandbox: SandboxRoot

    /// What was found of a folder the last time, and how to see that it is unchanged.
    private struct Known: Codable {
        let fingerprint: Digest
        let identity: SourceIdentity
    }

    func acquire(_ onProgress: ProgressSink) async throws -> KernelSource {
        let tree = try KernelTree(at: path)
        onProgress(.source("hashing"))
        let listing = try FolderListing(path)
        try listing.refuseHostile()
        let fingerprint = listing.fingerprint
        let repository = try await repository()
        let head = try await repository?.head()
        let memory = cache.appending("sources").appending("folders")
            .appending("\(Digest(of: "\(path.string)\0\(head?.commit ?? "")").hexadecimal).json")
        if let known = try? JSON.read(Known.self, from: memory), known.fingerprint == fingerprint {
            return KernelSource(tree: tree, identity: known.identity)
        }
        var commit = head?.commit
        if let head, let repository, try await !repository.isClean(at: head.commit) { commit = head.commit + "-dirty" }
        let identity = SourceIdentity(
            kind: commit == nil ? .folder : .git, request: path.string, version: tree.version,
            digest: try listing.digest(), commit: commit, date: commit == nil ? tree.makefileDate : head?.date)
        try SourceArchive.makeOwnFolder(cache.appending("sources"))
        try Files.makeDirectory(memory.removingLastComponent())
        try AtomicFile.write(json: Known(fingerprint: fingerprint, identity: identity), to: memory)
        return KernelSource(tree: tree, identity: identity)
    }

    /// nil where there is none that can be used: the folder is known by its content in any case.
    private func repository() async throws -> GitRepository? {
        do {
            return try await GitRepository.find(path, sandbox)
        } catch let failure as Failure where failure.code == "tree.git" {
            return nil
        }
    }
}

/// A tarball, or a Debian package with a tarball in it, as a source.
private struct SourceArchive {
    let file: FilePath
    let isPackage: Bool
    let cache: FilePath
    let sandbox: SandboxRoot

    /// More than any kernel's source is unpacked, with room to spare; a bomb is stopped here.
    private static let mostBytes = 8 << 30
    /// What is unpacked from an archive that does not tell its size.
    private static let likelyBytes = 2 << 30

    /// How an archive is packed, by the command that unpacks it.
    private enum Packing: String {
        case xz = "xz -T2 -dc"
        case gzip = "gzip -dc"
        case zstd = "zstd -q --long=31 -dc"
        case none = "cat"

        /// By the file's first bytes; nil for what is no tarball.
        init?(_ head: [UInt8]) {
            if head.starts(with: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) {
                self = .xz
            } else if head.starts(with: [0x1f, 0x8b]) {
                self = .gzip
            } else if head.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) {
                self = .zstd
            } else if head.count >= 262, head[257..<262].elementsEqual("ustar".utf8) {
                self = .none
            } else {
                return nil
            }
        }
    }

    private static let target = "/mnt/unpacked"

    func unpacked(_ onProgress: @escaping ProgressSink) async throws -> (KernelTree, Digest) {
        guard Files.exists(file), !Files.isDirectory(file) else {
            throw Failure("source.missing", "there is no file \(file)", advice: "name a kernel's folder or tarball")
        }
        onProgress(.source("hashing", of: Files.size(file)))
        let digest = try Digest(ofFile: file)
        let sources = cache.appending("sources")
        let whole = sources.appending(digest.hexadecimal)
        if let tree = try sealed(whole, onProgress) { return (tree, digest) }

        try Self.makeOwnFolder(sources)
        let lock = try FolderLock(sources, doing: "unpacking a kernel source")
        defer { withExtendedLifetime(lock) {} }
        for name in Files.names(in: sources) where name.hasPrefix("\(digest.hexadecimal).partial") {
            try Files.remove(sources.appending(name))
        }
        if let tree = try sealed(whole, onProgress) { return (tree, digest) }
        let partial = sources.appending("\(digest.hexadecimal).partial")
        try Files.makeDirectory(partial.appending("unpacked"))
        do {
            if isPackage {
                let inner = partial.appending("linux-source.tar")
                try await takeTarball(outOf: file, to: partial, named: inner)
                try await unpack(inner, partial, onProgress)
                try Files.remove(inner)
            } else {
                try await unpack(file, partial, onProgress)
            }
            let found = try kernel(in: partial.appending("unpacked"))
            try Files.rename(found, to: partial.appending("tree"))
            try Files.remove(partial.appending("unpacked"))
            _ = try KernelTree(at: partial.appending("tree"))
            let listing = try FolderListing(partial.appending("tree"))
            try listing.refuseHostile(limit: Self.mostBytes)
            onProgress(.source("hashing"))
            let content = try listing.digest()
            if Files.exists(whole) {
                // An earlier version unpacked it and kept no seal; others may be using it.
                let seal = try seal(of: FolderListing(whole.appending("tree")), in: whole, content)
                try AtomicFile.write(json: seal, to: whole.appending(Seal.name))
                try Files.remove(partial)
            } else {
                let seal = Seal(content: content, fingerprint: listing.fingerprint)
                try AtomicFile.write(json: seal, to: partial.appending(Seal.name))
                try Files.rename(partial, to: whole)
            }
        } catch {
            try? Files.remove(partial)
            throw error
        }
        guard let tree = try sealed(whole, onProgress) else {
            throw Failure("source.unpacking", "unpacking \(file) was cut short", advice: "run this again")
        }
        return (tree, digest)
    }

    /// What an unpacked source was, kept beside it: a source is used again only where it is still the same.
    private struct Seal: Codable {
        static let name = "seal.json"

        let content: Digest
        let fingerprint: Digest
    }

    /// The unpacked source, if it is there and was sealed. Throws `Failure` with code `source.altered` where it has changed.
    private func sealed(_ whole: FilePath, _ onProgress: ProgressSink) throws -> KernelTree? {
        let file = whole.appending(Seal.name)
        guard Files.exists(file) else { return nil }
        let seal = try JSON.read(Seal.self, from: file)
        let listing = try FolderListing(whole.appending("tree"))
        if listing.fingerprint != seal.fingerprint {
            // Times and inodes can change alone, e.g. where the cache was copied.
            onProgress(.source("hashing"))
            let seal = try self.seal(of: listing, in: whole, seal.content)
            try? AtomicFile.write(json: seal, to: file)
        }
        return try KernelTree(at: whole.appending("tree"))
    }

    /// A new seal of a source that has to have that content. Throws `Failure` with code `source.altered` and others.
    private func seal(of listing: FolderListing, in whole: FilePath, _ content: Digest) throws -> Seal {
        try listing.refuseHostile(limit: Self.mostBytes)
        guard try listing.digest() == content else {
            throw Failure(
                "source.altered", "\(whole)/tree is not what was unpacked from \(file)",
                advice: "find out who changed it; then remove \(whole), and it is unpacked again")
        }
        return Seal(content: content, fingerprint: listing.fingerprint)
    }

    /// Makes a folder that nobody else can enter: what archives unpack to is other people's.
    static func makeOwnFolder(_ folder: FilePath) throws {
        try Files.makeDirectory(folder)
        unsafe chmod(folder.string, 0o700)
    }

    /// The folder with a kernel in it: the archive's only one, or the archive itself.
    private func kernel(in folder: FilePath) throws -> FilePath {
        if KernelTree.landmarks.allSatisfy({ Files.exists(folder.pushing(FilePath($0))) }) { return folder }
        if let inner = KernelTree.kernel(inside: folder) { return inner }
        let names = Files.names(in: folder).prefix(5).joined(separator: ", ")
        throw Failure(
            "source.no-kernel", "\(file) holds no Linux kernel source (it holds: \(names.isEmpty ? "nothing" : names))",
            advice: "give a kernel's tarball, e.g. linux-7.3.4.tar.xz")
    }

    private func command(_ script: String, writable folder: FilePath, archive: FilePath) -> Command {
        sandbox.command(
            Command("bash", ["-c", script], workingDirectory: FilePath("/mnt")),
            mounts: [Mount(archive, at: "/mnt/archive"), Mount(folder, at: Self.target, writable: true)])
    }

    private func run(_ script: String, writable folder: FilePath, archive: FilePath) async throws -> Outcome {
        try await command(script, writable: folder, archive: archive).capture(limit: 1 << 20)
    }

    /// Writes the tarball that the package holds to `inner`.
    private func takeTarball(outOf package: FilePath, to folder: FilePath, named inner: FilePath) async throws {
        let need = Files.size(package) ?? 0
        try checkSpace(need, at: folder)
        let name = inner.lastComponent?.string ?? "linux-source.tar"
        let outcome = try await run(
            """
            dpkg-deb --fsys-tarfile /mnt/archive | tar -xO --wildcards --no-wildcards-match-slash \
            './usr/src/linux-source-*.tar.*' > \(Self.target)/\(name)
            status=("${PIPESTATUS[@]}"); echo "${status[@]}"
            """, writable: folder, archive: package)
        let states = Self.states(outcome)
        if outcome.error.contains("No space left on device") { throw full(folder, outcome.error) }
        // tar stops reading at the end of the archive's last member, so dpkg-deb may be told of a broken pipe.
        if states.last == 0, (Files.size(inner) ?? 0) > 0, states.first == 0 { return }
        if outcome.error.contains("not a Debian format archive") {
            throw Failure(
                "source.not-an-archive", "\(package) is not a Debian package", advice: "fetch it again",
                underlying: Self.brief(outcome.error))
        }
        if states.last != 0, states.first == 0, outcome.error.contains("Not found in archive") {
            throw Failure(
                "source.no-kernel", "\(package) holds no usr/src/linux-source-*.tar.*",
                advice: "give a linux-source package", underlying: Self.brief(outcome.error))
        }
        throw truncated(outcome.error)
    }

    private static func states(_ outcome: Outcome) -> [Int] {
        outcome.output.split(separator: "\n").last.map { $0.split(separator: " ").compactMap { Int($0) } } ?? []
    }

    private static func brief(_ text: String) -> String {
        text.split(separator: "\n").prefix(5).joined(separator: "\n")
    }

    private func truncated(_ text: String) -> Failure {
        Failure(
            "source.truncated", "\(file) ends early or is damaged", advice: "fetch it again and compare its checksum",
            underlying: Self.brief(text))
    }

    private func full(_ folder: FilePath, _ text: String) -> Failure {
        Failure(
            "disk.full", "no space left while unpacking \(file) to \(cache)",
            advice: "free space there, or name another folder with XDG_CACHE_HOME; nothing half-unpacked is kept",
            underlying: Self.brief(text))
    }

    private func checkSpace(_ need: Int, at folder: FilePath) throws {
        guard let free = Files.freeSpace(at: folder), free < need else { return }
        throw Failure(
            "disk.full",
            "unpacking \(file) needs about \(Self.megabytes(need)) MB and \(cache) has \(Self.megabytes(free)) MB free",
            advice: "free space there, or name another folder with XDG_CACHE_HOME")
    }

    private static func megabytes(_ bytes: Int) -> Int { bytes / 1_000_000 }

    private func unpack(
        _ archive: FilePath, _ partial: FilePath, _ onProgress: @escaping ProgressSink
    ) async throws {
        guard let packing = Packing(try Self.head(archive)) else { throw Self.unknown(file) }
        let folder = partial.appending("unpacked")
        let size = try await unpackedSize(archive, packing, folder)
        try checkSpace(size ?? min(Self.likelyBytes, (Files.size(archive) ?? 0) * 4), at: folder)
        if let size, size > Self.mostBytes { throw tooLarge() }
        let free = Files.freeSpace(at: folder) ?? Self.mostBytes
        let limit = min(Self.mostBytes, free - free / 10)
        // GNU tar strips leading slashes and refuses `..`; the sandbox has nothing else to write to in any case.
        let script = """
            \(packing.rawValue) /mnt/archive | head -c \(limit) | tar -xf - -C \(Self.target) --no-same-owner \
            --no-same-permissions --delay-directory-restore --checkpoint=2000 --checkpoint-action='echo=unpacked %u'
            status=("${PIPESTATUS[@]}"); echo "status ${status[@]}"
            """
        // A member may be a hole of any size, which takes nothing from the stream.
        let limits = "umask 022; ulimit -f \(Self.mostBytes >> 10); "
        let lines = UnpackingLines()
        _ = try await command(limits + script, writable: folder, archive: archive).stream { bytes in
            if let records = lines.take(bytes) {
                onProgress(.source("unpacking", done: records * 10240, of: size))
            }
            return .more
        }
        let (states, text) = lines.result
        guard states.count == 3 else {
            throw Failure(
                "source.unpacking", "unpacking \(file) was cut short", advice: "run this again",
                underlying: Self.brief(text))
        }
        if states == [0, 0, 0] { return }
        if text.contains("No space left on device") { throw full(folder, text) }
        // 141: the unpacker was still writing when `head` had passed on all that may be unpacked.
        if states[0] == 141, states[2] != 0 {
            if limit < Self.mostBytes { throw full(folder, text) }
            throw tooLarge()
        }
        // 153: a member is larger than any file may be (SIGXFSZ).
        if states[2] == 153 || text.contains("File too large") { throw tooLarge() }
        if text.contains("Member name contains '..'") || text.contains("Cannot") {
            throw Failure(
                "source.hostile", "\(file) can't be unpacked as a kernel source",
                advice: "fetch it again from where it is published",
                underlying: Self.brief(text))
        }
        throw truncated(text)
    }

    private func tooLarge() -> Failure {
        Failure(
            "source.too-large",
            "\(file) unpacks to more than \(Self.megabytes(Self.mostBytes)) MB, which no kernel source does",
            advice: "fetch it again from where it is published")
    }

    private static func unknown(_ file: FilePath) -> Failure {
        Failure(
            "source.not-an-archive", "\(file) is not a tarball that Bessemer reads (.tar, .tar.xz, .tar.gz, .tar.zst)",
            advice: "name a kernel's source folder or such a tarball; unpack another kind first")
    }

    static func check(_ file: FilePath) throws {
        guard Files.isRegularFile(file), Packing(try head(file)) != nil else { throw unknown(file) }
    }

    private static func head(_ file: FilePath) throws -> [UInt8] {
        do {
            let descriptor = try FileDescriptor.open(file, .readOnly, options: [.closeOnExec])
            return try descriptor.closeAfter {
                var head = [UInt8](repeating: 0, count: 512)
                let count = unsafe try head.withUnsafeMutableBytes { unsafe try descriptor.read(into: $0) }
                return Array(head[..<count])
            }
        } catch let error as Errno {
            throw Failure(
                "file.unreadable", "could not read \(file)", advice: "check that it may be read", underlying: error)
        }
    }

    /// What the archive says of its size unpacked, in bytes; nil where it says nothing.
    private func unpackedSize(_ archive: FilePath, _ packing: Packing, _ folder: FilePath) async throws -> Int? {
        switch packing {
        case .none, .gzip: return nil
        case .zstd:
            let outcome = try await run("zstd -lv /mnt/archive", writable: folder, archive: archive)
            guard let line = outcome.output.split(separator: "\n").first(where: { $0.hasPrefix("Decompressed Size:") }),
                let open = line.firstIndex(of: "(")
            else { return nil }
            return Int(line[line.index(after: open)...].prefix(while: \.isNumber))
        case .xz:
            let outcome = try await run("xz --robot --list /mnt/archive", writable: folder, archive: archive)
            guard outcome.succeeded else { throw truncated(outcome.error) }
            let totals = outcome.output.split(separator: "\n").first { $0.hasPrefix("totals\t") }
            return totals.flatMap { line in
                let fields = line.split(separator: "\t")
                return fields.count > 4 ? Int(fields[4]) : nil
            }
        }
    }
}
