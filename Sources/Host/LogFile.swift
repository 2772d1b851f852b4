// SPDX-License-Identifier: Apache-2.0
internal import Synchronization
public import SystemPackage

/// A log on disk that also remembers its last lines.
public final class LogFile: Sendable {
    public let path: FilePath
    private let descriptor: FileDescriptor
    private let recent = Mutex<[UInt8]>([])
    private static let remembered = 16 << 10

    /// Makes the file, in the place of what had its name, and its folder. Only its owner may read it: what tools print
    /// belongs to the run.
    ///
    /// Throws `Failure` with code `file.unwritable` or `disk.full`.
    public init(_ path: FilePath) throws {
        self.path = path
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

    /// Throws `Failure` with code `file.unwritable` or `disk.full`.
    public func append(_ bytes: [UInt8]) throws {
        do {
            try descriptor.writeAll(bytes)
        } catch let error as Errno {
            throw AtomicFile.failure(path, error)
        }
        recent.withLock { recent in
            recent.append(contentsOf: bytes)
            if recent.count > 2 * Self.remembered { recent.removeFirst(recent.count - Self.remembered) }
        }
    }

    /// The last `count` lines.
    public func tail(_ count: Int = 12) -> String {
        let bytes = recent.withLock { $0 }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").suffix(count).joined(separator: "\n  ")
    }
}
