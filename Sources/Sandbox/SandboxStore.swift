// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
package import Records
package import SystemPackage

/// The sandboxes of this user's cache, each in a folder named by its lock's digest.
package struct SandboxStore: Sendable {
    package let cache: FilePath

    package init(cache: FilePath) {
        self.cache = cache
    }

    package var packages: PackageCache { PackageCache(cache.appending("packages")) }
    package var toolchains: ToolchainCache { ToolchainCache(cache.appending("toolchains")) }
    private var sandboxes: FilePath { cache.appending("sandboxes") }

    private func folder(of lock: SandboxLock) -> FilePath { sandboxes.appending(lock.digest.hexadecimal) }

    /// The finished sandbox of that lock, if there is one.
    package func existing(_ lock: SandboxLock) -> SandboxRoot? {
        // The folder gets its name when all is done, so one of that name is whole.
        let folder = folder(of: lock)
        guard Files.exists(folder.appending("lock.json")) else { return nil }
        return SandboxRoot(path: folder.appending("root"), lockDigest: lock.digest)
    }

    /// Makes the sandbox of that lock, unless it is there.
    ///
    /// mmdebstrap(1) installs from a repository that holds exactly the locked files, so nothing but the lock decides
    /// what goes in. Throws `Failure` with the codes of `PackageCache.fetch`, `sandbox.failed` and `folder.busy`.
    package func create(_ lock: SandboxLock, from mirror: Mirror, onProgress: @escaping ProgressSink) async throws
        -> SandboxRoot
    {
        if let root = existing(lock) { return root }
        let held = try FolderLock(sandboxes, doing: "making a sandbox")
        defer { withExtendedLifetime(held) {} }
        if let root = existing(lock) { return root }
        let archives = try (lock.toolchains ?? []).map(toolchains.file)
        try await packages.fetch(lock.installed, from: mirror, onProgress: onProgress)

        let building = FilePath("\(folder(of: lock)).partial")
        try await Self.removeTree(building)
        try Files.makeDirectory(building.appending("tmp"))
        onProgress(WorkProgress("indexing packages"))
        let repository = building.appending("repository")
        try await writeRepository(lock.installed, in: repository)
        try await install(lock, from: repository, into: building, onProgress: onProgress)
        for archive in archives {
            onProgress(WorkProgress("unpacking the Rust toolchain"))
            try await SandboxRoot(path: building.appending("root"), lockDigest: lock.digest).unpack(toolchain: archive)
        }
        onProgress(WorkProgress("recording the sandbox's files"))
        try FileManifest(of: building.appending("root")).write(to: building.appending("manifest.json"))
        let made = SandboxRoot(path: building.appending("root"), lockDigest: lock.digest)
        try AtomicFile.write(
            try FileManifest.listing(of: made.path).fingerprint.hexadecimal, to: building.appending("fingerprint"))
        try await Self.removeTree(repository)
        try await Self.removeTree(building.appending("tmp"))
        try AtomicFile.write(json: lock, to: building.appending("lock.json"))
        try await Self.removeTree(folder(of: lock))
        try Files.rename(building, to: folder(of: lock))
        return SandboxRoot(path: folder(of: lock).appending("root"), lockDigest: lock.digest)
    }

    /// Removes the sandbox of that lock; its packages stay in the cache.
    package func remove(_ lock: SandboxLock) async throws {
        try await Self.removeTree(folder(of: lock))
        try await Self.removeTree(FilePath("\(folder(of: lock)).partial"))
    }

    private func install(
        _ lock: SandboxLock, from repository: FilePath, into building: FilePath, onProgress: @escaping ProgressSink
    ) async throws {
        let names = lock.installed.map { "\($0.name)=\($0.version)" }.joined(separator: ",")
        let root = building.appending("root")
        // What the host would leave in the root file system does not belong in it.
        let cleaning = "rm -f \"$1/etc/resolv.conf\" \"$1/etc/hostname\"; : > \"$1/etc/apt/sources.list\""
        let epoch = lock.suites.map { Int($0.date.timeIntervalSince1970) }.max() ?? 0
        let environment = [
            "TMPDIR": building.appending("tmp").string, "SOURCE_DATE_EPOCH": "\(epoch)", "LC_ALL": "C", "HOME": "/",
        ]
        let mmdebstrap = Command(
            "mmdebstrap",
            [
                "--mode=root", "--variant=essential", "--format=directory", "--dpkgopt=force-unsafe-io",
                "--include=\(names)", "--customize-hook=\(cleaning)", "sandbox", root.string,
                "deb [trusted=yes] copy://\(repository) ./",
            ], environment: environment)
        let log = try LogFile(building.appending("mmdebstrap.log"))
        let ending = try await Confinement.installing(mmdebstrap).stream(deadline: .seconds(3600)) { bytes in
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix("I: ") {
                onProgress(WorkProgress("making the root file system", detail: String(line.dropFirst(3))))
            }
            try log.append(bytes)
            return .more
        }
        guard !ending.succeeded else { return }
        let tail = log.tail()
        let full = tail.contains("No space left") || tail.contains("not enough free space")
        throw Failure(
            full ? "disk.full" : "sandbox.failed",
            "mmdebstrap could not make the root file system (\(ending.text)); its log is \(log.path)",
            advice: full
                ? "free about 5 GiB on the file system of \(cache), or set XDG_CACHE_HOME to another"
                : "`bessemer doctor` says what is missing on this host; then run this again",
            underlying: tail)
    }

    /// A flat repository (Debian repository format): the files, and `Packages` made of their own control fields.
    private func writeRepository(_ packages: [LockedPackage], in folder: FilePath) async throws {
        try Files.makeDirectory(folder)
        var index = ""
        for package in packages {
            let file = try self.packages.file(of: package)
            let name = "\(package.sha256).deb"
            do {
                try FileManager.default.linkItem(atPath: file.string, toPath: folder.appending(name).string)
            } catch {
                throw Failure("file.unwritable", "could not link \(file)", advice: "check \(cache)", underlying: error)
            }
            let control = try await Command("dpkg-deb", ["--field", file.string]).output(
                "sandbox.damaged", doing: "reading \(package.text)", advice: "remove \(file), then run this again")
            guard Self.names(control) == [package.name, package.version, package.architecture] else {
                throw Failure(
                    "sandbox.damaged",
                    "the lock says \(package.text), and its file says \(Self.names(control).joined(separator: " "))",
                    advice: "take the lock from where it was made")
            }
            index += control.trimmingCharacters(in: .newlines)
            index += "\nFilename: ./\(name)\nSize: \(package.size)\nSHA256: \(package.sha256)\n\n"
        }
        try AtomicFile.write(index, to: folder.appending("Packages"))
        let entry = "\(Digest(of: index)) \(index.utf8.count) Packages"
        try AtomicFile.write(
            "Suite: sandbox\nCodename: sandbox\nSHA256:\n \(entry)\n", to: folder.appending("Release"))
    }

    /// Package, version and architecture of a control file.
    private static func names(_ control: String) -> [String] {
        ["Package: ", "Version: ", "Architecture: "].map { field in
            let line = control.split(separator: "\n").first { $0.hasPrefix(field) }
            return line.map { $0.dropFirst(field.count).trimmingCharacters(in: .whitespaces) } ?? ""
        }
    }

    /// A root file system has files of several identities; removing them takes the root that made them.
    private static func removeTree(_ folder: FilePath) async throws {
        guard Files.exists(folder) else { return }
        try await Privilege.rooted(Command("rm", ["-rf", "--one-file-system", folder.string])).output(
            "file.unremovable", doing: "removing \(folder)", advice: "remove it by hand")
    }
}
