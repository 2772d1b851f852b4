// SPDX-License-Identifier: Apache-2.0

/// What a build file is written in.
enum ScriptKind: String, Sendable {
    case makefile, shell, dockerfile, gitlab, github, jenkins, toolchain

    /// By the file's name and folders; nil where only the first line could tell.
    init?(path: String) {
        let name = ScriptCommand.baseName(path)
        let lower = name.lowercased()
        func ends(_ suffixes: String...) -> Bool { suffixes.contains { lower.hasSuffix($0) } }
        func begins(_ prefixes: String...) -> Bool { prefixes.contains { lower.hasPrefix($0) } }
        if ["rust-toolchain", "rust-toolchain.toml"].contains(name) {
            self = .toolchain
        } else if ["makefile", "gnumakefile", "kbuild"].contains(lower) || ends(".mk", ".mak")
            // Perl's modules are made by a program of that name.
            || begins("makefile.") && lower != "makefile.pl"
        {
            self = .makefile
        } else if ends(".sh", ".bash", ".ksh") {
            self = .shell
        } else if ["dockerfile", "containerfile"].contains(lower) || begins("dockerfile.", "containerfile.")
            || ends(".dockerfile", ".containerfile")
        {
            self = .dockerfile
        } else if name == "Jenkinsfile" || name.hasPrefix("Jenkinsfile.") || ends(".jenkinsfile") {
            self = .jenkins
        } else if !ends(".yml", ".yaml") {
            return nil
        } else if ends("gitlab-ci.yml", "gitlab-ci.yaml") || path.contains(".gitlab/ci/") {
            self = .gitlab
        } else if path.contains(".github/workflows/") || ["action.yml", "action.yaml"].contains(lower) {
            self = .github
        } else {
            return nil
        }
    }

    /// By the interpreter that the first line names.
    init?(firstLineOf bytes: some Sequence<UInt8>) {
        let firstLine = String(decoding: bytes.prefix(256).prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
        guard firstLine.hasPrefix("#!") else { return nil }
        let words = firstLine.dropFirst(2).split(whereSeparator: \.isWhitespace).map {
            ScriptCommand.baseName(String($0))
        }
        guard let program = words.first(where: { $0 != "env" && !$0.hasPrefix("-") && !$0.contains("=") }) else {
            return nil
        }
        guard Shell.isInterpreter(program) || MakeCommand.names.contains(program) else { return nil }
        self = Shell.isInterpreter(program) ? .shell : .makefile
    }
}

/// What reads one kind of build file.
protocol BuildFileReader {
    var problems: [ScriptProblem] { get set }

    /// What the file does, as far as it could be read; what could not be is among the problems.
    mutating func units() -> [ScriptUnit]

    /// What a Makefile can be asked to make.
    var targets: Set<String> { get }
}

extension BuildFileReader {
    var targets: Set<String> { [] }

    /// Takes down what of a file could not be read, as long as there are less than a hundred faults.
    mutating func report(_ found: [ScriptProblem]) {
        if problems.count < 100 { problems += found.filter { !problems.contains($0) } }
    }

    mutating func problem(_ line: Int, _ message: String) { report([ScriptProblem(line: line, message: message)]) }
}

/// A build file as read, with what it includes.
struct ScriptFile {
    let path: String
    let kind: ScriptKind
    let bytes: [UInt8]
    let units: [ScriptUnit]
    /// What a Makefile can be asked to make.
    let targets: Set<String>

    /// What of it could not be read, by line.
    let problems: [ScriptProblem]

    /// Which file and line the lines are; nil where nothing could be included.
    let files: ScriptFiles?

    /// Throws a sentence where the file is not a file of its kind. Without a tree nothing is included.
    init(path: String, kind: ScriptKind, bytes: [UInt8], in tree: ScriptTree? = nil) throws {
        let source = ScriptSource(bytes)
        let files = tree.map { ScriptFiles(path, source, in: $0) }
        var reader: any BuildFileReader =
            switch kind {
            case .makefile: MakefileReader(ScriptText(source), files: files)
            case .shell: ShellRun(source, files: files)
            case .dockerfile: DockerfileReader(source, files: files)
            case .gitlab: try GitLabReader(source, files: files)
            case .github: try GitHubReader(source, files: files)
            case .jenkins: JenkinsReader(source, files: files)
            case .toolchain: ToolchainFileReader(source, takesPlainName: !path.hasSuffix(".toml"))
            }
        self.path = path
        self.kind = kind
        self.bytes = bytes
        self.files = files
        units = reader.units()
        targets = reader.targets
        problems = reader.problems
    }

    /// The file and the line in it that a line is.
    func place(ofLine line: Int) -> (name: String, line: Int) { files?.place(ofLine: line) ?? (path, line) }
}
