// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import SystemPackage

/// One process at a time that changes a tree (flock(2) of the tree's folder, which leaves no file in it).
final class TreeLock: Sendable {
    private let descriptor: Int32

    /// Throws `Failure` with code `folder.busy` where another process changes the tree.
    init(_ tree: FilePath) throws {
        descriptor = unsafe open(tree.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Failure(
                "file.unreadable", "could not open \(tree)", advice: "check that it may be read",
                underlying: Errno(rawValue: errno))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = Errno(rawValue: errno)
            // `deinit` closes it: all that it needs is known.
            guard error == .wouldBlock else {
                throw Failure(
                    "glue.lock", "\(tree) lies on a file system without locks",
                    advice: "copy the tree to a local file system", underlying: error)
            }
            throw Failure(
                "folder.busy", "another Bessemer process is changing \(tree)", advice: "wait for it to end")
        }
    }

    deinit {
        guard descriptor >= 0 else { return }
        // A child that is just being started may still have the file, and the lock is the file's.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
