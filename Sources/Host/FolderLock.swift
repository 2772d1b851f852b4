// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import SystemPackage

/// One process at a time in a folder (flock(2)); the kernel lets go of it when the process ends, however it ends.
package final class FolderLock: Sendable {
    private let descriptor: Int32

    /// Throws `Failure` with code `folder.busy` where another process holds it.
    package init(_ folder: FilePath, doing what: String) throws {
        try Files.makeDirectory(folder)
        let path = folder.appending("lock")
        // What is left by an error from here on, `deinit` closes: all that it needs is known.
        descriptor = unsafe open(path.string, O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw AtomicFile.failure(path, Errno(rawValue: errno)) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw Failure(
                "folder.busy", "another Bessemer process is \(what) in \(folder)",
                advice: "wait for it to end, or name another folder")
        }
    }

    deinit {
        guard descriptor >= 0 else { return }
        // A child that is just being started may hold the descriptor a moment longer; the lock ends now.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
