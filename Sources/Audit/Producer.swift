// SPDX-License-Identifier: Apache-2.0

/// A compiler as it describes itself in `DW_AT_producer` (DWARF 5 § 3.1.1) or in `.comment`.
struct Producer: Hashable {
    enum Compiler: String {
        case gcc = "GCC"
        case clang
        case rustc
        case gnuAssembler = "GNU as"
        case other
    }

    let compiler: Compiler
    /// `14.2.0`, `1.96.1`; empty where none is found.
    let version: String
    /// The version with the commit and the day, or the distribution's words, that tell builds of one version apart:
    /// `1.96.1 (31fca3adb 2026-06-26)`, `13.3.1 20240807 (Red Hat 13.3.1-1)`.
    let identity: String
    /// As they were recorded: GCC tells its own, clang and rustc tell none.
    let flags: [Substring]

    init(_ text: String) {
        var words = text.split(separator: " ")
        // `GNU C11 14.2.0 -m64 …`, `GNU AS 2.44.0`, `clang LLVM (rustc version 1.96.1 (… ))`, `Debian clang version 19.1.7 …`,
        // in `.comment` `GCC: (Debian 14.2.0-19) 14.2.0`
        if let at = words.firstIndex(of: "(rustc") {
            compiler = .rustc
            version = Self.version(in: words[at...])
        } else if words.first == "rustc" {
            compiler = .rustc
            version = Self.version(in: words[...])
        } else if words.first == "GNU" {
            compiler = words.dropFirst().first == "AS" ? .gnuAssembler : .gcc
            version = Self.version(in: words.dropFirst(2))
        } else if words.first == "GCC:" {
            compiler = .gcc
            words = Self.behindParenthesis(words.dropFirst())
            version = Self.version(in: words[...])
        } else if let at = words.firstIndex(of: "clang") {
            compiler = .clang
            version = Self.version(in: words[at...])
        } else {
            compiler = .other
            version = text
        }
        identity = compiler == .other ? version : Self.identity(version, in: words)
        flags = words.filter { $0.hasPrefix("-") }
    }

    /// The version with the words behind it: up to the end of the first parenthesis or the first flag.
    private static func identity(_ version: String, in words: [Substring]) -> String {
        guard !version.isEmpty, let at = words.firstIndex(where: { $0.hasPrefix(version) }) else { return version }
        var found = [Substring(version)]
        // `(rustc version 1.96.1)` ends with the parenthesis around it.
        if words[at].hasSuffix(")") { return version }
        for word in words[(at + 1)...] {
            if word.hasPrefix("-") { break }
            let isLast = word.hasSuffix(")")
            found.append(isLast ? word.prefix { $0 != ")" } + ")" : word)
            if isLast { break }
        }
        return found.joined(separator: " ")
    }

    /// The words behind a parenthesis that they begin with: who packaged the compiler.
    private static func behindParenthesis(_ words: ArraySlice<Substring>) -> [Substring] {
        guard words.first?.hasPrefix("(") == true else { return Array(words) }
        var depth = 0
        for (place, word) in words.enumerated() {
            depth += word.count { $0 == "(" } - word.count { $0 == ")" }
            if depth <= 0 { return Array(words.dropFirst(place + 1)) }
        }
        return []
    }

    private static func version(in words: ArraySlice<Substring>) -> String {
        let word = words.first { $0.first?.isNumber == true && $0.contains(".") } ?? ""
        return String(word.prefix { $0.isNumber || $0.isLetter || ".-+~".contains($0) })
    }

    /// The value of the last `-march=`.
    var march: Substring? { flags.last { $0.hasPrefix("-march=") }?.dropFirst(7) }

    /// Whether a flag stands, unless its opposite stands after it: `-mpacked-stack` and `-mno-packed-stack`.
    func has(_ flag: String) -> Bool {
        let opposite = flag == "-msoft-float" ? "-mhard-float" : "-mno-" + flag.dropFirst(2)
        guard let last = flags.last(where: { $0 == flag || $0 == opposite }) else { return false }
        return last == flag
    }

    var text: String { compiler == .other ? version : "\(compiler.rawValue) \(identity)" }
}
