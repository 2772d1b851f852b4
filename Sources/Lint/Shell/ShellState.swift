// SPDX-License-Identifier: Apache-2.0

/// What a shell holds at one place of its script. A subshell works on a copy.
struct ShellState {
    var variables: [String: ScriptWord] = [:]
    var arrays: [String: ShellArray] = [:]
    var exported: Set<String> = []
    /// `set -a` is on: what is assigned is exported.
    var exportsAll = false
    /// `$1` and so on; nil where only the caller knows.
    var positionals: [ScriptWord]?
    var functions: [String: ShellFunction] = [:]
    var aliases: [String: ScriptWord] = [:]
    /// Names that stand for other ones (`declare -n`).
    var references: [String: String] = [:]
    /// `shopt -s expand_aliases` is on.
    var expandsAliases = false
    /// Names that `local` has hidden in the functions that run, and what they held before.
    var locals: [[String: Shadow]] = []
    /// Where the output of commands goes, as the redirection spells it.
    var output: String?
    /// Whether `exit`, `return`, `exec`, `break` or `continue` has ended it.
    var isOver = false
    /// That was a `return`.
    var isReturning = false
    /// That was a `break` or `continue`: of so many loops, and whether the last of them goes on.
    var leaving: (loops: Int, goesOn: Bool)?
    /// The folders of the tree that may be the current one; none where it is not known.
    var directories: [String] = []
    /// Files that were sourced and not read: whatever they set is not known.
    var unread: [ScriptProblem] = []

    struct Shadow {
        let value: ScriptWord?
        let array: ShellArray?
        let isExported: Bool
    }

    init(environment: [String: ScriptWord] = [:]) {
        variables = environment
        exported = Set(environment.keys)
    }

    var environment: [String: ScriptWord] {
        Dictionary(uniqueKeysWithValues: exported.compactMap { name in variables[name].map { (name, $0) } })
    }

    mutating func set(_ name: String, _ value: ScriptWord?) {
        variables[name] = value
        arrays[name] = nil
        if exportsAll { exported.insert(name) }
    }

    /// An array is not part of the environment.
    mutating func set(_ name: String, _ array: ShellArray) {
        variables[name] = nil
        arrays[name] = array
    }

    mutating func unset(_ name: String) {
        variables[name] = nil
        arrays[name] = nil
        exported.remove(name)
    }

    mutating func hide(_ name: String) {
        guard let last = locals.indices.last, locals[last][name] == nil else { return }
        locals[last][name] = shadow(of: name)
    }

    func shadow(of name: String) -> Shadow {
        Shadow(value: variables[name], array: arrays[name], isExported: exported.contains(name))
    }

    mutating func restore(_ name: String, _ before: Shadow) {
        variables[name] = before.value
        arrays[name] = before.array
        if before.isExported { exported.insert(name) } else { exported.remove(name) }
    }

    /// `return` ends a function or a file that is sourced alone.
    mutating func endReturn() {
        guard isReturning else { return }
        isReturning = false
        isOver = false
    }

    /// `break` or `continue` has done what it does.
    mutating func stay() {
        leaving = nil
        isOver = false
    }

    /// What holds after one of several ways: where they differ, the value is unknown.
    static func merged(_ states: [ShellState], line: Int) -> ShellState {
        let living = states.filter { !$0.isOver }
        guard var result = living.first ?? states.first else { return ShellState() }
        let unknown = ScriptWord(ScriptWord.unknown, line: line)
        for other in living.dropFirst() {
            for name in Set(result.variables.keys).union(other.variables.keys)
            where result.variables[name]?.text != other.variables[name]?.text {
                result.variables[name] = unknown
            }
            for name in Set(result.arrays.keys).union(other.arrays.keys) where result.arrays[name] != other.arrays[name]
            {
                result.arrays[name] = nil
                result.variables[name] = unknown
            }
            for name in result.exported.symmetricDifference(other.exported) {
                result.exported.insert(name)
                if result.variables[name] != nil { result.variables[name] = unknown }
            }
            result.functions.merge(other.functions) { first, _ in first }
            result.aliases.merge(other.aliases) { first, _ in first }
            if result.positionals != other.positionals { result.positionals = nil }
            result.exportsAll = result.exportsAll || other.exportsAll
            result.expandsAliases = result.expandsAliases || other.expandsAliases
            result.directories += other.directories.filter { !result.directories.contains($0) }
            result.directories = Array(result.directories.prefix(8))
            result.unread += other.unread.filter { !result.unread.contains($0) }
        }
        return result
    }
}

/// An array's elements, the indexed ones by their number.
struct ShellArray: Hashable {
    struct Element: Hashable {
        let key: String
        let value: ScriptWord
    }

    /// Made by `declare -A`: its keys are any text.
    var isAssociative = false
    private(set) var elements: [Element] = []

    var words: [ScriptWord] { elements.map(\.value) }
    var next: Int { (elements.last.flatMap { Int($0.key) } ?? -1) + 1 }

    subscript(_ key: String) -> ScriptWord? {
        get { elements.first { $0.key == key }?.value }
        set {
            let index = elements.firstIndex { $0.key == key }
            if let index { elements.remove(at: index) }
            guard let newValue else { return }
            let number = Int(key) ?? 0
            let next = isAssociative ? nil : elements.firstIndex { (Int($0.key) ?? 0) > number }
            elements.insert(Element(key: key, value: newValue), at: index ?? next ?? elements.count)
        }
    }

    /// What a run may hold of it: few elements, little text.
    var isSmall: Bool {
        elements.count <= ShellRun.mostElements
            && elements.reduce(0) { $0 + $1.value.parts.reduce(0) { $0 + $1.text.utf8.count } } <= 65_536
    }
}

extension ShellArray {
    init(_ words: [ScriptWord]) { elements = words.enumerated().map { Element(key: "\($0)", value: $1) } }
}

/// A function's body and the text that it stands in.
struct ShellFunction {
    let body: ShellCommand
    let program: ShellProgram
}

/// Bytes that a script puts into a file, e.g. into `$GITHUB_ENV`.
struct ShellOutput {
    let target: String
    let text: ScriptText
}

/// What commands write to their standard output, as far as it is known.
struct ShellWritten {
    var text = ScriptText()
    var isKnown = true

    var known: ScriptText? { isKnown ? text : nil }
}
