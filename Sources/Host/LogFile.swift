// SPDX-License-Identifier: Apache-2.0
internal import Synchronization
package import SystemPackage

/// A log on disk that also remembers its last lines, and does not grow beyond a limit.
package final class LogFile: Sendable {
    package let path: FilePath
    private let descriptor: FileDescriptor
    private let limit: Int
    private let state = Mutex((size: 0, recent: [UInt8]()))
    private static let remembered = 16 << 10
    /// What a kernel's build prints with every warning on is a tenth of it.
    package static let defaultLimit = 256 << 20

    /// Makes the file, in the place of what had its name, and its folder. Only its owner may read it: what tools print
    /// belongs to the run.
    ///
    /// Throws `Failure` with code `file.unwritable` or `disk.full`.
    package init(_ path: FilePath, limit: Int = LogFile.defaultLimit) throws {
        self.path = path
        self.limit = limit
        try Files.makeDirectory(path.removingLastComponent())
        try Files.remove(path)
        do {
            descriptor = try FileDescriptor.open(
                path, .writeOnly, options: [.create, .exclusiveCreate, .noFollow, .closeOnExec],
                permissions: AtomicFile.own)
        } catch let error as Errno {
            throw AtomicFile.failure(path, error)
        }
    }

    deinit {
        try? descriptor.close()
    }

    /// Throws `Failure` with code `output.limit` where the log would become longer than its limit (what fits is written),
    /// `file.unwritable` or `disk.full`.
    package func append(_ bytes: [UInt8]) throws {
        try state.withLock { state in
            let taken = bytes.prefix(limit - state.size)
            do {
                try descriptor.writeAll(taken)
            } catch let error as Errno {
                throw AtomicFile.failure(path, error)
            }
            state.size += taken.count
            state.recent += taken
            let old = state.recent.count - Self.remembered
            if old > Self.remembered { state.recent.removeFirst(old) }
            guard taken.count == bytes.count else {
                throw Failure(
                    "output.limit", "a program was ended for printing more than \(limit >> 20) MiB; its log is \(path)",
                    advice: "look at the end of the log for what it prints again and again")
            }
        }
    }

    /// The last `count` lines.
    package func tail(_ count: Int = 12) -> String {
        let bytes = state.withLock { $0.recent }
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).suffix(count).joined(
            separator: "\n")
    }
}
