// SPDX-License-Identifier: Apache-2.0

/// A run of make, its options told from its goals (GNU make manual, § 9).
struct MakeCommand {
    let command: ScriptCommand
    let goals: [ScriptWord]
    let isWholeKernel: Bool

    static let names = ["make", "gmake"]

    /// Options that have to have a value, each with its letter.
    private static let longOptions: [String: Character] = [
        "--directory": "C", "--eval": "E", "--file": "f", "--makefile": "f", "--include-dir": "I", "--old-file": "o",
        "--assume-old": "o", "--what-if": "W", "--new-file": "W", "--assume-new": "W",
    ]

    init?(_ command: ScriptCommand) {
        guard Self.names.contains(command.name) else { return nil }
        self.command = command
        var goals: [ScriptWord] = []
        var folder: String?
        var isWholeKernel = true
        var arguments = command.arguments
        func take(_ option: Character, _ value: String?) {
            if option == "C" { folder = value }
            if option == "f" { isWholeKernel = false }
        }
        while let word = arguments.popFirst() {
            let text = word.text
            if text.hasPrefix("--") {
                let parts = text.split(separator: "=", maxSplits: 1)
                guard let option = Self.longOptions[String(parts.first ?? "")] else { continue }
                take(option, parts.count == 2 ? String(parts[1]) : arguments.popFirst()?.text)
            } else if text.hasPrefix("-") {
                var letters = text.dropFirst()
                while let letter = letters.popFirst() {
                    if Self.longOptions.values.contains(letter) {
                        take(letter, letters.isEmpty ? arguments.popFirst()?.text : String(letters))
                        break
                    }
                    guard "jlO".contains(letter) else { continue }
                    // Their value may be left out, and stands in the same word but for a number.
                    if letters.isEmpty, letter != "O", let next = arguments.first,
                        !next.isKnown || next.text.allSatisfy({ $0.isNumber || $0 == "." })
                    {
                        arguments.removeFirst()
                    }
                    break
                }
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
