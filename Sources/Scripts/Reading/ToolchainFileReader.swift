// SPDX-License-Identifier: Apache-2.0

/// Reads rustup's toolchain file: a channel's name alone, or TOML (The rustup book, "The toolchain file").
struct ToolchainFileReader {
    private let source: ScriptSource
    private let takesPlainName: Bool

    /// `takesPlainName`: the file is `rust-toolchain`, which may hold a channel's name alone.
    init(_ source: ScriptSource, takesPlainName: Bool) {
        self.source = source
        self.takesPlainName = takesPlainName
    }

    func unit() throws -> ScriptUnit {
        guard String(validating: source.bytes, as: UTF8.self) != nil, !source.bytes.contains(0) else {
            throw UnreadableScript(description: "is not UTF-8 text")
        }
        var channel: ScriptWord?
        var components: [ScriptWord] = []
        var add: ScriptEdit?
        var hasComponents = false
        var isList = false
        var channelLine = 1
        for number in source.lineStarts.indices.map({ $0 + 1 }) {
            let words = words(number)
            guard let first = words.first else { continue }
            if isList {
                components += words.filter { !"[],".contains($0.text) }
                if words.contains(where: { $0.text == "]" }) { isList = false }
            } else if first.text == "channel", words.count > 2 {
                channel = words[2]
                channelLine = number
            } else if first.text == "components" {
                hasComponents = true
                if let open = words.first(where: { $0.text == "[" }), let file = open.parts.first?.file {
                    let isEmpty = words.drop { $0.text != "[" }.dropFirst().first?.text == "]"
                    add = ScriptEdit(
                        range: file + 1..<file + 1, replacement: isEmpty ? "\"rust-src\"" : "\"rust-src\", ")
                }
                components += words.dropFirst(2).filter { !"[],".contains($0.text) }
                isList = !words.contains { $0.text == "]" }
            } else if takesPlainName, words.count == 1, channel == nil, source.lineStarts.count <= 2 {
                channel = first
            }
        }
        if !hasComponents, channel?.line == channelLine, source.text(ofLine: channelLine).contains("channel") {
            let end = source.range(ofLine: channelLine).upperBound
            let isCRLF = end < source.bytes.count && source.bytes[end] == UInt8(ascii: "\r")
            add = ScriptEdit(range: end..<end, replacement: "\(isCRLF ? "\r" : "")\ncomponents = [\"rust-src\"]")
        }
        return ScriptUnit(
            statements: [.toolchain(channel: channel, components: components, add: add, line: channelLine)])
    }

    /// Names, strings without their quotes, and punctuation.
    private func words(_ line: Int) -> [ScriptWord] {
        let range = source.range(ofLine: line)
        var words: [ScriptWord] = []
        var index = range.lowerBound
        func add(_ bytes: Range<Int>) {
            words.append(
                ScriptWord(
                    parts: [
                        .init(
                            text: String(decoding: source.bytes[bytes], as: UTF8.self), file: bytes.lowerBound,
                            line: line)
                    ],
                    line: line))
        }
        while index < range.upperBound, words.count < 1000 {
            let byte = source.bytes[index]
            switch byte {
            case UInt8(ascii: "#"): return words
            case 32, 9: index += 1
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                let end = source.bytes[(index + 1)..<range.upperBound].firstIndex(of: byte) ?? range.upperBound
                add(index + 1..<end)
                index = end + 1
            case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","), UInt8(ascii: "="):
                add(index..<index + 1)
                index += 1
            default:
                let end =
                    source.bytes[index..<range.upperBound].firstIndex { " \t#[],=\"'".utf8.contains($0) }
                    ?? range.upperBound
                add(index..<end)
                index = end
            }
        }
        return words
    }
}
