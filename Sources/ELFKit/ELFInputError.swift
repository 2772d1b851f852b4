// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// Why a path that somebody named could not be read as ELF.
public struct ELFInputError: Error, Sendable {
    public enum Cause: Sendable {
        /// The system did not give the file.
        case system(MappedFile.OpenError)
        /// The system did not give the file of a thin archive's member.
        case member(MappedFile.OpenError)
        /// The file is damaged, or of a kind that is not understood.
        case format(FormatError)
        /// The file is something else; a few words say what, and what to name instead.
        case notELF(String)
        /// The name is not UTF-8.
        case unnamable
    }

    /// The file, with an archive's member in parentheses.
    public let path: String
    public let cause: Cause
}

extension ELFInputError {
    /// What was thrown while that path was read; an error that names its path already keeps it.
    init(path: String, _ error: any Error, isMember: Bool = false) {
        switch error {
        case let error as ELFInputError: self = error
        case let error as MappedFile.OpenError: self.init(path: path, cause: isMember ? .member(error) : .system(error))
        case let error as FormatError: self.init(path: path, cause: .format(error))
        default: self.init(path: path, cause: .notELF("\(error)"))
        }
    }
}

extension ELFInputError: CustomStringConvertible {
    public var description: String {
        switch cause {
        case .system(let error): error.description
        case .member(let error): "\(path): the thin archive's member is the file \(error)"
        case .format(let error): "\(path): \(error)"
        case .notELF(let what): "\(path): not an ELF file: \(what)"
        case .unnamable: "\(path): not read, because its name is not UTF-8: rename it"
        }
    }
}
