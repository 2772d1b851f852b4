// SPDX-License-Identifier: Apache-2.0

extension ScriptFile {
    /// A part of a word that says it stands where the file spells something else; nil where each is in its place, which
    /// every fix relies on.
    package func firstMisplaced(in bytes: [UInt8]) -> String? {
        for unit in units {
            for statement in unit.statements {
                for part in statement.words.flatMap(\.parts) {
                    guard let file = part.file else { continue }
                    let text = Array(part.text.utf8)
                    guard file >= 0, file + text.count <= bytes.count,
                        bytes[file..<file + text.count].elementsEqual(text)
                    else { return "\(part.text.debugDescription) at \(file)" }
                }
            }
        }
        return nil
    }
}

extension ScriptStatement {
    /// Every word in it.
    fileprivate var words: [ScriptWord] {
        switch self {
        case .command(let command): command.words + command.environment.values
        case .flags(_, let words): words
        case .image(let word): [word]
        case .action(let word, let inputs): [word] + inputs.values
        case .toolchain(let channel, let components, _, _): [channel].compactMap { $0 } + components
        }
    }
}
