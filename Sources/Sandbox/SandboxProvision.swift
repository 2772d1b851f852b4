// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records
internal import SystemPackage

/// A sandbox that is ready, and how it came about.
package struct SandboxProvision: Sendable {
    package let lock: SandboxLock
    package let root: SandboxRoot
    /// How the lock differs from the one that was asked for, a line a package; empty: not at all.
    package let drift: [String]
}

extension SandboxStore {
    /// Makes the sandbox of `lock` and fetches the packages that `needed` picks from it.
    ///
    /// Without a lock, or with `orAnew` where the mirror no longer has one of its packages, versions are chosen again, of
    /// `specification`; `say` reports that. A lock is the lock otherwise, and a mirror does not decide whether it holds.
    ///
    /// Throws `Failure` with the codes of `SandboxResolver.resolve`, `PackageCache.fetch` and `create`,
    /// `sandbox.pool-behind` and `specification.absent`.
    package func provide(
        _ lock: SandboxLock?, of specification: SandboxSpecification?, orAnew: Bool,
        needed: (SandboxLock) throws -> [LockedPackage], mirror: Mirror,
        allowExpired: Bool, onProgress: @escaping ProgressSink, say: (String) -> Void
    ) async throws -> SandboxProvision {
        if let lock {
            do {
                try await packages.fetch(needed(lock), from: mirror, onProgress: onProgress)
                let root = try await create(lock, from: mirror, onProgress: onProgress)
                let complete = try packages.completed(lock)
                try remember(complete)
                return SandboxProvision(lock: complete, root: root, drift: [])
            } catch let failure as Failure where failure.code == "sandbox.package-gone" && orAnew {
                say("note: \(failure.message)")
                say("note: choosing versions again; the record shows the difference")
            }
        }
        guard let specification else { throw Failure.noSpecification }
        let older = try lock ?? lastLock(of: specification) ?? lastLock()
        let chosen = try await resolve(
            specification, from: mirror, allowExpired: allowExpired, older: older, onProgress: onProgress, say: say)
        let obtained = try await obtain(
            chosen, or: older, needed: needed, from: mirror, onProgress: onProgress, say: say)
        let root = try await create(obtained, from: mirror, onProgress: onProgress)
        return SandboxProvision(
            lock: try packages.completed(obtained), root: root, drift: lock.map(obtained.differences(from:)) ?? [])
    }

    /// Chooses versions again, and fetches every file: a lock that the mirror can't give is of no use.
    ///
    /// Throws `Failure` with the codes of `SandboxResolver.resolve` and `PackageCache.fetch`, and `sandbox.pool-behind`.
    package func choose(
        _ specification: SandboxSpecification, from mirror: Mirror, allowExpired: Bool, older: SandboxLock?,
        onProgress: @escaping ProgressSink,
        say: (String) -> Void
    ) async throws -> SandboxLock {
        let lock = try await resolve(
            specification, from: mirror, allowExpired: allowExpired, older: older, onProgress: onProgress, say: say)
        return try packages.completed(
            try await obtain(
                lock, or: older, needed: { $0.fetched + ($0.guest ?? []) }, from: mirror, onProgress: onProgress,
                say: say))
    }

    /// The same versions with the digests of their files that the lock lacks, and with the specification; what is not in
    /// the cache is fetched.
    ///
    /// Throws `Failure` with the codes of `PackageCache.fetch`, and `specification.other` where the lock lacks what the
    /// specification names.
    package func complete(
        _ lock: SandboxLock, of specification: SandboxSpecification?, from mirror: Mirror,
        onProgress: @escaping ProgressSink
    ) async throws -> SandboxLock {
        let all = lock.installed + lock.fetched + (lock.guest ?? [])
        try await packages.fetch(all.filter { $0.sha512 == nil }, from: mirror, onProgress: onProgress)
        if let specification,
            let absent = specification.installed.first(where: { !lock.has([$0], in: lock.installed) })
        {
            throw Failure(
                "specification.other",
                "the lock has no \(absent.name), which the specification \(specification.name) names",
                advice: "choose versions again: leave --same-versions out")
        }
        onProgress(WorkProgress("hashing packages"))
        return try packages.completed(lock.replacing(specification: specification))
    }

    /// Fetches what a lock that was just chosen needs. Where the mirror's lists name files that its pool does not have
    /// (it is being updated), the versions of the lock before are taken: of what is fetched each by itself, of what is
    /// installed, here or in a guest, all together, since they depend on each other.
    ///
    /// Throws `Failure` with code `sandbox.pool-behind` where those can't be had either.
    func obtain(
        _ lock: SandboxLock, or older: SandboxLock?, needed: (SandboxLock) throws -> [LockedPackage],
        from mirror: Mirror, onProgress: @escaping ProgressSink, say: (String) -> Void
    ) async throws -> SandboxLock {
        let missing = try await missing(needed(lock) + lock.installed, from: mirror, onProgress)
        guard !missing.isEmpty else {
            try remember(lock)
            return lock
        }
        let names = missing.prefix(12).map(\.text).joined(separator: ", ") + (missing.count > 12 ? ", …" : "")
        let behind =
            "the lists of \(mirror.address) name \(missing.count) packages that its pool does not have: \(names)"
        let failure = Failure(
            "sandbox.pool-behind", behind,
            advice:
                "the mirror is being updated: try again later, or name a lock with --lock whose versions are taken instead "
                + "(of a run, or Bessemer's Locks/standard.lock.json), with --mirror \(Mirror.snapshots)/ where they are gone"
        )
        guard let older else { throw failure }
        func before(_ package: LockedPackage) -> LockedPackage {
            guard missing.contains(package) else { return package }
            return older.fetched.first { package.isVersion(of: $0) } ?? package
        }
        let installed = lock.specification?.installed ?? []
        let isInstalled = lock.installed.contains(where: missing.contains) && older.has(installed, in: older.installed)
        let guest = lock.specification?.guest ?? []
        let isGuest =
            lock.guest?.contains(where: missing.contains) == true && older.has(guest, in: older.guest ?? [])
        let mixed = lock.replacing(
            installed: isInstalled ? older.installed : nil, fetched: lock.fetched.map(before),
            guest: isGuest ? older.guest : nil)
        guard mixed != lock, try await self.missing(needed(mixed) + mixed.installed, from: mirror, onProgress).isEmpty
        else { throw failure }
        say("note: \(behind)")
        for line in mixed.differences(from: lock) { say("note: the version before is used: \(line)") }
        try remember(mixed)
        return mixed
    }

    /// Those of the packages that are not in the cache and that the mirror can't give.
    private func missing(
        _ wanted: [LockedPackage], from mirror: Mirror, _ onProgress: ProgressSink
    ) async throws -> [LockedPackage] {
        do {
            try await packages.fetch(wanted, from: mirror, onProgress: onProgress)
            return []
        } catch let failure as Failure where failure.code == "sandbox.package-gone" {
            return try wanted.filter { try !packages.holds($0) }
        }
    }

    /// Chooses versions again; `older` is the lock before. What could not be fetched is nothing to remember.
    private func resolve(
        _ specification: SandboxSpecification, from mirror: Mirror, allowExpired: Bool, older: SandboxLock?,
        onProgress: @escaping ProgressSink,
        say: (String) -> Void
    ) async throws -> SandboxLock {
        let folder = cache.appending("apt")
        let held = try FolderLock(folder, doing: "choosing package versions")
        defer { withExtendedLifetime(held) {} }
        let chosen = try await SandboxResolver(
            specification: specification, mirror: mirror, allowExpired: allowExpired, older: older
        ).resolve(in: folder, onProgress: onProgress, say: say)
        // What is not the mirror's stays as it was.
        return older?.specification?.name == specification.name
            ? chosen.replacing(toolchains: older?.toolchains) : chosen
    }

    /// Keeps a lock as the one that was used last, and as the last of its specification.
    package func remember(_ lock: SandboxLock) throws {
        for path in [lastLockPath, try lock.specification.map(lastLockPath)].compactMap(\.self) {
            // One that can't be read is replaced.
            guard (try? SandboxLock(contentsOf: path)) != lock else { continue }
            try Files.makeDirectory(path.removingLastComponent())
            try AtomicFile.write(json: lock, to: path)
        }
    }

    /// The lock that was used last, or chosen; nil where none was.
    package func lastLock() throws -> SandboxLock? {
        Files.exists(lastLockPath) ? try SandboxLock(contentsOf: lastLockPath) : nil
    }

    /// The lock that was used or chosen last of that specification as it is; nil where none was.
    package func lastLock(of specification: SandboxSpecification) throws -> SandboxLock? {
        let path = try lastLockPath(specification)
        return Files.exists(path) ? try SandboxLock(contentsOf: path) : nil
    }

    private func lastLockPath(_ specification: SandboxSpecification) throws -> FilePath {
        cache.pushing("locks").appending("\(Digest(of: try JSON.encode(specification)).hexadecimal).json")
    }

    private var lastLockPath: FilePath { cache.appending("sandbox.lock.json") }
}

extension SandboxLock {
    /// Whether each of the requests could have led to one of the packages: a suite that was named is one of the lock's.
    fileprivate func has(_ requests: [SandboxSpecification.Request], in packages: [LockedPackage]) -> Bool {
        let names = Set(packages.map(\.name))
        let suites = Set(suites.map(\.name))
        return requests.allSatisfy { request in
            names.contains(request.name) && request.suite.map(suites.contains) ?? true
        }
    }
}

extension Failure {
    /// Versions can't be chosen again of a lock alone.
    package static let noSpecification = Failure(
        "specification.absent", "the lock does not say of what its versions were chosen",
        advice: "name it with --sandbox, e.g. --sandbox standard")
}
