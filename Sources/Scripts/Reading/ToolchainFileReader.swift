// SPDX-License-Identifier: Apache-2.0
internal import TOMLKit

/// Reads rustup's toolchain file: a channel's name alone, or TOML (The rustup book, "The toolchain file").
///
/// The library tells values, not where they stand. A value's place is where changing the text changes that value and
/// nothing else.
struct ToolchainFileReader {
    private struct Toolchain: Equatable {
        var channel: String?
        var components: [String]?
    }

    private let source: ScriptSource
    private let takesPlainName: Bool

    /// A change is looked for in files of at most so many bytes, at so many places.
    private static let longestChanged = 16_384
    private static let mostPlaces = 50

    /// `takesPlainName`: the file is `rust-toolchain`, which may hold a channel's name alone.
    init(_ source: ScriptSource, takesPlainName: Bool) {
        self.source = source
        self.takesPlainName = takesPlainName
    }

    func unit() throws -> ScriptUnit {
        guard let text = String(validating: source.bytes, as: UTF8.self) else {
            throw UnreadableScript(description: "is not UTF-8")
        }
        let lines = text.split(whereSeparator: \.isNewline).map { $0.filter { !$0.isWhitespace } }.filter {
            !$0.isEmpty
        }
        if takesPlainName, lines.count == 1, let name = lines.first, !name.contains("=") && !name.hasPrefix("[") {
            let offset = source.bytes.firstRange(of: Array(name.utf8))?.lowerBound
            let line = offset.map { source.line(at: $0) } ?? 1
            let channel = ScriptWord(parts: [.init(text: String(name), file: offset, line: line)], line: line)
            return ScriptUnit(statements: [.toolchain(channel: channel, components: [], add: nil, line: line)])
        }
        let toolchain = try Self.toolchain(text)
        let offset = place(of: toolchain.channel ?? "", in: toolchain)
        let line = offset.map { source.line(at: $0) } ?? 1
        let channel = toolchain.channel.map { name in
            ScriptWord(parts: [ScriptWord.Part(text: name, file: offset, line: line)], line: line)
        }
        let components = (toolchain.components ?? []).map { ScriptWord($0, line: line) }
        let add = components.contains { $0.text == "rust-src" } ? nil : addition(to: toolchain, channel: offset)
        return ScriptUnit(statements: [.toolchain(channel: channel, components: components, add: add, line: line)])
    }

    private static func toolchain(_ text: String) throws -> Toolchain {
        // The library reads up to the first byte of zero.
        guard !text.utf8.contains(0) else { throw UnreadableScript(description: "is not TOML: it holds a zero byte") }
        if let line = brokenHeader(text) {
            throw UnreadableScript(description: "is not TOML: line \(line): a table's name is missing")
        }
        do {
            let table = try TOMLTable(string: text)
            let inner = table["toolchain"]?.table
            return Toolchain(
                channel: inner?["channel"]?.string,
                components: inner?["components"]?.array.map { $0.compactMap { $0.string } })
        } catch let error as TOMLParseError {
            throw UnreadableScript(
                description: "is not TOML: line \(error.source.begin.line): \(error.description.prefix(200))")
        }
    }

    /// The line of a `[` that no name follows: the library does not check that (it asserts it).
    private static func brokenHeader(_ text: String) -> Int? {
        let lines = text.unicodeScalars.split(omittingEmptySubsequences: false) {
            $0.properties.isPatternWhitespace && !" \t".unicodeScalars.contains($0)
        }
        func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace || scalar == "\u{FEFF}" }
        for (index, line) in lines.enumerated() {
            var rest = line.drop(while: isBlank)
            guard rest.popFirst() == "[" else { continue }
            rest = rest.drop(while: isBlank)
            if rest.first == "[" { rest = rest.dropFirst().drop(while: isBlank) }
            guard let next = rest.first else { return index + 1 }
            let isName = next.isASCII && (next.properties.isAlphabetic || next.properties.numericType != nil)
            if !isName, !"_-\"']".unicodeScalars.contains(next) { return index + 1 }
        }
        return nil
    }

    private func toolchain(with replacement: String, at range: Range<Int>) -> Toolchain? {
        var bytes = source.bytes
        bytes.replaceSubrange(range, with: Array(replacement.utf8))
        return String(validating: bytes, as: UTF8.self).flatMap { try? Self.toolchain($0) }
    }

    private func place(of channel: String, in toolchain: Toolchain) -> Int? {
        let name = Array(channel.utf8)
        guard !name.isEmpty, source.bytes.count <= Self.longestChanged else { return nil }
        let marked = Toolchain(channel: "another-channel", components: toolchain.components)
        return source.bytes.ranges(of: name).prefix(Self.mostPlaces).first {
            self.toolchain(with: "another-channel", at: $0) == marked
        }?.lowerBound
    }

    /// The change that puts rust-src among the components.
    private func addition(to toolchain: Toolchain, channel: Int?) -> ScriptEdit? {
        guard source.bytes.count <= Self.longestChanged, let name = toolchain.channel else { return nil }
        let wanted = Toolchain(channel: name, components: ["rust-src"] + (toolchain.components ?? []))
        var candidates: [(Int, String)] = []
        if let components = toolchain.components {
            for (offset, byte) in source.bytes.enumerated() where byte == UInt8(ascii: "[") {
                candidates.append((offset + 1, components.isEmpty ? "\"rust-src\"" : "\"rust-src\", "))
            }
        } else if let channel {
            let end = source.range(ofLine: source.line(at: channel)).upperBound
            let isCRLF = end < source.bytes.count && source.bytes[end] == 13
            candidates.append((end, "\(isCRLF ? "\r" : "")\ncomponents = [\"rust-src\"]"))
            // The table may stand in braces.
            candidates.append((channel + name.utf8.count + 1, ", components = [\"rust-src\"]"))
        }
        for (offset, text) in candidates.prefix(Self.mostPlaces) where offset <= source.bytes.count {
            if self.toolchain(with: text, at: offset..<offset) == wanted {
                return ScriptEdit(range: offset..<offset, replacement: text)
            }
        }
        return nil
    }
}
