// SPDX-License-Identifier: Apache-2.0
internal import Host

/// What a `.cmd` file says: the command of its target, and what scripts/basic/fixdep noted of the files that it read.
struct SavedCommandFile: Sendable {
    /// As the file names it.
    let target: String
    let command: String
    /// nil where no dependencies are noted.
    let source: String?
    let dependencies: [String]

    /// nil for a file that is not of this form.
    init?(_ bytes: [UInt8]) {
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
        guard let first = lines.popFirst(), let (name, command) = Self.assignment(first),
            let prefix = ["savedcmd_", "cmd_"].first(where: name.hasPrefix)
        else { return nil }
        target = String(name.dropFirst(prefix.count))
        self.command = command
        var source: String?
        var dependencies: [String] = []
        while let line = lines.popFirst() {
            guard let (name, value) = Self.assignment(line) else { continue }
            if name == "source_\(target)" { source = value }
            guard name == "deps_\(target)" else { continue }
            // A line that goes on ends with a backslash.
            var rest = line.drop { $0 != UInt8(ascii: "=") }.dropFirst()
            while true {
                let goesOn = rest.last == UInt8(ascii: "\\")
                let words = (goesOn ? rest.dropLast() : rest).split { $0 == UInt8(ascii: " ") || $0 == 9 }
                // `$(wildcard include/config/…)`: an option that a file asks for, not a file that was read.
                if words.first?.first != UInt8(ascii: "$") {
                    dependencies += words.map { String(decoding: $0, as: UTF8.self) }
                }
                guard goesOn, let more = lines.popFirst() else { break }
                rest = more
            }
        }
        self.source = source
        self.dependencies = dependencies
    }

    /// `NAME := VALUE`.
    private static func assignment(_ line: ArraySlice<UInt8>) -> (name: String, value: String)? {
        let mark = Array(" :=".utf8)
        guard let space = line.firstIndex(of: UInt8(ascii: " ")), line[space...].starts(with: mark) else { return nil }
        return (
            String(decoding: line[..<space], as: UTF8.self),
            String(decoding: line[(space + mark.count)...].drop { $0 == UInt8(ascii: " ") }, as: UTF8.self)
        )
    }
}

/// The `.cmd` files of an object folder.
struct SavedCommands: Sendable {
    /// The files by their targets, without `.` and `..` on the way.
    let files: [String: String]
    let folder: ForeignFolder

    /// More than a kernel with every module has.
    private static let most = 1_000_000

    init(in folder: ForeignFolder) {
        self.folder = folder
        var files: [String: String] = [:]
        for file in folder.files(atMost: Self.most, where: { $0.hasPrefix(".") && $0.hasSuffix(".cmd") }) {
            var parts = file.split(separator: "/").map(String.init)
            guard let last = parts.popLast() else { continue }
            // `.x.o.cmd` is of `x.o`.
            parts.append(String(last.dropFirst().dropLast(4)))
            files[parts.joined(separator: "/")] = file
        }
        self.files = files
    }

    /// What the file of a target says; nil where there is none that can be read.
    func file(of target: String) -> SavedCommandFile? {
        files[target].flatMap { try? folder.bytes(of: $0, limit: ForeignFolder.Limit.list) }.flatMap(
            SavedCommandFile.init)
    }
}
