// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// An `ar` archive with GNU's long names: `lib.a`, and Rust's `.rlib`.
///
/// A sequence of its members without symbol tables and the table of names. Thin archives, which hold names of files
/// instead of files, and BSD's long names are `unsupported`.
public struct Archive: Sendable {
    /// One file in an archive.
    public struct Member: Sendable {
        public let name: String
        /// A view of the archive.
        public let contents: Bytes
        /// Place of the member's header in the archive, in bytes.
        public let offset: Int
    }

    public let members: [Member]

    private static let magic = Array("!<arch>\n".utf8)
    private static let thinMagic = Array("!<thin>\n".utf8)

    /// Whether data begins like an archive, thin ones included.
    public static func isArchive(_ bytes: Bytes) -> Bool {
        guard let start = try? bytes.slice(0, count: magic.count).array else { return false }
        return start == magic || start == thinMagic
    }

    /// Reads the headers of all members.
    ///
    /// - Throws: `notThisFormat`; `unsupported` for a thin archive and BSD's names; what is wrong with a header, with
    ///   its offset in the archive.
    public init(_ bytes: Bytes) throws(FormatError) {
        do {
            members = try Self.members(of: bytes)
        } catch {
            throw error.within("archive")
        }
    }

    private static func members(of bytes: Bytes) throws(FormatError) -> [Member] {
        guard isArchive(bytes) else { throw FormatError(.notThisFormat, offset: 0, "no archive magic") }
        if bytes[2] == UInt8(ascii: "t") {
            throw FormatError(
                .unsupported, offset: 0, "a thin archive holds only the names of its members; name their files instead")
        }
        var members: [Member] = []
        var longNames = Bytes.empty
        var offset = magic.count
        while offset < bytes.count {
            let header: Bytes
            do { header = try bytes.slice(offset, count: 60) } catch {
                throw FormatError(.truncated, offset: offset, "member header")
            }
            guard header[58] == 0x60, header[59] == 0x0a else {
                throw FormatError(.invalid, offset: offset, "end of a member header")
            }
            let field = try header.slice(0, count: 16).text
            guard let size = number(try header.slice(48, count: 10)) else {
                throw FormatError(.invalid, offset: offset + 48, "size of a member")
            }
            let contents: Bytes
            do { contents = try bytes.slice(offset + 60, count: size) } catch {
                throw FormatError(.truncated, offset: offset, "member of \(size) bytes")
            }
            let name = trimmed(field)
            switch name {
            case "/", "/SYM64/": break
            case "//": longNames = contents
            default:
                members.append(
                    Member(
                        name: try memberName(name, longNames, offset), contents: contents, offset: offset))
            }
            // Members begin at even offsets; the last one may lack its padding.
            offset += 60 + size + (size & 1)
        }
        return members
    }

    private static func memberName(_ field: String, _ longNames: Bytes, _ offset: Int) throws(FormatError) -> String {
        if field.hasPrefix("#1/") { throw FormatError(.unsupported, offset: offset, "a BSD member name") }
        guard field.hasPrefix("/") else {
            return field.hasSuffix("/") ? String(field.dropLast()) : field
        }
        guard let start = Int(field.dropFirst()), start >= 0, start < longNames.count else {
            throw FormatError(.outOfRange, offset: offset, "long member name \(field)")
        }
        var end = start
        while let byte = longNames[end], byte != 0x0a, byte != 0 { end += 1 }
        let name = try longNames.slice(start, count: end - start).text
        return name.hasSuffix("/") ? String(name.dropLast()) : name
    }

    private static func trimmed(_ field: String) -> String {
        var text = Substring(field)
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    /// A decimal number followed by spaces, of at most ten digits.
    private static func number(_ field: Bytes) -> Int? {
        let digits = trimmed(field.text)
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return Int(digits)
    }
}
