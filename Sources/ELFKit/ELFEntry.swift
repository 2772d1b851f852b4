// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// One ELF file that a user's paths lead to, not opened yet.
public struct ELFEntry: Sendable {
    /// The file in the file system, as it was reached from the user's path.
    public let path: String
    /// The member's name, where that file is an archive.
    public let member: String?
    let contents: Contents
    let limit: Int

    enum Contents: Sendable {
        /// Mapped when it is opened; compressed or not. A thin archive's member has a file of its own.
        case file(String)
        /// A view of an archive that is mapped already.
        case view(Bytes)
    }

    /// `dir/module.ko`, `dir/lib.a(member.o)`.
    public var display: String { member.map { "\(path)(\($0))" } ?? path }

    /// Maps the file, decompresses it if need be, and reads its headers.
    ///
    /// Can be called by any worker and more than once. The memory goes with the last view of the file.
    public func open() throws(ELFInputError) -> ELFFile {
        do {
            let bytes =
                switch contents {
                case .file(let path): try MappedFile.open(path)
                case .view(let bytes): bytes
                }
            return try ELFFile(bytes.decompressedIfNeeded(limit: limit), decompressionLimit: limit)
        } catch {
            throw ELFInputError(path: display, error, isMember: member != nil)
        }
    }
}

extension Bytes {
    /// These bytes, or what they are the compressed form of.
    func decompressedIfNeeded(limit: Int) throws(FormatError) -> Bytes {
        guard let format = CompressionFormat(ofFile: self) else { return self }
        do {
            return try decompressed(as: format, limit: limit)
        } catch {
            throw error.within("\(format.rawValue) data")
        }
    }
}

extension CompressionFormat {
    /// The format of a file that begins with these bytes; zlib data has no file format.
    init?(ofFile bytes: Bytes) {
        self.init(magicOf: bytes)
        if self == .zlib { return nil }
    }
}
