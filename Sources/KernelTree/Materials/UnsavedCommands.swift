// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// How files were made whose commands the build does not save: what the tree's makefiles say.
struct UnsavedCommands: Sendable {
    struct Found: Sendable {
        /// In the source tree.
        let makefile: String
        let prerequisites: [BuildPath]
        let command: String
        /// As the makefile has it, with its path before it.
        let recipe: String
    }

    private let roots: BuildRoots
    private let makefiles: [String: MakefileRules]
    private let texts: [String: String]
    /// Where `cmd_…` and `filechk_…` of all makefiles are defined.
    private static let shared = [
        "scripts/Makefile.lib", "scripts/Makefile.build", "scripts/Kbuild.include", "Makefile",
    ]

    /// `paths` are the makefiles that the build read.
    init(_ paths: [String], roots: BuildRoots) throws {
        self.roots = roots
        let read = try paths.mapConcurrently { path in
            try? roots.source.text(of: path, limit: ForeignFolder.Limit.source)
        }
        var texts: [String: String] = [:]
        for (path, text) in zip(paths, read) { texts[path] = text }
        self.texts = texts
        makefiles = Dictionary(
            uniqueKeysWithValues: Self.shared.compactMap { path in
                texts[path].map { (path, MakefileRules($0, path: path)) }
            })
    }

    /// The rule of a file in the object folder; nil where no makefile has one that makes it.
    func rule(of file: String) -> Found? {
        let parts = file.split(separator: "/")
        guard let name = parts.last.map(String.init) else { return nil }
        let folder = parts.dropLast().joined(separator: "/")
        // A makefile names what it makes, or a pattern of it.
        let pattern = "scripts/Makefile.asm-headers"
        let own = ["\(folder)/Kbuild", "\(folder)/Makefile"].filter { texts[$0]?.contains(name) == true }
        let others = texts.filter { $0.value.contains(name) && !own.contains($0.key) }.map(\.key).sortedByBytes()
        for path in own + others + [pattern, "scripts/Makefile.asm-generic"] {
            guard let text = texts[path] else { continue }
            let rules = makefiles[path] ?? MakefileRules(text, path: path)
            let isPattern = path.hasPrefix(pattern.dropLast(7))
            if let found = find(file, in: rules, folder: isPattern ? folder : nil) { return found }
        }
        return nil
    }

    /// What `make -f MAKEFILE TARGET` in a command does.
    func rule(of target: String, in makefile: String) -> Found? {
        guard let text = try? roots.source.text(of: makefile, limit: ForeignFolder.Limit.source) else { return nil }
        return find(target, in: MakefileRules(text, path: makefile), folder: "")
    }

    private func find(_ file: String, in makefile: MakefileRules, folder: String?) -> Found? {
        let own = folder ?? makefile.path.split(separator: "/").dropLast().joined(separator: "/")
        var values = Self.values
        values["obj"] = own.isEmpty ? "." : own
        values["src"] = own.isEmpty ? Kbuild.source : "\(Kbuild.source)/\(own)"
        values["generic"] = own.contains("/uapi/") ? "include/uapi/asm-generic" : "include/asm-generic"
        for rule in makefile.rules
        where rule.recipe.contains(where: { $0.contains("call filechk") || $0.contains("call cmd") }) {
            for word in makefile.expand(rule.targets, values).split(whereSeparator: \.isWhitespace) {
                guard let stem = Self.stem(of: file, in: Self.plain(word)) else { continue }
                values["*"] = stem
                values["@"] = file
                let words = makefile.expand(rule.prerequisites, values).split(whereSeparator: \.isWhitespace)
                    .filter { $0 != "|" && $0 != "FORCE" }.map { String($0.replacing("%", with: stem)) }
                values["<"] = words.first.map { String($0) } ?? ""
                values["^"] = words.joined(separator: " ")
                let commands = rule.recipe.compactMap { recipe in definition(called: recipe, makefile, values) }
                guard !commands.isEmpty else { continue }
                let prerequisites = words.compactMap(roots.prerequisite)
                // A pattern is only for what can be made by it.
                guard stem.isEmpty || prerequisites.allSatisfy(roots.hasFile) else { continue }
                return Found(
                    makefile: makefile.path, prerequisites: prerequisites, command: commands.joined(separator: "; "),
                    recipe: "\(makefile.path): \(rule.recipe.joined(separator: "; "))")
            }
        }
        return nil
    }

    private static func plain(_ word: Substring) -> Substring { word.hasPrefix("./") ? word.dropFirst(2) : word }

    /// What `%` of a target's pattern stands for; empty where the target is the file, nil where it is another.
    private static func stem(of file: String, in target: Substring) -> String? {
        guard let percent = target.firstIndex(of: "%") else { return target == file[...] ? "" : nil }
        let (start, end) = (target[..<percent], target[target.index(after: percent)...])
        guard file.hasPrefix(start), file.hasSuffix(end), file.utf8.count > start.utf8.count + end.utf8.count else {
            return nil
        }
        let stem = String(file.dropFirst(start.count).dropLast(end.count))
        return stem.contains("/") ? nil : stem
    }

    /// The command of `$(call filechk,NAME)` or `$(call cmd,NAME)`.
    private func definition(
        called recipe: String, _ makefile: MakefileRules, _ values: [String: String]
    ) -> String? {
        for (call, prefix) in [("$(call filechk,", "filechk_"), ("$(call cmd,", "cmd_")] {
            guard let start = recipe.firstRange(of: call) else { continue }
            let name = recipe[start.upperBound...].prefix { $0 != "," && $0 != ")" }
            let all = [makefile] + Self.shared.compactMap { makefiles[$0] }
            guard let text = all.lazy.compactMap({ $0.variables[prefix + name] }).first else { return nil }
            return text.map { makefile.expand($0, values) }.joined(separator: "\n")
        }
        return nil
    }

    /// What kbuild always sets.
    private static let values: [String: String] = {
        var values = [
            "srctree": Kbuild.source, "objtree": ".", "ARCH": Kbuild.architecture, "SRCARCH": Kbuild.architecture,
            "CONFIG_SHELL": "sh", "SHELL": "sh", "HOSTCC": "gcc", "AWK": "awk", "PERL": "perl", "PYTHON3": "python3",
            "version_h": "include/generated/uapi/linux/version.h", "pound": "#", "squote": "'", "comma": ",",
        ]
        for (variable, name) in [
            ("CC", "gcc"), ("LD", "ld"), ("AR", "ar"), ("NM", "nm"), ("OBJCOPY", "objcopy"), ("OBJDUMP", "objdump"),
        ] {
            values[variable] = Kbuild.crossCompile + name
        }
        return values
    }()
}
