// SPDX-License-Identifier: Apache-2.0

extension ShellRun {
    mutating func run(_ simple: ShellSimpleCommand, _ command: ShellCommand) -> Bool? {
        process = nil
        let piped = input
        input = nil
        var words = unaliased(simple.words)
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
        var (standardInput, hasInput) = (piped, piped != nil)
        var targets: [String] = []
        for redirection in command.redirections {
            if let target = outputTarget(redirection) {
                targets.append(target)
            } else if redirection.operation.hasPrefix("<") {
                let text = inputText(redirection)
                // `3<&0` and its like leave the standard input as it is.
                guard redirection.descriptor == nil || redirection.descriptor == "0" else { continue }
                (standardInput, hasInput) = (text, true)
            } else {
                expand(redirection.target.parts)
            }
        }
        if words.count > Self.longestValue { words = Array(words.prefix(Self.longestValue)) }
        charge(words.count)
        guard let first = words.first else { return true }
        let before = reading
        if hasInput { reading = standardInput }
        defer { if hasInput { reading = before } }
        if let status = withAssignments(
            assignments, { $0.builtin(first.text, words, simple, assignments, standardInput, targets) })
        {
            return status.value
        }
        let isFunction = withAssignments(assignments) { run in
            let output = run.state.output
            run.state.output = targets.last ?? output
            defer { run.state.output = output }
            return run.callFunction(first.text, Array(words.dropFirst()))
        }
        if isFunction { return nil }
        var environment = state.environment
        for (name, value) in assignments { environment[name] = value }
        execute(
            ShellProcess(words: words[...], environment: environment, line: line),
            standardInput ?? (hasInput ? nil : reading), targets)
        return Bool(first.text)
    }

    /// The words of a command, its first one replaced where it is an alias (Bash Reference Manual, § 6.6).
    private mutating func unaliased(_ given: [ShellWord]) -> [ScriptWord] {
        let words = given.flatMap { fields($0.parts) }
        guard state.expandsAliases, let first = words.first, let value = state.aliases[first.text] else { return words }
        return KernelFlags.words(value) + words.dropFirst()
    }

    /// `NAME=value COMMAND`: they hold for the command alone.
    private mutating func withAssignments<Result>(
        _ assignments: [(name: String, value: ScriptWord)], _ body: (inout ShellRun) -> Result
    ) -> Result {
        let before = assignments.map { (name: $0.name, shadow: state.shadow(of: $0.name)) }
        for (name, value) in assignments {
            state.set(name, value)
            state.exported.insert(name)
        }
        let result = body(&self)
        for (name, shadow) in before { state.restore(name, shadow) }
        return result
    }

    /// Where a redirection sends standard output.
    mutating func outputTarget(_ redirection: ShellRedirection) -> String? {
        guard [">", ">>", ">|", "&>", "&>>", ">&"].contains(redirection.operation),
            redirection.descriptor == nil || redirection.descriptor == "1"
        else { return nil }
        let target = field(redirection.target.parts).text
        return redirection.operation == ">&" && target != "-" ? "&" + target : target
    }

    /// What a redirection gives to the standard input, where that can be told.
    mutating func inputText(_ redirection: ShellRedirection) -> ScriptText? {
        if let index = redirection.document, program.documents.indices.contains(index) {
            return ScriptText(field(program.documents[index]).parts)
        }
        process = nil
        let word = field(redirection.target.parts)
        switch redirection.operation {
        case "<<<":
            var text = ScriptText(word.parts)
            text.append("\n".utf8, line: word.line)
            return text
        case "<": return process ?? (word.text == "/dev/null" ? ScriptText() : nil)
        default: return nil
        }
    }

    // MARK: Variables

    private mutating func value(of assignment: ShellAssignment, _ parts: [ShellPart]) -> ScriptWord {
        var word = field(parts)
        if assignment.isAppending {
            guard let old = state.variables[referenced(assignment.name)] else {
                return ScriptWord(ScriptWord.unknown, line: word.line)
            }
            word = ScriptWord(parts: old.parts + word.parts, line: old.line)
        }
        word.parts = word.parts.filter { !$0.text.isEmpty || $0.isAssumed }
        let size = word.parts.reduce(0) { $0 + $1.text.utf8.count }
        // A value that doubles with each line would else fill the memory.
        let isSmall = size <= Self.longestValue && word.parts.count <= Self.mostElements
        return isSmall ? word : ScriptWord(ScriptWord.unknown, line: word.line)
    }

    mutating func assign(_ assignment: ShellAssignment) {
        let name = referenced(assignment.name)
        switch assignment.value {
        case .word(let parts):
            guard let index = assignment.index ?? (state.arrays[name] == nil ? nil : []) else {
                return state.set(name, value(of: assignment, parts))
            }
            var array = state.arrays[name] ?? ShellArray(state.variables[name].map { [$0] } ?? [])
            var value = field(parts)
            let key = index.isEmpty ? "0" : key(index, of: array)
            if assignment.isAppending, let key, let old = array[key] {
                value = ScriptWord(parts: old.parts + value.parts, line: old.line)
            }
            if let key { array[key] = value }
            guard key != nil, array.isSmall else { return forgetArray(name, value.line) }
            state.set(name, array)
        case .array(let words):
            let old = state.arrays[name]
            var array = ShellArray(isAssociative: old?.isAssociative == true)
            if assignment.isAppending {
                guard let before = old ?? state.variables[name].map({ ShellArray([$0]) }) else {
                    return forgetArray(name, 1)
                }
                array = before
            }
            for word in words {
                for value in word.key == nil ? fields(word.parts) : [field(word.parts)] {
                    let next = array.isAssociative ? nil : "\(array.next)"
                    let key = if let parts = word.key { key(parts, of: array) } else { next }
                    guard let key, array.elements.count <= Self.mostElements else {
                        return forgetArray(name, value.line)
                    }
                    array[key] = value
                }
            }
            guard array.isSmall else { return forgetArray(name, 1) }
            state.set(name, array)
        }
    }

    private mutating func forgetArray(_ name: String, _ line: Int) {
        state.arrays[name] = nil
        state.variables[name] = ScriptWord(ScriptWord.unknown, line: line)
    }

    private mutating func forget(_ name: String, _ line: Int) {
        guard Shell.isName(name) else { return }
        state.set(name, ScriptWord(ScriptWord.unknownWord, line: line))
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
            let isFunction = arguments.first?.text == "-f"
            for word in arguments where !word.text.hasPrefix("-") {
                if isFunction { state.functions[word.text] = nil } else { unset(word) }
            }
        case "read": return Status(value: read(arguments, line))
        case "mapfile", "readarray": readLines(arguments, line)
        case "getopts":
            for word in arguments where !word.text.hasPrefix("-") { forget(word.text, line) }
            return Status(value: nil)
        case "printf" where arguments.first?.text == "-v":
            guard arguments.count > 2, Shell.isName(words[2].text), let text = formatted(arguments.dropFirst(2)) else {
                if arguments.count > 1 { forget(words[2].text, line) }
                break
            }
            state.set(referenced(words[2].text), ScriptWord(parts: text.parts, line: line))
        case "let":
            var value: Int?
            for word in arguments { value = word.certain.flatMap { calculate($0, line) } }
            return Status(value: value.map { $0 != 0 })
        case "break", "continue":
            exitLoop(arguments.first.flatMap { Int($0.text) } ?? 1, goesOn: name == "continue")
        case "cd", "pushd": changeDirectory(arguments)
        case "popd": state.directories = []
        case "pwd":
            let folder = state.directories.count == 1 ? state.directories.first : nil
            put(folder.map { ScriptText(ScriptWord.tree($0).parts) }, targets)
        case "shopt":
            if arguments.contains(where: { $0.text == "expand_aliases" }) {
                state.expandsAliases = !arguments.contains { $0.text == "-u" }
            }
        case "alias":
            for word in arguments + simple.declarations.map({ _ in ScriptWord("", line: line) })
            where state.aliases.count < 1000 {
                if let (name, value) = word.assignment { state.aliases[name] = value }
            }
        case "unalias": for word in arguments { state.aliases[word.text] = nil }
        case "dirname", "basename", "realpath", "readlink", "git":
            guard let text = pathText(name, Array(arguments)) else { return nil }
            put(text, targets)
        case "set": set(arguments)
        case "shift":
            let count = arguments.first.map { Int($0.text) } ?? 1
            state.positionals = count.flatMap { count in state.positionals.map { Array($0.dropFirst(max(count, 0))) } }
        case "return" where state.locals.isEmpty && including.isEmpty:
            // Outside of a function it ends a script that is sourced, and fails in one that is run.
            return Status(value: nil)
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
            follow(ScriptText(joining: arguments))
        case ".", "source": source(Array(arguments), standardInput ?? reading, line)
        case "trap":
            if let word = arguments.first, !word.text.hasPrefix("-") {
                let before = state
                follow(ScriptText(word.parts))
                state = before
            }
        case "echo", "printf", "cat", "tee": write(name, arguments, standardInput, targets)
        case "exec" where arguments.isEmpty: break
        default: return nil
        }
        return Status(value: true)
    }

    private mutating func unset(_ word: ScriptWord) {
        guard let open = word.text.firstIndex(of: "["), word.text.hasSuffix("]") else {
            return state.unset(referenced(word.text))
        }
        let name = referenced(String(word.text[..<open]))
        let spelled = String(word.text[open...].dropFirst().dropLast())
        guard let array = state.arrays[name] else { return state.unset(name) }
        let key = array.isAssociative ? spelled : word.isKnown ? calculate(spelled, word.line).map { "\($0)" } : nil
        guard let key, spelled != "@", spelled != "*" else { return state.unset(name) }
        state.arrays[name]?[key] = nil
    }

    // MARK: Input

    /// The next line of what is read; nil where it is not known, and empty words where there is none.
    private mutating func nextLine(_ delimiter: UInt8 = 10) -> (line: ScriptText, isThere: Bool)? {
        guard let text = reading else { return nil }
        guard !text.bytes.isEmpty else { return (text, false) }
        let end = text.bytes.firstIndex(of: delimiter) ?? text.bytes.count
        charge(text.pieces.count / 16)
        reading = text.dropFirst(end + 1)
        // A last line without an end is read, but its status says that it was the last.
        return (text[0..<end], end < text.bytes.count)
    }

    /// `read`: its names get a line's words, the last of them all that is left.
    private mutating func read(_ arguments: ArraySlice<ScriptWord>, _ line: Int) -> Bool? {
        var names: [String] = []
        var array: String?
        var delimiter = UInt8(ascii: "\n")
        var isPlain = true
        var rest = arguments
        while let word = rest.popFirst() {
            guard word.text.hasPrefix("-"), word.text.count > 1 else {
                names.append(word.text)
                continue
            }
            switch word.text.last {
            case "a": array = rest.popFirst()?.text
            case "d": delimiter = rest.popFirst()?.text.utf8.first ?? 0
            case "n", "N", "i", "t", "u", "p":
                isPlain = isPlain && word.text.last == "p"
                _ = rest.popFirst()
            default: isPlain = isPlain && !word.text.contains("u")
            }
        }
        if names.isEmpty { names = ["REPLY"] }
        guard isPlain, let (text, isThere) = nextLine(delimiter), !text.holdsUnknown else {
            for name in names { forget(name, line) }
            if let array, Shell.isName(array) { forgetArray(array, line) }
            return nil
        }
        let separators = state.variables["IFS"]?.text ?? " \t\n"
        var words: [ScriptWord] = []
        func isSeparator(_ byte: UInt8) -> Bool { separators.utf8.contains(byte) }
        let bytes = text.bytes
        var index = 0
        while let start = bytes[index...].firstIndex(where: { !isSeparator($0) }) {
            let isLast = array == nil && words.count == names.count - 1
            var end = bytes[start...].firstIndex(where: isSeparator) ?? bytes.count
            if isLast { end = (bytes.lastIndex { !isSeparator($0) } ?? start) + 1 }
            words.append(ScriptWord(parts: text[start..<end].parts, line: line))
            index = end
            if words.count >= Self.mostElements { break }
        }
        if let array {
            state.set(array, ShellArray(words))
            return isThere
        }
        for (index, name) in names.enumerated() where Shell.isName(name) {
            state.set(referenced(name), index < words.count ? words[index] : ScriptWord("", line: line))
        }
        return isThere
    }

    /// `mapfile`: the lines as an array.
    private mutating func readLines(_ arguments: ArraySlice<ScriptWord>, _ line: Int) {
        guard let name = arguments.last?.text, Shell.isName(name) else { return }
        var lines: [ScriptWord] = []
        let takesEnds = arguments.contains { $0.text.hasPrefix("-") && $0.text.hasSuffix("t") }
        while takesEnds, lines.count <= Self.mostElements, let (text, isThere) = nextLine(), !text.holdsUnknown,
            isThere || !text.bytes.isEmpty
        {
            lines.append(ScriptWord(parts: text.parts, line: line))
        }
        guard reading?.bytes.isEmpty == true, takesEnds else { return forgetArray(name, line) }
        state.set(name, ShellArray(lines))
    }

    private mutating func declare(
        _ name: String, _ arguments: ArraySlice<ScriptWord>, _ declarations: [ShellAssignment]
    ) {
        var exports: Bool? = name == "export" ? true : nil
        var isAssociative = false
        var isReference = false
        var isLocal = name == "local" || name != "export" && name != "readonly" && !state.locals.isEmpty
        for word in arguments where word.text.hasPrefix("-") || word.text.hasPrefix("+") {
            if word.text.hasPrefix("-"), word.text.contains("f") { return }
            if word.text.contains("g") { isLocal = false }
            if word.text.contains("A") { isAssociative = true }
            if word.text.contains("n"), name != "export" { isReference = true }
            if name == "export", word.text == "-n" { exports = false }
            if name != "export", word.text.contains("x") { exports = word.text.hasPrefix("-") }
        }
        func mark(_ name: String, _ state: inout ShellState) {
            if exports == true, state.exported.count < 2000 { state.exported.insert(name) }
            if exports == false { state.exported.remove(name) }
        }
        for assignment in declarations where state.variables.count < 20_000 {
            if isLocal { state.hide(assignment.name) }
            if isReference, case .word(let parts) = assignment.value {
                state.references[assignment.name] = field(parts).text
                continue
            }
            if isAssociative { state.arrays[assignment.name] = ShellArray(isAssociative: true) }
            assign(assignment)
            mark(assignment.name, &state)
        }
        for word in arguments where !word.text.hasPrefix("-") && !word.text.hasPrefix("+") {
            let assignment = word.assignment
            let name = assignment?.name ?? word.text
            guard Shell.isName(name) else { continue }
            if isLocal { state.hide(name) }
            if let assignment {
                state.set(name, assignment.value)
            } else {
                if isLocal { state.variables[name] = nil }
                if isAssociative, state.arrays[name] == nil { state.arrays[name] = ShellArray(isAssociative: true) }
            }
            mark(name, &state)
        }
    }

    private mutating func set(_ arguments: ArraySlice<ScriptWord>) {
        var words = arguments
        while let word = words.popFirst() {
            let text = word.text
            guard text != "--", text.hasPrefix("-") || text.hasPrefix("+"), text.count > 1 else {
                let words = (text == "--" ? [] : [word]) + words
                let isKnown = words.count <= Self.mostElements && !words.contains(where: \.mayHoldMore)
                state.positionals = isKnown ? words : nil
                return
            }
            let isOn = text.hasPrefix("-")
            if text.contains("a") { state.exportsAll = isOn }
            if text.hasSuffix("o"), words.popFirst()?.text == "allexport" { state.exportsAll = isOn }
        }
    }

    // MARK: Output

    /// What the commands that only pass text on write, and where to.
    private mutating func write(
        _ name: String, _ arguments: ArraySlice<ScriptWord>, _ standardInput: ScriptText?, _ targets: [String]
    ) {
        let input = standardInput ?? reading
        var text: ScriptText?
        var others: [String] = []
        switch name {
        case "echo":
            let options = arguments.prefix { ["-n", "-e", "-E", "-en", "-ne"].contains($0.text) }
            var result = ScriptText(joining: arguments.dropFirst(options.count))
            if !options.contains(where: { $0.text.contains("n") }) {
                result.append("\n".utf8, line: arguments.first?.line ?? 1)
            }
            text = result
        case "printf": text = formatted(arguments.first?.text == "--" ? arguments.dropFirst() : arguments)
        case "cat": text = arguments.isEmpty || arguments.first?.text == "-" ? input : nil
        default:
            text = input
            others = arguments.map(\.text).filter { !$0.hasPrefix("-") }
        }
        put(text, targets, also: others)
    }

    /// Notes what a command writes, and where to; nil for what is not known.
    mutating func put(_ text: ScriptText?, _ targets: [String] = [], also others: [String] = []) {
        var files = targets + others
        if targets.isEmpty {
            if let output = state.output {
                files.append(output)
            } else if let text, let before = written, before.text.bytes.count + text.bytes.count < 1 << 16 {
                written?.text.append(text)
            } else {
                written?.isKnown = false
            }
        }
        if let text, text.bytes.count < 1 << 16, outputs.count < 1000 {
            outputs += files.map { ShellOutput(target: $0, text: text) }
        }
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
                let kind = "%\\".contains(next) ? characters.popFirst() : nil
                switch (next, kind) {
                case ("%", "s"): result.append(values.popFirst()?.parts ?? [])
                case ("%", "%"), ("\\", "\\"): result.append(String(next).utf8, line: format.line)
                case ("\\", "n"): result.append("\n".utf8, line: format.line)
                case ("\\", "t"): result.append("\t".utf8, line: format.line)
                case ("%", _), ("\\", _): return nil
                default: result.append(String(next).utf8, line: format.line)
                }
                if result.bytes.count > 65_536 { return nil }
            }
        } while takesValues && !values.isEmpty
        return result
    }
}
