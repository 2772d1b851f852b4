// SPDX-License-Identifier: Apache-2.0
internal import Host

/// The options that a kernel tree declares for s390, as its Kconfig files write them.
///
/// Read for explaining: the kernel's own `conf` decides what a configuration is. What can't be read here (a macro, a
/// statement of a later kernel) is left opaque and noted in `problems`, never guessed.
/// Source: Documentation/kbuild/kconfig-language.rst, scripts/kconfig/parser.y.
package struct Kconfig: Sendable {
    package struct Place: Sendable, Hashable, Codable {
        /// Relative to the tree.
        package let file: String
        /// Counted from 1.
        package let line: Int

        package var text: String { "\(file):\(line)" }
    }

    package enum OptionType: String, Sendable, Hashable {
        case bool, tristate, string, int, hex
    }

    /// One condition that must hold for a declaration, and where it is written.
    package struct Clause: Sendable, Hashable {
        package enum Kind: String, Sendable, Hashable {
            /// `depends on` of the option itself.
            case dependency
            /// An `if` block, a menu or a choice around it.
            case enclosing
        }

        package let expression: KconfigExpression
        package let place: Place
        package let kind: Kind
    }

    /// Something that an option gives under a condition: a default value, a selected or implied symbol.
    package struct Grant: Sendable, Hashable {
        package enum Kind: String, Sendable, Hashable {
            case select, imply
        }

        package let by: String
        package let kind: Kind
        package let condition: KconfigExpression?
        package let place: Place
    }

    package struct Default: Sendable, Hashable {
        package let value: KconfigExpression
        package let condition: KconfigExpression?
        package let place: Place
    }

    /// The values that an int or hex option takes: a `range` line.
    package struct Bounds: Sendable, Hashable {
        package let lowest: KconfigOperand
        package let highest: KconfigOperand
        package let condition: KconfigExpression?
        package let place: Place

        /// As a Kconfig file writes it.
        package var text: String {
            "range \(lowest.plain) \(highest.plain)" + (condition.map { " if \($0.text)" } ?? "")
        }
    }

    /// One `config` block. A symbol may have several.
    package struct Declaration: Sendable, Hashable {
        package let name: String
        package let place: Place
        package internal(set) var type: OptionType?
        /// The prompt's text; nil where a person can't set the option here.
        package internal(set) var prompt: String?
        package internal(set) var promptCondition: KconfigExpression?
        /// What the blocks around it need, outermost first.
        package internal(set) var enclosing: [Clause]
        /// Its own `depends on` lines.
        package internal(set) var dependencies: [Clause] = []
        /// `visible if` of the menus around it.
        package internal(set) var visibility: [Clause]
        package internal(set) var defaults: [Default] = []
        package internal(set) var bounds: [Bounds] = []
        /// Only read from older configurations, for the option that took its place, and never written.
        package internal(set) var isTransitional = false
        /// Where the `choice` around it stands.
        package internal(set) var choice: Place?
        /// The titles of the menus around it, outermost first.
        package internal(set) var menus: [String] = []

        /// All that has to hold for it.
        package var clauses: [Clause] { enclosing + dependencies }
    }

    package struct Problem: Sendable, Hashable {
        package let place: Place
        package let text: String
    }

    /// Every declaration of a symbol, in the order in which the files are read.
    package private(set) var declarations: [String: [Declaration]] = [:]
    /// `select` and `imply`, by the symbol that they give.
    package private(set) var grants: [String: [Grant]] = [:]
    /// The members of each choice.
    package private(set) var choices: [Place: [String]] = [:]
    /// The `default` lines of each choice that has any; their values are members.
    package private(set) var choiceDefaults: [Place: [Default]] = [:]
    /// The files that ARCH=s390 includes, in the order in which they are read.
    package private(set) var files: [String] = []
    package private(set) var problems: [Problem] = []
    /// The option that allows modules: the one with the attribute `modules`.
    package private(set) var modulesOption = "MODULES"

    // Each several times what a kernel has.
    private static let mostFiles = 20_000
    private static let mostBytes = 64 << 20
    private static let mostStatements = 1_000_000
    private static let deepestSources = 64
    private static let deepestBlocks = 256
    private static let mostClauses = 512

    private let tree: KernelTree
    private let variables: [String: String]
    private var bytesRead = 0
    private var statementsRead = 0
    private var choiceMembers: [Place: Set<String>] = [:]

    /// Reads the root `Kconfig` and all that it sources. Throws `Failure` with code `kconfig.unreadable` where the
    /// root is missing, `kconfig.too-large` where there is more of it than any kernel has.
    package init(_ tree: KernelTree, architecture: String = "s390") throws {
        self.tree = tree
        variables = ["SRCARCH": architecture, "ARCH": architecture, "KERNELVERSION": tree.version]
        guard tree.text("Kconfig") != nil else {
            throw Failure(
                "kconfig.unreadable", "the tree has no readable file Kconfig",
                advice: "name the top folder of a kernel source")
        }
        try read("Kconfig", depth: 0, from: nil)
    }

    /// What stands around a declaration.
    private struct Surroundings {
        enum Kind {
            case file, menu, condition, choice
        }

        var kind = Kind.file
        var clauses: [Clause] = []
        var visibility: [Clause] = []
        var choice: Place?
        var menus: [String] = []
        /// `depends on` may stand in its head, before its first entry (`menu`, `choice`).
        var hasHead = false
    }

    private var stack: [Surroundings] = []
    private var current: Declaration?

    private mutating func finishDeclaration() {
        guard let declaration = current else { return }
        declarations[declaration.name, default: []].append(declaration)
        if let choice = declaration.choice, choiceMembers[choice, default: []].insert(declaration.name).inserted {
            choices[choice, default: []].append(declaration.name)
        }
        current = nil
    }

    private mutating func read(_ file: String, depth: Int, from place: Place?) throws {
        func problem(_ text: String) -> Problem { Problem(place: place ?? Place(file: file, line: 1), text: text) }
        guard depth < Self.deepestSources else {
            problems.append(problem("source is nested deeper than \(Self.deepestSources) files"))
            return
        }
        guard let bytes = tree.bytes(file) else {
            problems.append(problem("can't read \(file)"))
            return
        }
        bytesRead += bytes.count
        guard files.count < Self.mostFiles, bytesRead <= Self.mostBytes else {
            throw Self.tooLarge("the Kconfig files are more than a kernel has", Place(file: file, line: 1))
        }
        files.append(file)
        let outer = stack
        stack.append(surroundings(.file))
        finishDeclaration()
        var lines = StatementLines(bytes)
        while let (statement, number) = lines.next() {
            let tokens = KconfigToken.tokens(of: statement, variables: variables)
            guard let first = tokens.first else { continue }
            let place = Place(file: file, line: number)
            statementsRead += 1
            guard statementsRead <= Self.mostStatements else {
                throw Self.tooLarge("the Kconfig files have more statements than a kernel's", place)
            }
            guard case .operand(.symbol(let keyword)) = first else { continue }
            if keyword == "help" || keyword == "---help---" {
                lines.skipHelp()
            } else if keyword == "source" || keyword == "rsource" || keyword == "osource" || keyword == "orsource" {
                finishDeclaration()
                guard tokens.count > 1, case .operand(.constant(let target)) = tokens[1] else {
                    problems.append(Problem(place: place, text: "source of a name that is not plain"))
                    continue
                }
                try read(target, depth: depth + 1, from: place)
            } else {
                try take(keyword, tokens, at: place)
            }
        }
        finishDeclaration()
        stack = outer
    }

    private static func tooLarge(_ what: String, _ place: Place) -> Failure {
        Failure(
            "kconfig.too-large", "\(place.text): \(what)", advice: "check that the tree is a kernel source")
    }

    private mutating func take(_ keyword: String, _ tokens: [KconfigToken], at place: Place) throws {
        var parser = KconfigExpressionParser(tokens.dropFirst())
        if Self.blocks.contains(keyword) { finishDeclaration() }
        switch keyword {
        case "config", "menuconfig":
            guard case .symbol(let name)? = parser.takeOperand() else { return unread(keyword, place) }
            let around = surroundings(.file)
            current = Declaration(
                name: name, place: place, enclosing: around.clauses, visibility: around.visibility,
                choice: around.choice, menus: around.menus)
        case "menu": try push(.menu, at: place, title: parser.takeOperand().map(\.plain))
        case "choice": try push(.choice, at: place, choice: place)
        case "if":
            let expression = parser.expression() ?? opaque(keyword, place)
            try push(.condition, at: place, clause: Clause(expression: expression, place: place, kind: .enclosing))
        case "endmenu", "endchoice", "endif":
            if stack.last?.kind == .file || stack.isEmpty {
                unread(keyword, place)
            } else {
                stack.removeLast()
            }
        case "comment", "mainmenu":
            // Its `depends on` lines belong to nothing that is kept.
            inComment = keyword == "comment"
            return
        case "depends", "visible": return try takeCondition(keyword, &parser, at: place)
        default: return takeAttribute(keyword, &parser, tokens, at: place)
        }
        inComment = false
    }

    /// What ends the option before it.
    private static let blocks: Set<String> = [
        "config", "menuconfig", "menu", "choice", "if", "endmenu", "endchoice", "endif", "comment", "mainmenu",
    ]
    private var inComment = false

    private mutating func push(
        _ kind: Surroundings.Kind, at place: Place, clause: Clause? = nil, choice: Place? = nil, title: String? = nil
    ) throws {
        guard stack.count < Self.deepestBlocks else {
            throw Self.tooLarge("blocks are nested deeper than \(Self.deepestBlocks) levels", place)
        }
        var inner = surroundings(kind)
        if let clause { inner.clauses.append(clause) }
        if let choice { inner.choice = choice }
        if let title { inner.menus.append(title) }
        inner.hasHead = kind != .condition
        stack.append(inner)
    }

    /// What stands around something that begins here.
    private func surroundings(_ kind: Surroundings.Kind) -> Surroundings {
        var inner = stack.last ?? Surroundings()
        inner.kind = kind
        inner.hasHead = false
        return inner
    }

    private mutating func unread(_ keyword: String, _ place: Place) {
        problems.append(Problem(place: place, text: "can't read this `\(keyword)`"))
    }

    private mutating func opaque(_ keyword: String, _ place: Place) -> KconfigExpression {
        unread(keyword, place)
        return .operand(.macro("the condition at \(place.text), which could not be read"))
    }

    private mutating func takeCondition(
        _ keyword: String, _ parser: inout KconfigExpressionParser, at place: Place
    ) throws {
        _ = parser.take(word: "on")
        if keyword == "visible" { _ = parser.take(word: "if") }
        var expression = parser.expression() ?? opaque(keyword, place)
        if keyword == "depends", let condition = parser.condition() {
            // menu_add_dep() in scripts/kconfig/menu.c: "depends on X if Y" is X || (Y = n).
            expression = .or(expression, .not(condition))
        }
        if inComment { return }
        if current != nil, keyword == "depends" {
            current?.dependencies.append(Clause(expression: expression, place: place, kind: .dependency))
        } else if current == nil, let last = stack.indices.last, stack[last].hasHead {
            guard stack[last].clauses.count + stack[last].visibility.count < Self.mostClauses else {
                throw Self.tooLarge("more conditions stand around this than \(Self.mostClauses)", place)
            }
            let clause = Clause(expression: expression, place: place, kind: .enclosing)
            if keyword == "visible" {
                stack[last].visibility.append(clause)
            } else {
                stack[last].clauses.append(clause)
            }
        } else {
            unread(keyword, place)
        }
    }

    private mutating func takeAttribute(
        _ keyword: String, _ parser: inout KconfigExpressionParser, _ tokens: [KconfigToken], at place: Place
    ) {
        switch keyword {
        case "bool", "tristate", "string", "int", "hex", "prompt":
            if let type = OptionType(rawValue: keyword) { current?.type = type }
            guard let prompt = parser.takeOperand() else { return }
            let condition = parser.condition()
            if current == nil, let last = stack.indices.last, stack[last].kind == .choice, let condition {
                stack[last].visibility.append(Clause(expression: condition, place: place, kind: .enclosing))
            }
            current?.prompt = prompt.plain
            current?.promptCondition = condition
        case "def_bool", "def_tristate", "default":
            if keyword == "def_bool" { current?.type = .bool }
            if keyword == "def_tristate" { current?.type = .tristate }
            let choice = stack.last?.kind == .choice ? stack.last?.choice : nil
            guard current != nil || choice != nil, !inComment else { return }
            let value = parser.expression() ?? opaque(keyword, place)
            let entry = Default(value: value, condition: parser.condition(), place: place)
            if current != nil {
                current?.defaults.append(entry)
            } else if let choice {
                choiceDefaults[choice, default: []].append(entry)
            }
        case "select", "imply":
            guard let name = current?.name, case .symbol(let target)? = parser.takeOperand() else {
                return unread(keyword, place)
            }
            let kind: Grant.Kind = keyword == "select" ? .select : .imply
            grants[target, default: []].append(
                Grant(by: name, kind: kind, condition: parser.condition(), place: place))
        case "range":
            guard current != nil, let lowest = parser.takeOperand(), let highest = parser.takeOperand() else {
                return unread(keyword, place)
            }
            current?.bounds.append(
                Bounds(lowest: lowest, highest: highest, condition: parser.condition(), place: place))
        case "modules", "option":
            // The latter before Linux 5.14.
            if keyword == "modules" || parser.take(word: "modules") { modulesOption = current?.name ?? modulesOption }
        case "transitional": current?.isTransitional = true
        case "optional": break
        default:
            // `name = value`, `name := value` and `name += value` define macros, which stay opaque.
            guard tokens.count > 1, case .sign(let sign) = tokens[1], ["=", ":=", "+="].contains(sign) else {
                return unread(keyword, place)
            }
        }
    }
}

/// The statements of a Kconfig file, a Makefile or their like: continuation lines joined, help texts skipped on request.
struct StatementLines: IteratorProtocol {
    private let bytes: [UInt8]
    /// What stands where two lines were joined.
    private let joint: String
    private var position = 0
    private var line = 0

    init(_ bytes: [UInt8], joint: String = "") {
        self.bytes = bytes
        self.joint = joint
    }

    private mutating func rawLine() -> Range<Int>? {
        guard position < bytes.count else { return nil }
        let start = position
        let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        position = end + 1
        line += 1
        return start..<end
    }

    mutating func next() -> (statement: [UInt8], line: Int)? {
        guard position < bytes.count else { return nil }
        let number = line + 1
        var statement: [UInt8] = []
        while let range = rawLine() {
            guard bytes[range].last == UInt8(ascii: "\\") else {
                statement += bytes[range]
                break
            }
            statement += bytes[range].dropLast()
            statement += joint.utf8
        }
        return (statement, number)
    }

    private func indentation(_ range: Range<Int>) -> Int? {
        var columns = 0
        for byte in bytes[range] {
            switch byte {
            case UInt8(ascii: "\t"): columns = (columns & ~7) + 8
            case UInt8(ascii: " "): columns += 1
            default: return columns
            }
        }
        return nil
    }

    /// Skips a help text: it ends before the first line that is indented less than its first one.
    mutating func skipHelp() {
        var first: Int?
        while true {
            let (before, number) = (position, line)
            guard let range = rawLine() else { return }
            guard let columns = indentation(range) else { continue }
            if columns == 0 || columns < (first ?? 0) {
                (position, line) = (before, number)
                return
            }
            first = first ?? columns
        }
    }
}
