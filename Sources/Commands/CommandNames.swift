// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Host

/// The names of the commands: what is typed where one belongs, and how each is reached.
enum CommandNames {
    /// Why the words do not lead to a command, if they do not: a command or a group that is not there, or none named.
    ///
    /// Options are the parser's; where one stands in place of a command nothing is said of the words.
    static func failure(in arguments: [String]) -> Failure? {
        var command: any ParsableCommand.Type = Bessemer.self
        var path = [name(command)]
        var isHelp = false
        for word in arguments {
            let commands = command.configuration.subcommands
            if isHelp && word.hasPrefix("-") { continue }
            if word.hasPrefix("-") { return word == "-v" || word == "-V" ? unknown(word, path, []) : nil }
            if !isHelp, path.count == 1, word == "help" {
                isHelp = true
                continue
            }
            guard let next = commands.first(where: { name($0) == word }) else {
                if commands.isEmpty && !isHelp { return nil }
                return unknown(word, path, commands.map(name))
            }
            command = next
            path.append(word)
            // What follows is the command's own.
            if !isHelp, command.configuration.subcommands.isEmpty { return nil }
        }
        let commands = command.configuration.subcommands
        guard !isHelp, !commands.isEmpty, command.configuration.defaultSubcommand == nil else { return nil }
        let line = path.joined(separator: " ")
        return Failure(
            "usage.command", "`\(line)` is not a command alone; it has \(commands.map(name).joined(separator: ", "))",
            advice: "\(line) --help")
    }

    /// The words that lead to a command, `bessemer` first.
    static func path(to type: any ParsableCommand.Type) -> [String] {
        func search(_ command: any ParsableCommand.Type) -> [String]? {
            if command == type { return [name(command)] }
            return command.configuration.subcommands.lazy.compactMap(search).first.map { [name(command)] + $0 }
        }
        return search(Bessemer.self) ?? [name(Bessemer.self)]
    }

    /// Every command's path below `bessemer`.
    static let all: [[String]] = {
        func below(_ command: any ParsableCommand.Type) -> [[String]] {
            command.configuration.subcommands.flatMap { next in [[name(next)]] + below(next).map { [name(next)] + $0 } }
        }
        return below(Bessemer.self)
    }()

    private static func name(_ command: any ParsableCommand.Type) -> String { command.configuration.commandName ?? "" }

    private static func unknown(_ word: String, _ path: [String], _ names: [String]) -> Failure {
        let line = path.joined(separator: " ")
        let candidates = names + (path.count == 1 ? ["--version", "--help"] : [])
        let near = ["-v": "--version", "-V": "--version"][word] ?? nearest(to: word, among: candidates)
        let message = names.isEmpty ? "`\(line)` takes no `\(word)`" : "`\(line)` has no command `\(word)`"
        return Failure(
            "usage.command", message, advice: near.map { "did you mean `\(line) \($0)`?" } ?? "\(line) --help")
    }

    /// The name that is typed so by a slip or two; nil where none is near.
    static func nearest(to word: String, among names: [String]) -> String? {
        let most = max(1, word.count / 3)
        guard word.count <= 40 else { return nil }
        return names.map { ($0, distance(word, $0)) }.filter { $0.1 <= most }.min { $0.1 < $1.1 }?.0
    }

    /// Characters that are left out, added, changed, or swapped with their neighbour between two words.
    private static func distance(_ first: String, _ second: String) -> Int {
        let (a, b) = (Array(first), Array(second))
        var rows = [Array(0...b.count)]
        for i in 1...max(a.count, 1) where !a.isEmpty {
            var row = [i]
            for j in 1...max(b.count, 1) where !b.isEmpty {
                let isSame = a[i - 1] == b[j - 1]
                var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (isSame ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, rows[i - 2][j - 2] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
