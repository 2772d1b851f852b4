// SPDX-License-Identifier: Apache-2.0

/// Reads rustup's toolchain file: a channel's name alone, or TOML (The rustup book, "The toolchain file").
struct ToolchainFileReader: BuildFileReader {
    /// The largest file that is read: real ones have some hundred bytes.
    private static let largest = 1 << 16

    private let source: ScriptSource
    private let takesPlainName: Bool
    /// Why it could not be read.
    var problems: [ScriptProblem] = []

    /// `takesPlainName`: the file is `rust-toolchain`, whose one line is a channel's name.
    init(_ source: ScriptSource, takesPlainName: Bool) {
        self.source = source
        self.takesPlainName = takesPlainName
    }

    mutating func units() -> [ScriptUnit] {
        do {
            return [ScriptUnit(statements: [try isOneLine && takesPlainName ? plainName() : toolchain()])]
        } catch {
            problems.append(error)
            return [ScriptUnit()]
        }
    }

    private var isOneLine: Bool {
        source.lineStarts.count == 1 || source.lineStarts.count == 2 && source.range(ofLine: 2).isEmpty
    }

    private func plainName() throws(ScriptProblem) -> ScriptStatement {
        let line = source.range(ofLine: 1)
        func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
        guard String(validating: source.bytes[line], as: UTF8.self) != nil else {
            throw ScriptProblem(line: 1, message: "is not UTF-8 text")
        }
        guard let first = source.bytes[line].firstIndex(where: { !isBlank($0) }),
            let last = source.bytes[line].lastIndex(where: { !isBlank($0) })
        else { throw ScriptProblem(line: 1, message: "names no toolchain") }
        guard !source.bytes[first...last].contains(where: { $0 <= 32 || $0 == 127 || "[]{}=\"'#".utf8.contains($0) })
        else {
            throw ScriptProblem(line: 1, message: "a file of one line holds a toolchain's name, and this is not a name")
        }
        let channel = ScriptWord(ScriptText(source, first..<last + 1), line: 1)
        return .toolchain(channel: channel, components: [], add: nil, line: 1)
    }

    private func toolchain() throws(ScriptProblem) -> ScriptStatement {
        guard source.bytes.count <= Self.largest else {
            throw ScriptProblem(line: 1, message: "is larger than \(Self.largest >> 10) KiB")
        }
        let document = try TOMLReader.document(source)
        guard let entry = document.root["toolchain"] else {
            throw ScriptProblem(line: 1, message: "has no table `toolchain`")
        }
        guard case .table(let number) = entry.value else { throw problem("`toolchain` is not a table", entry) }
        let table = document.tables[number]
        let channel = try table["channel"].map(string)
        let components = try table["components"].map(strings)
        // What rustup would not take is not judged either.
        _ = try table["targets"].map(strings)
        _ = try table["profile"].map(string)
        if let path = table["path"] {
            _ = try string(path)
            throw problem("the toolchain at a path is unknown", path)
        }
        guard ["channel", "components", "targets", "profile"].contains(where: { table[$0] != nil }) else {
            throw problem("`toolchain` names none of channel, path, components, targets and profile", entry)
        }
        let place = (table["channel"] ?? table["components"] ?? entry).range.lowerBound
        return .toolchain(
            channel: channel, components: components ?? [], add: addition(to: table), line: source.line(at: place))
    }

    private func problem(_ message: String, _ entry: TOMLDocument.Entry) -> ScriptProblem {
        ScriptProblem(line: source.line(at: entry.range.lowerBound), message: message)
    }

    private func string(_ entry: TOMLDocument.Entry) throws(ScriptProblem) -> ScriptWord {
        guard case .string(let word) = entry.value else {
            throw problem("`\(entry.key.text)` is not a string", entry)
        }
        return word
    }

    private func strings(_ entry: TOMLDocument.Entry) throws(ScriptProblem) -> [ScriptWord] {
        guard case .array(let values) = entry.value else {
            throw problem("`\(entry.key.text)` is not an array", entry)
        }
        return try values.map { value throws(ScriptProblem) -> ScriptWord in
            guard case .string(let word) = value else {
                throw problem("`\(entry.key.text)` holds what is not a string", entry)
            }
            return word
        }
    }

    /// The edit that adds `rust-src` in the form that the file has.
    private func addition(to table: TOMLDocument.Table) -> ScriptEdit? {
        if let components = table["components"], case .array(let values) = components.value {
            let start = components.range.lowerBound + 1
            let endsLine = "\r\n".utf8.contains(source.bytes[start])
            let comma = values.isEmpty ? "" : endsLine ? "," : ", "
            return ScriptEdit(range: start..<start, replacement: "\"rust-src\"\(comma)")
        }
        guard let channel = table["channel"] else { return nil }
        let end = channel.range.upperBound
        if table.form == .inline {
            return ScriptEdit(range: end..<end, replacement: ", components = [\"rust-src\"]")
        }
        let line = source.range(ofLine: source.line(at: channel.start))
        let before = source.bytes[line.lowerBound..<channel.start].drop { $0 != 32 && $0 != 9 }
        let dots = source.bytes[channel.start..<channel.key.range.lowerBound]
        let key = String(decoding: before + dots, as: UTF8.self) + "components"
        let lineEnd = source.range(ofLine: source.line(at: end)).upperBound
        let isCRLF = lineEnd < source.bytes.count && source.bytes[lineEnd] == UInt8(ascii: "\r")
        return ScriptEdit(
            range: lineEnd..<lineEnd, replacement: "\(isCRLF ? "\r" : "")\n\(key) = [\"rust-src\"]")
    }
}
