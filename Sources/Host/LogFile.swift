// SPDX-License-Identifier: Apache-2.0
public import SystemPackage

/// A log on disk that also remembers its last lines.
public actor LogFile {
    public nonisolated let path: FilePath
    private let descriptor: FileDescriptor
    private var recent: [UInt8] = []
    private static let remembered = 16 << 10

    /// Makes or empties the file. Throws `Failure` with code `file.unwritable`.
    public init(_ path: FilePath) throws {
        self.path = path
        do {
            descriptor = try FileDescriptor.open(
                path, .writeOnly, options: [.create, .truncate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
        } catch let error as Errno {
            throw AtomicFile.failure(path, error)
        }
    }

    deinit {
        try? descriptor.close()
    }

    public func append(_ bytes: [UInt8]) throws {
        do {
            try descriptor.writeAll(bytes)
        } catch let error as Errno {
            throw AtomicFile.failure(path, error)
        }
        recent.append(contentsOf: bytes)
        if recent.count > 2 * Self.remembered { recent.removeFirst(recent.count - Self.remembered) }
    }

    /// The last `count` lines.
    public func tail(_ count: Int = 12) -> String {
        String(decoding: recent, as: UTF8.self).split(separator: "\n").suffix(count).joined(separator: "\n  ")
    }
}
