// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// What a script of the tree can run and read, as its text names it: each branch counts.
struct ScriptFiles: Sendable {
    /// Of the sandbox, with its interpreter.
    private(set) var programs: Set<String> = []
    /// Programs that the build made.
    private(set) var ran: Set<BuildPath> = []
    /// Other files of the object folder.
    private(set) var inputs: Set<BuildPath> = []

    /// nil for what is not a script.
    init?(_ script: BuildPath, roots: BuildRoots) {
        guard let text = try? roots.folder(script.root)?.text(of: script.path, limit: 4 << 20),
            let interpreter = Self.interpreter(text, script.path)
        else { return nil }
        let plain = text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { $0.first { !$0.isWhitespace } != "#" }.joined(separator: "\n")
        if roots.sandbox.program(interpreter) != nil { programs.insert(interpreter) }
        if ProgramRule.base(of: interpreter).hasSuffix("sh") {
            for command in ShellText(plain).commands {
                for word in command.words.prefix(2) {
                    if let name = Self.program(word), roots.sandbox.program(name) != nil { programs.insert(name) }
                    guard word == "exec" else { break }
                }
            }
        }
        for word in plain.split(whereSeparator: { !($0.isLetter || $0.isNumber || "/._-+".contains($0)) })
        where word.contains("/") {
            guard let path = roots.path(String(word.drop { $0 == "/" })), path.root == .objects, roots.hasFile(path)
            else { continue }
            let isProgram = path.path.split(separator: "/").last.map { !$0.contains(".") } ?? false
            if isProgram { ran.insert(path) } else { inputs.insert(path) }
        }
    }

    /// By the first line, or else by the ending.
    private static func interpreter(_ text: String, _ path: String) -> String? {
        if text.hasPrefix("#!") {
            let words = text.prefix { $0 != "\n" }.dropFirst(2).split(separator: " ")
            let name = words.first { $0.split(separator: "/").last != "env" && !$0.hasPrefix("-") }
            return name?.split(separator: "/").last.map(String.init)
        }
        let endings = [".sh": "sh", ".pl": "perl", ".py": "python3", ".awk": "awk"]
        return endings.first { path.hasSuffix($0.key) }?.value
    }

    /// The program that a first word stands for: `sed`, `$XZ`, `"${NM}"`.
    private static func program(_ word: String) -> String? {
        guard word.hasPrefix("$") else {
            return ProgramRule.named(word) != nil && !word.contains("/") ? word : nil
        }
        let name = word.filter { $0.isLetter || $0.isNumber }
        let cross: Set<String> = ["AR", "AS", "LD", "NM", "OBJCOPY", "OBJDUMP", "READELF", "STRIP"]
        if name == "CC" { return Kbuild.crossCompile + "gcc" }
        if name == "HOSTCC" { return "gcc" }
        if cross.contains(name) { return Kbuild.crossCompile + name.lowercased() }
        let plain = (name.hasPrefix("K") ? String(name.dropFirst()) : name).lowercased()
        return ProgramRule.named(plain) == nil ? nil : plain
    }
}
