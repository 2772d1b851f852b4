// SPDX-License-Identifier: Apache-2.0
package import Host
package import SystemPackage

/// The file of a private key that another one can take the place of. Which key is in force is recorded elsewhere, and that
/// decides what becomes of a change that was cut short.
///
/// A change is made in this order, so that it can end at any moment: the new key is written beside the file (`prepare`), it
/// is recorded, and it takes the file's place while the old one is kept under a name of its own (`settle`).
package struct KeyFile: Sendable, Hashable {
    package let path: FilePath
    /// The new key's, until it takes its place.
    package let waiting: FilePath

    package init(_ path: FilePath) {
        self.path = path
        waiting = FilePath("\(path).new")
    }

    package var isThere: Bool { Self.isThere(path) }

    /// Where a key is kept that is not used any more.
    package func kept(_ key: PublicKey) -> FilePath { FilePath("\(path).\(key.fingerprint.short)") }

    /// Held while a key of that folder is changed. Throws `Failure` with code `folder.busy`, and as making it does.
    package func lock() throws -> FolderLock {
        let folder = path.removingLastComponent()
        try Files.makeDirectory(folder, permissions: Files.ownFolder)
        return try FolderLock(folder, doing: "changing a key")
    }

    /// The private half, from wherever a change of keys has left it; nil where it is in none of these places.
    ///
    /// Throws `Failure` as reading a key does where one of them can't be read, and no other has it.
    package func key(of publicKey: PublicKey) throws -> PrivateKey? {
        var problem: (any Error)?
        // `path` twice: another process may move the key from `waiting` to it meanwhile.
        for file in [path, waiting, path, kept(publicKey)] where Self.isThere(file) {
            do {
                let key = try PrivateKey(file: file)
                if key.publicKey == publicKey { return key }
            } catch {
                problem = problem ?? error
            }
        }
        if let problem { throw problem }
        return nil
    }

    /// Writes the key that is to take the file's place; one that was never recorded makes way. Throws as `AtomicFile.write`.
    package func prepare(_ key: PrivateKey) throws {
        try Files.remove(waiting)
        try key.write(to: waiting)
    }

    /// Whether a change waits to be finished, or forgotten, where `current` is recorded as the key in force.
    package func isUnsettled(_ current: PublicKey?) -> Bool {
        if Self.isThere(waiting) { return true }
        guard let current, Self.isThere(kept(current)) else { return false }
        return (try? PrivateKey(file: path))?.publicKey != current
    }

    /// Puts the key in force in the file's place, and keeps what was there; a prepared key that is not in force is removed.
    /// Call it with `lock` held. Returns whether the file is another one now.
    ///
    /// Throws `Failure` where a file can't be written; the keys are all still there then.
    @discardableResult
    package func settle(_ current: PublicKey?) throws -> Bool {
        func holds(_ file: FilePath) -> Bool {
            guard let current, Self.isThere(file) else { return false }
            return (try? PrivateKey(file: file))?.publicKey == current
        }
        guard let current, !holds(path), let source = [waiting, kept(current)].first(where: holds) else {
            try Files.remove(waiting)
            return false
        }
        if isThere {
            if let old = try? PrivateKey(file: path) {
                if !Self.isThere(kept(old.publicKey)) { try old.write(to: kept(old.publicKey)) }
            } else {
                try Files.rename(path, to: FilePath("\(path).unreadable"))
            }
        }
        try Files.rename(source, to: path)
        try Files.remove(waiting)
        return true
    }

    private static func isThere(_ file: FilePath) -> Bool { Files.status(file, followingLinks: false) != nil }
}

extension Failure {
    /// Why a key that is recorded could not take its file's place yet.
    package func aboutUnsettledKey(_ file: FilePath) -> Failure {
        Failure(
            code, "the key that the evidence log names could not be put in the place of \(file): \(message)",
            advice: "\(advice); the next command that uses the key finishes that", underlying: underlying)
    }
}
