// SPDX-License-Identifier: Apache-2.0

extension ShellRun {
    /// A part of a word in the making; a value that was put in without quotes is split at its blanks.
    private enum Fragment {
        case part(ScriptWord.Part, isSplit: Bool, isQuoted: Bool)
        case boundary
    }

    private static let longestWord = 65_536
    private static let mostWords = 4096
    static let longestValue = 4096
    static let mostElements = 256

    /// The words that a spelled word becomes (POSIX.1-2024, Shell Command Language, § 2.6).
    mutating func fields(_ parts: [ShellPart]) -> [ScriptWord] {
        let fragments = fragments(parts)
        var words: [ScriptWord] = []
        for variant in Self.braces(fragments) {
            words += fields(variant)
            if words.count > Self.mostWords { break }
        }
        return Array(words.prefix(Self.mostWords))
    }

    /// One word, not split: an assignment's value, the subject of `case`.
    mutating func field(_ parts: [ShellPart]) -> ScriptWord {
        let fragments = fragments(parts)
        let first = Self.line(fragments)
        return ScriptWord(
            parts: fragments.map { fragment in
                switch fragment {
                case .part(let part, _, _): part
                case .boundary: ScriptWord.Part(text: " ", file: nil, line: first)
                }
            }, line: first)
    }

    /// For what it runs.
    mutating func expand(_ parts: [ShellPart]) { _ = fragments(parts) }

    private static func line(_ fragments: [Fragment]) -> Int {
        for case .part(let part, _, _) in fragments { return part.line }
        return 1
    }

    private func fields(_ fragments: [Fragment]) -> [ScriptWord] {
        var words: [ScriptWord] = []
        var open: [ScriptWord.Part] = []
        var isOpen = false
        let first = Self.line(fragments)
        func close() {
            if isOpen { words.append(ScriptWord(parts: open, line: open.first?.line ?? first)) }
            open = []
            isOpen = false
        }
        for fragment in fragments where words.count <= Self.mostWords {
            guard case .part(let part, let isSplit, _) = fragment else {
                close()
                continue
            }
            guard isSplit else {
                open.append(part)
                isOpen = true
                continue
            }
            var offset = 0
            let pieces = part.text.split(omittingEmptySubsequences: false, whereSeparator: \.isWhitespace)
            for (position, piece) in pieces.enumerated() {
                if position > 0 {
                    close()
                    offset += 1
                }
                if !piece.isEmpty {
                    open.append(part.with(String(piece), at: offset))
                    isOpen = true
                }
                offset += piece.utf8.count
            }
        }
        close()
        return words
    }

    private mutating func fragments(_ parts: [ShellPart]) -> [Fragment] {
        var fragments: [Fragment] = []
        var size = 0
        for part in parts {
            let next = self.fragments(part)
            for case .part(let part, _, _) in next { size += part.text.utf8.count }
            if size > Self.longestWord || fragments.count > Self.mostWords {
                // No command has such a word.
                return [unknown(Self.line(fragments))]
            }
            fragments += next
        }
        charge(size / 256)
        return fragments
    }

    private func unknown(_ line: Int, isQuoted: Bool = false) -> Fragment {
        let text = String(isQuoted ? ScriptWord.unknownWord : ScriptWord.unknown)
        return .part(.init(text: text, file: nil, line: line), isSplit: false, isQuoted: isQuoted)
    }

    private mutating func fragments(_ part: ShellPart) -> [Fragment] {
        switch part {
        case .text(let range, let isQuoted):
            if range.isEmpty {
                return [.part(.init(text: "", file: nil, line: line(range.lowerBound)), isSplit: false, isQuoted: true)]
            }
            return program.text[range].parts.map { .part($0, isSplit: false, isQuoted: isQuoted) }
        case .bytes(let bytes, let range):
            let text = String(decoding: bytes, as: UTF8.self)
            return [.part(.init(text: text, file: nil, line: line(range.lowerBound)), isSplit: false, isQuoted: true)]
        case .parameter(let parameter, let isQuoted): return self.parameter(parameter, isQuoted: isQuoted)
        case .commands(let items, let range, let isQuoted):
            return value(of: substituted(items), line(range.lowerBound), isQuoted: isQuoted)
        case .program(let inner, let range, let isQuoted):
            let line = line(range.lowerBound)
            let outer = program
            program = inner
            let text = substituted(inner.items)
            program = outer
            return value(of: text, line, isQuoted: isQuoted)
        case .process(let items, let range):
            process = substituted(items)
            return [unknown(line(range.lowerBound), isQuoted: true)]
        case .arithmetic(let inner, let range, _):
            expand(inner)
            return [unknown(line(range.lowerBound), isQuoted: true)]
        }
    }

    /// Runs the commands of a substitution; what they write, where that can be told.
    private mutating func substituted(_ items: [ShellItem]) -> ScriptText? {
        guard depth < Self.deepest else { return nil }
        let before = (state, input)
        charge(state.variables.count / 16)
        produced = nil
        input = nil
        depth += 1
        run(items)
        depth -= 1
        (state, input) = before
        defer { produced = nil }
        guard items.count == 1, let item = items.first, item.rest.isEmpty, let last = item.first.commands.last,
            case .simple = last.kind
        else { return nil }
        return produced
    }

    private func value(of text: ScriptText?, _ line: Int, isQuoted: Bool) -> [Fragment] {
        guard var text, text.bytes.count < Self.longestValue else { return [unknown(line, isQuoted: isQuoted)] }
        let end = text.bytes.lastIndex { $0 != 10 }.map { $0 + 1 } ?? 0
        text = text[0..<end]
        return text.parts.map { .part($0, isSplit: !isQuoted, isQuoted: isQuoted) }
    }

    // MARK: Parameters

    /// A parameter's value as words; nil where it is not known.
    private func words(of parameter: ShellParameter) -> [ScriptWord]? {
        let name = parameter.name
        if name == "@" || name == "*" { return state.positionals }
        if let number = Int(name) {
            guard number > 0, let positionals = state.positionals else { return nil }
            return number <= positionals.count ? [positionals[number - 1]] : []
        }
        let array = state.arrays[name]
        switch parameter.index {
        case nil, "0": return array.map { Array($0.prefix(1)) } ?? state.variables[name].map { [$0] }
        case "@", "*": return array ?? state.variables[name].map { [$0] }
        case .some(let index):
            guard let array, let number = Int(index), array.indices.contains(number) else { return nil }
            return [array[number]]
        }
    }

    private mutating func parameter(_ parameter: ShellParameter, isQuoted: Bool) -> [Fragment] {
        let line = line(parameter.range.lowerBound)
        expand(parameter.indexParts)
        let isList = parameter.name == "@" || parameter.index == "@"
        let isMany = isList || parameter.name == "*" || parameter.index == "*"
        if parameter.name == "#", parameter.operation == .value, let count = state.positionals?.count {
            return [.part(.init(text: "\(count)", file: nil, line: line), isSplit: false, isQuoted: isQuoted)]
        }
        func spelled(_ words: [ScriptWord]) -> [Fragment] {
            var result: [Fragment] = []
            for (index, word) in words.enumerated() {
                if index > 0 {
                    result.append(
                        isList || !isQuoted
                            ? .boundary : .part(.init(text: " ", file: nil, line: line), isSplit: false, isQuoted: true)
                    )
                }
                result += word.parts.map { .part($0, isSplit: !isQuoted, isQuoted: true) }
                if word.parts.isEmpty, isQuoted {
                    result.append(.part(.init(text: "", file: nil, line: line), isSplit: false, isQuoted: true))
                }
            }
            // A quoted empty value is a word, an empty list is none.
            if words.isEmpty, isQuoted, !isList {
                result.append(.part(.init(text: "", file: nil, line: line), isSplit: false, isQuoted: true))
            }
            return result
        }
        let unknown = unknown(line, isQuoted: isQuoted && !isList)
        let words = words(of: parameter)
        let isEmpty = words.map { parameter.hasColon ? $0.allSatisfy(\.text.isEmpty) : $0.isEmpty }
        switch parameter.operation {
        case .value, .error: return words.map(spelled) ?? [unknown]
        case .fallback, .assign:
            if let words, isEmpty == false { return spelled(words) }
            // Where nothing in the script sets it, the word is what it most likely is.
            let fallback = fragments(parameter.word).map { fragment -> Fragment in
                guard case .part(var part, let isSplit, let wasQuoted) = fragment else { return fragment }
                part.isAssumed = words == nil
                return .part(part, isSplit: isSplit || !isQuoted && !wasQuoted, isQuoted: wasQuoted)
            }
            if parameter.operation == .assign, !isMany {
                state.set(
                    parameter.name,
                    ScriptWord(
                        parts: fallback.compactMap { if case .part(let part, _, _) = $0 { part } else { nil } },
                        line: line))
            }
            return fallback
        case .alternative:
            let word = fragments(parameter.word)
            guard let isEmpty else { return [unknown] }
            return isEmpty ? (isQuoted ? spelled([ScriptWord(parts: [], line: line)]) : []) : word
        case .other(let operation):
            let pattern = field(parameter.word)
            guard let words, !isMany, words.allSatisfy(\.isKnown), pattern.isKnown,
                let result = Self.changed(words.first?.text ?? "", operation, pattern.text, state)
            else { return [unknown] }
            return [.part(.init(text: result, file: nil, line: line), isSplit: !isQuoted, isQuoted: true)]
        }
    }

    /// The value that an operator makes, for patterns without special characters.
    private static func changed(_ text: String, _ operation: String, _ pattern: String, _ state: ShellState) -> String?
    {
        let isPlain = !pattern.contains { "*?[\\".contains($0) }
        switch operation {
        case "length": return "\(text.unicodeScalars.count)"
        case "indirect": return state.variables[text].flatMap { $0.isKnown ? $0.text : nil }
        case "#", "##": return isPlain ? (text.hasPrefix(pattern) ? String(text.dropFirst(pattern.count)) : text) : nil
        case "%", "%%": return isPlain ? (text.hasSuffix(pattern) ? String(text.dropLast(pattern.count)) : text) : nil
        case "/", "//":
            let halves = pattern.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard isPlain, let old = halves.first, !old.isEmpty, old.first != "#", old.first != "%" else { return nil }
            return text.replacing(
                old, with: halves.count > 1 ? halves[1] : "", maxReplacements: operation == "/" ? 1 : .max)
        case "^^" where pattern.isEmpty: return text.uppercased()
        case ",," where pattern.isEmpty: return text.lowercased()
        default: return nil
        }
    }

    // MARK: Braces

    /// `a{b,c}d`: the words that it stands for (Bash Reference Manual, § 3.5.1). Braces that hold a value or a quoted
    /// comma stay as they are.
    private static func braces(_ fragments: [Fragment]) -> [[Fragment]] {
        var variants: [[Fragment]] = [[]]
        for fragment in fragments {
            guard case .part(let part, false, false) = fragment, part.text.contains("{"),
                let pieces = alternatives(part)
            else {
                for index in variants.indices { variants[index].append(fragment) }
                continue
            }
            guard variants.count * pieces.count <= 64 else { return [fragments] }
            variants = variants.flatMap { variant in
                pieces.map { variant + $0.map { .part($0, isSplit: false, isQuoted: true) } }
            }
        }
        return variants
    }

    /// The first brace expression of a part, each alternative with what stands around it.
    private static func alternatives(_ part: ScriptWord.Part) -> [[ScriptWord.Part]]? {
        let bytes = Array(part.text.utf8)
        guard let open = bytes.firstIndex(of: UInt8(ascii: "{")),
            let close = bytes[open...].firstIndex(of: UInt8(ascii: "}")),
            !bytes[(open + 1)..<close].contains(UInt8(ascii: "{"))
        else { return nil }
        let inner = bytes[(open + 1)..<close].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard inner.count > 1 else { return nil }
        func piece(_ range: Range<Int>) -> [ScriptWord.Part] {
            range.isEmpty ? [] : [part.with(String(decoding: bytes[range], as: UTF8.self), at: range.lowerBound)]
        }
        return inner.map {
            piece(0..<open) + piece($0.startIndex..<$0.endIndex) + piece((close + 1)..<bytes.count)
        }
    }
}
