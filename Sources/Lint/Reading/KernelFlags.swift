// SPDX-License-Identifier: Apache-2.0

/// The flags of one run of rustc, in one spelling: `-Cname=value`, `-Zname`, `--name=value`.
struct KernelFlags {
    let flags: [(text: String, word: ScriptWord)]
    let line: Int
    /// More flags may come from what only a run could tell.
    let mayHoldMore: Bool

    /// Options whose value is the next word, as they are spelled with it in one.
    private static let separate = ["-C": "-C", "--codegen": "-C", "-Z": "-Z", "--target": "--target="]

    init(_ words: some Sequence<ScriptWord>, line: Int) {
        var flags: [(text: String, word: ScriptWord)] = []
        var pending: String?
        var mayHoldMore = false
        for word in words {
            let text = word.text
            mayHoldMore = mayHoldMore || word.mayHoldMore
            if let option = pending {
                flags.append((option + text, word))
                pending = nil
            } else if let option = Self.separate[text] {
                pending = option
            } else if text.hasPrefix("--codegen=") {
                flags.append(("-C" + text.dropFirst(10), word))
            } else {
                flags.append((text, word))
            }
        }
        self.flags = flags
        self.line = line
        self.mayHoldMore = mayHoldMore
    }

    /// The words that gather the flags of a run of rustc or cargo; nil for another command, and for a question such as
    /// `rustc --version`. What cargo's own files add is not seen, so cargo counts only with flags beside it.
    init?(_ command: ScriptCommand) {
        var words = command.words[...]
        if ScriptCommand.baseName(words.first?.text ?? "") == "rustup", words.dropFirst().first?.text == "run" {
            words = words.dropFirst(3)
        }
        guard let program = words.first.map({ ScriptCommand.baseName($0.text) }) else { return nil }
        let arguments = words.dropFirst()
        if program == "rustc" || program.hasPrefix("rustc-") || program == "clippy-driver" {
            let questions: Set<String> = ["--version", "-V", "-vV", "--help", "-h", "--print", "--explain"]
            guard !arguments.contains(where: { questions.contains($0.text) || $0.text.hasPrefix("--print=") }) else {
                return nil
            }
            self.init(arguments, line: command.line)
        } else if program == "cargo", let given = command.environment["RUSTFLAGS"] {
            self.init(Array(arguments) + Self.words(given), line: command.line)
        } else {
            return nil
        }
    }

    /// Whether the kernel's build takes rustc's flags from this variable (Documentation/kbuild/kbuild.rst).
    static func isFlagVariable(_ name: String) -> Bool { name == "KBUILD_RUSTFLAGS" || name == "KRUSTFLAGS" }

    /// A value's words.
    static func words(_ value: ScriptWord) -> [ScriptWord] {
        var words: [ScriptWord] = []
        var open: [ScriptWord.Part] = []
        func close() {
            if let line = open.first?.line { words.append(ScriptWord(parts: open, line: line)) }
            open = []
        }
        for part in value.parts {
            for (index, piece) in part.split(whereSeparator: \.properties.isWhitespace).enumerated() {
                if index > 0 { close() }
                if !piece.text.isEmpty { open.append(piece) }
            }
        }
        close()
        return words
    }

    var target: (text: String, word: ScriptWord)? {
        flags.last { $0.text.hasPrefix("--target=") }.map { (String($0.text.dropFirst(9)), $0.word) }
    }

    var isS390: Bool { target.map { $0.text.hasPrefix("s390x-") } ?? false }

    /// Whether the code is a kernel's: a target without an operating system, or a flag that only kernels are built with.
    var isKernel: Bool {
        target?.text.contains("-none") == true || hasPackedStack || hasBackchain
            || flags.contains { flag, _ in
                ["-Ccode-model=kernel", "--sysroot=/dev/null"].contains(flag)
                    || flag.contains("include/generated/rustc_cfg") || flag.hasPrefix("-Zsanitizer=kernel-")
                    || flag.hasPrefix("rust/kernel/")
            }
    }

    var hasPackedStack: Bool {
        flags.contains { flag, _ in
            let name = flag.replacing("_", with: "-")
            return name.hasPrefix("-Zpacked-stack")
                && !["no", "off", "n", "false"].contains(String(name.dropFirst(15)))
        }
    }

    var hasBackchain: Bool {
        var isOn = false
        for (flag, _) in flags where flag.hasPrefix("-Ctarget-feature=") || flag.hasPrefix("-Ctarget_feature=") {
            for feature in flag.dropFirst(17).split(separator: ",") {
                // What cannot be known may be it.
                if feature == "+backchain" || feature.contains(ScriptWord.unknown) { isOn = true }
                if feature == "-backchain" { isOn = false }
            }
        }
        return isOn
    }
}
