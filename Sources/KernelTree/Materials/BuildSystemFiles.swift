// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// The makefiles that a build read, and the scripts that they name: what decides how things are made.
struct BuildSystemFiles: Sendable {
    /// In the source tree, sorted.
    let makefiles: [String]
    /// Makefiles and Kconfig files, and scripts that they or other scripts name.
    private(set) var all: Set<String>

    private static let first = [
        "Makefile", "Kbuild", "include/asm-generic/Kbuild", "include/uapi/asm-generic/Kbuild",
        "arch/\(Kbuild.architecture)/include/asm/Kbuild", "arch/\(Kbuild.architecture)/include/uapi/asm/Kbuild",
        "arch/\(Kbuild.architecture)/Makefile.postlink",
    ]

    /// `folders` are those below the object folder in which something was made: make went into each; `kconfig` are the
    /// Kconfig files that were read, whose `$(shell,…)` runs scripts.
    init(folders: Set<String>, kconfig: [String], source: ForeignFolder) {
        var found: Set<String> = []
        var open: [String] = []
        func add(_ path: String) {
            guard !found.contains(path), source.hasFile(path) else { return }
            found.insert(path)
            open.append(path)
        }
        func add(folder: String) {
            let names = folder.isEmpty ? ["Kbuild", "Makefile"] : ["\(folder)/Kbuild", "\(folder)/Makefile"]
            if let file = names.first(where: source.hasFile) { add(file) }
        }
        for path in Self.first + kconfig { add(path) }
        for folder in folders.sorted() { add(folder: folder) }
        var texts = 0
        var makefiles: Set<String> = []
        while let path = open.popLast(), texts < 100_000 {
            texts += 1
            guard let text = try? source.text(of: path, limit: 4 << 20) else { continue }
            let name = path.split(separator: "/").last ?? ""
            if name.hasPrefix("Makefile") || name.hasPrefix("Kbuild") || name.hasSuffix(".mk") {
                makefiles.insert(path)
                for word in Self.included(in: text, path: path) {
                    switch word {
                    case .file(let file): add(file)
                    case .folder(let file): add(folder: file)
                    }
                }
            }
            for script in Self.scripts(in: text) { add(script) }
            let folder = path.split(separator: "/").dropLast().joined(separator: "/")
            for script in Self.neighbours(in: text) { add(folder.isEmpty ? script : "\(folder)/\(script)") }
            for file in Self.named(in: text, folder: folder) { add(file) }
        }
        self.makefiles = makefiles.sortedByBytes()
        all = found
    }

    private enum Included {
        case file(String)
        case folder(String)
    }

    /// What `include`, `-f` and `$(build)=` name.
    private static func included(in text: String, path: String) -> [Included] {
        guard text.contains("include") || text.contains("build)=") || text.contains("-f ") else { return [] }
        let own = path.split(separator: "/").dropLast().joined(separator: "/")
        let values = [
            "srctree": "", "src": own, "obj": own, "SRCARCH": Kbuild.architecture, "ARCH": Kbuild.architecture,
            "build": "build",
        ]
        let makefile = MakefileRules(text, path: path)
        var found: [Included] = []
        for line in text.split(separator: "\n") {
            let isInclude = line.drop { $0 == " " || $0 == "-" || $0 == "s" }.hasPrefix("include ")
            guard isInclude || line.contains("build)=") || line.contains("-f $") else { continue }
            let words = makefile.expand(String(line), values).split(whereSeparator: \.isWhitespace)
            for (word, next) in zip(words, words.dropFirst() + [""]) {
                if word.hasPrefix("build=") {
                    found.append(.folder(plain(word.dropFirst(6))))
                } else if isInclude || word == "-f" {
                    found.append(.file(plain(next)))
                }
            }
        }
        return found
    }

    private static func plain(_ word: Substring) -> String {
        word.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }

    /// Paths that a text has behind `$(srctree)` or `$(src)`: prerequisites, and what `$(shell …)` reads.
    private static func named(in text: String, folder: String) -> Set<String> {
        guard text.contains("$(src") else { return [] }
        return Set(
            text.matches(of: #/\$\((srctree|src)\)/([A-Za-z0-9_.+\/-]*[A-Za-z0-9_])/#).map { match in
                match.1 == "src" && !folder.isEmpty ? "\(folder)/\(match.2)" : String(match.2)
            })
    }

    /// Names of scripts that a text has behind a folder that only running it tells: `$(dirname $0)/min-tool-version.sh`.
    private static func neighbours(in text: String) -> Set<String> {
        Set(
            text.matches(of: #/(?:\)|\}|"|`)/([A-Za-z0-9_.+-]+\.(?:sh|pl|py|awk))\b/#).map { String($0.1) }
                .filter { !$0.hasPrefix(".") })
    }

    /// Paths below `scripts/` that a text names.
    private static func scripts(in text: String) -> Set<String> {
        var found: Set<String> = []
        let bytes = Array(text.utf8)
        let mark = Array("scripts/".utf8)
        var at = 0
        while let start = bytes[at...].firstIndex(of: mark[0]) {
            at = start + 1
            guard bytes[start...].starts(with: mark) else { continue }
            let path = bytes[start...].prefix { byte in
                byte.isWord
                    || [UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+")].contains(byte)
            }
            found.insert(String(decoding: path, as: UTF8.self))
            at = path.endIndex
        }
        return found
    }
}
