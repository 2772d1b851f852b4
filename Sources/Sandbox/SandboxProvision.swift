// SPDX-License-Identifier: Apache-2.0
public import Host
internal import SystemPackage

/// A sandbox that is ready, and how it came about.
public struct SandboxProvision: Sendable {
    public let lock: SandboxLock
    public let root: SandboxRoot
    /// How the lock differs from the one that was asked for, a line a package; empty: not at all.
    public let drift: [String]
}

extension SandboxStore {
    /// Makes the sandbox of `lock` and fetches the packages that `needed` picks from it.
    ///
    /// Without a lock, or where the mirror no longer has one of its packages, versions are chosen anew; `say` tells.
    /// Throws `Failure` with the codes of `SandboxResolver.resolve`, `PackageCache.fetch` and `create`.
    public func provide(
        _ lock: SandboxLock?, needed: (SandboxLock) throws -> [LockedPackage], mirror: Mirror, allowExpired: Bool,
        onProgress: @escaping ProgressSink, say: (String) -> Void
    ) async throws -> SandboxProvision {
        func make(_ lock: SandboxLock) async throws -> SandboxRoot {
            try await packages.fetch(needed(lock), from: mirror, onProgress: onProgress)
            return try await create(lock, from: mirror, onProgress: onProgress)
        }
        if let lock {
            do {
                return SandboxProvision(lock: lock, root: try await make(lock), drift: [])
            } catch let failure as Failure where failure.code == "sandbox.package-gone" {
                say("note: \(failure.message)")
                say("note: choosing versions anew; the record tells the difference")
            }
        }
        let anew = try await resolve(
            from: mirror, allowExpired: allowExpired, older: lock, onProgress: onProgress, say: say)
        return SandboxProvision(
            lock: anew, root: try await make(anew), drift: lock.map(anew.differences(from:)) ?? [])
    }

    /// Chooses versions anew and remembers the lock as the last one; `older` is the one before it.
    public func resolve(
        from mirror: Mirror, allowExpired: Bool, older: SandboxLock?, onProgress: @escaping ProgressSink,
        say: (String) -> Void
    ) async throws -> SandboxLock {
        let folder = cache.appending("apt")
        let held = try FolderLock(folder, doing: "choosing package versions")
        defer { withExtendedLifetime(held) {} }
        let lock = try await SandboxResolver(mirror: mirror, allowExpired: allowExpired, older: older).resolve(
            in: folder, onProgress: onProgress, say: say)
        try AtomicFile.write(json: lock, to: lastLockPath)
        return lock
    }

    /// The lock that was resolved last; nil where none was.
    public func lastLock() throws -> SandboxLock? {
        Files.exists(lastLockPath) ? try SandboxLock(contentsOf: lastLockPath) : nil
    }

    private var lastLockPath: FilePath { cache.appending("sandbox.lock.json") }
}
