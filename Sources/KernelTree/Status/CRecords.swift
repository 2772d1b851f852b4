// SPDX-License-Identifier: Apache-2.0
internal import Host

/// The structs and unions that C headers declare, as far as their packing goes.
///
/// bindgen renders a C type with an alignment of its own as `#[repr(align)]`, and Rust refuses a packed type that holds
/// such a one (E0588): those types have to be opaque. Source: rust/bindgen_parameters.
struct CRecords {
    struct Record {
        enum Member {
            case record(Record)
            case named(String)
            case bitfield
            case other
        }

        var name: String?
        var isPacked = false
        var isAligned = false
        var members: [Member] = []
        var line: Int
        var file = ""
    }

    private(set) var records: [String: Record] = [:]

    /// Takes the declarations of one header.
    mutating func add(_ text: String, file: String) {
        var scanner = CScanner(text)
        for var record in scanner.records() {
            record.file = file
            if let name = record.name, records[name] == nil { records[name] = record }
        }
    }

    /// Whether bindgen gives the record an alignment of its own: it asks for one, has nothing but bit fields (which
    /// bindgen renders as bytes), or holds such a record.
    private func isAligned(_ record: Record, _ depth: Int) -> Bool {
        if record.isAligned { return true }
        guard depth < 16, !record.isPacked else { return false }
        let isBits =
            !record.members.isEmpty && record.members.allSatisfy { if case .bitfield = $0 { true } else { false } }
        return isBits || holdsAligned(record, depth + 1)
    }

    private func holdsAligned(_ record: Record, _ depth: Int) -> Bool {
        guard depth < 16 else { return false }
        return record.members.contains { member in
            let inner: Record? =
                switch member {
                case .record(let inner): inner
                case .named(let name): records[name]
                case .bitfield, .other: nil
                }
            guard let inner else { return false }
            return isAligned(inner, depth + 1) || (inner.isPacked && holdsAligned(inner, depth + 1))
        }
    }

    /// The packed records that hold one with an alignment of its own, in the order of files and lines.
    var packedAroundAligned: [Record] {
        records.values.filter { $0.isPacked && holdsAligned($0, 0) }
            .sorted { ($0.file, $0.line) < ($1.file, $1.line) }
    }
}

/// Just enough of C's grammar to find records; anything else is passed over.
private struct CScanner {
    private struct Token {
        let text: String
        let line: Int
    }

    private let tokens: [Token]
    private var index = 0
    private static let deepest = 32

    init(_ text: String) {
        tokens = Self.tokens(text)
    }

    /// Words and single signs; comments, strings and preprocessor lines are left out.
    private static func tokens(_ text: String) -> [Token] {
        var tokens: [Token] = []
        let bytes = Array(text.utf8)
        var index = 0
        var line = 1
        var isLineStart = true
        while index < bytes.count {
            let start = index
            index += 1
            switch bytes[start] {
            case UInt8(ascii: "\n"): isLineStart = true
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
            case UInt8(ascii: "#") where isLineStart:
                while index < bytes.count, bytes[index] != 10 || bytes[index - 1] == UInt8(ascii: "\\") { index += 1 }
            case UInt8(ascii: "/") where bytes[index...].first == UInt8(ascii: "*"):
                index += 1
                while index < bytes.count, !bytes[index...].starts(with: "*/".utf8) { index += 1 }
                index = min(index + 2, bytes.count)
            case UInt8(ascii: "/") where bytes[index...].first == UInt8(ascii: "/"):
                index = bytes[index...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            case UInt8(ascii: "\""):
                while index < bytes.count, !"\"\n".utf8.contains(bytes[index]) {
                    index = min(index + (bytes[index] == UInt8(ascii: "\\") ? 2 : 1), bytes.count)
                }
                if bytes[index...].first == UInt8(ascii: "\"") { index += 1 }
            default:
                let word = bytes[start...].prefix { $0.isWord || $0 >= 0x80 }
                index = max(word.endIndex, index)
                tokens.append(Token(text: String(decoding: bytes[start..<index], as: UTF8.self), line: line))
                isLineStart = false
            }
            line += bytes[start..<index].count { $0 == UInt8(ascii: "\n") }
        }
        return tokens
    }

    private func text(_ offset: Int = 0) -> String { index + offset < tokens.count ? tokens[index + offset].text : "" }

    private static let keywords: Set = ["struct", "union"]
    private static let attributes: Set = ["__attribute__", "__aligned", "__packed"]

    mutating func records() -> [CRecords.Record] {
        var found: [CRecords.Record] = []
        while index < tokens.count {
            if Self.keywords.contains(text()), let record = record(depth: 0) {
                found.append(record)
            } else {
                index += 1
            }
        }
        return found
    }

    /// A record that starts here; nil (and nothing taken) where this is only a mention of one.
    private mutating func record(depth: Int) -> CRecords.Record? {
        let start = index
        var record = CRecords.Record(line: tokens[start].line)
        index += 1
        while index < tokens.count, text() != "{" {
            if Self.attributes.contains(text()) {
                attribute(&record)
            } else if record.name == nil, text().first.map({ $0.isLetter || $0 == "_" }) == true {
                record.name = text()
                index += 1
            } else {
                index = start
                return nil
            }
        }
        guard index < tokens.count, depth < Self.deepest else {
            index = start
            return nil
        }
        index += 1
        while index < tokens.count, text() != "}" { record.members.append(member(depth: depth)) }
        index += 1
        while index < tokens.count, text() != ";", text() != "{", text() != "}" {
            if Self.attributes.contains(text()) {
                attribute(&record)
            } else {
                if record.name == nil, depth == 0, text().first?.isLetter == true || text().hasPrefix("_") {
                    record.name = text()
                }
                index += 1
            }
        }
        if text() == ";" { index += 1 }
        return record
    }

    /// `__packed`, `__aligned(N)`, `__attribute__((packed, aligned(N)))`.
    private mutating func attribute(_ record: inout CRecords.Record) {
        let name = text()
        if name == "__packed" { record.isPacked = true }
        if name == "__aligned" { record.isAligned = true }
        index += 1
        guard text() == "(" else { return }
        var depth = 0
        while index < tokens.count {
            if text() == "(" { depth += 1 }
            if text() == ")" { depth -= 1 }
            if text() == "packed" || text() == "__packed__" { record.isPacked = true }
            if text() == "aligned" || text() == "__aligned__" { record.isAligned = true }
            index += 1
            if depth == 0 { return }
        }
    }

    private mutating func member(depth: Int) -> CRecords.Record.Member {
        if text() == "const" || text() == "volatile" { index += 1 }
        let isRecord = Self.keywords.contains(text())
        if isRecord, let inner = record(depth: depth + 1) { return .record(inner) }
        let place = isRecord ? 1 : 0
        let name = text(place)
        let isPointer = text(place + 1) == "*"
        return skip() ? .bitfield : isPointer ? .other : .named(name)
    }

    /// Passes the member's end; true where it is a bit field.
    private mutating func skip() -> Bool {
        var isBits = false
        var depth = 0
        while index < tokens.count {
            let sign = text()
            if sign == "{" { depth += 1 }
            if sign == "}" {
                if depth == 0 { return isBits }
                depth -= 1
            }
            index += 1
            if sign == ":" { isBits = true }
            if sign == ";", depth == 0 { return isBits }
        }
        return isBits
    }
}
