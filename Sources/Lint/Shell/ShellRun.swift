// SPDX-License-Identifier: Apache-2.0

/// Follows a script as its shell would, without running anything: which commands it comes to, with which words and
/// which environment.
///
/// What only a run could tell is unknown; where a condition is unknown both ways are followed, and a variable that
/// they set differently is unknown after them. Subshells, pipelines and functions' locals end what was set in them.
struct ShellRun: BuildFileReader {
    var state: ShellState
    var statements: [ScriptStatement] = []
    /// What could not be read, with its line.
    var problems: [ScriptProblem] = []
    var outputs: [ShellOutput] = []

    /// Of a file: its text.
    private var script = ScriptText()
    /// The program whose ranges the commands at hand are.
    var program = ShellProgram(text: ScriptText(), items: [], documents: [], errors: [])
    /// What the next simple command can read from its standard input.
    var input: ScriptText?
    /// What `read` and its like can still read of the standard input of the commands around them.
    var reading: ScriptText?
    /// What a substitution's or a pipeline's commands write; nil where nobody takes it.
    var written: ShellWritten?
    /// What the last process substitution writes.
    var process: ScriptText?
    var depth = 0
    private var cost = 0
    private var isSpent = false
    private var callers: [String] = []
    /// Functions by their names, and what held where each was defined.
    private var uncalled: [String: (function: ShellFunction, state: ShellState)] = [:]
    private var called: Set<String> = []
    /// What the loops that run have been left with by `break`.
    private var left: [[ShellState]] = []

    /// The files that it can include; nil where it is by itself.
    var files: ScriptFiles?
    /// What `$0` is: a file of the tree, or a word that `sh -c` was given.
    var name: String?
    var zero: ScriptWord?
    /// The files that are being included, the innermost last.
    var including: [String] = []

    /// Bounds on what a file can make of this: steps, nested scripts, items of a loop.
    private static let mostSteps = 1_500_000
    static let deepest = 6
    private static let mostItems = 64
    /// How often a loop is followed whose condition holds.
    private static let mostRounds = 16
    static let mostStatements = 100_000

    /// A shell that a job of a pipeline or a recipe starts in a folder of the tree.
    init(environment: [String: ScriptWord], in files: ScriptFiles?, at directories: [String]?) {
        state = ShellState(environment: environment)
        self.files = files
        state.directories = directories ?? []
    }

    /// A script by itself: people start it in its own folder, or at the top of the repository.
    init(_ source: ScriptSource, files: ScriptFiles?) {
        self.init(environment: [:], in: files, at: files?.likelyFolders)
        script = ScriptText(source)
        name = files?.name
    }

    mutating func units() -> [ScriptUnit] {
        run(script)
        return [ScriptUnit(statements: statements)]
    }

    /// Follows a whole script, the functions that it never calls too.
    mutating func run(_ text: ScriptText) {
        follow(text)
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
        if !inner.errors.isEmpty, !text.holdsUnknown {
            for error in inner.errors { problem(text.line(at: error.offset), error.message) }
        }
        let outer = program
        program = inner
        depth += 1
        run(inner.items)
        depth -= 1
        program = outer
    }

    /// Runs commands that a word or a file holds, here and now.
    mutating func follow(_ text: ScriptText) { follow(ShellParser.program(text, depth: 2 * depth), in: text) }

    /// A script in a shell of its own, which has what is exported.
    mutating func nested(
        _ text: ScriptText, _ environment: [String: ScriptWord], _ positionals: [ScriptWord]?, name: String? = nil,
        zero: ScriptWord? = nil
    ) {
        guard depth < Self.deepest, Shell.isScript(text) else { return }
        let (outer, before, own) = (state, left, (self.name, self.zero))
        charge(outer.variables.count / 16)
        state = ShellState(environment: environment)
        state.positionals = positionals
        state.output = outer.output
        state.directories = outer.directories
        state.unread = outer.unread
        left = []
        (self.name, self.zero) = (name, zero)
        follow(text)
        (state, left, (self.name, self.zero)) = (outer, before, own)
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

    mutating func inSubshell<Result>(_ body: (inout ShellRun) -> Result) -> Result {
        let before = (state, left)
        charge(state.variables.count / 16)
        let result = body(&self)
        (state, left) = before
        return result
    }

    /// The state, which another one will be merged with.
    private mutating func kept() -> ShellState {
        charge(state.variables.count / 4)
        return state
    }

    /// Commands that may run or not: what they write is then not known.
    @discardableResult private mutating func uncertainly<Result>(_ body: (inout ShellRun) -> Result) -> Result {
        let before = written?.text.bytes.count
        let result = body(&self)
        if written?.text.bytes.count != before { written?.isKnown = false }
        return result
    }

    private mutating func run(_ item: ShellItem) -> Bool? {
        var status = run(item.first)
        // A command that asks nothing is taken to succeed, or no script could be followed.
        var isQuestion = Self.asks(item.first, program)
        for next in item.rest where !isFinished {
            if let status, status != next.isAnd { continue }
            if status == nil, isQuestion || !next.isAnd {
                let before = kept()
                _ = uncertainly { $0.run(next.pipeline) }
                state = ShellState.merged([state, before], line: line(next.pipeline.commands.first?.offset ?? 0))
                status = nil
                isQuestion = true
            } else {
                let before = status == nil ? kept() : nil
                status = run(next.pipeline)
                isQuestion = isQuestion || Self.asks(next.pipeline, program)
                if let before, state.isOver {
                    // Where the command before it fails, the script goes on.
                    state = before
                    (status, isQuestion) = (nil, true)
                }
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
            let outer = (written, reading)
            var text: ScriptText?
            for command in pipeline.commands where !isFinished {
                (status, text) = inSubshell { run in
                    run.input = text
                    run.reading = text
                    run.written = ShellWritten()
                    let status = run.run(command)
                    run.input = nil
                    return (status, run.written?.known)
                }
            }
            (written, reading) = outer
            put(text)
        }
        return pipeline.isNegated ? status.map { !$0 } : status
    }

    // MARK: Commands

    private mutating func run(_ command: ShellCommand) -> Bool? {
        guard !isFinished else { return nil }
        charge(0)
        if case .simple(let simple) = command.kind { return run(simple, command) }
        let before = (state.output, reading)
        if let text = input { reading = text }
        input = nil
        for redirection in command.redirections {
            if let target = outputTarget(redirection) {
                state.output = target
            } else if let text = inputText(redirection) {
                reading = text
            }
        }
        defer { (state.output, reading) = before }
        let line = line(command.offset)
        switch command.kind {
        case .simple: break
        case .subshell(let items): return inSubshell { $0.run(items) }
        case .group(let items): return run(items)
        case .conditional(let branches, let otherwise): run(branches, otherwise, line)
        case .loop(let branch): loop(branch, line)
        case .iteration(let name, let words, let body): iterate(name, words, body, line)
        case .counting(let parts, let body): count(parts, body, line)
        case .choice(let subject, let arms): choose(subject, arms, line)
        case .function(let name, let body):
            charge(state.variables.count / 16)
            let function = ShellFunction(body: body, program: program)
            state.functions[name] = function
            // What an included file never calls is followed where that file itself is read.
            if uncalled.count < 10_000, including.isEmpty { uncalled[name] = (function, state) }
            return true
        case .test(let words): return decide(words.map { field($0.parts) }, isExtended: true)
        case .arithmetic(let parts):
            return field(parts).certain.flatMap { calculate($0, line) }.map { $0 != 0 }
        case .coprocess(let command): return inSubshell { $0.run(command) }
        }
        return nil
    }

    private mutating func run(_ branches: [ShellBranch], _ otherwise: [ShellItem]?, _ line: Int) {
        var ends: [ShellState] = []
        for branch in branches {
            let status = run(branch.condition)
            if status == false { continue }
            let before = kept()
            if status == true, ends.isEmpty {
                run(branch.body)
                return
            }
            uncertainly { $0.run(branch.body) }
            ends.append(state)
            if status == true {
                state = ShellState.merged(ends, line: line)
                return
            }
            state = before
        }
        if let otherwise {
            if ends.isEmpty { run(otherwise) } else { uncertainly { $0.run(otherwise) } }
        }
        ends.append(state)
        state = ShellState.merged(ends, line: line)
    }

    // MARK: Loops

    /// A body that may run once more or not.
    private mutating func maybe(_ body: [ShellItem], _ line: Int) {
        let before = kept()
        uncertainly { $0.run(body) }
        goOn()
        state = ShellState.merged([state, before], line: line)
    }

    /// What ended a round with `continue` goes on with the next one.
    private mutating func goOn() {
        guard let leaving = state.leaving, leaving.goesOn, leaving.loops == 1 else { return }
        state.stay()
    }

    /// Ends the innermost loop: what `break` left it with holds, too.
    private mutating func leave(_ line: Int) {
        var ends = left.popLast() ?? []
        if let leaving = state.leaving {
            if leaving.loops == 1 {
                // `break` has put it among the others.
                if ends.isEmpty { return state.stay() }
            } else {
                state.leaving = (leaving.loops - 1, leaving.goesOn)
            }
        }
        guard !ends.isEmpty else { return }
        if state.leaving == nil, !state.isOver { ends.insert(state, at: 0) }
        let outer = state
        state = ShellState.merged(ends, line: line)
        if let leaving = outer.leaving, leaving.loops > 1 { state = outer }
    }

    /// `break` and `continue`.
    mutating func exitLoop(_ loops: Int, goesOn: Bool) {
        guard !left.isEmpty else { return }
        let loops = min(max(loops, 1), left.count)
        if !goesOn, left[left.count - loops].count < Self.mostItems { left[left.count - loops].append(state) }
        state.leaving = (loops, goesOn)
        state.isOver = true
    }

    private mutating func loop(_ branch: ShellBranch, _ line: Int) {
        left.append([])
        defer { leave(line) }
        for _ in 0..<Self.mostRounds where !isFinished {
            let before = state
            let status = run(branch.condition)
            guard let status else { return maybe(branch.body, line) }
            if status == branch.isUntil { return }
            charge(state.variables.count / 4)
            run(branch.body)
            goOn()
            // Nothing has changed, so nothing will.
            if before.variables == state.variables, before.positionals == state.positionals, reading == nil { return }
        }
        guard !isFinished else { return }
        maybe(branch.body, line)
    }

    /// `for ((…; …; …))`.
    private mutating func count(_ parts: [ShellPart], _ body: [ShellItem], _ line: Int) {
        let header = field(parts)
        let pieces = header.text.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
        left.append([])
        defer { leave(line) }
        guard header.isKnown, pieces.count == 3 else { return maybe(body, line) }
        calculate(pieces[0], line)
        for _ in 0..<Self.mostRounds where !isFinished {
            guard let isNext = calculate(pieces[1].allSatisfy(\.isWhitespace) ? "1" : pieces[1], line) else { break }
            if isNext == 0 { return }
            run(body)
            goOn()
            if !isFinished { calculate(pieces[2], line) }
        }
        if !isFinished { maybe(body, line) }
    }

    private mutating func iterate(_ name: String, _ given: [ShellWord]?, _ body: [ShellItem], _ line: Int) {
        let words = given.map { $0.flatMap { fields($0.parts) } } ?? state.positionals
        left.append([])
        defer { leave(line) }
        guard let words, words.count <= Self.mostItems, words.allSatisfy({ $0.isKnown && !$0.text.contains("*") })
        else {
            let unknown = ScriptWord(ScriptWord.unknownWord, line: line)
            state.set(name, unknown)
            maybe(body, line)
            if !state.isOver { state.set(name, unknown) }
            return
        }
        for word in words where !isFinished {
            state.set(name, word)
            run(body)
            goOn()
        }
    }

    private mutating func choose(_ subject: ShellWord, _ arms: [ShellArm], _ line: Int) {
        let text = field(subject.parts).certain
        var ends: [ShellState] = []
        let before = state
        for (index, arm) in arms.enumerated() {
            let matches = matches(arm, text)
            if matches == false { continue }
            charge(before.variables.count / 4)
            let isCertain = matches == true && ends.isEmpty
            func body(_ run: inout ShellRun) {
                run.run(arm.body)
                var last = arm.ending
                for next in arms[(index + 1)...] where last != .end && !run.isFinished {
                    // `;;&` goes on with the next pattern that matches, `;&` with the next body.
                    if last == .tests, run.matches(next, text) == false { continue }
                    run.run(next.body)
                    last = next.ending
                }
            }
            state = before
            if isCertain { return body(&self) }
            uncertainly { body(&$0) }
            ends.append(state)
            if matches == true {
                state = ShellState.merged(ends, line: line)
                return
            }
        }
        state = ends.isEmpty ? before : ShellState.merged(ends + [before], line: line)
    }

    private mutating func matches(_ arm: ShellArm, _ text: String?) -> Bool? {
        var isUnknown = false
        for pattern in arm.patterns {
            let pattern = field(pattern.parts)
            let answer = text.flatMap { pattern.isKnown ? Shell.matches($0, pattern.text) : nil }
            if answer == true { return true }
            isUnknown = isUnknown || answer == nil
        }
        return isUnknown ? nil : false
    }

    // MARK: Functions

    mutating func callFunction(_ name: String, _ arguments: [ScriptWord]) -> Bool {
        guard let function = state.functions[name] else { return false }
        called.insert(name)
        guard !callers.contains(name), callers.count < 8 else {
            put(nil)
            return true
        }
        call(name, function, with: arguments)
        return true
    }

    private mutating func call(_ name: String, _ function: ShellFunction, with arguments: [ScriptWord]?) {
        let outer = (program, state.positionals, left)
        (program, state.positionals, left) = (function.program, arguments, [])
        state.locals.append([:])
        callers.append(name)
        _ = run(function.body)
        callers.removeLast()
        for (name, before) in state.locals.popLast() ?? [:] { state.restore(name, before) }
        (program, state.positionals, left) = outer
        state.endReturn()
    }

    // MARK: Conditions

    /// The answer of `test` to these operands, of `[[` where it is extended; nil where it cannot be told.
    func decide(_ words: [ScriptWord], isExtended: Bool = false) -> Bool? {
        // Of what holds `-a` and `-o`, or `&&` and `||`, each side by itself.
        for (joint, isAnd) in isExtended ? [("||", false), ("&&", true)] : [("-o", false), ("-a", true)]
        where words.count > 3 {
            guard !words.contains(where: { ["(", ")"].contains($0.text) }) else { break }
            let sides = words.split(omittingEmptySubsequences: false) { $0.text == joint }
            guard sides.count > 1 else { continue }
            let answers = sides.map { decide(Array($0), isExtended: isExtended) }
            if answers.contains(!isAnd) { return !isAnd }
            return answers.allSatisfy { $0 == isAnd } ? isAnd : nil
        }
        let texts = words.compactMap(\.certain)
        guard texts.count == words.count else { return nil }
        switch texts.count {
        case 0: return false
        case 1: return !texts[0].isEmpty
        case 2...4 where texts[0] == "!":
            return decide(Array(words.dropFirst()), isExtended: isExtended).map { !$0 }
        case 2 where texts[0] == "-n": return !texts[1].isEmpty
        case 2 where texts[0] == "-z": return texts[1].isEmpty
        case 3:
            let (left, right) = (texts[0], texts[2])
            if let compare = Self.comparisons[texts[1]] {
                return Int(left).flatMap { left in Int(right).map { compare(left, $0) } }
            }
            switch texts[1] {
            // The pattern of `test` is plain text.
            case "=", "==": return isExtended ? Shell.matches(left, right) : left == right
            case "!=": return isExtended ? Shell.matches(left, right).map { !$0 } : left != right
            case "=~" where isExtended: return Shell.finds(right, in: left)
            default: return nil
            }
        default: return nil
        }
    }

    private static let comparisons: [String: @Sendable (Int, Int) -> Bool] = [
        "-eq": { $0 == $1 }, "-ne": { $0 != $1 }, "-lt": { $0 < $1 }, "-le": { $0 <= $1 }, "-gt": { $0 > $1 },
        "-ge": { $0 >= $1 },
    ]
}
