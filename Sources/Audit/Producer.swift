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
    /// As they were recorded: GCC tells its own, clang and rustc tell none.
    let flags: [Substring]

    init(_ text: String) {
        let words = text.split(separator: " ")
        // `GNU C11 14.2.0 -m64 …`, `GNU AS 2.44.0`, `clang LLVM (rustc version 1.96.1 (… ))`, `Debian clang version 19.1.7 …`
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
            version = words.last.map(String.init) ?? ""
        } else if let at = words.firstIndex(of: "clang") {
            compiler = .clang
            version = Self.version(in: words[at...])
        } else {
            compiler = .other
            version = text
        }
        flags = words.filter { $0.hasPrefix("-") }
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

    var text: String { compiler == .other ? version : "\(compiler.rawValue) \(version)" }
}
