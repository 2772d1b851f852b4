// SPDX-License-Identifier: Apache-2.0

/// What a script takes from other files of its tree.
extension ShellRun {
    /// Files that set nothing which a build takes: of distributions, of rustup (its PATH), of Python's environments.
    private static let harmless: Set<String> = ["os-release", "lsb-release", "activate", "init-functions"]

    /// `. FILE`: its commands run here and now (POSIX.1-2024, § 2.15, dot).
    mutating func source(_ arguments: [ScriptWord], _ standardInput: ScriptText?, _ line: Int) {
        guard let word = arguments.first else { return }
        let script = word.text == "/dev/stdin" || word.text == "-" ? standardInput : process
        if let script { return follow(script) }
        guard let files, !Self.harmless.contains(ScriptCommand.baseName(word.text)),
            !word.text.hasSuffix(".cargo/env"), word.text != "/dev/null", word.text != "/etc/profile"
        else { return }
        do throws(NotIncluded) {
            let name = try found(word)
            let text = ScriptText(try files.source(name, inside: including))
            let (positionals, limit) = (state.positionals, depth)
            if arguments.count > 1 { state.positionals = Array(arguments.dropFirst()) }
            including.append(name)
            depth = min(depth, Self.deepest - 1)
            follow(ShellParser.program(text), in: text)
            depth = limit
            including.removeLast()
            if arguments.count > 1 { state.positionals = positionals }
            state.endReturn()
        } catch {
            let problem = ScriptProblem(line: line, includes: word.text, error.reason)
            if error.isAbsent {
                if state.unread.count < 100 { state.unread.append(problem) }
            } else {
                report([problem])
            }
        }
    }

    /// The paths of the tree that a path may be here: none out of it, nil where that is not known.
    private func places(_ path: String) -> [String]? {
        if path.first == ScriptWord.tree { return ScriptTree.path("", String(path.dropFirst())).map { [$0] } ?? [] }
        return state.directories.isEmpty ? nil : state.directories.compactMap { ScriptTree.path($0, path) }
    }

    private static func isOutside(_ path: String) -> Bool { path.hasPrefix("/") || path.hasPrefix("~") }

    /// The file of the tree that a word names. What cannot be told counts as absent.
    func found(_ word: ScriptWord) throws(NotIncluded) -> String {
        guard word.isKnown else { throw NotIncluded(reason: "its name is known only to a run", isAbsent: true) }
        guard !Self.isOutside(word.text) else { throw NotIncluded(reason: "it is not in the folder", isAbsent: true) }
        guard let paths = places(word.text) else {
            throw NotIncluded(reason: "which folder is the current one is known only to a run", isAbsent: true)
        }
        guard let first = paths.first else { throw NotIncluded(reason: "it lies out of the folder") }
        for path in paths where files?.tree.hasFile(path) == true { return path }
        // Why it is not read.
        _ = try files?.tree.bytes(of: first)
        return first
    }

    /// Reports what was not read before a command that it could change.
    mutating func reportUnread(before command: ScriptCommand) {
        guard !state.unread.isEmpty, Self.mayDepend(command) else { return }
        for problem in state.unread { report([problem]) }
        state.unread = []
    }

    /// Whether variables that nothing here has set can change what is said of a command.
    private static func mayDepend(_ command: ScriptCommand) -> Bool {
        switch command.name {
        case let name where MakeCommand.names.contains(name):
            guard let make = MakeCommand(command), make.isWholeKernel else { return false }
            let settings = command.settings()
            guard let architecture = settings["ARCH"] ?? command.environment["ARCH"] else { return true }
            guard architecture.isKnown else { return true }
            return architecture.text == "s390" && settings["CROSS_COMPILE"]?.isKnown != true
        case "rustc", "cargo", "rustup", "bindgen": return command.words.contains { !$0.isKnown }
        default: return false
        }
    }

    // MARK: Folders

    /// `cd`: where it leads to is followed within the tree.
    mutating func changeDirectory(_ arguments: ArraySlice<ScriptWord>) {
        let words = arguments.filter { !($0.text.hasPrefix("-") && $0.text.count > 1) }
        let isFollowed = words.first.map { $0.isKnown && $0.text != "-" && !Self.isOutside($0.text) } ?? false
        state.directories = isFollowed ? words.first.flatMap { places($0.text) } ?? [] : []
    }

    /// What the programs write that make a path of another one; nil for other paths, and other uses.
    func pathText(_ name: String, _ arguments: [ScriptWord]) -> ScriptText? {
        let operands = arguments.filter { !$0.text.hasPrefix("-") }
        func written(_ path: String) -> ScriptText {
            ScriptText(ScriptWord(path, line: arguments.first?.line ?? 1).assumed.parts)
        }
        if name == "git" {
            guard let files, arguments.map(\.text) == ["rev-parse", "--show-toplevel"] else { return nil }
            return written("\(ScriptWord.tree)/\(files.repository)")
        }
        guard let word = operands.first, word.isKnown else { return nil }
        let parts = word.text.split(separator: "/", omittingEmptySubsequences: true)
        switch name {
        case "dirname":
            guard operands.count == 1 else { return nil }
            let root = word.text.hasPrefix("/") ? "/" : ""
            if parts.count < 2 {
                return written(!root.isEmpty ? root : parts.first?.first == ScriptWord.tree ? word.text : ".")
            }
            return written(root + parts.dropLast().joined(separator: "/"))
        case "basename":
            var last = String(parts.last ?? "")
            if operands.count > 1, last.hasSuffix(operands[1].text) { last.removeLast(operands[1].text.count) }
            return written(last)
        default:
            // What is in the tree has no links that lead elsewhere.
            guard word.text.first == ScriptWord.tree else { return nil }
            return ScriptTree.path("", String(word.text.dropFirst())).map { written("\(ScriptWord.tree)/\($0)") }
        }
    }
}
