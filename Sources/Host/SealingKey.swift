// SPDX-License-Identifier: Apache-2.0
internal import Crypto
internal import Foundation
package import SystemPackage

/// A secret of this user's, by which Bessemer knows again what it wrote itself (HMAC with SHA-256, RFC 2104).
package struct SealingKey: Sendable {
    private let key: SymmetricKey

    /// Reads the key, or makes it; nobody else may read the file.
    ///
    /// Throws `Failure` with code `file.unwritable`, `file.unreadable`, `disk.full`, or `key.unsafe` where others may
    /// read the file or it does not hold a key.
    package init(file: FilePath) throws {
        if !Files.exists(file) {
            try Files.makeDirectory(file.removingLastComponent())
            let bytes = unsafe SymmetricKey(size: .bits256).withUnsafeBytes { unsafe Array($0) }
            try AtomicFile.write(bytes, to: file, permissions: [.ownerReadWrite])
        }
        // Looked at first: a pipe in its place would be waited for.
        guard let status = Files.status(file, followingLinks: false), status.st_mode & S_IFMT == S_IFREG,
            status.st_mode & 0o077 == 0, status.st_uid == geteuid(), status.st_size == 32,
            case let bytes = try Files.bytes(file, limit: 32), bytes.count == 32
        else {
            throw Failure(
                "key.unsafe", "\(file) is not a key that this user alone may read",
                advice: "remove it; a new one is made, and results of earlier runs are made again")
        }
        key = SymmetricKey(data: bytes)
    }

    /// 64 hexadecimal digits.
    package func seal(of bytes: [UInt8]) -> String {
        HMAC<SHA256>.authenticationCode(for: bytes, using: key).hexadecimal
    }
}
