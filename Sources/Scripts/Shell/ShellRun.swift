// SPDX-License-Identifier: Apache-2.0

/// Follows a script as its shell would, without running anything: which commands it comes to, with which words and
/// which environment.
///
/// What only a run could tell is unknown; where a condition is unknown both ways are followed, and a variable that
/// they set differently is unknown after them. Subshells, pipelines and functions' locals end what was set in them.
struct ShellRun {
    var state: ShellState
    var statements: [ScriptStatement] = []
    /// What could not be read, with its line.
    var problems: [ScriptProblem] = []
    var outputs: [ShellOutput] = []

    /// The program whose ranges the commands at hand are.
    var program = ShellProgram(text: ScriptText(), items: [], documents: [], errors: [])
    /// What the next simple command can read from its standard input, and what the last one wrote.
    var input: ScriptText?
    var produced: ScriptText?
    /// What the last process substitution writes.
    var process: ScriptText?
    var depth = 0
    private var cost = 0
    private var isSpent = false
    private var callers: [String] = []
    private var uncalled: [String: Definition] = [:]
    private var called: Set<String> = []

    private struct Definition {
        let function: ShellFunction
        let state: ShellState
    }

    /// Bounds on what a file can make of this: steps, nested scripts, items of a loop.
    private static let mostSteps = 1_000_000
    static let deepest = 6
    private static let mostItems = 64
    static let mostStatements = 100_000

    init(environment: [String: ScriptWord] = [:]) { state = ShellState(environment: environment) }

    /// Follows a whole script, the functions that it never calls too.
    mutating func run(_ text: ScriptText) {
        follow(ShellParser.program(text), in: text)
        let rest = uncalled.filter { !called.contains($0.key) }.sorted { $0.key < $1.key }
        let (final, over) = (state, state.functions)
        for (name, definition) in rest where !called.contains(name) {
            state = definition.state
            state.functions = over
            state.positionals = nil
            state.isOver = false
            call(name, definition.function, with: nil)
        }
        state = final
        let names = state.variables.keys.filter(KernelFlags.isFlagVariable).sorted()
        for name in names {
            if let value = state.variables[name] { statements.append(.flags(name, KernelFlags.words(value))) }
        }
    }

    /// Runs another text's commands here and now.
    mutating func follow(_ inner: ShellProgram, in text: ScriptText) {
        guard depth < Self.deepest else { return }
        let isKnown = !text.holdsUnknown
        for error in inner.errors where isKnown && problems.count < 100 {
            problems.append(.init(line: text.line(at: error.offset), message: error.message))
        }
        let outer = program
        program = inner
        depth += 1
        run(inner.items)
        depth -= 1
        program = outer
    }

    /// A script in a shell of its own, which has what is exported.
    mutating func nested(_ text: ScriptText, _ environment: [String: ScriptWord], _ positionals: [ScriptWord]?) {
        guard depth < Self.deepest, Shell.isScript(text) else { return }
        let outer = state
        charge(outer.variables.count / 16)
        state = ShellState(environment: environment)
        state.positionals = positionals
        state.output = outer.output
        follow(ShellParser.program(text, depth: 2 * depth), in: text)
        state = outer
    }

    mutating func charge(_ amount: Int) {
        cost += amount + 1
        guard cost > Self.mostSteps, !isSpent else { return }
        isSpent = true
        problems.append(.init(line: 1, message: "too much to follow: what comes late in it was not judged"))
    }

    var isFinished: Bool { state.isOver || isSpent || statements.count >= Self.mostStatements }

    func line(_ offset: Int) -> Int { program.text.line(at: offset) }

    // MARK: Lists

    /// What the last command's status is, where that can be told.
    @discardableResult mutating func run(_ items: [ShellItem]) -> Bool? {
        var status: Bool? = true
        for item in items where !isFinished {
            status = item.isBackground ? inSubshell { $0.run(item) } : run(item)
        }
        return status
    }

    private mutating func inSubshell<Result>(_ body: (inout ShellRun) -> Result) -> Result {
        let before = state
        charge(before.variables.count / 16)
        let result = body(&self)
        state = before
        return result
    }

    private mutating func run(_ item: ShellItem) -> Bool? {
        var status = run(item.first)
        // A command that asks nothing is taken to succeed, or no script could be followed.
        var isQuestion = Self.asks(item.first, program)
        for next in item.rest where !isFinished {
            if let status, status != next.isAnd { continue }
            if status == nil, isQuestion || !next.isAnd {
                let before = state
                charge(before.variables.count / 4)
                status = run(next.pipeline)
                state = ShellState.merged([state, before], line: line(next.pipeline.commands.first?.offset ?? 0))
                status = nil
                isQuestion = true
            } else {
                status = run(next.pipeline)
                isQuestion = isQuestion || Self.asks(next.pipeline, program)
            }
        }
        return status
    }

    private static func asks(_ pipeline: ShellPipeline, _ program: ShellProgram) -> Bool {
        if pipeline.isNegated { return true }
        guard let last = pipeline.commands.last else { return false }
        switch last.kind {
        case .test, .arithmetic: return true
        case .simple(let simple):
            guard let range = simple.words.first?.range else { return false }
            let name = String(decoding: program.text.bytes[range], as: UTF8.self)
            return ["[", "test", "grep", "command", "which", "type", "hash", "cmp", "diff", "expr"].contains(name)
        default: return false
        }
    }

    private mutating func run(_ pipeline: ShellPipeline) -> Bool? {
        var status: Bool? = true
        if pipeline.commands.count == 1, let command = pipeline.commands.first {
            status = run(command)
        } else {
            var text: ScriptText?
            for command in pipeline.commands where !isFinished {
                (status, text) = inSubshell { run in
                    run.input = text
                    run.produced = nil
                    let status = run.run(command)
                    run.input = nil
                    return (status, run.produced)
                }
            }
        }
        return pipeline.isNegated ? status.map { !$0 } : status
    }

    // MARK: Commands

    private mutating func run(_ command: ShellCommand) -> Bool? {
        guard !isFinished else { return nil }
        charge(0)
        if case .simple(let simple) = command.kind { return run(simple, command) }
        let output = state.output
        for redirection in command.redirections {
            if let target = outputTarget(redirection) {
                state.output = target
            } else if redirection.document == nil {
                expand(redirection.target.parts)
            }
        }
        defer { state.output = output }
        switch command.kind {
        case .simple: return nil
        case .subshell(let items): return inSubshell { $0.run(items) }
        case .group(let items): return run(items)
        case .conditional(let branches, let otherwise): run(branches, otherwise, line(command.offset))
        case .loop(let branch):
            let status = run(branch.condition)
            let before = state
            charge(before.variables.count / 4)
            run(branch.body)
            state = ShellState.merged([state, before], line: line(command.offset))
            return status == nil ? nil : status
        case .iteration(let name, let words, let body): iterate(name, words, body, command)
        case .counting(let parts, let body):
            expand(parts)
            let before = state
            run(body)
            state = ShellState.merged([state, before], line: line(command.offset))
        case .choice(let subject, let arms): choose(subject, arms, line(command.offset))
        case .function(let name, let body):
            charge(state.variables.count / 16)
            let function = ShellFunction(body: body, program: program)
            state.functions[name] = function
            if uncalled.count < 10_000 { uncalled[name] = Definition(function: function, state: state) }
            return true
        case .test(let words): return decide(words.map { field($0.parts) })
        case .arithmetic(let parts):
            expand(parts)
            return nil
        case .coprocess(let command): return inSubshell { $0.run(command) }
        }
        return nil
    }

    private mutating func run(_ branches: [ShellBranch], _ otherwise: [ShellItem]?, _ line: Int) {
        var ends: [ShellState] = []
        for branch in branches {
            let status = run(branch.condition)
            if status == false { continue }
            let before = state
            charge(before.variables.count / 4)
            run(branch.body)
            ends.append(state)
            if status == true {
                state = ShellState.merged(ends, line: line)
                return
            }
            state = before
        }
        if let otherwise { run(otherwise) }
        ends.append(state)
        state = ShellState.merged(ends, line: line)
    }

    private mutating func iterate(_ name: String, _ given: [ShellWord]?, _ body: [ShellItem], _ command: ShellCommand) {
        let words = given.map { $0.flatMap { fields($0.parts) } } ?? state.positionals
        let line = line(command.offset)
        guard let words, words.count <= Self.mostItems, words.allSatisfy({ $0.isKnown && !$0.text.contains("*") })
        else {
            let before = state
            charge(before.variables.count / 4)
            state.set(name, ScriptWord(String(ScriptWord.unknownWord), line: line))
            run(body)
            state = ShellState.merged([state, before], line: line)
            state.set(name, ScriptWord(String(ScriptWord.unknownWord), line: line))
            return
        }
        for word in words where !isFinished {
            state.set(name, word)
            run(body)
        }
    }

    private mutating func choose(_ subject: ShellWord, _ arms: [ShellArm], _ line: Int) {
        let value = field(subject.parts)
        let text = value.isKnown && !value.isAssumed ? value.text : nil
        var ends: [ShellState] = []
        let before = state
        for (index, arm) in arms.enumerated() {
            let matches = arm.patterns.map { pattern -> Bool? in
                let pattern = field(pattern.parts)
                return text.flatMap { pattern.isKnown ? Shell.matches($0, pattern.text) : nil }
            }
            if matches.allSatisfy({ $0 == false }) { continue }
            charge(before.variables.count / 4)
            state = before
            run(arm.body)
            for next in arms[(index + 1)...] where arms[index].continues && !isFinished { run(next.body) }
            ends.append(state)
            if matches.contains(true) {
                state = ShellState.merged(ends, line: line)
                return
            }
        }
        state = ShellState.merged(ends + [before], line: line)
    }

    // MARK: Functions

    mutating func callFunction(_ name: String, _ arguments: [ScriptWord]) -> Bool {
        guard let function = state.functions[name] else { return false }
        called.insert(name)
        guard !callers.contains(name), callers.count < 8 else { return true }
        call(name, function, with: arguments)
        return true
    }

    private mutating func call(_ name: String, _ function: ShellFunction, with arguments: [ScriptWord]?) {
        let outer = (program, state.positionals)
        program = function.program
        state.positionals = arguments
        state.locals.append([:])
        callers.append(name)
        _ = run(function.body)
        callers.removeLast()
        state.returnFromFunction()
        state.positionals = outer.1
        program = outer.0
        // `return` ends the function alone.
        if state.isReturning {
            state.isReturning = false
            state.isOver = false
        }
    }

    // MARK: Conditions

    /// The answer of `test` to these operands, where that can be told.
    func decide(_ words: [ScriptWord]) -> Bool? {
        guard words.allSatisfy({ $0.isKnown && !$0.isAssumed }) else { return nil }
        let texts = words.map(\.text)
        switch texts.count {
        case 0: return false
        case 1: return !texts[0].isEmpty
        case 2:
            switch texts[0] {
            case "-n": return !texts[1].isEmpty
            case "-z": return texts[1].isEmpty
            case "!": return texts[1].isEmpty
            default: return nil
            }
        case 3:
            switch texts[1] {
            case "=", "==": return Shell.matches(texts[0], texts[2])
            case "!=": return Shell.matches(texts[0], texts[2]).map { !$0 }
            case "-eq": return Int(texts[0]).flatMap { left in Int(texts[2]).map { left == $0 } }
            case "-ne": return Int(texts[0]).flatMap { left in Int(texts[2]).map { left != $0 } }
            default: return nil
            }
        case 4 where texts[0] == "!": return decide(Array(words.dropFirst())).map { !$0 }
        default: return nil
        }
    }
}
