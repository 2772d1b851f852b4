// SPDX-License-Identifier: Apache-2.0

/// What is wrong with bytes that somebody else wrote, and where. The file's name is added by whoever opened it.
@frozen public struct FormatError: Error, Hashable, Sendable {
    /// The kinds of defect that a decoder tells apart.
    @frozen public enum Code: String, Hashable, Sendable {
        /// The data ends before what it announces.
        case truncated
        /// An offset, an index or a size points outside of what it refers to.
        case outOfRange
        /// The bytes are not of this format at all.
        case notThisFormat
        /// A value that the format does not allow.
        case invalid
        /// Allowed by the format, but not understood here.
        case unsupported
        /// Larger than the limit that keeps memory bounded.
        case tooLarge
    }

    public var code: Code
    /// The section or the part of the file, as its format names it: `.debug_info`, `ELF header`.
    public var section: String
    /// Bytes from the start of `section`.
    public var offset: UInt64
    /// What was read there, in a few words.
    public var detail: String

    public init(_ code: Code, section: String = "", offset: some BinaryInteger, _ detail: String = "") {
        self.code = code
        self.section = section
        self.offset = UInt64(clamping: offset)
        self.detail = detail
    }

    /// The same error, placed in a section. An error that has its place already keeps it.
    public func within(_ section: String) -> FormatError {
        var placed = self
        if placed.section.isEmpty { placed.section = section }
        return placed
    }
}

extension FormatError: CustomStringConvertible {
    public var description: String {
        let what =
            switch code {
            case .truncated: "the data ends too early"
            case .outOfRange: "points outside of its target"
            case .notThisFormat: "is not of this format"
            case .invalid: "has a value that the format does not allow"
            case .unsupported: "is of a kind that is not understood"
            case .tooLarge: "is larger than the limit"
            }
        let place = (section.isEmpty ? "" : "\(section) ") + "at 0x" + String(offset, radix: 16)
        return "\(place): \(what)" + (detail.isEmpty ? "" : " (\(detail))")
    }
}
