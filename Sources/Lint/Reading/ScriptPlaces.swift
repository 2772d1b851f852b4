// SPDX-License-Identifier: Apache-2.0

/// Whether what is read of a build file stands in the file where it says that it does, which every fix relies on.
package enum ScriptPlaces {
    /// Reads a file of this name; a part of a word that the file spells otherwise, nil where there is none.
    package static func firstMisplaced(path: String, bytes: [UInt8]) -> String? {
        guard let kind = ScriptKind(path: path), let file = try? ScriptFile(path: path, kind: kind, bytes: bytes) else {
            return nil
        }
        for part in file.units.flatMap(\.statements).flatMap(\.words).flatMap(\.parts) {
            guard let start = part.file else { continue }
            let text = Array(part.text.utf8)
            guard start >= 0, start + text.count <= bytes.count,
                bytes[start..<start + text.count].elementsEqual(text)
            else { return "\(part.text.debugDescription) at \(start)" }
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
