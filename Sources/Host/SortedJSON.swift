// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// A decoder for JSON whose objects have their members in order, which is how Bessemer writes all of it.
///
/// Records are large, and many are read at a time: this one takes a fraction of `JSONDecoder`'s time, since it makes no
/// dictionary of an object and nothing of what is not asked for. Whatever it is not sure of it does not decode, and
/// `JSONDecoder` does: members in another order or twice, numbers with a fraction in an integer's place, every error.
enum SortedJSON {
    /// Why the bytes are for `JSONDecoder`. It is never shown.
    struct NotSure: Error {}

    /// Throws `NotSure`, and what types' own decoding throws.
    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        var reader = TokenReader(bytes)
        try reader.document()
        let tokens = Tokens(bytes: bytes, all: reader.tokens)
        let value = try TokenDecoder(tokens: tokens, index: 0).decode(type)
        // A type may have gone on without what this did not decode.
        guard !tokens.isUnsure else { throw NotSure() }
        return value
    }
}

/// A value, or the name of a member before its value.
private struct Token {
    enum Kind: UInt8 {
        case null, yes, no, number, plainText, escapedText, array, object
    }

    let kind: Kind
    /// Its bytes; of a text those between the quotes.
    let start: Int
    var end: Int
    /// The index of the token behind the value and all that is in it.
    var next: Int
}

private final class Tokens {
    let bytes: [UInt8]
    let all: [Token]
    /// Something was asked for that may be there, in a form that is not read here.
    private(set) var isUnsure = false

    func unsure() -> SortedJSON.NotSure {
        isUnsure = true
        return SortedJSON.NotSure()
    }

    init(bytes: [UInt8], all: [Token]) {
        self.bytes = bytes
        self.all = all
    }
}

/// Reads RFC 8259, and refuses objects whose members are not in order.
private struct TokenReader {
    private let bytes: [UInt8]
    private var place = 0
    private(set) var tokens: [Token] = []

    private static let deepest = 200

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        tokens.reserveCapacity(bytes.count / 16 + 8)
    }

    mutating func document() throws {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw SortedJSON.NotSure() }
        try value(0)
        skipSpace()
        guard place == bytes.count else { throw SortedJSON.NotSure() }
    }

    private mutating func skipSpace() {
        while place < bytes.count {
            switch bytes[place] {
            case 0x20, 0x0A, 0x0D, 0x09: place += 1
            default: return
            }
        }
    }

    private var byte: UInt8 {
        get throws {
            guard place < bytes.count else { throw SortedJSON.NotSure() }
            return bytes[place]
        }
    }

    private mutating func take(_ wanted: UInt8) throws -> Bool {
        skipSpace()
        guard try byte == wanted else { return false }
        place += 1
        return true
    }

    private mutating func value(_ depth: Int) throws {
        guard depth < Self.deepest else { throw SortedJSON.NotSure() }
        skipSpace()
        switch try byte {
        case UInt8(ascii: "\""): try text()
        case UInt8(ascii: "{"): try object(depth)
        case UInt8(ascii: "["): try array(depth)
        case UInt8(ascii: "t"): try word("true", .yes)
        case UInt8(ascii: "f"): try word("false", .no)
        case UInt8(ascii: "n"): try word("null", .null)
        default: try number()
        }
    }

    private mutating func add(_ kind: Token.Kind, from start: Int, to end: Int) {
        tokens.append(Token(kind: kind, start: start, end: end, next: tokens.count + 1))
    }

    private mutating func word(_ word: StaticString, _ kind: Token.Kind) throws {
        let count = word.utf8CodeUnitCount
        guard place + count <= bytes.count, bytes[place..<place + count].elementsEqual("\(word)".utf8) else {
            throw SortedJSON.NotSure()
        }
        add(kind, from: place, to: place + count)
        place += count
    }

    private mutating func number() throws {
        let start = place
        func isDigit(_ place: Int) -> Bool { place < bytes.count && (0x30...0x39).contains(bytes[place]) }
        if try byte == UInt8(ascii: "-") { place += 1 }
        guard isDigit(place) else { throw SortedJSON.NotSure() }
        if bytes[place] == 0x30 {
            place += 1
        } else {
            while isDigit(place) { place += 1 }
        }
        // With a fraction or an exponent, or with another nought before it.
        if place < bytes.count, isDigit(place) || [0x2E, 0x45, 0x65].contains(bytes[place]) {
            throw SortedJSON.NotSure()
        }
        add(.number, from: start, to: place)
    }

    private mutating func text() throws {
        place += 1
        let start = place
        var isEscaped = false
        while true {
            let byte = try byte
            if byte == UInt8(ascii: "\"") { break }
            guard byte >= 0x20 else { throw SortedJSON.NotSure() }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                try escape()
            } else {
                place += 1
            }
        }
        add(isEscaped ? .escapedText : .plainText, from: start, to: place)
        place += 1
    }

    private mutating func escape() throws {
        guard place + 1 < bytes.count else { throw SortedJSON.NotSure() }
        switch bytes[place + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            place += 2
        case UInt8(ascii: "u"):
            // A half of a pair is for the other decoder.
            guard place + 6 <= bytes.count, bytes[place + 2..<place + 6].allSatisfy(\.isHexadecimalDigit),
                bytes[place + 2] | 0x20 != UInt8(ascii: "d") || bytes[place + 3] < UInt8(ascii: "8")
            else { throw SortedJSON.NotSure() }
            place += 6
        default: throw SortedJSON.NotSure()
        }
    }

    private mutating func array(_ depth: Int) throws {
        let index = tokens.count
        add(.array, from: place, to: place)
        place += 1
        if try !take(UInt8(ascii: "]")) {
            repeat { try value(depth + 1) } while try take(UInt8(ascii: ","))
            guard try take(UInt8(ascii: "]")) else { throw SortedJSON.NotSure() }
        }
        tokens[index].next = tokens.count
    }

    private mutating func object(_ depth: Int) throws {
        let index = tokens.count
        add(.object, from: place, to: place)
        place += 1
        var last: Token?
        if try !take(UInt8(ascii: "}")) {
            repeat {
                skipSpace()
                guard try byte == UInt8(ascii: "\"") else { throw SortedJSON.NotSure() }
                try text()
                guard let name = tokens.last, name.kind == .plainText, try take(UInt8(ascii: ":")) else {
                    throw SortedJSON.NotSure()
                }
                if let last, !isOrdered(last, name) { throw SortedJSON.NotSure() }
                last = name
                try value(depth + 1)
            } while try take(UInt8(ascii: ","))
            guard try take(UInt8(ascii: "}")) else { throw SortedJSON.NotSure() }
        }
        tokens[index].next = tokens.count
    }

    private func isOrdered(_ first: Token, _ second: Token) -> Bool {
        var (left, right) = (first.start, second.start)
        while left < first.end, right < second.end {
            if bytes[left] != bytes[right] { return bytes[left] < bytes[right] }
            left += 1
            right += 1
        }
        return second.end - right > 0 && left == first.end
    }
}

/// One value, of any kind.
private struct TokenDecoder: Decoder, SingleValueDecodingContainer {
    let tokens: Tokens
    let index: Int

    /// An error's place is told by `JSONDecoder`, which is asked again.
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    private var token: Token { tokens.all[index] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard token.kind == .object else { throw SortedJSON.NotSure() }
        return KeyedDecodingContainer(TokenMembers(tokens: tokens, object: index))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard token.kind == .array else { throw SortedJSON.NotSure() }
        return TokenElements(tokens: tokens, place: index + 1, end: token.next)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { token.kind == .null }

    func decode(_ type: Bool.Type) throws -> Bool {
        switch token.kind {
        case .yes: true
        case .no: false
        default: throw SortedJSON.NotSure()
        }
    }

    func decode(_ type: String.Type) throws -> String {
        let token = token
        switch token.kind {
        case .plainText:
            guard let text = String(validating: tokens.bytes[token.start..<token.end], as: UTF8.self) else {
                throw tokens.unsure()
            }
            return text
        case .escapedText: return try unescaped(token)
        default: throw SortedJSON.NotSure()
        }
    }

    private func unescaped(_ token: Token) throws -> String {
        var plain: [UInt8] = []
        plain.reserveCapacity(token.end - token.start)
        var place = token.start
        while place < token.end {
            let byte = tokens.bytes[place]
            place += 1
            guard byte == UInt8(ascii: "\\") else {
                plain.append(byte)
                continue
            }
            let letter = tokens.bytes[place]
            place += 1
            switch letter {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain.append(letter)
            case UInt8(ascii: "b"): plain.append(0x08)
            case UInt8(ascii: "f"): plain.append(0x0C)
            case UInt8(ascii: "n"): plain.append(0x0A)
            case UInt8(ascii: "r"): plain.append(0x0D)
            case UInt8(ascii: "t"): plain.append(0x09)
            case UInt8(ascii: "u"):
                guard place + 4 <= token.end,
                    let digits = String(validating: tokens.bytes[place..<place + 4], as: UTF8.self),
                    digits.utf8.allSatisfy(\.isHexadecimalDigit), let number = UInt32(digits, radix: 16),
                    // A half of a pair is for the other decoder.
                    let scalar = Unicode.Scalar(number)
                else { throw tokens.unsure() }
                plain += Array(String(Character(scalar)).utf8)
                place += 4
            default: throw tokens.unsure()
            }
        }
        guard let text = String(validating: plain, as: UTF8.self) else { throw tokens.unsure() }
        return text
    }

    private func integer<Number: FixedWidthInteger>(_ type: Number.Type) throws -> Number {
        let token = token
        guard token.kind == .number else { throw SortedJSON.NotSure() }
        var place = token.start
        let isNegative = tokens.bytes[place] == UInt8(ascii: "-")
        if isNegative { place += 1 }
        var number: Number = 0
        while place < token.end {
            let digit = Number(truncatingIfNeeded: tokens.bytes[place] - 0x30)
            let (ten, overflows) = number.multipliedReportingOverflow(by: 10)
            let (next, overflowsToo) =
                isNegative ? ten.subtractingReportingOverflow(digit) : ten.addingReportingOverflow(digit)
            guard !overflows, !overflowsToo else { throw SortedJSON.NotSure() }
            number = next
            place += 1
        }
        return number
    }

    func decode(_ type: Int.Type) throws -> Int { try integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }

    /// Of integers that are exact as such.
    func decode(_ type: Double.Type) throws -> Double {
        let number = try integer(Int.self)
        guard number.magnitude <= 1 << 53, number != 0 else { throw tokens.unsure() }
        return Double(number)
    }

    func decode(_ type: Float.Type) throws -> Float { throw tokens.unsure() }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        switch type {
        case is Date.Type:
            guard let date = try Date(decode(String.self), strategy: .iso8601) as? Value else {
                throw SortedJSON.NotSure()
            }
            return date
        // These have forms of their own in JSON.
        case is Data.Type, is URL.Type, is Decimal.Type: throw tokens.unsure()
        default: return try Value(from: self)
        }
    }
}

/// The members of an object.
private struct TokenMembers<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let tokens: Tokens
    let object: Int

    var codingPath: [any CodingKey] { [] }

    /// Of its value; nil where there is no such member.
    private func index(_ key: Key) -> Int? {
        let name = key.stringValue.utf8
        let count = name.count
        var place = object + 1
        let end = tokens.all[object].next
        while place < end {
            let token = tokens.all[place]
            if token.end - token.start == count, tokens.bytes[token.start..<token.end].elementsEqual(name) {
                return place + 1
            }
            place = tokens.all[place + 1].next
        }
        return nil
    }

    private func value(_ key: Key) throws -> TokenDecoder {
        guard let index = index(key) else { throw SortedJSON.NotSure() }
        return TokenDecoder(tokens: tokens, index: index)
    }

    /// nil where it is not there, or null.
    private func present(_ key: Key) -> TokenDecoder? {
        guard let index = index(key), tokens.all[index].kind != .null else { return nil }
        return TokenDecoder(tokens: tokens, index: index)
    }

    var allKeys: [Key] {
        var keys: [Key] = []
        var place = object + 1
        while place < tokens.all[object].next {
            let token = tokens.all[place]
            if let key = Key(stringValue: String(decoding: tokens.bytes[token.start..<token.end], as: UTF8.self)) {
                keys.append(key)
            }
            place = tokens.all[place + 1].next
        }
        return keys
    }

    func contains(_ key: Key) -> Bool { index(key) != nil }
    func decodeNil(forKey key: Key) throws -> Bool { try value(key).decodeNil() }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try value(key).decode(type) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try value(key).decode(type) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try value(key).decode(type) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try value(key).decode(type) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try value(key).decode(type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try value(key).decode(type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try value(key).decode(type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try value(key).decode(type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try value(key).decode(type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try value(key).decode(type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try value(key).decode(type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try value(key).decode(type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try value(key).decode(type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try value(key).decode(type) }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try value(key).decode(type) }

    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try present(key)?.decode(type) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try present(key)?.decode(type) }
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try present(key)?.decode(type) }
    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        try present(key)?.decode(type)
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> { try value(key).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try value(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { throw tokens.unsure() }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw tokens.unsure() }
}

/// The elements of an array.
private struct TokenElements: UnkeyedDecodingContainer {
    let tokens: Tokens
    var place: Int
    let end: Int
    private(set) var currentIndex = 0

    init(tokens: Tokens, place: Int, end: Int) {
        self.tokens = tokens
        self.place = place
        self.end = end
    }

    var codingPath: [any CodingKey] { [] }
    var count: Int? { nil }
    var isAtEnd: Bool { place >= end }

    private mutating func next() throws -> TokenDecoder {
        guard !isAtEnd else { throw SortedJSON.NotSure() }
        defer {
            place = tokens.all[place].next
            currentIndex += 1
        }
        return TokenDecoder(tokens: tokens, index: place)
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd else { throw SortedJSON.NotSure() }
        guard tokens.all[place].kind == .null else { return false }
        _ = try next()
        return true
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try next().decode(type) }
    mutating func decode(_ type: String.Type) throws -> String { try next().decode(type) }
    mutating func decode(_ type: Double.Type) throws -> Double { try next().decode(type) }
    mutating func decode(_ type: Float.Type) throws -> Float { try next().decode(type) }
    mutating func decode(_ type: Int.Type) throws -> Int { try next().decode(type) }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try next().decode(type) }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try next().decode(type) }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try next().decode(type) }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try next().decode(type) }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try next().decode(type) }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next().decode(type) }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next().decode(type) }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next().decode(type) }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next().decode(type) }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().decode(type) }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> { try next().container(keyedBy: type) }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }

    mutating func superDecoder() throws -> any Decoder { throw tokens.unsure() }
}
