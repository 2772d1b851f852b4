// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Yams

/// Why a file could not be read as what its name says.
struct UnreadableScript: Error, CustomStringConvertible {
    let description: String
}

extension Node {
    /// The first of a sequence's items; none of another node.
    func list(atMost most: Int) -> [Node] { sequence.map { Array($0.prefix(most)) } ?? [] }

    /// The same; another node is its own only item.
    func items(atMost most: Int) -> [Node] { sequence == nil ? [self] : list(atMost: most) }

    /// The strings of a sequence, or the one that the node is.
    var strings: [String] { sequence.map { $0.compactMap(\.string) } ?? string.map { [$0] } ?? [] }
}

/// A YAML file whose scalars know where their bytes stand (YAML 1.2.2, and 1.1's merge keys).
struct YAMLText {
    /// The source that a line is of: several files may make one pipeline.
    private let source: (Int) -> ScriptSource
    let root: Node.Mapping
    /// The mapping of the document before it: the header (`spec:`) of a GitLab file that takes inputs.
    let header: Node.Mapping?

    /// Aliases of aliases can make a small file a huge one: so many values of it are looked at.
    private static let mostValues = 20_000

    init(_ source: ScriptSource, files: ScriptFiles? = nil) throws {
        self.source = { line in files?.source(ofLine: line) ?? source }
        guard TextNesting.line(in: source.bytes) == nil else {
            throw UnreadableScript(description: "is nested too deeply")
        }
        let before = source.before.lines
        let own = String(decoding: source.bytes, as: UTF8.self)
        if let line = YAMLAliases.keyLine(in: own) {
            throw UnreadableScript(description: "line \(line): has an alias in a key, which is not read")
        }
        do {
            // Lines are counted through all files: the others' are empty here.
            let text = String(repeating: "\n", count: before) + own
            var documents: [Node.Mapping] = []
            var documentsOfAll = try Yams.compose_all(yaml: text)
            while documents.count < 2, let node = documentsOfAll.next() {
                if let mapping = node.mapping { documents.append(mapping) }
            }
            if let error = documentsOfAll.error { throw error }
            guard let first = documents.first else { throw UnreadableScript(description: "holds no YAML mapping") }
            let isHeader = documents.count > 1 && first.contains { key, _ in key.string == "spec" }
            root = isHeader ? documents[1] : first
            header = isHeader ? first : nil
        } catch let error as YamlError {
            throw UnreadableScript(description: "is not YAML: \(Self.sentence(error, before))")
        }
    }

    private static func sentence(_ error: YamlError, _ before: Int) -> String {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return "line \(mark.line - before): \(problem)"
        case .duplicatedKeysInMapping(let names, _): return "a mapping has the key \(names.first ?? "") twice"
        default: return String(String(describing: error).prefix { $0 != "\n" }.prefix(200))
        }
    }

    // MARK: Mappings

    /// A mapping's keys; those that `<<` brings in count where it has none of its own.
    func pairs(_ node: Node?, depth: Int = 0) -> [String: Node] {
        guard let mapping = node?.mapping else { return [:] }
        return pairs(mapping, depth: depth)
    }

    func pairs(_ mapping: Node.Mapping, depth: Int = 0) -> [String: Node] {
        var result: [String: Node] = [:]
        var merged: [String: Node] = [:]
        for (key, value) in mapping.prefix(Self.mostValues) {
            guard let name = key.string else { continue }
            guard name == "<<", depth < 10 else {
                result[name] = value
                continue
            }
            // Of several the first one wins.
            for base in value.items(atMost: 100) {
                merged.merge(pairs(base, depth: depth + 1)) { first, _ in first }
            }
        }
        return result.merging(merged) { own, _ in own }
    }

    /// The keys in the order of the file.
    func names(_ mapping: Node.Mapping) -> [String] {
        mapping.prefix(Self.mostValues).compactMap { key, _ in key.string == "<<" ? nil : key.string }
    }

    // MARK: Scalars

    func word(_ scalar: Node.Scalar) -> ScriptWord {
        ScriptWord(parts: text(scalar).parts, line: scalar.mark?.line ?? 1)
    }

    /// A scalar as it stands in the file, so that each of its bytes keeps its place.
    func text(_ scalar: Node.Scalar) -> ScriptText {
        guard let mark = scalar.mark else { return ScriptText(scalar.string, line: 1) }
        let spelled = Array(scalar.string.utf8)
        let source = source(mark.line)
        let before = source.before.lines
        switch scalar.style {
        case .literal, .folded:
            let block = block(mark.line - before, source, isFolded: scalar.style == .folded)
            let length = min(block.bytes.count, spelled.count)
            // Line ends at the end of a block are no matter; where all else differs the library is right.
            let isSame =
                block.bytes[..<length].elementsEqual(spelled[..<length])
                && block.bytes[length...].allSatisfy { $0 == 10 || $0 == 32 }
                && spelled[length...].allSatisfy { $0 == 10 }
            guard !isSame else { return block }
            var text = ScriptText()
            for (index, line) in spelled.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
                if index > 0 { text.append("\n".utf8, line: mark.line + index) }
                text.append(line, line: mark.line + index + 1)
            }
            return text
        default:
            let line = source.range(ofLine: mark.line - before)
            let column = String(decoding: source.bytes[line], as: UTF8.self).unicodeScalars.prefix(
                max(mark.column - 1, 0))
            let start = line.lowerBound + String(String.UnicodeScalarView(column)).utf8.count
            for candidate in [start, start + 1] where source.bytes.dropFirst(candidate).starts(with: spelled) {
                return ScriptText(source, candidate..<candidate + spelled.count)
            }
            return ScriptText(scalar.string, line: mark.line)
        }
    }

    /// The lines below a block scalar's header, without their indentation.
    private func block(_ header: Int, _ source: ScriptSource, isFolded: Bool) -> ScriptText {
        var text = ScriptText()
        var indentation: Int?
        var number = header + 1
        while number <= source.lineStarts.count {
            let range = source.range(ofLine: number)
            let spaces = source.bytes[range].prefix { $0 == UInt8(ascii: " ") }.count
            if spaces == range.count {
                text.append("\n".utf8, line: source.before.lines + number)
                number += 1
                continue
            }
            let parent = source.bytes[source.range(ofLine: header)].prefix { $0 == UInt8(ascii: " ") }.count
            let own = indentation ?? spaces
            guard spaces >= own, own > parent || header == 0 else { break }
            indentation = own
            text.append(source, range.lowerBound + own..<range.upperBound)
            text.append((isFolded && spaces == own ? " " : "\n").utf8, line: source.before.lines + number)
            number += 1
        }
        return text
    }
}
