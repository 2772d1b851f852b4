// SPDX-License-Identifier: Apache-2.0

/// What a shell holds at one place of its script. A subshell works on a copy.
struct ShellState {
    var variables: [String: ScriptWord] = [:]
    var arrays: [String: [ScriptWord]] = [:]
    var exported: Set<String> = []
    /// `set -a` is on: what is assigned is exported.
    var exportsAll = false
    /// `$1` and so on; nil where only the caller knows.
    var positionals: [ScriptWord]?
    var functions: [String: ShellFunction] = [:]
    /// Names that `local` has hidden in the functions that run, and what they held before.
    var locals: [[String: Shadow]] = []
    /// Where the output of commands goes, as the redirection spells it.
    var output: String?
    /// Whether `exit`, `return` or `exec` has ended it.
    var isOver = false
    /// That was a `return`.
    var isReturning = false

    struct Shadow {
        let value: ScriptWord?
        let array: [ScriptWord]?
        let isExported: Bool
    }

    init(environment: [String: ScriptWord] = [:]) {
        variables = environment
        exported = Set(environment.keys)
    }

    var environment: [String: ScriptWord] {
        var result: [String: ScriptWord] = [:]
        for name in exported { result[name] = variables[name] }
        return result
    }

    mutating func set(_ name: String, _ value: ScriptWord?) {
        variables[name] = value
        arrays[name] = nil
        if exportsAll { exported.insert(name) }
    }

    mutating func unset(_ name: String) {
        variables[name] = nil
        arrays[name] = nil
        exported.remove(name)
    }

    mutating func hide(_ name: String) {
        guard let last = locals.indices.last, locals[last][name] == nil else { return }
        locals[last][name] = Shadow(
            value: variables[name], array: arrays[name], isExported: exported.contains(name))
    }

    mutating func returnFromFunction() {
        for (name, before) in locals.popLast() ?? [:] {
            variables[name] = before.value
            arrays[name] = before.array
            if before.isExported { exported.insert(name) } else { exported.remove(name) }
        }
    }

    /// What holds after one of several ways: where they differ, the value is unknown.
    static func merged(_ states: [ShellState], line: Int) -> ShellState {
        let living = states.filter { !$0.isOver }
        guard var result = living.first ?? states.first else { return ShellState() }
        let unknown = ScriptWord(String(ScriptWord.unknown), line: line)
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
            if result.positionals != other.positionals { result.positionals = nil }
            result.exportsAll = result.exportsAll || other.exportsAll
        }
        return result
    }
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
