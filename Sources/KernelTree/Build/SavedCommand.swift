// SPDX-License-Identifier: Apache-2.0
internal import Host

/// The command that kbuild made a file with, as its `.cmd` file keeps it (scripts/Kbuild.include, `cmd_and_savecmd`).
struct SavedCommand: Sendable, Hashable {
    /// Words as the shell would read them, quotes kept.
    var words: [String]

    /// Reads the command of `target`, relative to the object folder.
    ///
    /// Throws `Failure` with code `build.no-command`, and as `ForeignFolder.readPieces` does.
    init(of target: String, in objects: ForeignFolder) throws {
        var parts = target.split(separator: "/").map(String.init)
        let last = parts.popLast() ?? ""
        let file = (parts + [".\(last).cmd"]).joined(separator: "/")
        let prefix = "savedcmd_\(target) := "
        guard try objects.size(of: file) != nil,
            let line = try objects.text(of: file, limit: ForeignFolder.Limit.list).split(separator: "\n").first,
            line.hasPrefix(prefix)
        else {
            throw Failure(
                "build.no-command", "\(objects.path)/\(file) does not say how \(target) was made",
                advice: "name the object folder of a kernel that was built with Rust")
        }
        words = Self.words(line.dropFirst(prefix.count))
    }

    init(words: [String]) { self.words = words }

    /// What `sh -c` runs.
    var shellText: String { words.joined(separator: " ") }

    /// Takes out each word that `unwanted` names.
    mutating func remove(_ unwanted: (String) -> Bool) { words.removeAll(where: unwanted) }

    /// Takes out an option and the word after it.
    mutating func removeOption(_ option: String) {
        while let at = words.firstIndex(of: option) {
            words.removeSubrange(at..<min(at + 2, words.count))
        }
    }

    static func words(_ text: some StringProtocol) -> [String] {
        var quote: Character?
        return Substring(text).split { character in
            if let open = quote {
                if character == open { quote = nil }
                return false
            }
            if character == "'" || character == "\"" { quote = character }
            return character == " " || character == "\t"
        }.map(String.init)
    }
}
