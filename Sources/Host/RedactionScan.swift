// SPDX-License-Identifier: Apache-2.0

/// One walk over a text that leaves out what `Redaction` names; linear in its length.
struct RedactionScan {
    private let bytes: [UInt8]
    private var index = 0
    /// The first `@` that is not behind `index`.
    private var nextAt = 0
    private(set) var output: [UInt8] = []
    private(set) var found: [Redaction.Found] = []

    /// Bytes that are looked ahead for the `@` of an address.
    private static let ahead = 512
    private static let mark = Array(Redaction.mark.utf8)

    init(_ text: String) {
        bytes = Array(text.utf8)
        output.reserveCapacity(bytes.count)
    }

    mutating func run() {
        while index < bytes.count {
            if starts(with: "-----BEGIN ", at: index), takePrivateKey() { continue }
            guard Self.isWord(bytes[index]) else {
                output.append(bytes[index])
                index += 1
                continue
            }
            let start = index
            while index < bytes.count, Self.isWord(bytes[index]) { index += 1 }
            takeWord(start)
        }
    }

    /// A word was read: what follows it says whether it names a secret.
    private mutating func takeWord(_ start: Int) {
        while nextAt < bytes.count, nextAt < index || bytes[nextAt] != UInt8(ascii: "@") { nextAt += 1 }
        let name = String(decoding: bytes[start..<index].drop { $0 == UInt8(ascii: "-") }, as: UTF8.self)
        let next = byte(index)
        if next == UInt8(ascii: ":"), byte(index + 1) == UInt8(ascii: "/") {
            output += bytes[start...index]
            index += 1
            while byte(index) == UInt8(ascii: "/") {
                output.append(bytes[index])
                index += 1
            }
            return takeUser(hasScheme: true)
        }
        if next == UInt8(ascii: ":"), let end = userEnd(from: start, hasScheme: false) {
            index = end
            return leaveOut(.address)
        }
        output += bytes[start..<index]
        if next == UInt8(ascii: "="), SecretName.isOne(name), !isLabel(name, start) {
            output.append(bytes[index])
            index += 1
            skipValue()
            return leaveOut(.value(of: name))
        }
        if let value = valueAfterColon(name) ?? valueAfterBlank(name, start) {
            output += bytes[index..<value]
            index = value
            if name.lowercased().hasSuffix("authorization") {
                while index < bytes.count, !Self.isLineEnd(bytes[index]) { index += 1 }
            } else {
                skipValue()
            }
            leaveOut(.value(of: name))
        }
    }

    /// `token=` of a PKCS#11 URI is the label of a token (RFC 7512 § 2.3).
    private func isLabel(_ name: String, _ start: Int) -> Bool {
        guard name == "token" else { return false }
        let word = bytes[max(0, start - 256)..<start].split(omittingEmptySubsequences: false) { Self.isBlank($0) }.last
        return word?.firstRange(of: Array("pkcs11:".utf8)) != nil
    }

    /// `"token": "x"`, `Authorization: Basic x`, `password: x`. A compiler says “unexpected token: x”.
    private func valueAfterColon(_ name: String) -> Int? {
        var place = index
        let isQuoted = [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(byte(place))
        if isQuoted { place += 1 }
        guard byte(place) == UInt8(ascii: ":"), SecretName.isOne(name) else { return nil }
        let lower = name.lowercased()
        guard isQuoted || lower.contains("-") || lower != "token" && lower != "secret" else { return nil }
        place += 1
        while byte(place) == UInt8(ascii: " ") { place += 1 }
        guard let first = byte(place), !Self.isLineEnd(first) else { return nil }
        return place
    }

    /// `--password x`, `Bearer x`.
    private func valueAfterBlank(_ name: String, _ start: Int) -> Int? {
        guard byte(index) == UInt8(ascii: " "), let first = byte(index + 1), !Self.isBlank(first) else { return nil }
        if name == "Bearer" { return index + 1 }
        guard starts(with: "--", at: start), SecretName.isOne(name), first != UInt8(ascii: "-") else { return nil }
        return index + 1
    }

    /// To the end of the word; blanks within quotes belong to it.
    private mutating func skipValue() {
        if let quote = byte(index), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            index += 1
            while let next = byte(index), next != quote { index += next == UInt8(ascii: "\\") ? 2 : 1 }
            index = min(index, bytes.count)
        }
        while let next = byte(index), !Self.isBlank(next) { index += 1 }
    }

    private mutating func takeUser(hasScheme: Bool) {
        guard let end = userEnd(from: index, hasScheme: hasScheme) else { return }
        index = end
        leaveOut(.address)
    }

    /// Where the `@` behind a user and a password is; nil where there is none.
    private func userEnd(from start: Int, hasScheme: Bool) -> Int? {
        var at: Int?
        var colon: Int?
        var slash: Int?
        var place = start
        let end = min(bytes.count, start + Self.ahead)
        guard nextAt < end else { return nil }
        while place < end, !Self.isBlank(bytes[place]), !"\"'<>`".utf8.contains(bytes[place]) {
            switch bytes[place] {
            case UInt8(ascii: "@"): if slash == nil || hasPassword(colon, slash) { at = place }
            case UInt8(ascii: ":"): colon = colon ?? place
            case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"):
                guard hasScheme else { return found(at, colon) }
                slash = slash ?? place
            default: break
            }
            place += 1
        }
        return hasScheme ? at : found(at, colon)
    }

    /// Without a scheme it takes a password: `user:password@host`.
    private func found(_ at: Int?, _ colon: Int?) -> Int? {
        guard let at, let colon, colon + 1 < at, let host = byte(at + 1), Self.isWord(host) else { return nil }
        return at
    }

    /// `user:pass/word@host`, and not `host:8080/@name`.
    private func hasPassword(_ colon: Int?, _ slash: Int?) -> Bool {
        guard let colon, let slash, colon < slash else { return false }
        return !bytes[(colon + 1)..<slash].allSatisfy { (0x30...0x39).contains($0) }
    }

    /// Whether a private key's text begins here; leaves it out.
    private mutating func takePrivateKey() -> Bool {
        let head = bytes[index..<min(bytes.count, index + 80)].prefix { !Self.isLineEnd($0) }
        guard head.firstRange(of: Array("PRIVATE KEY-----".utf8)) != nil else { return false }
        let end = bytes[index...].firstRange(of: Array("-----END".utf8))
        index = end?.upperBound ?? bytes.count
        while let next = byte(index), !Self.isLineEnd(next) { index += 1 }
        leaveOut(.privateKey)
        return true
    }

    private mutating func leaveOut(_ what: Redaction.Found) {
        output += Self.mark
        found.append(what)
    }

    private func byte(_ place: Int) -> UInt8? { bytes.indices.contains(place) ? bytes[place] : nil }

    private func starts(with text: StaticString, at place: Int) -> Bool {
        bytes[place...].starts(with: "\(text)".utf8)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "+"):
            true
        default: false
        }
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0a || byte == 0x0d }
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
}
