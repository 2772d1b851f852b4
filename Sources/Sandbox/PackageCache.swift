// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records
package import SystemPackage

/// Package files on disk, each named by its digest.
package struct PackageCache: Sendable {
    package let folder: FilePath

    package init(_ folder: FilePath) {
        self.folder = folder
    }

    private func path(of package: LockedPackage) -> FilePath { folder.appending("\(package.sha256).deb") }

    /// Whether the package's file is here with the locked content; hashes it each time.
    package func holds(_ package: LockedPackage) throws -> Bool {
        let file = path(of: package)
        guard Files.size(file) == package.size else { return false }
        return try Digest(ofFile: file) == package.sha256
    }

    /// The package's file, whose content is checked now: a name says nothing of what a file holds.
    ///
    /// Throws `Failure`: `sandbox.package-absent` where it has not been fetched, `sandbox.damaged` where it holds
    /// something else; that file is removed.
    package func file(of package: LockedPackage) throws -> FilePath {
        let file = path(of: package)
        guard Files.exists(file) else {
            throw Failure(
                "sandbox.package-absent", "\(package.text) is not in the cache (\(file))",
                advice: "run this again with a network, or `bessemer sandbox create`")
        }
        guard try holds(package) else {
            try Files.remove(file)
            throw Failure(
                "sandbox.damaged",
                "the cached file of \(package.text) did not have the locked SHA-256 and has been removed",
                advice: "run this again to fetch it")
        }
        return file
    }

    /// The lock with the SHA-512 of each package whose file is here, for bills of materials; computed where the lock lacks it.
    ///
    /// Throws `Failure` as `file` does where a file is not what the lock says.
    package func completed(_ lock: SandboxLock) throws -> SandboxLock {
        func complete(_ packages: [LockedPackage]) throws -> [LockedPackage] {
            try packages.mapConcurrently { package in
                guard package.sha512 == nil, Files.exists(path(of: package)) else { return package }
                var made = package
                made.sha512 = try LongDigest(ofFile: try file(of: package))
                return made
            }
        }
        return lock.replacing(
            installed: try complete(lock.installed), fetched: try complete(lock.fetched),
            guest: try lock.guest.map(complete))
    }

    /// Fetches those packages that are not here with the locked content, and checks each file's digest.
    ///
    /// Throws `Failure`: `sandbox.package-gone` names packages that the mirror no longer has, `sandbox.no-network`
    /// says that it can't be reached, `disk.full` that the files have no room.
    package func fetch(_ packages: [LockedPackage], from mirror: Mirror, onProgress: ProgressSink) async throws {
        try Files.makeDirectory(folder)
        let missing = try packages.filter { try !holds($0) }
        guard !missing.isEmpty else { return }
        let needed = missing.reduce(0) { $0 + $1.size }
        if let free = Files.freeSpace(at: folder), free < needed {
            throw Failure(
                "disk.full", "\(folder) has \(free >> 20) MiB free; the packages need \(needed >> 20) MiB",
                advice: "free space there, or set XDG_CACHE_HOME to a larger file system")
        }
        let downloads = folder.appending("partial")
        try Files.makeDirectory(downloads)
        // A mirror is not to blame for what can't be written here.
        let trial = downloads.appending("writable")
        try AtomicFile.write("", to: trial)
        try Files.remove(trial)
        var done = packages.count - missing.count
        var complaints = ""
        var gone: [LockedPackage] = []
        for start in stride(from: 0, to: missing.count, by: 40) {
            onProgress(WorkProgress("downloading packages", done: done, total: packages.count))
            let batch = missing[start..<min(start + 40, missing.count)]
            let arguments = batch.flatMap { package in
                [
                    mirror.address(of: package), downloads.appending("\(package.sha256)").string,
                    "SHA256:\(package.sha256)",
                ]
            }
            // apt-helper fetches as apt would: same proxies, credentials and certificates.
            let outcome = try await Command(
                "/usr/lib/apt/apt-helper",
                ["-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=3", "download-file"] + arguments
            ).capture(deadline: .seconds(1800))
            if !outcome.succeeded { complaints += SandboxResolver.errors(outcome.error + outcome.output) + "\n  " }
            for package in batch {
                let download = downloads.appending("\(package.sha256)")
                guard Files.size(download) == package.size, try Digest(ofFile: download) == package.sha256 else {
                    try Files.remove(download)
                    gone.append(package)
                    continue
                }
                try Files.rename(download, to: path(of: package))
                done += 1
            }
        }
        onProgress(WorkProgress("downloading packages", done: done, total: packages.count))
        guard !gone.isEmpty else { return }
        if complaints.contains("No space left") || complaints.contains("Write error") {
            throw Failure("disk.full", "no space left in \(folder)", advice: "free space there", underlying: complaints)
        }
        let unreachable = [
            "Could not resolve", "Could not connect", "Unable to connect", "Temporary failure",
            "Network is unreachable", "Connection failed",
        ]
        if unreachable.contains(where: complaints.contains), !complaints.contains("404") {
            throw Failure(
                "sandbox.no-network",
                "the mirror \(mirror.address) can't be reached and \(gone.count) packages are not in the cache",
                advice: "check the network, or name another mirror with --mirror", underlying: complaints)
        }
        throw Failure(
            "sandbox.package-gone",
            "\(mirror.address) can no longer give \(gone.count) of \(packages.count) packages: "
                + gone.prefix(12).map(\.text).joined(separator: ", ") + (gone.count > 12 ? ", …" : ""),
            advice:
                "use an archive that keeps every version (`--mirror \(Mirror.snapshots)/`; the lock says of which time), choose newer versions for this run (`--or-anew`), or for good (`bessemer sandbox lock --output FILE`)",
            underlying: complaints)
    }
}
