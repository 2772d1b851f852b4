// SPDX-License-Identifier: Apache-2.0
package import Host
internal import Yams

/// A YAML file that is read strictly: each key is known and stands once, each value has its type, and what is wrong is said
/// with its line (YAML 1.2.2, without anchors and aliases).
package struct SettingsFile {
    /// What a file is of, for the failures about it.
    package struct Kind: Sendable {
        /// `policy.unreadable`.
        let code: String
        /// What to do about a file that can't be read.
        let advice: String

        package init(code: String, advice: String) {
            self.code = code
            self.advice = advice
        }
    }

    package let name: String
    let kind: Kind
    package let root: Settings

    /// Bytes of a file that is read; one that people read has a few thousand.
    package static let largest = 256 << 10

    /// Throws `Failure` with the kind's code.
    package init(_ bytes: [UInt8], named name: String, _ kind: Kind) throws(Failure) {
        self.name = name
        self.kind = kind
        guard bytes.count <= Self.largest else {
            throw kind.failure(name, nil, "it has more than \(Self.largest) bytes")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw kind.failure(name, nil, "it is not UTF-8 text")
        }
        if let line = TextNesting.line(in: bytes) { throw kind.failure(name, line, "it is nested too deeply") }
        if let line = Self.lineWithReference(in: text) {
            throw kind.failure(
                name, line, "anchors and aliases (& and *) are not read; put a text that begins so in quotes")
        }
        if let line = YAMLAliases.line(in: text) {
            throw kind.failure(name, line, "aliases (*) are not read; take the anchor of this one out")
        }
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            let (line, problem) = Self.problem(error)
            throw kind.failure(name, line, problem)
        } catch {
            throw kind.failure(name, nil, "\(error)")
        }
        guard let node else { throw kind.failure(name, nil, "it is empty") }
        guard let mapping = node.mapping else {
            throw kind.failure(name, node.mark?.line, "keys with values are expected")
        }
        root = Settings(mapping, path: "", file: name, kind: kind)
    }

    private static func problem(_ error: YamlError) -> (line: Int?, text: String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            (mark.line, "it is not YAML: \(problem)")
        case .duplicatedKeysInMapping(let names, let context):
            (context.mark.line, "the key `\(names.first ?? "")` stands twice")
        default: (nil, "it is not YAML: \(String(describing: error).prefix { $0 != "\n" }.prefix(200))")
        }
    }

    /// The first line with an anchor or alias outside of quotes and comments.
    private static func lineWithReference(in text: String) -> Int? {
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let plain = line.replacing(#/"(\\.|[^"\\])*"|'[^']*'/#, with: "\"\"").replacing(#/(^|\s)#.*/#, with: "")
            if plain.firstMatch(of: #/(^|[\s\[{,:?-])[&*][^\s]/#) != nil { return index + 1 }
        }
        return nil
    }
}

extension SettingsFile.Kind {
    fileprivate func failure(_ file: String, _ line: Int?, _ reason: String) -> Failure {
        Failure(code, "\(line.map { "\(file):\($0)" } ?? file): \(reason)", advice: advice)
    }
}

/// The keys of one mapping, and where they stand.
package struct Settings {
    private let mapping: Node.Mapping
    /// `stages[2].evidence`; empty at the top.
    package let path: String
    private let file: String
    private let kind: SettingsFile.Kind
    private var line: Int? { mapping.mark?.line }

    init(_ mapping: Node.Mapping, path: String, file: String, kind: SettingsFile.Kind) {
        self.mapping = mapping
        self.path = path
        self.file = file
        self.kind = kind
    }

    package func failure(_ reason: String) -> Failure { failure(reason, at: nil) }

    private func failure(_ reason: String, at node: Node?) -> Failure {
        kind.failure(file, node?.mark?.line ?? line, reason)
    }

    /// Where a key stands, for a failure about its value.
    package func failure(of key: String, _ reason: String) -> Failure {
        failure("`\(named(key))` \(reason)", at: node(key))
    }

    private func node(_ key: String) -> Node? {
        mapping.first { $0.key.string == key }?.value
    }

    private func named(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// Refuses keys that are not among those. Throws `Failure` with the nearest one that is.
    package func check(keys known: [String]) throws(Failure) {
        for (key, _) in mapping {
            guard let name = key.string, known.contains(name) else {
                let name = key.string ?? "?"
                let nearest = known.map { (name: $0, distance: EditDistance.between($0, name)) }
                    .min { $0.distance < $1.distance }.flatMap { $0.distance <= max(2, name.count / 3) ? $0.name : nil }
                throw failure(
                    "there is no key `\(self.named(String(name.prefix(60))))`"
                        + (nearest.map { "; did you mean `\($0)`?" } ?? "; the keys here are "
                            + known.joined(separator: ", ")),
                    at: key)
            }
        }
    }

    package func has(_ key: String) -> Bool { node(key) != nil }

    /// nil where the key is not there.
    package func text(_ key: String) throws(Failure) -> String? {
        guard let node = node(key) else { return nil }
        guard let text = node.scalar?.string, text.contains(where: { !$0.isWhitespace }), text.utf8.count <= 1000,
            !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f })
        else { throw failure("`\(named(key))` has to be a text of one line", at: node) }
        return text
    }

    package func required(_ key: String) throws(Failure) -> String {
        guard let text = try text(key) else { throw failure("the key `\(named(key))` is missing") }
        return text
    }

    package func number(_ key: String, in range: ClosedRange<Int>) throws(Failure) -> Int? {
        guard let node = node(key) else { return nil }
        guard let text = node.scalar?.string, let number = Int(text), range.contains(number) else {
            throw failure(
                "`\(named(key))` has to be a number from \(range.lowerBound) to \(range.upperBound)", at: node)
        }
        return number
    }

    /// A list of texts, or one text; empty where the key is not there.
    package func texts(_ key: String) throws(Failure) -> [String] {
        guard let node = node(key) else { return [] }
        guard let list = node.sequence else { return try text(key).map { [$0] } ?? [] }
        var texts: [String] = []
        for item in list {
            guard let text = item.scalar?.string, !text.isEmpty, text.utf8.count <= 1000 else {
                throw failure("`\(named(key))` has to be a list of texts", at: item)
            }
            guard !texts.contains(text) else { throw failure("`\(named(key))` has `\(text)` twice", at: item) }
            texts.append(text)
        }
        return texts
    }

    package func numbers(_ key: String, in range: ClosedRange<Int>) throws(Failure) -> [Int]? {
        guard has(key) else { return nil }
        return try texts(key).map { text throws(Failure) in
            guard let number = Int(text), range.contains(number) else {
                throw failure(of: key, "has to be numbers from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
    }

    /// Each of a list of words of which there are some.
    package func words<Word: RawRepresentable & CaseIterable>(
        _ key: String, _ type: Word.Type
    ) throws(Failure) -> [Word] where Word.RawValue == String {
        try texts(key).map { text throws(Failure) in
            guard let word = Word(rawValue: text) else {
                throw failure(
                    of: key,
                    "has `\(text.prefix(60))`, and may have " + Word.allCases.map(\.rawValue).joined(separator: ", "))
            }
            return word
        }
    }

    /// The mapping of a key; nil where the key is not there.
    package func settings(_ key: String) throws(Failure) -> Settings? {
        guard let node = node(key) else { return nil }
        guard let mapping = node.mapping else { throw failure("`\(named(key))` has to hold keys", at: node) }
        return Settings(mapping, path: named(key), file: file, kind: kind)
    }

    /// Each mapping of a key's list; empty where the key is not there.
    package func list(_ key: String, atMost most: Int = 100) throws(Failure) -> [Settings] {
        guard let node = node(key) else { return [] }
        guard let list = node.sequence else { throw failure("`\(named(key))` has to be a list", at: node) }
        guard list.count <= most else { throw failure("`\(named(key))` has more than \(most) items", at: node) }
        var found: [Settings] = []
        for (index, item) in list.enumerated() {
            let path = "\(named(key))[\(index + 1)]"
            guard let mapping = item.mapping else { throw failure("`\(path)` has to hold keys", at: item) }
            found.append(Settings(mapping, path: path, file: file, kind: kind))
        }
        return found
    }
}

/// How many characters have to be changed to get from one word to another (Levenshtein).
enum EditDistance {
    static func between(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.utf8.prefix(100)), Array(right.utf8.prefix(100)))
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var before = row[0]
            row[0] = index + 1
            for (column, other) in right.enumerated() {
                let cost = before + (byte == other ? 0 : 1)
                before = row[column + 1]
                row[column + 1] = min(cost, before + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}
