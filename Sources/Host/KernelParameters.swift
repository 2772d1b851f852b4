// SPDX-License-Identifier: Apache-2.0

/// A kernel's command line as records and logs show it: every parameter's name, and the values that are known to be plain.
package enum KernelParameters {
    /// Parameters whose values are shown; of all others, only their names. Families end with a dot.
    private static let shown: Set<String> = [
        "apparmor", "audit", "bessemer.", "cio_ignore", "console", "crashkernel", "dasd", "earlyprintk", "fips",
        "hugepages", "hugepagesz", "init", "initrd", "kunit.", "lockdown", "log_buf_len", "loglevel", "maxcpus", "mem",
        "mitigations", "module.sig_enforce", "nr_cpus", "oops", "panic", "panic_on_oops", "panic_on_warn",
        "possible_cpus", "printk.", "rd.dasd", "rd.zfcp", "rdinit", "resume", "root", "rootdelay", "rootfstype",
        "sclp_con_drop", "selinux", "transparent_hugepage", "zfcp.",
    ]

    /// The line with `[left-out]` in the place of other values, and of what stands behind `--`, which is init's.
    package static func redacted(_ line: String) -> String {
        var words: [Substring] = []
        for word in self.words(line) {
            if word == "--" {
                words += [word, Redaction.mark[...]]
                break
            }
            words.append(redacted(word: word))
        }
        return words.joined(separator: " ")
    }

    /// Names of the parameters whose values are not shown.
    package static func hidden(in line: String) -> [String] {
        words(line).filter { redacted(word: $0) != $0 }.map { String($0.prefix { $0 != "=" }) }
    }

    /// Names of the parameters that hold a key, and not the path of one.
    package static func keys(in line: String) -> [String] {
        words(line).compactMap { word in
            let name = word.prefix { $0 != "=" }
            let value = word.dropFirst(name.count + 1).drop { $0 == "\"" }
            let isKey = name.lowercased().split { !$0.isLetter && !$0.isNumber }.contains("key")
            return isKey && !value.isEmpty && value.first != "/" ? String(name) : nil
        }
    }

    private static func redacted(word: Substring) -> Substring {
        let name = word.prefix { $0 != "=" }
        guard !name.isEmpty, name.utf8.count <= 64, name.utf8.allSatisfy({ $0.isName }) else {
            return Redaction.mark[...]
        }
        guard word.utf8.count > name.utf8.count else { return word }
        let isShown = shown.contains { $0.hasSuffix(".") ? name.hasPrefix($0) : name == $0 }
        if isShown, Redaction.found(in: String(word)).isEmpty { return word }
        return name + "=" + Redaction.mark
    }

    /// As the kernel parts them: blanks within double quotes are not ends (next_arg() in lib/cmdline.c).
    private static func words(_ line: String) -> [Substring] {
        var words: [Substring] = []
        var start: Substring.Index?
        var isQuoted = false
        for index in line.indices {
            let character = line[index]
            if character == "\"" { isQuoted.toggle() }
            if character.isWhitespace, !isQuoted {
                if let begin = start { words.append(line[begin..<index]) }
                start = nil
            } else if start == nil {
                start = index
            }
        }
        if let start { words.append(line[start...]) }
        return words
    }
}

extension UInt8 {
    /// Letters, digits, `_`, `-`, `.`.
    fileprivate var isName: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: false
        }
    }
}
