// SPDX-License-Identifier: Apache-2.0

/// A run of make, its options told from its goals (GNU make manual, § 9).
struct MakeCommand {
    let command: ScriptCommand
    let goals: [ScriptWord]
    let isWholeKernel: Bool

    static let names = ["make", "gmake"]

    init?(_ command: ScriptCommand) {
        guard Self.names.contains(command.name) else { return nil }
        self.command = command
        var goals: [ScriptWord] = []
        var folder: String?
        var isWholeKernel = true
        var arguments = command.arguments
        while let word = arguments.popFirst() {
            let text = word.text
            if ["-C", "-f", "-I", "-o", "-W", "--directory", "--file", "--makefile"].contains(text) {
                let value = arguments.popFirst()?.text
                if text == "-C" || text == "--directory" { folder = value }
                if text.hasPrefix("-f") || text.hasPrefix("--f") || text.hasPrefix("--m") { isWholeKernel = false }
            } else if text == "-j" || text == "-l" {
                if let next = arguments.first, !next.isKnown || next.text.allSatisfy({ $0.isNumber || $0 == "." }) {
                    arguments.removeFirst()
                }
            } else if text.hasPrefix("-") {
                if text.hasPrefix("-C") { folder = String(text.dropFirst(2)) }
                if text.hasPrefix("-f") { isWholeKernel = false }
            } else if let (name, _) = word.assignment {
                if name == "M" { isWholeKernel = false }
            } else {
                goals.append(word)
            }
        }
        if let folder, folder.contains("tools") || folder.contains("Documentation") { isWholeKernel = false }
        self.goals = goals
        self.isWholeKernel = isWholeKernel
    }

    /// Whether a run of make takes its Makefile from its standard input: `-f -`.
    static func readsStandardInput(_ command: ScriptCommand) -> Bool {
        let texts = command.arguments.map(\.text)
        return texts.contains("-f-") || texts.contains("--file=-")
            || zip(texts, texts.dropFirst()).contains {
                ["-f", "--file"].contains($0) && ["-", "/dev/stdin"].contains($1)
            }
    }

    var isS390: Bool { command.variable("ARCH")?.text == "s390" }
}
