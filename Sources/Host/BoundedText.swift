// SPDX-License-Identifier: Apache-2.0
public import SystemPackage

extension Files {
    /// A whole file as text, which may have no end; what is not UTF-8 in it is replaced.
    ///
    /// Throws `Failure` with code `file.unreadable`, or `file.too-large` where there are more than `limit` bytes.
    public static func text(_ path: FilePath, atMost limit: Int) throws -> String {
        var bytes: [UInt8] = []
        try readPieces(of: path) { piece in
            guard piece.count <= limit - bytes.count else {
                throw Failure(
                    "file.too-large", "\(path) is larger than \(limit >> 20) MiB",
                    advice: "check that this is the file meant")
            }
            bytes += piece
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
