// SPDX-License-Identifier: Apache-2.0
internal import Host

/// Reads a Makefile's variables, rules and recipes (GNU make manual, § 3 to 6, 8 and 10).
///
/// Which way a conditional goes is not decided: a variable that has several values there is unknown. A recipe sees the
/// last value of a variable, so the whole file is read before any recipe is.
struct MakefileReader: BuildFileReader {
    /// A variable as it was last set.
    struct Variable {
        var text: ScriptText
        /// Set by `=`: expanded where it is used.
        var isDeferred = false
        /// Set by `?=`: its environment may have another value.
        var isAssumed = false
    }

    /// What one target has of its own.
    struct Overlay {
        var variables: [String: Variable] = [:]
        var exported: Set<String> = []

        /// Takes what another one has; of a variable that both have, this one's value stays or goes.
        mutating func merge(_ other: Overlay, keepingOwn: Bool) {
            variables.merge(other.variables) { keepingOwn ? $0 : $1 }
            exported.formUnion(other.exported)
        }
    }

    private struct Rule {
        var targets: [String]
        var prerequisites: [String]
        /// Where the targets or the recipe are not plain names.
        var isPattern: Bool
        /// Of a static pattern rule: what its targets look like.
        var pattern: String?
        var recipe = ScriptText()
    }

    struct Condition {
        let line: Int
        /// Whether the part at hand holds; nil where only a run can tell.
        var isOn: Bool?
        /// A part of it has held.
        var wasOn: Bool
        /// Of every part so far it is known whether it holds.
        var isCertain: Bool
        /// One of those around it does not hold.
        let isInSkipped: Bool
        /// Of one of those around it only a run can tell.
        let isInUncertain: Bool

        init(line: Int, isOn: Bool?, in outer: Condition?) {
            self.line = line
            self.isOn = isOn
            wasOn = isOn == true
            isCertain = isOn != nil
            isInSkipped = outer?.isSkipped ?? false
            isInUncertain = outer?.isUncertain ?? false
        }

        var isSkipped: Bool { isInSkipped || isOn == false }
        var isUncertain: Bool { isInUncertain || isOn == nil }
    }

    /// A text that is read: the file, one that it includes, or what `$(eval …)` makes.
    struct Input {
        let text: ScriptText
        let lines: [Range<Int>]
        var number = 0
        var conditions: [Condition] = []
        var definitionEnds: [Int?]?
        /// It is itself included on a condition.
        var isConditional = false
        var hasRule = false
        var depth = 0
        /// Expanding has met a variable that the environment may set.
        var hasAssumed = false
        var isRecursive = false
        /// Files that were not read: whatever they set is not known.
        var unread: [ScriptProblem] = []

        init(_ text: ScriptText) {
            self.text = text
            lines = text.lines
        }
    }

    var input: Input
    var variables: [String: Variable] = [:]
    private var exported: Set<String> = []
    private var unexported: Set<String> = []
    private var exportsAll = false
    private var isOneShell = false
    private var prefix = UInt8(ascii: "\t")
    private var rules: [Rule] = []
    private var overlays: [String: Overlay] = [:]
    let files: ScriptFiles?
    /// The files that are being included, the innermost last.
    private var including: [String] = []
    private(set) var targets: Set<String> = []
    var problems: [ScriptProblem] = []
    /// Commands of `$(shell …)`.
    var statements: [ScriptStatement] = []
    /// Bytes that expanding may still make.
    var room = 1 << 22
    /// The variables whose values are being expanded.
    var expanding: Set<String> = []

    private static let mostTargets = 10_000
    static let mostContexts = 16

    init(_ text: ScriptText, environment: [String: ScriptWord] = [:], files: ScriptFiles? = nil) {
        self.files = files
        input = Input(text)
        variables = environment.mapValues { Variable(text: ScriptText($0.parts)) }
        exported = Set(environment.keys)
    }

    mutating func units() -> [ScriptUnit] {
        if let files {
            let folder = ScriptTree.folder(of: files.name)
            variables["CURDIR"] = Variable(text: ScriptText("\(ScriptWord.tree)/\(folder)", line: 1))
            append(file: files.name)
        }
        readLines()
        reportConditions()
        for rule in rules where !rule.recipe.isEmpty { run(rule) }
        for name in variables.keys.sorted() where KernelFlags.isFlagVariable(name) {
            statements.append(.flags(name, KernelFlags.words(word(name, Overlay(), 1))))
        }
        return [ScriptUnit(statements: statements)]
    }

    private mutating func readLines() { while input.number < input.lines.count { readLine() } }

    private mutating func reportConditions() {
        for condition in input.conditions { problem(condition.line, "a conditional has no `endif`") }
    }

    /// Whether the line at hand may be in a part that does not hold.
    private var isUncertain: Bool { input.isConditional || input.conditions.last?.isUncertain == true }

    /// Whether the line at hand is in a part that does not hold.
    private var isSkipped: Bool { input.conditions.last?.isSkipped == true }

    private static func isContinued(_ text: ScriptText, _ line: Range<Int>) -> Bool {
        text.bytes[line].reversed().prefix { $0 == UInt8(ascii: "\\") }.count % 2 == 1
    }

    // MARK: Lines

    private mutating func readLine() {
        let range = input.lines[input.number]
        if input.text.bytes[range].first == prefix, input.hasRule { return readRecipe(range.dropFirst()) }
        let begin = input.text.line(at: range.lowerBound)
        let logical = logicalLine()
        guard let start = logical.bytes.firstIndex(where: { !$0.isBlank }) else { return }
        var line = logical.dropFirst(start)
        if readConditional(line, begin) { return }
        if isSkipped {
            // A definition in it may hold words that look like the end of it.
            if line.firstWord?.word == "define" { define(ScriptText(), begin, false) }
            return
        }
        var isExport = false
        words: while let (word, rest) = line.firstWord {
            switch word {
            case "export":
                isExport = true
                if rest.isEmpty {
                    exportsAll = true
                    input.hasRule = false
                }
            case "unexport":
                input.hasRule = false
                let names = words(rest)
                if names.isEmpty { exportsAll = false }
                exported.subtract(names)
                unexported.formUnion(names)
                return
            case "override", "private": break
            case "define": return define(rest, begin, isExport)
            case "undefine":
                input.hasRule = false
                for name in words(rest) { variables[name] = nil }
                return
            case "include", "-include", "sinclude", "vpath", "load", "-load":
                let isInclude = word.hasSuffix("include")
                switch Self.operation(line) {
                case .assignment: break words
                case .rule where !isInclude: break words
                default: break
                }
                input.hasRule = false
                if isInclude { include(rest, begin, mayBeAbsent: word != "include") }
                return
            case "endef": return problem(begin, "`endef` without `define`")
            default: break words
            }
            if rest.isEmpty { return }
            line = rest
        }
        switch Self.operation(line) {
        case .assignment(let name, let operation, let value):
            input.hasRule = false
            guard let name = words(line[name]).first else { return }
            assign(name, operation, line[value], nil)
            if isExport { export(name) }
        case .rule(let end, let colons): readRule(line, end, colons, begin)
        case nil where isExport:
            input.hasRule = false
            for name in words(line) { export(name) }
        case nil:
            // Only expanding makes something of it: `$(eval …)`, `$(call …)`.
            guard line.bytes.contains(UInt8(ascii: "$")) else {
                return problem(begin, "neither a rule, an assignment nor a directive")
            }
            _ = expanded(line)
        }
    }

    // MARK: Included files

    /// `include FILE…` (GNU make manual, § 3.3): names are below the folder that make runs in, the Makefile's own.
    private mutating func include(_ list: ScriptText, _ line: Int, mayBeAbsent: Bool) {
        guard let files else { return }
        for name in words(list).prefix(100) {
            func problem(_ reason: String) -> ScriptProblem { .init(line: line, includes: name, reason) }
            guard ScriptWord(name, line: line).isKnown else {
                leaveOut(problem("its name is known only to a run"))
                continue
            }
            if name.hasPrefix("/") {
                if !mayBeAbsent { leaveOut(problem("it is not in the folder")) }
                continue
            }
            guard let path = files.path(name) else {
                problems.append(problem("it lies out of the folder"))
                continue
            }
            let isPattern = path.contains { "*?[".contains($0) }
            for path in isPattern ? files.tree.files(matching: path) : [path] {
                do throws(NotIncluded) {
                    guard path != files.name else { throw NotIncluded.nested }
                    let source = try files.source(path, inside: including)
                    // The list of the files that were read; the last of them is the one at hand.
                    append(file: path)
                    including.append(path)
                    read(ScriptText(source), isFile: true)
                    including.removeLast()
                } catch {
                    if !error.isAbsent {
                        report([problem(error.reason)])
                    } else if !mayBeAbsent {
                        leaveOut(problem(error.reason))
                    }
                }
            }
        }
    }

    private mutating func leaveOut(_ problem: ScriptProblem) {
        if input.unread.count < 100, !input.unread.contains(problem) { input.unread.append(problem) }
    }

    private mutating func append(file: String) {
        var text = variables["MAKEFILE_LIST"]?.text ?? ScriptText()
        guard text.bytes.count < 16_384 else { return }
        text.append(" \(ScriptWord.tree)/\(file)".utf8, line: 1)
        variables["MAKEFILE_LIST"] = Variable(text: text)
    }

    /// `$(eval …)`: text that is read as part of the file.
    mutating func evaluate(_ inner: ScriptText) {
        guard input.depth < 4, !inner.holdsUnknown else { return }
        let before = problems
        read(inner, isFile: false)
        problems = before
    }

    /// Reads another text with all that is known here.
    private mutating func read(_ inner: ScriptText, isFile: Bool) {
        let (outer, isConditional) = (input, isUncertain)
        input = Input(inner)
        input.depth = outer.depth + (isFile ? 0 : 1)
        input.isConditional = isConditional
        readLines()
        if isFile { reportConditions() }
        let unread = input.unread
        input = outer
        for problem in unread { leaveOut(problem) }
    }

    /// Lines joined where they are continued, the comment taken off; goes behind them.
    private mutating func logicalLine() -> ScriptText {
        let text = input.text
        var result = ScriptText()
        while input.number < input.lines.count {
            var line = input.lines[input.number]
            input.number += 1
            let isContinued = Self.isContinued(text, line)
            if !result.isEmpty { line = line.dropFirst(text.bytes[line].prefix(while: \.isBlank).count) }
            if isContinued { line = line.dropLast() }
            result.append(text, line)
            guard isContinued else { break }
            result.append(" ".utf8, line: text.line(at: line.lowerBound))
        }
        return Self.firstPlain(in: result.bytes) { $0 == UInt8(ascii: "#") }.map { result[0..<$0] } ?? result
    }

    /// The first byte of a kind that stands in no reference and behind no backslash.
    private static func firstPlain(in bytes: [UInt8], where isWanted: (UInt8) -> Bool) -> Int? {
        var level = 0
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\\"): index += 1
            case UInt8(ascii: "$") where index + 1 < bytes.count && "({".utf8.contains(bytes[index + 1]):
                level += 1
                index += 1
            case UInt8(ascii: "("), UInt8(ascii: "{"): if level > 0 { level += 1 }
            case UInt8(ascii: ")"), UInt8(ascii: "}"): level = max(level - 1, 0)
            case let byte: if level == 0, isWanted(byte) { return index }
            }
            index += 1
        }
        return nil
    }

    private static let openers: Set = ["ifeq", "ifneq", "ifdef", "ifndef"]

    private mutating func readConditional(_ line: ScriptText, _ number: Int) -> Bool {
        let name = String(decoding: line.bytes.prefix { !$0.isBlank && $0 != UInt8(ascii: "(") }, as: UTF8.self)
        guard Self.openers.contains(name) || name == "else" || name == "endif", let (word, rest) = line.firstWord else {
            return false
        }
        switch name {
        case _ where Self.openers.contains(word):
            let answer = isSkipped ? nil : decide(word, rest)
            input.conditions.append(Condition(line: number, isOn: answer, in: input.conditions.last))
        case "else":
            guard var condition = input.conditions.popLast() else {
                problem(number, "`else` without a conditional")
                return true
            }
            if condition.wasOn {
                condition.isOn = false
            } else if let next = rest.firstWord, Self.openers.contains(next.word) {
                let answer = isSkipped ? nil : decide(next.word, next.rest)
                // Where an earlier part may hold this one is not certain.
                condition.wasOn = answer == true && condition.isCertain
                condition.isCertain = condition.isCertain && answer != nil
                condition.isOn = answer == false ? false : condition.wasOn ? true : nil
            } else {
                condition.isOn = condition.isCertain ? true : nil
            }
            input.conditions.append(condition)
        case "endif":
            if input.conditions.popLast() == nil { problem(number, "`endif` without a conditional") }
        default: return false
        }
        return true
    }

    /// Whether a conditional holds; nil where only a run can tell.
    private mutating func decide(_ word: String, _ operands: ScriptText) -> Bool? {
        let bytes = operands.bytes
        if word.hasSuffix("def") {
            guard let name = words(operands).first, let variable = variables[name], !variable.isAssumed,
                !variable.text.holdsUnknown
            else { return nil }
            return variable.text.isEmpty == (word == "ifndef")
        }
        var sides: [ScriptText] = []
        if bytes.first == UInt8(ascii: "(") {
            let inner = operands[1..<max(bytes.closing(0) ?? 1, 1)]
            if let comma = Self.places(of: ",", in: inner.bytes).first {
                sides = [inner[0..<comma], inner.dropFirst(comma + 1)]
            }
        } else {
            // Two quoted texts.
            var index = 0
            while index < bytes.count, sides.count < 2 {
                if "\"'".utf8.contains(bytes[index]), let end = bytes[(index + 1)...].firstIndex(of: bytes[index]) {
                    sides.append(operands[index + 1..<end])
                    index = end
                }
                index += 1
            }
        }
        guard sides.count == 2 else { return nil }
        input.hasAssumed = false
        let texts = sides.map { expanded($0) }
        guard !input.hasAssumed, !texts.contains(where: \.holdsUnknown) else { return nil }
        let isEqual = Self.words(texts[0].string) == Self.words(texts[1].string)
        return isEqual == (word == "ifeq")
    }

    private mutating func define(_ head: ScriptText, _ line: Int, _ isExport: Bool) {
        input.hasRule = false
        let whole = head[head.trimmed(0..<head.bytes.count)]
        let signs = [":::=", "::=", ":=", "+=", "?=", "!=", "="]
        let sign = signs.first { whole.bytes.reversed().starts(with: $0.utf8.reversed()) }
        let ends = input.definitionEnds ?? Self.definitionEnds(of: input.lines, in: input.text)
        input.definitionEnds = ends
        guard input.number < input.lines.count, let end = ends[input.number] else {
            return problem(line, "`define` has no `endef`")
        }
        var body = ScriptText()
        for line in input.lines[input.number..<end] {
            if !body.isEmpty { body.append("\n".utf8, line: input.text.line(at: line.lowerBound)) }
            body.append(input.text, line)
        }
        input.number = end + 1
        guard let name = words(whole[0..<whole.bytes.count - (sign?.utf8.count ?? 0)]).first else { return }
        assign(name, sign ?? "=", body, nil)
        if isExport { export(name) }
    }

    /// For each line, the `endef` of a definition whose text begins there; nil where it has none.
    private static func definitionEnds(of lines: [Range<Int>], in text: ScriptText) -> [Int?] {
        var ends = [Int?](repeating: nil, count: lines.count + 1)
        for (number, line) in lines.enumerated().reversed() {
            let word = String(decoding: text.bytes[line].drop(while: \.isBlank).prefix(9), as: UTF8.self)
                .prefix { $0.isLetter }
            switch word {
            case "endef": ends[number] = number
            case "define": ends[number] = ends[number + 1].flatMap { ends[$0 + 1] }
            default: ends[number] = ends[number + 1]
            }
        }
        return ends
    }

    // MARK: Rules

    private enum Operation {
        case assignment(name: Range<Int>, String, value: Range<Int>)
        case rule(end: Int, colons: Int)
    }

    /// The assignment or the colon that makes a line what it is.
    private static func operation(_ line: ScriptText) -> Operation? {
        let bytes = line.bytes
        guard let index = firstPlain(in: bytes, where: { "=:".utf8.contains($0) }) else { return nil }
        var (name, sign, end) = (index, "=", index + 1)
        if bytes[index] == UInt8(ascii: "=") {
            if index > 0, "+?!".utf8.contains(bytes[index - 1]) {
                sign = String(decoding: bytes[index - 1...index], as: UTF8.self)
                name -= 1
            }
        } else {
            let colons = bytes[index...].prefix(3).prefix { $0 == UInt8(ascii: ":") }.count
            end = index + colons + 1
            guard end <= bytes.count, bytes[end - 1] == UInt8(ascii: "=") else {
                return .rule(end: index, colons: colons)
            }
            sign = String(decoding: bytes[index..<end], as: UTF8.self)
        }
        return .assignment(name: line.trimmed(0..<name), sign, value: line.trimmed(end..<bytes.count))
    }

    private mutating func readRule(_ line: ScriptText, _ end: Int, _ colons: Int, _ number: Int) {
        let isGrouped = end > 0 && line.bytes[end - 1] == UInt8(ascii: "&")
        let names = words(line[0..<(isGrouped ? end - 1 : end)])
        let rest = line.dropFirst(end + colons)
        input.hasRule = true
        for name in names where targets.count < Self.mostTargets { targets.insert(name) }
        var assigned = rest
        var isExport = false
        while let (word, after) = assigned.firstWord, ["export", "override", "private"].contains(word),
            !after.isEmpty || assigned.bytes.last?.isBlank == true
        {
            isExport = isExport || word == "export"
            assigned = after
        }
        // `target: dependency ; recipe` may hold an `=` in its recipe.
        let recipeStart = Self.places(of: ";", in: rest.bytes).first
        if case .assignment(let name, let operation, let value) = Self.operation(assigned),
            recipeStart.map({ $0 > name.upperBound }) ?? true,
            !assigned.bytes[name].contains(where: { $0.isBlank || $0 == UInt8(ascii: ":") }),
            let name = words(assigned[name]).first
        {
            input.hasRule = false
            for target in names.prefix(100) where overlays.count < Self.mostTargets {
                assign(name, operation, assigned[value], target)
                if isExport { overlays[target, default: Overlay()].exported.insert(name) }
            }
            return
        }
        if names == [".EXPORT_ALL_VARIABLES"] { exportsAll = true }
        if names == [".ONESHELL"] { isOneShell = true }
        var prerequisites = words(rest[0..<(recipeStart ?? rest.bytes.count)])
        var pattern: String?
        if let end = prerequisites.firstIndex(where: { $0.hasSuffix(":") && $0.contains("%") }), end < 2 {
            // `targets: pattern: prerequisites`.
            pattern = String(prerequisites[end].dropLast())
            prerequisites.removeFirst(end + 1)
        }
        var rule = Rule(
            targets: names, prerequisites: prerequisites,
            isPattern: names.contains { $0.contains("%") || $0.contains(ScriptWord.unknown) }, pattern: pattern)
        if let recipeStart {
            rule.recipe.append(rest.dropFirst(recipeStart + 1))
            rule.recipe.append("\n".utf8, line: number)
        }
        if rules.count < Self.mostTargets { rules.append(rule) }
    }

    /// Where a sign stands that is in no brackets.
    static func places(of sign: Unicode.Scalar, in bytes: [UInt8]) -> [Int] {
        var level = 0
        return bytes.indices.filter { index in
            switch bytes[index] {
            case UInt8(ascii: "("), UInt8(ascii: "{"): level += 1
            case UInt8(ascii: ")"), UInt8(ascii: "}"): level -= 1
            case let byte: return level <= 0 && byte == UInt8(ascii: sign)
            }
            return false
        }
    }

    /// A line of a recipe, with the lines that continue it; they keep their backslashes for the shell.
    private mutating func readRecipe(_ first: Range<Int>) {
        let text = input.text
        var line = first
        var recipe = ScriptText()
        while true {
            recipe.append(text, line)
            let whole = input.lines[input.number]
            input.number += 1
            recipe.append("\n".utf8, line: text.line(at: whole.lowerBound))
            guard Self.isContinued(text, whole), input.number < input.lines.count else { break }
            line = input.lines[input.number]
            if text.bytes[line].first == prefix { line = line.dropFirst() }
        }
        guard let last = rules.indices.last, !isSkipped else { return }
        rules[last].recipe.append(recipe)
    }

    // MARK: Variables

    private mutating func export(_ name: String) {
        exported.insert(name)
        unexported.remove(name)
    }

    private mutating func assign(_ name: String, _ operation: String, _ value: ScriptText, _ target: String?) {
        if name == ".RECIPEPREFIX", target == nil {
            prefix = value.bytes.first ?? UInt8(ascii: "\t")
            return
        }
        let scope = Scope(overlay: target.flatMap { overlays[$0] } ?? Overlay())
        let old = scope.overlay.variables[name] ?? variables[name]
        let line = value.line(at: 0)
        let unknown = Variable(text: ScriptText(String(ScriptWord.unknown), line: line))
        var new = Variable(text: value, isDeferred: true)
        switch operation {
        case ":=", "::=", ":::=": new = Variable(text: expanded(value, scope))
        case "?=":
            if variables[name] != nil { return }
            new.isAssumed = true
        case "!=":
            new = output(of: expanded(value, scope)).map { Variable(text: ScriptText($0, line: line)) } ?? unknown
        case "+=":
            guard let old else { break }
            new = old
            new.isAssumed = false
            new.text.append(" ".utf8, line: line)
            new.text.append(old.isDeferred ? value : expanded(value, scope))
            if new.text.bytes.count > 16_384 || new.text.pieces.count > 512 { new = unknown }
        default: break
        }
        if let target {
            overlays[target, default: Overlay()].variables[name] = new
            return
        }
        // Which of the values it has only make can tell.
        if let old, operation != "+=", isUncertain, old.text.bytes != new.text.bytes { new = unknown }
        if variables.count < 50_000 { variables[name] = new }
    }

    static func words(_ text: String) -> [String] { text.split(whereSeparator: \.isWhitespace).map(String.init) }

    /// The words of a name or a list, expanded here and now.
    private mutating func words(_ text: ScriptText) -> [String] { Self.words(expanded(text).string) }

    mutating func word(_ name: String, _ overlay: Overlay, _ line: Int) -> ScriptWord {
        guard let variable = overlay.variables[name] ?? variables[name] else {
            return ScriptWord(parts: [], line: line)
        }
        let isDeferred = variable.isDeferred
        return ScriptWord(isDeferred ? expanded(variable.text, Scope(overlay: overlay)) : variable.text, line: line)
    }

    // MARK: Recipes

    private mutating func run(_ rule: Rule) {
        var contexts: [(overlay: Overlay, target: String?)] = []
        for target in rule.targets.prefix(Self.mostContexts) {
            var reached = inherited[target] ?? []
            if reached.isEmpty || overlays[target] == nil { reached.append(Overlay()) }
            for var overlay in reached.prefix(Self.mostContexts) {
                if let own = overlays[target] { overlay.merge(own, keepingOwn: false) }
                contexts.append((overlay, rule.isPattern ? nil : target))
            }
        }
        if contexts.isEmpty { contexts = [(Overlay(), nil)] }
        // The names that a pattern is made for here: what other rules need, and what has settings of its own.
        for pattern in rule.targets.prefix(Self.mostContexts) where pattern.contains("%") {
            for name in wanted where contexts.count < Self.mostContexts {
                guard let stem = Self.stem(ofTarget: name, pattern) else { continue }
                var overlay = inherited[name]?.first ?? Overlay()
                overlay.variables["*"] = Variable(text: ScriptText(stem, line: 1))
                contexts.append((overlay, name))
            }
        }
        for (overlay, target) in contexts {
            guard let target else {
                run(rule, overlay)
                continue
            }
            var overlay = overlay
            if let pattern = rule.pattern, let stem = Self.stem(ofTarget: target, pattern) {
                overlay.variables["*"] = Variable(text: ScriptText(stem, line: 1))
            }
            for (pattern, own) in patterns where Self.stem(ofTarget: target, pattern) != nil {
                overlay.merge(own, keepingOwn: true)
            }
            overlay.variables["@"] = Variable(text: ScriptText(target, line: rule.recipe.line(at: 0)))
            run(rule, overlay)
        }
    }

    /// What `%` stands for in the pattern of a rule, which is never nothing.
    private static func stem(ofTarget name: String, _ pattern: String) -> String? {
        stem(name, pattern).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Plain names that rules need.
    private lazy var wanted: [String] = {
        let names = rules.prefix(2000).flatMap { $0.prerequisites.prefix(100) }
        return Array(
            Set(names).filter { !$0.contains("%") && !$0.contains(ScriptWord.unknown) }.sorted().prefix(1000))
    }()

    /// Settings of all targets that a pattern matches, in the order of their patterns.
    private lazy var patterns: [(String, Overlay)] = overlays.filter { $0.key.contains("%") && $0.key != "%" }
        .sorted { $0.key < $1.key }.prefix(100).map { ($0.key, $0.value) }

    /// What targets hand to their prerequisites.
    private lazy var inherited: [String: [Overlay]] = {
        var prerequisites: [String: [String]] = [:]
        for rule in rules {
            for target in rule.targets where !rule.isPattern {
                prerequisites[target, default: []] += rule.prerequisites.prefix(100)
            }
        }
        var result: [String: [Overlay]] = [:]
        var work = 0
        for (target, overlay) in overlays.sorted(by: { $0.key < $1.key }) {
            var seen: Set<String> = [target]
            var waiting = prerequisites[target] ?? []
            while let next = waiting.popLast(), work < 100_000 {
                work += 1
                guard seen.insert(next).inserted else { continue }
                if result[next, default: []].count < Self.mostContexts { result[next, default: []].append(overlay) }
                waiting += prerequisites[next] ?? []
            }
        }
        return result
    }()

    private mutating func run(_ rule: Rule, _ overlay: Overlay) {
        let line = rule.recipe.line(at: 0)
        let shell = word("SHELL", overlay, line)
        if !shell.text.isEmpty, shell.isKnown, !Shell.isInterpreter(shell.text) { return }
        let script = expanded(rule.recipe, Scope(overlay: overlay))
        var environment: [String: ScriptWord] = [:]
        var names = exported.union(overlay.exported)
        if exportsAll { names.formUnion(variables.keys.filter(Shell.isName)) }
        for name in names.subtracting(unexported.subtracting(overlay.exported)).sorted().prefix(2000) {
            environment[name] = word(name, overlay, line)
        }
        if isOneShell {
            run(script, environment)
            return
        }
        var open = ScriptText()
        for range in script.lines {
            open.append(script, range)
            if Self.isContinued(script, range), range.upperBound < script.bytes.count {
                open.append("\n".utf8, line: script.line(at: range.lowerBound))
                continue
            }
            run(open, environment)
            open = ScriptText()
        }
    }

    @discardableResult
    private mutating func run(
        _ line: ScriptText, _ environment: [String: ScriptWord], isTaken: Bool = false
    ) -> ScriptText? {
        let signs = line.bytes.prefix { "@-+ \t".utf8.contains($0) }.count
        guard signs < line.bytes.count, statements.count < ShellRun.mostStatements else { return nil }
        var shell = ShellRun(environment: environment, in: files, at: files.map { [ScriptTree.folder(of: $0.name)] })
        shell.state.unread = input.unread
        if isTaken { shell.written = ShellWritten() }
        shell.run(line.dropFirst(signs))
        statements += shell.statements.filter { if case .flags = $0 { false } else { true } }
        if !isOfSeveralFiles(line, shell.problems) { report(shell.problems) }
        return shell.written?.known
    }

    /// Whether a recipe with problems was put together from several files: which of them meet only a run decides.
    private func isOfSeveralFiles(_ text: ScriptText, _ problems: [ScriptProblem]) -> Bool {
        guard let files, !problems.isEmpty else { return false }
        return Set(text.pieces.filter { $0.file != nil }.map { files.place(ofLine: $0.line).name }).count > 1
    }

    /// `$(shell …)` and `NAME != …`: what the command writes, in one line.
    mutating func output(of command: ScriptText) -> String? {
        run(command, [:], isTaken: true)?.string.split(separator: "\n").joined(separator: " ")
    }
}
