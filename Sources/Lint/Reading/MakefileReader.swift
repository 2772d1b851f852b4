// SPDX-License-Identifier: Apache-2.0

/// Reads a Makefile's variables, rules and recipes (GNU make manual, § 3 to 6, 8 and 10).
///
/// Which way a conditional goes is not decided: a variable that has several values there is unknown. A recipe sees the
/// last value of a variable, so the whole file is read before any recipe is.
struct MakefileReader {
    /// A variable as it was last set.
    struct Variable {
        var text: ScriptText
        /// Set by `=`: expanded where it is used.
        var isDeferred: Bool
        /// Set by `?=`: its environment may have another value.
        var isAssumed = false
    }

    /// What one target has of its own.
    struct Overlay {
        var variables: [String: Variable] = [:]
        var exported: Set<String> = []
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

    private let text: ScriptText
    private let lines: [Range<Int>]
    private var number = 0
    var variables: [String: Variable] = [:]
    private var exported: Set<String> = []
    private var unexported: Set<String> = []
    private var exportsAll = false
    private var isOneShell = false
    private var prefix = UInt8(ascii: "\t")
    private struct Condition {
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

    private var conditions: [Condition] = []
    private var definitionEnds: [Int?]?
    /// The file itself is included on a condition.
    private var isConditional = false
    private var rules: [Rule] = []
    private var hasRule = false
    private var overlays: [String: Overlay] = [:]
    private var depth: Int
    let files: ScriptFiles?
    /// The files that are being included, the innermost last.
    private var including: [String] = []
    /// Files that were not read: whatever they set is not known.
    private var unread: [ScriptProblem] = []
    private(set) var targets: Set<String> = []
    var problems: [ScriptProblem] = []
    /// Commands of `$(shell …)`.
    var statements: [ScriptStatement] = []
    /// Bytes that expanding may still make.
    var room = 1 << 22
    /// Expanding has met a variable that the environment may set.
    var hasAssumed = false
    /// The variables whose values are being expanded.
    var expanding: Set<String> = []
    var isRecursive = false

    private static let mostTargets = 10_000
    static let mostContexts = 16

    init(
        _ text: ScriptText, environment: [String: ScriptWord] = [:], files: ScriptFiles? = nil, depth: Int = 0
    ) {
        self.files = files
        self.text = text
        lines = text.lines
        self.depth = depth
        for (name, value) in environment {
            var text = ScriptText()
            text.append(value.parts)
            variables[name] = Variable(text: text, isDeferred: false)
            exported.insert(name)
        }
    }

    mutating func unit() -> ScriptUnit {
        if let files {
            let folder = ScriptTree.folder(of: files.name)
            var text = ScriptText()
            text.append("\(ScriptWord.tree)/\(folder)".utf8, line: 1)
            variables["CURDIR"] = Variable(text: text, isDeferred: false)
            append(file: files.name)
        }
        while number < lines.count { readLine() }
        for condition in conditions { problem(condition.line, "a conditional has no `endif`") }
        for rule in rules where !rule.recipe.bytes.isEmpty { run(rule) }
        for name in variables.keys.sorted() where KernelFlags.isFlagVariable(name) {
            let value = word(name, Overlay(), 1)
            statements.append(.flags(name, KernelFlags.words(value)))
        }
        return ScriptUnit(statements: statements)
    }

    /// Whether the line at hand may be in a part that does not hold.
    private var isUncertain: Bool { isConditional || conditions.last?.isUncertain == true }

    mutating func problem(_ line: Int, _ message: String) {
        if problems.count < 100 { problems.append(.init(line: line, message: message)) }
    }

    private func isContinued(_ line: Range<Int>) -> Bool {
        text.bytes[line].reversed().prefix { $0 == UInt8(ascii: "\\") }.count % 2 == 1
    }

    // MARK: Lines

    private mutating func readLine() {
        let line = lines[number]
        let first = text.bytes[line].first
        if first == prefix, hasRule {
            readRecipe(line.lowerBound + 1..<line.upperBound, isSkipped: isSkipped)
            return
        }
        let begin = text.line(at: line.lowerBound)
        let logical = logicalLine()
        let bytes = logical.bytes
        guard let start = bytes.firstIndex(where: { $0 != 32 && $0 != 9 }) else { return }
        var rest = logical[start..<bytes.count]
        if readConditional(rest, begin) { return }
        if isSkipped {
            // A definition in it may hold words that look like the end of it.
            if Self.firstWord(rest.bytes)?.0 == "define" { define(ScriptText(), begin, false) }
            return
        }
        var isExport = false
        var isOverride = true
        while let (word, after) = Self.firstWord(rest.bytes), isOverride {
            switch word {
            case "export":
                isExport = true
                if after == rest.bytes.count {
                    exportsAll = true
                    hasRule = false
                    return
                }
            case "unexport":
                hasRule = false
                let names = expanded(rest[after..<rest.bytes.count])
                if names.isEmpty { exportsAll = false }
                for name in names {
                    exported.remove(name)
                    unexported.insert(name)
                }
                return
            case "override", "private": break
            case "define":
                define(rest[after..<rest.bytes.count], begin, isExport)
                return
            case "undefine":
                hasRule = false
                for name in expanded(rest[after..<rest.bytes.count]) { variables[name] = nil }
                return
            case "include", "-include", "sinclude", "vpath", "load", "-load":
                guard Self.operation(rest.bytes) == nil || word.hasSuffix("include") && !Self.isAssignment(rest.bytes)
                else {
                    isOverride = false
                    continue
                }
                hasRule = false
                if word.hasSuffix("include") {
                    include(rest[after..<rest.bytes.count], begin, mayBeAbsent: word != "include")
                }
                return
            case "endef":
                problem(begin, "`endef` without `define`")
                return
            default:
                isOverride = false
                continue
            }
            if after >= rest.bytes.count { return }
            rest = rest[after..<rest.bytes.count]
        }
        switch Self.operation(rest.bytes) {
        case .assignment(let name, let operation, let value):
            hasRule = false
            guard let name = expanded(rest[name]).first else { return }
            assign(name, operation, rest[value], nil)
            if isExport { export(name) }
        case .rule(let end, let colons):
            readRule(rest, end, colons, begin)
        case nil:
            if isExport {
                hasRule = false
                for name in expanded(rest) { export(name) }
            } else {
                readExpansion(rest, begin)
            }
        }
    }

    /// A line that only expanding makes something of: `$(eval …)`, `$(call …)`.
    private mutating func readExpansion(_ line: ScriptText, _ number: Int) {
        guard line.bytes.contains(UInt8(ascii: "$")) else {
            problem(number, "neither a rule, an assignment nor a directive")
            return
        }
        var result = ScriptText()
        expand(line, Overlay(), [], 0, into: &result)
    }

    private static func isAssignment(_ bytes: [UInt8]) -> Bool {
        if case .assignment = operation(bytes) { true } else { false }
    }

    // MARK: Included files

    /// `include FILE…` (GNU make manual, § 3.3): names are below the folder that make runs in, the Makefile's own.
    private mutating func include(_ list: ScriptText, _ line: Int, mayBeAbsent: Bool) {
        guard let files else { return }
        for name in expanded(list).prefix(100) {
            guard !name.contains(where: { $0 == ScriptWord.unknown || $0 == ScriptWord.unknownWord }) else {
                leaveOut(.init(line: line, includes: name, "its name is known only to a run"))
                continue
            }
            let isInTree = name.first == ScriptWord.tree
            let folder = ScriptTree.folder(of: files.name)
            let plain = isInTree ? String(name.dropFirst()) : name
            if plain.hasPrefix("/"), !isInTree {
                if !mayBeAbsent { leaveOut(.init(line: line, includes: name, "it is not in the folder")) }
                continue
            }
            guard let path = ScriptTree.path(isInTree ? "" : folder, plain) else {
                problems.append(.init(line: line, includes: name, "it lies out of the folder"))
                continue
            }
            let isPattern = path.contains { "*?[".contains($0) }
            for path in isPattern ? files.tree.files(matching: path) : [path] {
                do throws(NotIncluded) {
                    guard path != files.name, !including.contains(path) else {
                        throw NotIncluded(reason: "it is being read already")
                    }
                    guard including.count < ScriptFiles.deepest else {
                        throw NotIncluded(reason: "it is nested too deeply")
                    }
                    let source = try files.source(path)
                    read(ScriptText(source, 0..<source.bytes.count), path)
                } catch {
                    let problem = ScriptProblem(line: line, includes: name, error.reason)
                    if !error.isAbsent {
                        if problems.count < 100, !problems.contains(problem) { problems.append(problem) }
                    } else if !mayBeAbsent {
                        leaveOut(problem)
                    }
                }
            }
        }
    }

    private mutating func leaveOut(_ problem: ScriptProblem) {
        if unread.count < 100, !unread.contains(problem) { unread.append(problem) }
    }

    private mutating func read(_ inner: ScriptText, _ name: String) {
        // The list of the files that were read; the last of them is the one at hand.
        append(file: name)
        var reader = MakefileReader(inner, files: files, depth: depth)
        reader.including = including + [name]
        take(&reader)
        problems += reader.problems.prefix(max(0, 100 - problems.count))
        for condition in reader.conditions { problem(condition.line, "a conditional has no `endif`") }
    }

    private mutating func append(file: String) {
        var text = variables["MAKEFILE_LIST"]?.text ?? ScriptText()
        guard text.bytes.count < 16_384 else { return }
        text.append(" \(ScriptWord.tree)/\(file)".utf8, line: 1)
        variables["MAKEFILE_LIST"] = Variable(text: text, isDeferred: false)
    }

    /// `$(eval …)`: text that is read as part of the file.
    mutating func evaluate(_ inner: ScriptText) {
        guard depth < 4, !inner.holdsUnknown else { return }
        var reader = MakefileReader(inner, files: files, depth: depth + 1)
        reader.including = including
        take(&reader)
    }

    /// Reads another text with all that is known here, and takes over what it makes of it.
    private mutating func take(_ reader: inout MakefileReader) {
        reader.variables = variables
        reader.exported = exported
        reader.unexported = unexported
        reader.exportsAll = exportsAll
        reader.isOneShell = isOneShell
        reader.prefix = prefix
        reader.overlays = overlays
        reader.room = room
        reader.isConditional = isUncertain
        reader.expanding = expanding
        while reader.number < reader.lines.count { reader.readLine() }
        variables = reader.variables
        exported = reader.exported
        unexported = reader.unexported
        exportsAll = reader.exportsAll
        isOneShell = reader.isOneShell
        prefix = reader.prefix
        for problem in reader.unread { leaveOut(problem) }
        statements += reader.statements
        room = reader.room
        targets.formUnion(reader.targets)
        if rules.count < Self.mostTargets { rules += reader.rules }
        overlays = reader.overlays
    }

    /// Lines joined where they are continued, the comment taken off; goes behind them.
    private mutating func logicalLine() -> ScriptText {
        var result = ScriptText()
        while number < lines.count {
            var line = lines[number]
            number += 1
            let isContinued = isContinued(line)
            if !result.bytes.isEmpty {
                while let byte = text.bytes[line].first, byte == 32 || byte == 9 {
                    line = line.lowerBound + 1..<line.upperBound
                }
            }
            if isContinued { line = line.lowerBound..<line.upperBound - 1 }
            result.append(text, line)
            guard isContinued else { break }
            result.append(" ".utf8, line: text.line(at: max(line.lowerBound, 0)))
        }
        var level = 0
        var index = 0
        let bytes = result.bytes
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\\"): index += 1
            case UInt8(ascii: "$") where index + 1 < bytes.count && "({".utf8.contains(bytes[index + 1]):
                level += 1
                index += 1
            case UInt8(ascii: "("), UInt8(ascii: "{"): if level > 0 { level += 1 }
            case UInt8(ascii: ")"), UInt8(ascii: "}"): level = max(level - 1, 0)
            case UInt8(ascii: "#") where level == 0: return result[0..<index]
            default: break
            }
            index += 1
        }
        return result
    }

    private static func firstWord(_ bytes: [UInt8]) -> (String, after: Int)? {
        let end = bytes.firstIndex { $0 == 32 || $0 == 9 } ?? bytes.count
        guard end > 0 else { return nil }
        let after = bytes[end...].firstIndex { $0 != 32 && $0 != 9 } ?? bytes.count
        return (String(decoding: bytes[..<end], as: UTF8.self), after)
    }

    private mutating func readConditional(_ line: ScriptText, _ number: Int) -> Bool {
        let word = String(decoding: line.bytes.prefix { $0 != 32 && $0 != 9 && $0 != UInt8(ascii: "(") }, as: UTF8.self)
        switch word {
        case "ifeq", "ifneq", "ifdef", "ifndef":
            guard let after = Self.firstWord(line.bytes), after.0 == word else { return false }
            let answer = isSkipped ? nil : decide(word, line[after.after..<line.bytes.count])
            conditions.append(Condition(line: number, isOn: answer, in: conditions.last))
        case "else":
            guard var condition = conditions.popLast() else {
                problem(number, "`else` without a conditional")
                return true
            }
            let rest = Self.firstWord(line.bytes).map { line[$0.after..<line.bytes.count] } ?? ScriptText()
            let next = Self.firstWord(rest.bytes)
            if condition.wasOn {
                condition.isOn = false
            } else if let next, ["ifeq", "ifneq", "ifdef", "ifndef"].contains(next.0) {
                let answer = isSkipped ? nil : decide(next.0, rest[next.after..<rest.bytes.count])
                // Where an earlier part may hold this one is not certain.
                condition.wasOn = answer == true && condition.isCertain
                condition.isCertain = condition.isCertain && answer != nil
                condition.isOn = answer == false ? false : condition.wasOn ? true : nil
            } else {
                condition.isOn = condition.isCertain ? true : nil
            }
            conditions.append(condition)
        case "endif":
            if conditions.popLast() == nil { problem(number, "`endif` without a conditional") }
        default: return false
        }
        return true
    }

    /// Whether the line at hand is in a part that does not hold.
    private var isSkipped: Bool { conditions.last?.isSkipped == true }

    /// Whether a conditional holds; nil where only a run can tell.
    private mutating func decide(_ word: String, _ operands: ScriptText) -> Bool? {
        let bytes = operands.bytes
        if word.hasSuffix("def") {
            guard let name = expanded(operands).first, let variable = variables[name] else { return nil }
            guard !variable.isAssumed, !variable.text.holdsUnknown else { return nil }
            return variable.text.bytes.isEmpty == (word == "ifndef")
        }
        var sides: [ScriptText] = []
        var level = 0
        if bytes.first == UInt8(ascii: "(") {
            var begin = 1
            for index in bytes.indices {
                switch bytes[index] {
                case UInt8(ascii: "("), UInt8(ascii: "{"): level += 1
                case UInt8(ascii: ")"), UInt8(ascii: "}"):
                    level -= 1
                    if level == 0, sides.count == 1 { sides.append(operands[begin..<index]) }
                case UInt8(ascii: ",") where level == 1 && sides.isEmpty:
                    sides.append(operands[begin..<index])
                    begin = index + 1
                default: break
                }
            }
        } else {
            // Two quoted texts.
            var index = 0
            while index < bytes.count, sides.count < 2 {
                let quote = bytes[index]
                if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"),
                    let end = bytes[(index + 1)...].firstIndex(of: quote)
                {
                    sides.append(operands[index + 1..<end])
                    index = end
                }
                index += 1
            }
        }
        guard sides.count == 2 else { return nil }
        hasAssumed = false
        let texts = sides.map { side in
            var text = ScriptText()
            expand(side, Overlay(), [], 0, into: &text)
            return text
        }
        guard !hasAssumed, !texts.contains(where: \.holdsUnknown) else { return nil }
        func trimmed(_ text: ScriptText) -> String {
            String(decoding: text.bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        return (trimmed(texts[0]) == trimmed(texts[1])) == (word == "ifeq")
    }

    private mutating func define(_ head: ScriptText, _ number: Int, _ isExport: Bool) {
        hasRule = false
        var operation = "="
        var nameEnd = head.bytes.count
        while nameEnd > 0, head.bytes[nameEnd - 1] == 32 || head.bytes[nameEnd - 1] == 9 { nameEnd -= 1 }
        for candidate in [":::=", "::=", ":=", "+=", "?=", "!=", "="]
        where head.bytes[..<nameEnd].reversed().starts(with: candidate.utf8.reversed()) {
            operation = candidate
            nameEnd -= candidate.utf8.count
            break
        }
        let ends = definitionEnds ?? Self.definitionEnds(of: lines, in: text)
        definitionEnds = ends
        guard self.number < lines.count, let end = ends[self.number] else {
            return problem(number, "`define` has no `endef`")
        }
        var body = ScriptText()
        for line in lines[self.number..<end] {
            if !body.bytes.isEmpty { body.append("\n".utf8, line: text.line(at: line.lowerBound)) }
            body.append(text, line)
        }
        self.number = end + 1
        guard let name = expanded(head[0..<nameEnd]).first else { return }
        assign(name, operation, body, nil)
        if isExport { export(name) }
    }

    /// For each line, the `endef` of a definition whose text begins there; nil where it has none.
    private static func definitionEnds(of lines: [Range<Int>], in text: ScriptText) -> [Int?] {
        var ends = [Int?](repeating: nil, count: lines.count + 1)
        for (number, line) in lines.enumerated().reversed() {
            let word = String(decoding: text.bytes[line].drop { $0 == 32 || $0 == 9 }.prefix(9), as: UTF8.self)
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
    private static func operation(_ bytes: [UInt8]) -> Operation? {
        var level = 0
        var index = 0
        func trimmed(_ start: Int, _ end: Int) -> Range<Int> {
            var (low, high) = (start, end)
            while low < high, bytes[low] == 32 || bytes[low] == 9 { low += 1 }
            while high > low, bytes[high - 1] == 32 || bytes[high - 1] == 9 { high -= 1 }
            return low..<high
        }
        func value(_ start: Int) -> Range<Int> {
            var low = start
            while low < bytes.count, bytes[low] == 32 || bytes[low] == 9 { low += 1 }
            return trimmed(low, bytes.count)
        }
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "$") where index + 1 < bytes.count && "({".utf8.contains(bytes[index + 1]):
                level += 1
                index += 1
            case UInt8(ascii: "("), UInt8(ascii: "{"): if level > 0 { level += 1 }
            case UInt8(ascii: ")"), UInt8(ascii: "}"): level = max(level - 1, 0)
            case UInt8(ascii: "\\"): index += 1
            case UInt8(ascii: "=") where level == 0:
                var name = index
                var operation = "="
                if name > 0, let sign = ["+", "?", "!"].first(where: { bytes[name - 1] == $0.utf8.first }) {
                    operation = sign + "="
                    name -= 1
                }
                return .assignment(name: trimmed(0, name), operation, value: value(index + 1))
            case UInt8(ascii: ":") where level == 0:
                let colons = bytes[index...].prefix(3).prefix { $0 == UInt8(ascii: ":") }.count
                if index + colons < bytes.count, bytes[index + colons] == UInt8(ascii: "=") {
                    return .assignment(
                        name: trimmed(0, index), String(repeating: ":", count: colons) + "=",
                        value: value(index + colons + 1))
                }
                return .rule(end: index, colons: colons)
            default: break
            }
            index += 1
        }
        return nil
    }

    private mutating func readRule(_ line: ScriptText, _ end: Int, _ colons: Int, _ number: Int) {
        let isGrouped = end > 0 && line.bytes[end - 1] == UInt8(ascii: "&")
        let names = expanded(line[0..<(isGrouped ? end - 1 : end)])
        let start = end + colons
        let rest = line[start..<line.bytes.count]
        hasRule = true
        for name in names where targets.count < Self.mostTargets { targets.insert(name) }
        var assigned = rest
        var isExport = false
        while let (word, after) = Self.firstWord(Array(assigned.bytes.drop { $0 == 32 || $0 == 9 })),
            ["export", "override", "private"].contains(word), after > word.utf8.count
        {
            isExport = isExport || word == "export"
            let blanks = assigned.bytes.prefix { $0 == 32 || $0 == 9 }.count
            assigned = assigned[blanks + after..<assigned.bytes.count]
        }
        // `target: dependency ; recipe` may hold an `=` in its recipe.
        let recipeStart = Self.semicolon(rest.bytes)
        if case .assignment(let name, let operation, let value) = Self.operation(assigned.bytes),
            recipeStart.map({ $0 > name.upperBound }) ?? true,
            !assigned.bytes[name].contains(where: { $0 == 32 || $0 == 9 || $0 == UInt8(ascii: ":") }),
            let name = expanded(assigned[name]).first
        {
            hasRule = false
            for target in names.prefix(100) where overlays.count < Self.mostTargets {
                assign(name, operation, assigned[value], target)
                if isExport { overlays[target, default: Overlay()].exported.insert(name) }
            }
            return
        }
        if names == [".EXPORT_ALL_VARIABLES"] { exportsAll = true }
        if names == [".ONESHELL"] { isOneShell = true }
        let list = rest[0..<(recipeStart ?? rest.bytes.count)]
        var prerequisites = expanded(list)
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
            rule.recipe.append(rest, recipeStart + 1..<rest.bytes.count)
            rule.recipe.append("\n".utf8, line: number)
        }
        if rules.count < Self.mostTargets { rules.append(rule) }
    }

    private static func semicolon(_ bytes: [UInt8]) -> Int? {
        var level = 0
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "("), UInt8(ascii: "{"): level += 1
            case UInt8(ascii: ")"), UInt8(ascii: "}"): level = max(level - 1, 0)
            case UInt8(ascii: ";") where level == 0: return index
            default: break
            }
        }
        return nil
    }

    /// A line of a recipe, with the lines that continue it; they keep their backslashes for the shell.
    private mutating func readRecipe(_ first: Range<Int>, isSkipped: Bool) {
        var line = first
        var recipe = ScriptText()
        while true {
            recipe.append(text, line)
            let isContinued = isContinued(lines[number])
            let begin = lines[number].lowerBound
            number += 1
            recipe.append("\n".utf8, line: text.line(at: begin))
            guard isContinued, number < lines.count else { break }
            line = lines[number]
            if text.bytes[line].first == prefix { line = line.lowerBound + 1..<line.upperBound }
        }
        guard let last = rules.indices.last, !isSkipped else { return }
        rules[last].recipe.append(recipe, 0..<recipe.bytes.count)
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
        let overlay = target.flatMap { overlays[$0] } ?? Overlay()
        let old = overlay.variables[name] ?? variables[name]
        var new = Variable(text: value, isDeferred: true)
        switch operation {
        case ":=", "::=", ":::=":
            var text = ScriptText()
            expand(value, overlay, [], 0, into: &text)
            new = Variable(text: text, isDeferred: false)
        case "?=":
            if variables[name] != nil { return }
            new.isAssumed = true
        case "!=":
            var command = ScriptText()
            expand(value, overlay, [], 0, into: &command)
            new = unknown(value)
            if let written = run(command) {
                var text = ScriptText()
                let lines = String(decoding: written.bytes, as: UTF8.self).split(separator: "\n")
                text.append(lines.joined(separator: " ").utf8, line: value.line(at: 0))
                new = Variable(text: text, isDeferred: false)
            }
        case "+=":
            guard let old else { break }
            var appended = value
            if !old.isDeferred {
                appended = ScriptText()
                expand(value, overlay, [], 0, into: &appended)
            }
            var text = old.text
            text.append(" ".utf8, line: value.line(at: 0))
            text.append(appended, 0..<appended.bytes.count)
            new = Variable(text: text, isDeferred: old.isDeferred)
            if text.bytes.count > 16_384 || text.pieces.count > 512 { new = unknown(value) }
        default: break
        }
        if let target {
            overlays[target, default: Overlay()].variables[name] = new
            return
        }
        if let old, operation != "+=", isUncertain, old.text.bytes != new.text.bytes {
            // Which of the values it has only make can tell.
            new = unknown(value)
        }
        if variables.count < 50_000 { variables[name] = new }
    }

    private func unknown(_ near: ScriptText) -> Variable {
        var text = ScriptText()
        text.append(String(ScriptWord.unknown).utf8, line: near.line(at: 0))
        return Variable(text: text, isDeferred: false)
    }

    /// The words of a name or a list, expanded here and now.
    private mutating func expanded(_ text: ScriptText) -> [String] {
        var result = ScriptText()
        expand(text, Overlay(), [], 0, into: &result)
        return String(decoding: result.bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(String.init)
    }

    mutating func word(_ name: String, _ overlay: Overlay, _ line: Int) -> ScriptWord {
        guard let variable = overlay.variables[name] ?? variables[name] else {
            return ScriptWord(parts: [], line: line)
        }
        var text = variable.text
        if variable.isDeferred {
            text = ScriptText()
            expand(variable.text, overlay, [], 0, into: &text)
        }
        let parts = text.parts
        return ScriptWord(parts: parts, line: parts.first?.line ?? line)
    }

    // MARK: Recipes

    private mutating func run(_ rule: Rule) {
        var contexts: [(overlay: Overlay, target: String?)] = []
        for target in rule.targets.prefix(Self.mostContexts) {
            let name = rule.isPattern ? nil : target
            var reached = inherited[target] ?? []
            if reached.isEmpty || overlays[target] == nil { reached.append(Overlay()) }
            for outer in reached.prefix(Self.mostContexts) {
                var overlay = outer
                if let own = overlays[target] {
                    overlay.variables.merge(own.variables) { $1 }
                    overlay.exported.formUnion(own.exported)
                }
                contexts.append((overlay, name))
            }
        }
        if contexts.isEmpty { contexts = [(Overlay(), nil)] }
        // The names that a pattern is made for here: what other rules need, and what has settings of its own.
        for pattern in rule.targets.prefix(Self.mostContexts) where pattern.contains("%") {
            for name in wanted where contexts.count < Self.mostContexts {
                if let stem = Self.stem(name, pattern) {
                    var overlay = inherited[name]?.first ?? Overlay()
                    overlay.variables["*"] = Variable(text: Self.text(stem), isDeferred: false)
                    contexts.append((overlay, name))
                }
            }
        }
        for (overlay, target) in contexts {
            var overlay = overlay
            if let target, let pattern = rule.pattern, let stem = Self.stem(target, pattern) {
                overlay.variables["*"] = Variable(text: Self.text(stem), isDeferred: false)
            }
            for (pattern, own) in patterns {
                guard let target, Self.stem(target, pattern) != nil else { continue }
                overlay.variables.merge(own.variables) { exact, _ in exact }
                overlay.exported.formUnion(own.exported)
            }
            run(rule, overlay, target)
        }
    }

    private static func stem(_ name: String, _ pattern: String) -> String? {
        guard let percent = pattern.firstIndex(of: "%") else { return nil }
        let (begin, end) = (pattern[..<percent], pattern[percent...].dropFirst())
        guard name.count > begin.count + end.count, name.hasPrefix(begin), name.hasSuffix(end) else { return nil }
        return String(name.dropFirst(begin.count).dropLast(end.count))
    }

    private static func text(_ name: String) -> ScriptText {
        var text = ScriptText()
        text.append(name.utf8, line: 1)
        return text
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

    private mutating func run(_ rule: Rule, _ given: Overlay, _ target: String?) {
        var overlay = given
        let line = rule.recipe.line(at: 0)
        if let target {
            var text = ScriptText()
            text.append(target.utf8, line: line)
            overlay.variables["@"] = Variable(text: text, isDeferred: false)
        }
        let shell = word("SHELL", overlay, line)
        if !shell.text.isEmpty, shell.isKnown, !Shell.isInterpreter(shell.text) { return }
        var script = ScriptText()
        expand(rule.recipe, overlay, [], 0, into: &script)
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
        var start = 0
        var open = ScriptText()
        for range in script.lines {
            open.append(script, range)
            start = range.upperBound
            let slashes = script.bytes[range].reversed().prefix { $0 == UInt8(ascii: "\\") }.count
            if slashes % 2 == 1, start < script.bytes.count {
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
        var shell = ShellRun(
            environment: environment, in: files, at: files.map { ScriptTree.folder(of: $0.name) } ?? "")
        shell.state.unread = unread
        if isTaken { shell.written = ShellWritten() }
        shell.run(line[signs..<line.bytes.count])
        statements += shell.statements.filter { if case .flags = $0 { false } else { true } }
        if problems.count < 100, !isOfSeveralFiles(line, shell.problems) {
            problems += shell.problems.filter { !problems.contains($0) }
        }
        return shell.written.flatMap { $0.isKnown ? $0.text : nil }
    }

    /// Whether a recipe with problems was put together from several files: which of them meet only a run decides.
    private func isOfSeveralFiles(_ text: ScriptText, _ problems: [ScriptProblem]) -> Bool {
        guard let files, !problems.isEmpty else { return false }
        return Set(text.pieces.filter { $0.file != nil }.map { files.place(ofLine: $0.line).name }).count > 1
    }

    /// `$(shell …)` and `NAME != …`.
    @discardableResult mutating func run(_ command: ScriptText) -> ScriptText? { run(command, [:], isTaken: true) }
}
