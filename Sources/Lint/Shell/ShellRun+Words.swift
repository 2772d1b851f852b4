// SPDX-License-Identifier: Apache-2.0

extension ShellRun {
    /// A part of a word in the making; a value that was put in without quotes is split at its blanks.
    private enum Fragment {
        case part(ScriptWord.Part, isSplit: Bool, isQuoted: Bool)
        case boundary

        /// What is put in as it is.
        static func text(_ text: String, line: Int, isAssumed: Bool = false, isQuoted: Bool = true) -> Fragment {
            .part(.init(text, line: line, isAssumed: isAssumed), isSplit: false, isQuoted: isQuoted)
        }
    }

    private static let longestWord = 65_536
    private static let mostWords = 4096
    static let longestValue = 4096
    static let mostElements = 256

    /// The words that a spelled word becomes (POSIX.1-2024, Shell Command Language, § 2.6).
    mutating func fields(_ parts: [ShellPart]) -> [ScriptWord] {
        var words: [ScriptWord] = []
        for variant in Self.braces(fragments(parts)) {
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
                case .boundary: ScriptWord.Part(" ", line: first)
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
            let separators = state.variables["IFS"]
            if let separators, !separators.isKnown, part.text.count > 1 {
                open.append(.init(ScriptWord.unknown, line: part.line))
                isOpen = true
                continue
            }
            let marks = Array((separators?.text ?? " \t\n").unicodeScalars)
            for (index, piece) in part.split(whereSeparator: marks.contains).enumerated() {
                if index > 0 { close() }
                if !piece.text.isEmpty {
                    open.append(piece)
                    isOpen = true
                }
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
        .text(String(isQuoted ? ScriptWord.unknownWord : ScriptWord.unknown), line: line, isQuoted: isQuoted)
    }

    private mutating func fragments(_ part: ShellPart) -> [Fragment] {
        switch part {
        case .text(let range, let isQuoted):
            if range.isEmpty { return [.text("", line: line(range.lowerBound))] }
            return program.text[range].parts.map { .part($0, isSplit: false, isQuoted: isQuoted) }
        case .bytes(let bytes, let range):
            return [.text(String(decoding: bytes, as: UTF8.self), line: line(range.lowerBound))]
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
        case .arithmetic(let inner, let range):
            let line = line(range.lowerBound)
            let expression = field(inner)
            guard expression.isKnown, let value = calculate(expression.text, line) else {
                return [unknown(line, isQuoted: true)]
            }
            return [.text("\(value)", line: line, isAssumed: expression.isAssumed)]
        }
    }

    /// An expression's value; what it assigns is assigned.
    @discardableResult mutating func calculate(_ text: String, _ line: Int) -> Int? {
        guard text.utf8.count <= Self.longestValue else { return nil }
        charge(text.utf8.count / 16)
        let variables = state.variables
        var expression = ShellArithmetic(text) { name in
            // Nothing has set it: its environment may.
            variables[name]?.certain.flatMap { $0.isEmpty ? 0 : Int($0) }
        }
        let value = expression.value()
        for (name, value) in expression.assignments {
            state.set(name, ScriptWord(value.map { "\($0)" } ?? String(ScriptWord.unknownWord), line: line))
        }
        return value
    }

    /// Runs the commands of a substitution; what they write, where that can be told.
    private mutating func substituted(_ items: [ShellItem]) -> ScriptText? {
        guard depth < Self.deepest else { return nil }
        let before = (state, input, written, reading)
        charge(state.variables.count / 16)
        state.output = nil
        written = ShellWritten()
        input = nil
        depth += 1
        run(items)
        depth -= 1
        let result = written?.known
        (state, input, written, reading) = before
        return result
    }

    private func value(of text: ScriptText?, _ line: Int, isQuoted: Bool) -> [Fragment] {
        guard let text, text.bytes.count < Self.longestValue else { return [unknown(line, isQuoted: isQuoted)] }
        let end = text.bytes.lastIndex { $0 != 10 }.map { $0 + 1 } ?? 0
        return text[0..<end].parts.map { .part($0, isSplit: !isQuoted, isQuoted: isQuoted) }
    }

    // MARK: Parameters

    /// The name that a reference (`declare -n`) stands for.
    func referenced(_ name: String) -> String { state.references[name] ?? name }

    /// An index of an array as its key; nil where it is not known.
    mutating func key(_ parts: [ShellPart], of array: ShellArray) -> String? {
        let word = field(parts)
        guard let text = word.certain else { return nil }
        guard !array.isAssociative else {
            let isQuoted = text.count > 1 && ["\"", "'"].contains(text.first) && text.first == text.last
            return isQuoted ? String(text.dropFirst().dropLast()) : text
        }
        guard let number = calculate(text, word.line) else { return nil }
        let index = number < 0 ? array.next &+ number : number
        return index >= 0 ? "\(index)" : nil
    }

    /// A parameter's value as words; nil where it is not known.
    private mutating func words(of parameter: ShellParameter) -> [ScriptWord]? {
        let name = referenced(parameter.name)
        if name == "@" || name == "*" { return state.positionals }
        if name == "0" { return (zero ?? self.name.map(ScriptWord.tree)).map { [$0] } }
        if let number = Int(name) {
            guard number > 0, let positionals = state.positionals else { return nil }
            return number <= positionals.count ? [positionals[number - 1]] : []
        }
        if name == "BASH_SOURCE", parameter.index == nil || parameter.index == "0" { return file.map { [.tree($0)] } }
        if name == "PWD", parameter.index == nil, state.directories.count == 1 {
            return [.tree(state.directories[0])]
        }
        let array = state.arrays[name]
        let value = state.variables[name].map { [$0] }
        guard let array else { return [nil, "@", "*", "0"].contains(parameter.index) ? value : nil }
        switch parameter.index {
        case nil: return array["0"].map { [$0] } ?? []
        case "@", "*": return array.words
        case .some: return key(parameter.indexParts, of: array).map { key in array[key].map { [$0] } ?? [] }
        }
    }

    /// The file that the commands at hand stand in: a function's is the one that defines it.
    private var file: String? {
        guard let files, let line = program.text.pieces.first?.line else { return nil }
        return name == nil && including.isEmpty ? nil : files.place(ofLine: line).name
    }

    private mutating func parameter(_ parameter: ShellParameter, isQuoted: Bool) -> [Fragment] {
        let line = line(parameter.range.lowerBound)
        if parameter.index == "@" || parameter.index == "*" { expand(parameter.indexParts) }
        let isList = parameter.name == "@" || parameter.index == "@"
        let isMany = isList || parameter.name == "*" || parameter.index == "*"
        if parameter.name == "#", parameter.operation == .value, let count = state.positionals?.count {
            return [.text("\(count)", line: line, isQuoted: isQuoted)]
        }
        func spelled(_ words: [ScriptWord]) -> [Fragment] {
            var result: [Fragment] = []
            for (index, word) in words.enumerated() {
                if index > 0 { result.append(isList || !isQuoted ? .boundary : .text(" ", line: line)) }
                result += word.parts.map { .part($0, isSplit: !isQuoted, isQuoted: true) }
                if word.parts.isEmpty, isQuoted { result.append(.text("", line: line)) }
            }
            // A quoted empty value is a word, an empty list is none.
            if words.isEmpty, isQuoted, !isList { result.append(.text("", line: line)) }
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
            let isAssumed = words?.contains(where: \.isAssumed) ?? true
            var fallback = fragments(parameter.word).map { fragment -> Fragment in
                guard case .part(var part, let isSplit, let wasQuoted) = fragment else { return fragment }
                part.isAssumed = part.isAssumed || isAssumed
                return .part(part, isSplit: isSplit || !isQuoted && !wasQuoted, isQuoted: wasQuoted)
            }
            // `${X:-}` says that it may have no value, and no more than `$X` which one it has.
            if fallback.isEmpty, isAssumed { fallback = [unknown] }
            if parameter.operation == .assign, !isMany {
                let parts = fallback.compactMap { if case .part(let part, _, _) = $0 { part } else { nil } }
                state.set(parameter.name, ScriptWord(parts: parts, line: line))
            }
            return fallback
        case .alternative:
            let word = fragments(parameter.word)
            guard let isEmpty else { return [unknown] }
            if isEmpty, words?.contains(where: \.isAssumed) == true { return [unknown] }
            return isEmpty ? (isQuoted ? spelled([ScriptWord(parts: [], line: line)]) : []) : word
        case .other("indirect") where parameter.index == "@" || parameter.index == "*":
            // The keys.
            guard let array = state.arrays[referenced(parameter.name)] else { return [unknown] }
            return spelled(array.elements.map { ScriptWord($0.key, line: line) })
        case .other("length") where isMany:
            // A pattern is as many words as there are files, and a value in no quotes as it has.
            guard let words, !words.contains(where: { !$0.isKnown || $0.text.contains { "*?[".contains($0) } }),
                case let count = words.count
            else { return [unknown] }
            return [.text("\(count)", line: line)]
        case .other(":") where isMany:
            guard var list = words else { return [unknown] }
            let range = field(parameter.word)
            let bounds = range.text.split(separator: ":", maxSplits: 1).map { calculate(String($0), line) }
            guard range.isKnown, let first = bounds.first, let first else { return [unknown] }
            // `$0` is the first of the positional parameters here.
            if parameter.name == "@" || parameter.name == "*" { list.insert(ScriptWord("", line: line), at: 0) }
            let start = first < 0 ? list.count &+ first : first
            guard start >= 0 else { return [unknown] }
            list = Array(list.dropFirst(start))
            if bounds.count > 1 {
                guard let length = bounds[1], length >= 0 else { return [unknown] }
                list = Array(list.prefix(length))
            }
            return spelled(list)
        case .other(let operation):
            let pattern = field(parameter.word)
            guard let words, !isMany, words.allSatisfy(\.isKnown), pattern.isKnown,
                let result = Self.changed(words.first?.text ?? "", operation, pattern.text, state)
            else { return [unknown] }
            let part = ScriptWord.Part(result, line: line, isAssumed: words.contains(where: \.isAssumed))
            return [.part(part, isSplit: !isQuoted, isQuoted: true)]
        }
    }

    /// The value that an operator makes.
    private static func changed(_ text: String, _ operation: String, _ pattern: String, _ state: ShellState) -> String?
    {
        let isPlain = !pattern.contains { "*?[\\".contains($0) }
        switch operation {
        case "length": return "\(text.unicodeScalars.count)"
        case "indirect": return state.variables[text].flatMap { $0.isKnown ? $0.text : nil }
        case "#", "##", "%", "%%":
            return Shell.trimmed(text, pattern, atEnd: operation.hasPrefix("%"), most: operation.count > 1)
        case ":":
            let bounds = pattern.split(separator: ":", maxSplits: 1).map { Int($0.filter { !$0.isWhitespace }) }
            guard let first = bounds.first, let first, case let start = first < 0 ? text.count &+ first : first,
                start >= 0
            else { return nil }
            let rest = text.dropFirst(start)
            guard bounds.count > 1 else { return String(rest) }
            guard let length = bounds[1] else { return nil }
            return length < 0 ? String(rest.dropLast(length == .min ? .max : -length)) : String(rest.prefix(length))
        case "/", "//":
            let halves = pattern.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard isPlain, let old = halves.first, !old.isEmpty, old.first != "#", old.first != "%" else { return nil }
            return text.replacing(
                old, with: halves.count > 1 ? halves[1] : "", maxReplacements: operation == "/" ? 1 : .max)
        case "^^" where pattern.isEmpty: return text.uppercased()
        case ",," where pattern.isEmpty: return text.lowercased()
        case "^" where pattern.isEmpty: return text.prefix(1).uppercased() + text.dropFirst()
        case "," where pattern.isEmpty: return text.prefix(1).lowercased() + text.dropFirst()
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
        return inner.map { piece(0..<open) + piece($0.startIndex..<$0.endIndex) + piece((close + 1)..<bytes.count) }
    }
}
