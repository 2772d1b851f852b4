// SPDX-License-Identifier: Apache-2.0

extension ShellRun {
    mutating func run(_ simple: ShellSimpleCommand, _ command: ShellCommand) -> Bool? {
        produced = nil
        process = nil
        let piped = input
        input = nil
        var words = simple.words.flatMap { fields($0.parts) }
        let line = line(command.offset)
        let isKept = state.variables.count < 20_000
        var assignments: [(name: String, value: ScriptWord)] = []
        for assignment in simple.assignments {
            if words.isEmpty {
                if isKept { assign(assignment) }
            } else if case .word(let parts) = assignment.value {
                assignments.append((assignment.name, value(of: assignment, parts)))
            }
        }
        var standardInput = piped
        var targets: [String] = []
        for redirection in command.redirections {
            if let index = redirection.document, program.documents.indices.contains(index) {
                standardInput = text(field(program.documents[index].parts))
                continue
            }
            if let target = outputTarget(redirection) {
                targets.append(target)
            } else if redirection.operation == "<<<" {
                standardInput = text(field(redirection.target.parts))
                standardInput?.append("\n".utf8, line: line)
            } else if redirection.operation == "<" {
                process = nil
                let word = field(redirection.target.parts)
                standardInput = process ?? (word.text == "/dev/null" ? ScriptText() : nil)
            } else {
                expand(redirection.target.parts)
            }
        }
        if words.count > Self.longestValue { words = Array(words.prefix(Self.longestValue)) }
        charge(words.count)
        guard let first = words.first else { return true }
        if let status = builtin(first.text, words, simple, assignments, standardInput, targets) { return status.value }
        var environment = state.environment
        for (name, value) in assignments { environment[name] = value }
        if callFunction(first.text, Array(words.dropFirst())) { return nil }
        execute(ShellProcess(words: words[...], environment: environment, line: line), standardInput)
        return first.text == "true" ? true : first.text == "false" ? false : nil
    }

    /// Where a redirection sends standard output.
    mutating func outputTarget(_ redirection: ShellRedirection) -> String? {
        guard [">", ">>", ">|", "&>", "&>>"].contains(redirection.operation),
            redirection.descriptor == nil || redirection.descriptor == "1"
        else { return nil }
        return field(redirection.target.parts).text
    }

    func text(_ word: ScriptWord) -> ScriptText {
        var text = ScriptText()
        text.append(word.parts)
        return text
    }

    // MARK: Variables

    private mutating func value(of assignment: ShellAssignment, _ parts: [ShellPart]) -> ScriptWord {
        var word = field(parts)
        if assignment.isAppending {
            guard let old = state.variables[assignment.name] else {
                return ScriptWord(String(ScriptWord.unknown), line: word.line)
            }
            word = ScriptWord(parts: old.parts + word.parts, line: old.line)
        }
        let size = word.parts.reduce(0) { $0 + $1.text.utf8.count }
        // A value that doubles with each line would else fill the memory.
        let isSmall = size <= Self.longestValue && word.parts.count <= Self.mostElements
        return isSmall ? word : ScriptWord(String(ScriptWord.unknown), line: word.line)
    }

    mutating func assign(_ assignment: ShellAssignment) {
        let name = assignment.name
        switch assignment.value {
        case .word(let parts):
            let value = value(of: assignment, parts)
            if let index = assignment.index { expand(index) }
            if assignment.index != nil || state.arrays[name] != nil {
                // One element of several: which words they are together is not followed.
                state.arrays[name] = nil
                state.variables[name] = ScriptWord(String(ScriptWord.unknown), line: value.line)
            } else {
                state.set(name, value)
            }
        case .array(let words):
            let values = words.flatMap { fields($0.parts) }
            let before = state.arrays[name] ?? state.variables[name].map { [$0] }
            let all = assignment.isAppending ? before.map { $0 + values } : values
            guard let all, all.count <= Self.mostElements,
                all.reduce(0, { $0 + $1.parts.reduce(0) { $0 + $1.text.utf8.count } }) <= 65_536
            else {
                state.arrays[name] = nil
                state.variables[name] = ScriptWord(String(ScriptWord.unknown), line: 1)
                return
            }
            // An array is not part of the environment.
            state.variables[name] = nil
            state.arrays[name] = all
        }
    }

    private mutating func forget(_ name: String, _ line: Int) {
        guard Shell.isName(name) else { return }
        state.set(name, ScriptWord(String(ScriptWord.unknownWord), line: line))
    }

    // MARK: Builtins

    private struct Status { let value: Bool? }

    /// The answer of a command that the shell itself has; nil for another one.
    private mutating func builtin(
        _ name: String, _ words: [ScriptWord], _ simple: ShellSimpleCommand,
        _ assignments: [(name: String, value: ScriptWord)], _ standardInput: ScriptText?, _ targets: [String]
    ) -> Status? {
        let arguments = words.dropFirst()
        let line = words.first?.line ?? 1
        switch name {
        case "export", "declare", "local", "readonly", "typeset":
            declare(name, arguments, simple.declarations)
        case "unset":
            if arguments.first?.text == "-f" {
                for word in arguments.dropFirst() { state.functions[word.text] = nil }
            } else {
                for word in arguments where !word.text.hasPrefix("-") {
                    state.unset(String(word.text.prefix { $0 != "[" }))
                }
            }
        case "read", "mapfile", "readarray", "getopts":
            for word in arguments where !word.text.hasPrefix("-") { forget(word.text, line) }
            return Status(value: nil)
        case "printf" where arguments.first?.text == "-v": if arguments.count > 1 { forget(words[2].text, line) }
        case "set": set(arguments)
        case "shift":
            let count = arguments.first.map { Int($0.text) } ?? 1
            if let count, let positionals = state.positionals {
                state.positionals = Array(positionals.dropFirst(max(count, 0)))
            } else {
                state.positionals = nil
            }
        case "exit", "return":
            guard assignments.isEmpty else { return nil }
            state.isOver = true
            state.isReturning = name == "return"
        case ":", "true": return Status(value: true)
        case "false": return Status(value: false)
        case "test": return Status(value: decide(Array(arguments)))
        case "[":
            return Status(value: arguments.last?.text == "]" ? decide(Array(arguments.dropLast())) : nil)
        case "eval":
            for declaration in simple.declarations { forget(declaration.name, line) }
            var text = ScriptText()
            for (index, word) in arguments.enumerated() {
                if index > 0 { text.append(" ".utf8, line: word.line) }
                text.append(word.parts)
            }
            follow(ShellParser.program(text, depth: 2 * depth), in: text)
        case ".", "source":
            let script = arguments.first?.text == "/dev/stdin" ? standardInput : process
            if let script { follow(ShellParser.program(script, depth: 2 * depth), in: script) }
        case "trap":
            if let word = arguments.first, !word.text.hasPrefix("-") {
                let script = text(word)
                let before = state
                follow(ShellParser.program(script, depth: 2 * depth), in: script)
                state = before
            }
        case "echo", "printf", "cat", "tee": return write(name, arguments, standardInput, targets)
        case "exec" where arguments.isEmpty: break
        default: return nil
        }
        return Status(value: true)
    }

    private mutating func declare(
        _ name: String, _ arguments: ArraySlice<ScriptWord>, _ declarations: [ShellAssignment]
    ) {
        var exports: Bool? = name == "export" ? true : nil
        var isLocal = name == "local" || name != "export" && name != "readonly" && !state.locals.isEmpty
        for word in arguments where word.text.hasPrefix("-") || word.text.hasPrefix("+") {
            if word.text.hasPrefix("-"), word.text.contains("f") { return }
            if word.text.contains("g") { isLocal = false }
            if name == "export", word.text == "-n" { exports = false }
            if name != "export", word.text.contains("x") { exports = word.text.hasPrefix("-") }
        }
        func mark(_ name: String, _ state: inout ShellState) {
            if exports == true, state.exported.count < 2000 { state.exported.insert(name) }
            if exports == false { state.exported.remove(name) }
        }
        for assignment in declarations where state.variables.count < 20_000 {
            if isLocal { state.hide(assignment.name) }
            assign(assignment)
            mark(assignment.name, &state)
        }
        for word in arguments where !word.text.hasPrefix("-") && !word.text.hasPrefix("+") {
            if let (name, value) = word.assignment {
                if isLocal { state.hide(name) }
                state.set(name, value)
                mark(name, &state)
            } else if Shell.isName(word.text) {
                if isLocal {
                    state.hide(word.text)
                    state.variables[word.text] = nil
                }
                mark(word.text, &state)
            }
        }
    }

    private mutating func set(_ arguments: ArraySlice<ScriptWord>) {
        var words = arguments
        while let word = words.popFirst() {
            let text = word.text
            if text == "--" {
                state.positionals = positionals(words)
                return
            }
            guard text.hasPrefix("-") || text.hasPrefix("+"), text.count > 1 else {
                state.positionals = positionals([word] + words)
                return
            }
            let isOn = text.hasPrefix("-")
            if text.contains("a") { state.exportsAll = isOn }
            if text.hasSuffix("o"), words.popFirst()?.text == "allexport" { state.exportsAll = isOn }
        }
    }

    private func positionals(_ words: some Sequence<ScriptWord>) -> [ScriptWord]? {
        let words = Array(words)
        return words.count <= Self.mostElements && !words.contains(where: \.mayHoldMore) ? words : nil
    }

    // MARK: Output

    /// What the commands that only pass text on write, and where to.
    private mutating func write(
        _ name: String, _ arguments: ArraySlice<ScriptWord>, _ standardInput: ScriptText?, _ targets: [String]
    ) -> Status {
        var text: ScriptText?
        var files = targets
        switch name {
        case "echo":
            let options = arguments.prefix { ["-n", "-e", "-E", "-en", "-ne"].contains($0.text) }
            var result = ScriptText()
            for (index, word) in arguments.dropFirst(options.count).enumerated() {
                if index > 0 { result.append(" ".utf8, line: word.line) }
                result.append(word.parts)
            }
            if !options.contains(where: { $0.text.contains("n") }) {
                result.append("\n".utf8, line: arguments.first?.line ?? 1)
            }
            text = result
        case "printf": text = formatted(arguments.first?.text == "--" ? arguments.dropFirst() : arguments)
        case "cat": text = arguments.isEmpty || arguments.first?.text == "-" ? standardInput : nil
        default:
            text = standardInput
            files += arguments.filter { !$0.text.hasPrefix("-") }.map(\.text)
        }
        produced = targets.isEmpty ? text : ScriptText()
        if targets.isEmpty, let output = state.output { files.append(output) }
        if let text, text.bytes.count < 1 << 16, outputs.count < 1000 {
            outputs += files.map { ShellOutput(target: $0, text: text) }
        }
        return Status(value: true)
    }

    /// printf's text, where its format has no more than `%s` and simple escapes.
    private func formatted(_ arguments: ArraySlice<ScriptWord>) -> ScriptText? {
        guard let format = arguments.first, format.isKnown else { return nil }
        var values = arguments.dropFirst()
        let takesValues = format.text.contains("%s")
        var result = ScriptText()
        repeat {
            var characters = format.text[...]
            while let next = characters.popFirst() {
                if next == "%" {
                    guard let kind = characters.popFirst(), kind == "s" || kind == "%" else { return nil }
                    if kind == "%" {
                        result.append("%".utf8, line: format.line)
                    } else if let value = values.popFirst() {
                        result.append(value.parts)
                    }
                } else if next == "\\" {
                    guard let kind = characters.popFirst(), let byte = ["n": "\n", "t": "\t", "\\": "\\"][kind] else {
                        return nil
                    }
                    result.append(byte.utf8, line: format.line)
                } else {
                    result.append(String(next).utf8, line: format.line)
                }
                if result.bytes.count > 65_536 { return nil }
            }
        } while takesValues && !values.isEmpty
        return result
    }
}
