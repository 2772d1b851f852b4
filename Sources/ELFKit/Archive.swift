// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// An `ar` archive with GNU's long names: `lib.a`, and Rust's `.rlib`.
///
/// A sequence of its members without symbol tables and the table of names. A thin archive holds the names of its
/// members' files instead of the files (ar(1), `--thin`; binutils' bfd/archive.c). BSD's long names are `unsupported`.
public struct Archive: Sendable {
    /// One file in an archive.
    public struct Member: Sendable {
        /// In a thin archive the path of a file, from the archive's folder.
        public let name: String
        /// A view of the archive; empty in a thin one.
        public let contents: Bytes
        /// Place of the member's header in the archive, in bytes.
        public let offset: Int
        /// In a thin archive: where, in the archive that `name` leads to, the header of the member that is meant stands.
        public let nestedOffset: Int?
    }

    public let members: [Member]
    /// Whether the members are files beside the archive.
    public let isThin: Bool

    private static let magic = Array("!<arch>\n".utf8)
    private static let thinMagic = Array("!<thin>\n".utf8)

    /// Whether data begins like an archive, thin ones included.
    public static func isArchive(_ bytes: Bytes) -> Bool {
        bytes.holds(magic) || bytes.holds(thinMagic)
    }

    /// Reads the headers of all members.
    ///
    /// - Throws: `notThisFormat`; `unsupported` for BSD's names; what is wrong with a header, with its offset in the
    ///   archive.
    public init(_ bytes: Bytes) throws(FormatError) {
        isThin = Self.isThin(bytes)
        do {
            members = try Self.members(of: bytes, isThin: isThin)
        } catch {
            throw error.within("archive")
        }
    }

    /// Whether data begins like an archive that holds the names of files.
    static func isThin(_ bytes: Bytes) -> Bool { bytes.holds(thinMagic) }

    private static func members(of bytes: Bytes, isThin: Bool) throws(FormatError) -> [Member] {
        guard isArchive(bytes) else { throw FormatError(.notThisFormat, offset: 0, "no archive magic") }
        var members: [Member] = []
        var longNames = Bytes.empty
        var offset = magic.count
        while offset < bytes.count {
            guard let header = try? bytes.slice(offset, count: 60) else {
                throw FormatError(.truncated, offset: offset, "member header")
            }
            guard header[58] == 0x60, header[59] == 0x0a else {
                throw FormatError(.invalid, offset: offset, "end of a member header")
            }
            let field = try header.slice(0, count: 16).text
            guard let size = number(try header.slice(48, count: 10)) else {
                throw FormatError(.invalid, offset: offset + 48, "size of a member")
            }
            let name = trimmed(field)
            let stored = isThin && !["/", "/SYM64/", "//"].contains(name) ? 0 : size
            guard let contents = try? bytes.slice(offset + 60, count: stored) else {
                throw FormatError(.truncated, offset: offset, "member of \(size) bytes")
            }
            switch name {
            case "/", "/SYM64/": break
            case "//": longNames = contents
            default:
                let (text, nested) = try memberName(name, longNames, offset, isThin: isThin)
                members.append(Member(name: text, contents: contents, offset: offset, nestedOffset: nested))
            }
            // Members begin at even offsets; the last one may lack its padding.
            offset += 60 + stored + (stored & 1)
        }
        return members
    }

    /// The member whose header is at a place.
    func member(at offset: Int) -> Member? {
        let place = members.indices.partitioningIndex { members[$0].offset >= offset }
        return place < members.count && members[place].offset == offset ? members[place] : nil
    }

    /// The name that a header's field means: `name/`, or `/27` for the long name at 27, and in a thin archive
    /// `/27:1234`, where the second number is an offset in the file of that name.
    private static func memberName(
        _ field: String, _ longNames: Bytes, _ offset: Int, isThin: Bool
    ) throws(FormatError) -> (String, nestedOffset: Int?) {
        if field.hasPrefix("#1/") { throw FormatError(.unsupported, offset: offset, "a BSD member name") }
        guard field.hasPrefix("/") else { return (field.hasSuffix("/") ? String(field.dropLast()) : field, nil) }
        // `ar m` leaves a slash in the field's last place.
        let numbers = trimmed(String(field.last == "/" ? field.dropLast() : field[...])).dropFirst()
            .split(separator: ":", maxSplits: isThin ? 1 : 0, omittingEmptySubsequences: false).map { Int($0) ?? -1 }
        guard let start = numbers.first, numbers.allSatisfy({ $0 >= 0 }), start < longNames.count else {
            throw FormatError(.outOfRange, offset: offset, "long member name \(field)")
        }
        var end = start
        while let byte = longNames[end], byte != 0x0a, byte != 0 { end += 1 }
        let name = try longNames.slice(start, count: end - start).text
        return (name.hasSuffix("/") ? String(name.dropLast()) : name, numbers.count > 1 ? numbers[1] : nil)
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
