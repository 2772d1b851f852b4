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
        let text: Substring
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
        let bytes = text.utf8
        var index = bytes.startIndex
        var line = 1
        var isLineStart = true
        func at(_ index: String.Index) -> UInt8? { index < bytes.endIndex ? bytes[index] : nil }
        while let byte = at(index) {
            let next = bytes.index(after: index)
            switch byte {
            case UInt8(ascii: "\n"):
                line += 1
                isLineStart = true
                index = next
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): index = next
            case UInt8(ascii: "#") where isLineStart:
                var previous = byte
                while let byte = at(index), byte != UInt8(ascii: "\n") || previous == UInt8(ascii: "\\") {
                    if byte == UInt8(ascii: "\n") { line += 1 }
                    previous = byte
                    index = bytes.index(after: index)
                }
            case UInt8(ascii: "/") where at(next) == UInt8(ascii: "*"):
                var previous: UInt8 = 0
                index = bytes.index(after: next)
                while let byte = at(index) {
                    index = bytes.index(after: index)
                    if byte == UInt8(ascii: "\n") { line += 1 }
                    if byte == UInt8(ascii: "/"), previous == UInt8(ascii: "*") { break }
                    previous = byte
                }
            case UInt8(ascii: "/") where at(next) == UInt8(ascii: "/"):
                while let byte = at(index), byte != UInt8(ascii: "\n") { index = bytes.index(after: index) }
            case UInt8(ascii: "\""):
                index = next
                while let byte = at(index), byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\n") {
                    index = bytes.index(after: index)
                    if byte == UInt8(ascii: "\\"), at(index) != nil { index = bytes.index(after: index) }
                }
                if at(index) == UInt8(ascii: "\"") { index = bytes.index(after: index) }
            default:
                let start = index
                while let byte = at(index), byte.isWord || byte >= 0x80 { index = bytes.index(after: index) }
                if start == index { index = next }
                tokens.append(Token(text: text[start..<index], line: line))
                isLineStart = false
            }
        }
        return tokens
    }

    private func text(_ offset: Int = 0) -> Substring {
        index + offset < tokens.count ? tokens[index + offset].text : ""
    }

    private static let keywords: Set<Substring> = ["struct", "union"]
    private static let attributes: Set<Substring> = ["__attribute__", "__aligned", "__packed"]

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
                record.name = String(text())
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
                    record.name = String(text())
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
        let name = String(text(place))
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
