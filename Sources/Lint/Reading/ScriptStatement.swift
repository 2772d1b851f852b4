// SPDX-License-Identifier: Apache-2.0

/// A command as it would run: its words, and what the file puts into its environment.
struct ScriptCommand: Sendable {
    var words: [ScriptWord]
    var environment: [String: ScriptWord]
    let line: Int

    /// The program's name without its folder.
    var name: String { words.first.map { Self.baseName($0.text) } ?? "" }
    var arguments: ArraySlice<ScriptWord> { words.dropFirst() }

    static func baseName(_ path: String) -> String {
        String(path.split(separator: "/", omittingEmptySubsequences: true).last ?? "")
    }

    /// The values of `NAME=value` words, the last of each name.
    func settings() -> [String: ScriptWord] {
        var settings: [String: ScriptWord] = [:]
        for word in arguments {
            if let (name, value) = word.assignment { settings[name] = value }
        }
        return settings
    }

    /// What make would hold a variable for: its command line wins over the environment.
    func variable(_ name: String) -> ScriptWord? { settings()[name] ?? environment[name] }
}

extension ScriptWord {
    /// `NAME=value`, also `NAME:=value`, in two.
    var assignment: (name: String, value: ScriptWord)? {
        let text = text
        guard let equals = text.firstIndex(of: "=") else { return nil }
        var name = text[..<equals]
        if name.hasSuffix(":") { name = name.dropLast() }
        guard Shell.isName(name) else { return nil }
        return (String(name), dropFirst(text.distance(from: text.startIndex, to: equals) + 1))
    }
}

/// Something that a build file does or asks for.
enum ScriptStatement: Sendable {
    case command(ScriptCommand)
    /// Flags that a variable of the kernel's build gathers: its name and all words of its value.
    case flags(String, [ScriptWord])
    /// A container image that the commands run in.
    case image(ScriptWord)
    /// An action of a GitHub workflow, and what it is given.
    case action(ScriptWord, inputs: [String: ScriptWord])
    /// A toolchain file's channel and components.
    case toolchain(channel: ScriptWord?, components: [ScriptWord], add: ScriptEdit?, line: Int)
}

/// What runs together: a script, a Dockerfile, one job of a pipeline.
struct ScriptUnit: Sendable {
    var statements: [ScriptStatement] = []

    var commands: [ScriptCommand] {
        statements.compactMap { if case .command(let command) = $0 { command } else { nil } }
    }
}
