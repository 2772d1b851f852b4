// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// A JSON value whose bytes are always the same: RFC 8785, without numbers that are not integers.
///
/// Foundation's encoder sorts members by code points and writes large numbers in other ways; so values are written here,
/// from what it encodes.
package enum CanonicalJSON: Hashable, Sendable {
    case null
    case boolean(Bool)
    /// Between −(2^53−1) and 2^53−1, which every reader of JSON takes exactly (RFC 8785 § 3.2.2.3).
    case integer(Int)
    case string(String)
    case array([CanonicalJSON])
    /// In the order of the names' UTF-16 code units, each name once.
    case object([Member])

    package struct Member: Hashable, Sendable {
        package let name: String
        package let value: CanonicalJSON

        package init(_ name: String, _ value: CanonicalJSON) {
            self.name = name
            self.value = value
        }
    }

    /// Why bytes are not such a value.
    package struct ReadError: Error, Hashable, CustomStringConvertible {
        /// In bytes, from the start.
        package let offset: Int
        package let reason: String

        package var description: String { "\(reason) (offset \(offset))" }

        /// The same with the line and the column in those bytes, both from 1.
        package func text(in bytes: [UInt8]) -> String {
            let lines = String(decoding: bytes.prefix(offset), as: UTF8.self)
                .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            return "line \(lines.count), column \((lines.last?.count ?? 0) + 1): \(reason)"
        }
    }

    package static let largestInteger = (1 << 53) - 1

    /// An object of members in any order. Of two with one name the first stays.
    package init(object members: [Member]) {
        var kept: [Member] = []
        for member in members.sorted(by: { $0.name.utf16.lexicographicallyPrecedes($1.name.utf16) })
        where kept.last.map({ !$0.name.utf16.elementsEqual(member.name.utf16) }) ?? true {
            kept.append(member)
        }
        self = .object(kept)
    }

    /// The canonical bytes of a value. Throws `ReadError` where it holds a number that is not such an integer.
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = .withoutEscapingSlashes
        return try CanonicalJSON(Array(encoder.encode(value))).bytes
    }

    /// Reads any JSON text with unique member names and such integers alone. Throws `ReadError`.
    package init(_ bytes: [UInt8]) throws(ReadError) {
        var reader = CanonicalReader(bytes: bytes)
        self = try reader.document()
    }

    /// The same of JSON that others wrote: any other number becomes the text that it is written as. Throws `ReadError`.
    package init(foreign bytes: [UInt8]) throws(ReadError) {
        var reader = CanonicalReader(bytes: bytes, takesAnyNumber: true)
        self = try reader.document()
    }

    /// Reads bytes that are canonical, byte for byte. Throws `ReadError`.
    package init(canonical bytes: [UInt8]) throws(ReadError) {
        try self.init(bytes)
        let own = self.bytes
        guard own == bytes else {
            let offset = zip(own, bytes).enumerated().first { $1.0 != $1.1 }?.offset ?? min(own.count, bytes.count)
            throw ReadError(offset: offset, reason: "not in the canonical form of RFC 8785")
        }
    }

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return bytes
    }

    private func append(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .boolean(let value): bytes += (value ? "true" : "false").utf8
        case .integer(let value): bytes += "\(value)".utf8
        case .string(let value): Self.append(value, to: &bytes)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                value.append(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.append(member.name, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.append(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// RFC 8785 § 3.2.2.2.
    private static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x08: bytes += "\\b".utf8
            case 0x09: bytes += "\\t".utf8
            case 0x0a: bytes += "\\n".utf8
            case 0x0c: bytes += "\\f".utf8
            case 0x0d: bytes += "\\r".utf8
            case 0..<0x20: bytes += "\\u00\(byte >> 4)\(String(byte & 15, radix: 16))".utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

/// Reads JSON text (RFC 8259) strictly.
private struct CanonicalReader {
    let bytes: [UInt8]
    private var at = 0
    private var depth = 0
    /// Deeper values than any record has; the reader calls itself.
    private static let deepest = 512

    /// A number that is not such an integer becomes a text.
    private let takesAnyNumber: Bool

    init(bytes: [UInt8], takesAnyNumber: Bool = false) {
        self.bytes = bytes
        self.takesAnyNumber = takesAnyNumber
    }

    typealias ReadError = CanonicalJSON.ReadError

    mutating func document() throws(ReadError) -> CanonicalJSON {
        let value = try value()
        skipSpace()
        guard at == bytes.count else { throw error("more follows the value") }
        return value
    }

    private func error(_ reason: String) -> ReadError { ReadError(offset: at, reason: reason) }
    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while let byte = next, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { at += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        at += 1
        return true
    }

    private mutating func take(_ word: StaticString) -> Bool {
        let word = word.description.utf8
        guard bytes[at...].starts(with: word) else { return false }
        at += word.count
        return true
    }

    private mutating func value() throws(ReadError) -> CanonicalJSON {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try number()
        default:
            if take("null") { return .null }
            if take("true") { return .boolean(true) }
            if take("false") { return .boolean(false) }
            throw error(next == nil ? "the text ends where a value is expected" : "a value is expected")
        }
    }

    /// Reads what stands between a bracket and its end, with commas between.
    private mutating func elements(
        until end: UInt8, _ read: (inout CanonicalReader) throws(ReadError) -> Void
    ) throws(ReadError) {
        depth += 1
        guard depth <= Self.deepest else { throw error("values nest deeper than \(Self.deepest)") }
        at += 1
        skipSpace()
        if !take(end) {
            repeat {
                try read(&self)
                skipSpace()
            } while take(UInt8(ascii: ","))
            guard take(end) else { throw error("`,` or `\(Unicode.Scalar(end))` is expected") }
        }
        depth -= 1
    }

    private mutating func array() throws(ReadError) -> CanonicalJSON {
        var values: [CanonicalJSON] = []
        try elements(until: UInt8(ascii: "]")) { reader throws(ReadError) in values.append(try reader.value()) }
        return .array(values)
    }

    private mutating func object() throws(ReadError) -> CanonicalJSON {
        var members: [(offset: Int, member: CanonicalJSON.Member)] = []
        try elements(until: UInt8(ascii: "}")) { reader throws(ReadError) in
            reader.skipSpace()
            let start = reader.at
            guard reader.next == UInt8(ascii: "\"") else { throw reader.error("a member's name is expected") }
            let name = try reader.string()
            reader.skipSpace()
            guard reader.take(UInt8(ascii: ":")) else { throw reader.error("`:` is expected") }
            members.append((start, CanonicalJSON.Member(name, try reader.value())))
        }
        members.sort { $0.member.name.utf16.lexicographicallyPrecedes($1.member.name.utf16) }
        // Swift takes two spellings of one letter for equal texts; JSON does not.
        for ((first, one), (second, other)) in zip(members, members.dropFirst())
        where one.name.utf16.elementsEqual(other.name.utf16) {
            throw ReadError(offset: max(first, second), reason: "the member \"\(one.name)\" stands twice")
        }
        return .object(members.map(\.member))
    }

    private mutating func number() throws(ReadError) -> CanonicalJSON {
        let start = at
        do {
            return .integer(try integer())
        } catch {
            guard takesAnyNumber else { throw error }
            at = start
            while let byte = next, byte.isDigit || "+-.eE".utf8.contains(byte) { at += 1 }
            let text = String(decoding: bytes[start..<at], as: UTF8.self)
            guard Double(text) != nil else { throw error }
            return .string(text)
        }
    }

    private mutating func integer() throws(ReadError) -> Int {
        let start = at
        _ = take(UInt8(ascii: "-"))
        let first = at
        while let byte = next, byte.isDigit { at += 1 }
        let isPlain = at > first && (bytes[first] != UInt8(ascii: "0") || at == first + 1)
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if let byte = next, [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(byte) {
            throw error("the number \(text)… is not an integer")
        }
        guard isPlain, text != "-0", let value = Int(text),
            (-CanonicalJSON.largestInteger...CanonicalJSON.largestInteger).contains(value)
        else {
            at = start
            throw error("\(text.prefix(40)) is not an integer between -(2^53-1) and 2^53-1")
        }
        return value
    }

    private mutating func string() throws(ReadError) -> String {
        at += 1
        var text: [UInt8] = []
        while let byte = next {
            at += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw error("not UTF-8") }
                return string
            case UInt8(ascii: "\\"): text += try escape()
            case 0..<0x20: throw error("a control character in a text")
            default: text.append(byte)
            }
        }
        throw error("a text without an end")
    }

    private mutating func escape() throws(ReadError) -> [UInt8] {
        guard let byte = next else { throw error("a text without an end") }
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            var units = [try codeUnit()]
            if UTF16.isLeadSurrogate(units[0]), take("\\u") { units.append(try codeUnit()) }
            guard let text = String(validating: units, as: UTF16.self) else { throw error("a lone surrogate") }
            return Array(text.utf8)
        default: throw error("no such escape in a text")
        }
    }

    private mutating func codeUnit() throws(ReadError) -> UInt16 {
        guard at + 4 <= bytes.count, bytes[at..<at + 4].allSatisfy(\.isHexadecimalDigit),
            let unit = UInt16(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
        else { throw error("four hexadecimal digits are expected") }
        at += 4
        return unit
    }
}
