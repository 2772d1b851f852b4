// SPDX-License-Identifier: Apache-2.0

/// A shell script's commands as they are written. Ranges are bytes of `text`.
struct ShellProgram: Sendable {
    let text: ScriptText
    let items: [ShellItem]
    /// The texts of its here-documents.
    let documents: [[ShellPart]]
    /// What is not shell, in the order of the text.
    let errors: [ShellSyntaxError]
}

/// What stands where the shell's grammar has no such thing.
struct ShellSyntaxError: Error, Sendable, Hashable {
    let message: String
    let offset: Int
}

/// Pipelines joined by `&&` and `||`, up to a `;`, `&` or newline.
struct ShellItem: Sendable {
    struct Next: Sendable {
        let isAnd: Bool
        let pipeline: ShellPipeline
    }

    let first: ShellPipeline
    let rest: [Next]
    let isBackground: Bool
}

struct ShellPipeline: Sendable {
    let isNegated: Bool
    let commands: [ShellCommand]
}

/// A simple or compound command with its redirections.
struct ShellCommand: Sendable {
    indirect enum Kind: Sendable {
        case simple(ShellSimpleCommand)
        case subshell([ShellItem])
        case group([ShellItem])
        case conditional([ShellBranch], otherwise: [ShellItem]?)
        /// `while` and `until`.
        case loop(ShellBranch)
        /// `for` and `select`; without words it goes over the positional parameters.
        case iteration(name: String, words: [ShellWord]?, body: [ShellItem])
        /// `for ((…))`.
        case counting([ShellPart], body: [ShellItem])
        case choice(ShellWord, [ShellArm])
        case function(String, ShellCommand)
        /// `[[ … ]]`: its words, operators among them.
        case test([ShellWord])
        /// `(( … ))`.
        case arithmetic([ShellPart])
        case coprocess(ShellCommand)
    }

    let offset: Int
    let kind: Kind
    let redirections: [ShellRedirection]
}

struct ShellSimpleCommand: Sendable {
    let assignments: [ShellAssignment]
    let words: [ShellWord]
    /// The `NAME=value` arguments of `export`, `declare` and their like.
    let declarations: [ShellAssignment]
}

struct ShellBranch: Sendable {
    let condition: [ShellItem]
    let body: [ShellItem]
    /// Of a loop: its body runs while the condition does not hold.
    var isUntil = false
}

struct ShellArm: Sendable {
    /// `;;` ends the choice, `;&` goes on with the next body, `;;&` with the next pattern that matches.
    enum Ending: Sendable {
        case end, falls, tests
    }

    let patterns: [ShellWord]
    let body: [ShellItem]
    let ending: Ending
}

struct ShellAssignment: Sendable {
    enum Value: Sendable {
        case word([ShellPart])
        case array([ShellWord])
    }

    let range: Range<Int>
    let name: String
    /// What stands between the brackets of `NAME[…]=`.
    let index: [ShellPart]?
    let isAppending: Bool
    let value: Value
}

struct ShellRedirection: Sendable {
    /// `<`, `>>`, `<<-`, …
    let operation: String
    /// Where the operator stands.
    let offset: Int
    let target: ShellWord
    /// A file descriptor before the operator.
    let descriptor: String?
    /// An index of `ShellProgram.documents`.
    let document: Int?
}

struct ShellWord: Sendable {
    let range: Range<Int>
    let parts: [ShellPart]
    /// Of an array's element: what stands between the brackets of `[…]=`.
    var key: [ShellPart]?
}

/// A stretch of a word.
indirect enum ShellPart: Sendable {
    case text(Range<Int>, isQuoted: Bool)
    /// `$'…'` whose escapes make other bytes.
    case bytes([UInt8], Range<Int>)
    case parameter(ShellParameter, isQuoted: Bool)
    /// `$(…)`, and `${ …; }`.
    case commands([ShellItem], Range<Int>, isQuoted: Bool)
    /// Backquotes: their text is another one, without the escapes.
    case program(ShellProgram, Range<Int>, isQuoted: Bool)
    /// `<(…)`, `>(…)`.
    case process([ShellItem], Range<Int>)
    /// `$((…))`, `$[…]`.
    case arithmetic([ShellPart], Range<Int>)
}

/// `$NAME`, `${NAME…}`.
struct ShellParameter: Sendable {
    enum Operation: Sendable, Equatable {
        case value
        /// `-`, `=`, `+`, `?`; with a colon an empty value counts as none.
        case fallback, assign, alternative, error
        /// `#`, `##`, `%`, `%%`, `/`, `//`, …
        case other(String)
    }

    var range: Range<Int>
    let name: String
    /// `[@]`, `[*]`, or another subscript.
    var index: String?
    var indexParts: [ShellPart] = []
    var operation: Operation = .value
    var hasColon = false
    var word: [ShellPart] = []
}
