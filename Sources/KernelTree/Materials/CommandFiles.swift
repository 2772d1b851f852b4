// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// What the command of one target read, ran and made, as its words and the rules of its programs say.
struct CommandFiles: Sendable {
    var inputs: Set<BuildPath> = []
    /// Scripts of the tree and programs that the build made.
    var ran: Set<BuildPath> = []
    /// Programs of the sandbox, as they are called.
    var programs: Set<String> = []
    /// What it makes beside its target.
    var alsoMakes: Set<BuildPath> = []
    /// Programs without a rule.
    var unread: Set<String> = []
    /// `make -f FILE TARGET` in it.
    var makes: [(makefile: BuildPath, target: String)] = []
    /// Crates whose sources rustdoc reads.
    var crates: [BuildPath] = []
    /// A compiler in it reads headers or modules that its words do not name.
    var compiles = false

    let target: BuildPath
    private let roots: BuildRoots

    init(_ command: String, target: BuildPath, roots: BuildRoots) {
        self.target = target
        self.roots = roots
        let text = ShellText(command)
        for (position, simple) in text.commands.enumerated() {
            for file in simple.writes { add(output: file) }
            read(simple.words, of: simple, in: text, at: position)
        }
        // What it makes itself, it does not take from elsewhere.
        for simple in text.commands {
            for file in simple.reads { add(input: file) }
        }
        inputs.subtract(alsoMakes)
        inputs.remove(target)
    }

    /// Whether its target holds content of its inputs.
    var holdsInputs: Bool {
        let names = programs.union(ran.map(\.path))
        return !names.contains(where: ProgramRule.isDescribing) || names.contains(where: ProgramRule.isMaking)
    }

    // MARK: Words

    private mutating func read(_ words: [String], of simple: ShellText.Command, in text: ShellText, at position: Int) {
        guard let name = words.first else { return }
        let operands = words.dropFirst()
        if name.contains("/"), let path = roots.path(name), path.root == .source || path.root == .objects {
            // A script or a program of the tree's own.
            if roots.hasFile(path) { ran.insert(path) } else { unread.insert(name) }
            takeList(of: path, operands)
            for word in operands { add(operand: word) }
            takeOutputs(operands)
            return
        }
        guard let rule = ProgramRule.named(name) else {
            unread.insert(name)
            return
        }
        programs.insert(name)
        if name == "make" {
            readMake(operands)
            return
        }
        takeOutputs(operands)
        switch rule {
        case .nothing: break
        case .operands: for word in operands { add(operand: word) }
        case .compiler:
            for word in operands where !word.hasPrefix("-") || word.hasPrefix("-Wl,") || word.hasPrefix("--target=") {
                add(operand: word)
            }
            let base = ProgramRule.base(of: name)
            if base == "rustdoc" {
                crates += operands.filter { $0.hasSuffix(".rs") }.compactMap(roots.path)
            } else if ["rustc", "bindgen"].contains(base) || operands.contains(where: ["-c", "-E", "-S"].contains) {
                compiles = true
            }
        case .interpreter: readScript(operands)
        case .wrapper:
            let command = operands.drop { $0.hasPrefix("-") || $0.contains("=") && !$0.contains("/") }
            let fed = simple.fedBy.map { Self.printed(text.commands[$0].words) } ?? []
            read(Array(command) + fed, of: simple, in: text, at: position)
        }
    }

    /// `make -f FILE TARGET`.
    private mutating func readMake(_ operands: ArraySlice<String>) {
        guard let option = operands.firstIndex(of: "-f"), option + 1 < operands.endIndex,
            let file = roots.path(operands[option + 1]), file.root == .source, let goal = operands.last, goal != "-f"
        else { return }
        ran.insert(file)
        makes.append((file, goal))
    }

    private mutating func readScript(_ operands: ArraySlice<String>) {
        let rest = operands.drop { $0.hasPrefix("-") && $0 != "-" }
        if let script = rest.first, let path = roots.path(script), roots.hasFile(path) {
            ran.insert(path)
            takeList(of: path, rest.dropFirst())
            for word in rest.dropFirst() { add(operand: word) }
        } else {
            for word in rest { add(operand: word) }
        }
        takeOutputs(operands)
    }

    /// Scripts that write down what they read, and the option that names that list.
    private static let listing = ["usr/gen_initramfs.sh": "-l"]

    /// The list that a script writes of what it reads, and the files in it.
    private mutating func takeList(of script: BuildPath, _ operands: ArraySlice<String>) {
        guard let option = Self.listing[script.path], script.root == .source,
            let position = operands.firstIndex(of: option), position + 1 < operands.endIndex,
            let list = roots.path(operands[position + 1]), list.root == .objects
        else { return }
        alsoMakes.insert(list)
        let text = try? roots.objects.text(of: list.path, limit: ForeignFolder.Limit.list)
        for word in (text ?? "").split(whereSeparator: \.isWhitespace) { add(input: String(word)) }
    }

    /// What printf(1) prints: `printf "lib/%s " a.o b.o` names archives' members.
    private static func printed(_ words: [String]) -> [String] {
        guard words.first == "printf", words.count > 1 else { return [] }
        let format = words[1]
        guard format.contains("%s") else { return [] }
        return words.dropFirst(2).flatMap { word in
            format.replacing("%s", with: word).replacing("\\n", with: " ").split(separator: " ").map(String.init)
        }
    }

    private mutating func add(input word: String) {
        guard let path = roots.path(word), roots.hasFile(path) else { return }
        inputs.insert(path)
    }

    private mutating func add(output word: String) {
        guard let path = roots.path(word), path != target, path.root == .objects else { return }
        alsoMakes.insert(path)
    }

    /// A word that is a file, or has one: `@LIST`, `--script=FILE`, `-Wl,-T,FILE`.
    private mutating func add(operand word: String) {
        guard !word.isEmpty, word.utf8.count < 4096 else { return }
        if word.hasPrefix("@"), let list = roots.path(String(word.dropFirst())), roots.hasFile(list) {
            inputs.insert(list)
            let text = (try? roots.folder(list.root)?.text(of: list.path, limit: ForeignFolder.Limit.list)) ?? ""
            for name in text.split(whereSeparator: \.isWhitespace) where !name.hasPrefix("-") {
                add(input: String(name))
            }
            return
        }
        if !word.hasPrefix("-") { add(input: word) }
        for mark in ["=", ","] where word.contains(mark) {
            for part in word.split(separator: mark).dropFirst() { add(input: String(part)) }
        }
        if word.hasPrefix("-T"), word.count > 2 { add(input: String(word.dropFirst(2))) }
    }

    /// Options that say what a program makes.
    private mutating func takeOutputs(_ operands: ArraySlice<String>) {
        for (word, next) in zip(operands, operands.dropFirst() + [""]) {
            if word == "-o" || word == "--output" { add(output: next) }
            if word.hasPrefix("--defines=") || word.hasPrefix("--output=") {
                add(output: String(word.drop { $0 != "=" }.dropFirst()))
            }
            if word.hasPrefix("--emit=") {
                for part in word.dropFirst("--emit=".count).split(separator: ",") where part.contains("=") {
                    let kind = part.prefix { $0 != "=" }
                    if kind != "dep-info" { add(output: String(part.dropFirst(kind.count + 1))) }
                }
            }
        }
    }
}
