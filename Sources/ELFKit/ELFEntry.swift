// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// One ELF file that a user's paths lead to, not opened yet.
public struct ELFEntry: Sendable {
    /// The file in the file system, as it was reached from the user's path.
    public let path: String
    /// The member's name, where that file is an archive.
    public let member: String?
    private let contents: Contents
    private let limit: Int

    enum Contents: Sendable {
        /// Mapped when it is opened; compressed or not.
        case file
        /// A view of an archive that is mapped already.
        case view(Bytes)
        /// The file of a thin archive's member, mapped when it is opened.
        case member(String)
    }

    init(path: String, member: String?, contents: Contents, limit: Int) {
        self.path = path
        self.member = member
        self.contents = contents
        self.limit = limit
    }

    /// `dir/module.ko`, `dir/lib.a(member.o)`.
    public var display: String { member.map { "\(path)(\($0))" } ?? path }

    /// Maps the file, decompresses it if need be, and reads its headers.
    ///
    /// Can be called by any worker and more than once. The memory goes with the last view of the file.
    public func open() throws(ELFInputError) -> ELFFile {
        do {
            switch contents {
            case .view(let bytes): return try file(bytes)
            case .file: return try file(try MappedFile.open(path))
            case .member(let path): return try file(try MappedFile.open(path))
            }
        } catch let error as MappedFile.OpenError {
            throw ELFInputError(path: display, cause: member == nil ? .system(error) : .member(error))
        } catch let error as FormatError {
            throw ELFInputError(path: display, cause: .format(error))
        } catch let error as ELFInputError {
            throw error
        } catch {
            throw ELFInputError(path: display, cause: .notELF("\(error)"))
        }
    }

    private func file(_ bytes: Bytes) throws(FormatError) -> ELFFile {
        try ELFFile(try bytes.decompressedIfNeeded(limit: limit), decompressionLimit: limit)
    }
}

extension Bytes {
    /// These bytes, or what they are the compressed form of; zlib data has no file format and is left alone.
    func decompressedIfNeeded(limit: Int) throws(FormatError) -> Bytes {
        guard let format = CompressionFormat(magicOf: self), format != .zlib else { return self }
        do {
            return try decompressed(as: format, limit: limit)
        } catch {
            throw error.within("\(format.rawValue) data")
        }
    }
}
