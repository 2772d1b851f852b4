// SPDX-License-Identifier: Apache-2.0
internal import Foundation
public import SystemPackage

/// Files that are either whole or not there.
public enum AtomicFile {
    /// Writes beside the target, flushes to disk, renames over it. Throws `Failure` with code `file.unwritable` or
    /// `disk.full`.
    public static func write(
        _ data: some Sequence<UInt8>, to path: FilePath,
        permissions: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]
    ) throws {
        let temporary = FilePath("\(path).partial-\(ProcessInfo.processInfo.processIdentifier)")
        do {
            let descriptor = try FileDescriptor.open(
                temporary, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: permissions)
            try descriptor.closeAfter {
                try descriptor.writeAll(Array(data))
                guard fsync(descriptor.rawValue) == 0 else { throw Errno(rawValue: errno) }
            }
            guard unsafe rename(temporary.string, path.string) == 0 else { throw Errno(rawValue: errno) }
        } catch let error as Errno {
            unsafe unlink(temporary.string)
            throw Self.failure(path, error)
        }
    }

    public static func write(_ text: String, to path: FilePath) throws {
        try write(text.utf8, to: path)
    }

    /// Writes sorted, indented JSON that ends in a newline.
    public static func write(json value: some Encodable, to path: FilePath) throws {
        try write(try JSON.encode(value), to: path)
    }

    static func failure(_ path: FilePath, _ error: Errno) -> Failure {
        if error == .noSpace {
            let folder = path.removingLastComponent()
            let isTemporary = path.starts(with: FilePath(NSTemporaryDirectory()))
            return Failure(
                "disk.full", "no space left while writing \(path)",
                advice: "free space on the file system of \(folder)"
                    + (isTemporary ? ", or set TMPDIR to a folder on another" : ""),
                underlying: error)
        }
        return Failure(
            "file.unwritable", "could not write \(path)", advice: "check that the folder exists and may be written",
            underlying: error)
    }
}
