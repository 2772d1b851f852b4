// SPDX-License-Identifier: Apache-2.0

/// What a build file is written in.
enum ScriptKind: String, Sendable {
    case makefile, shell, dockerfile, gitlab, github, jenkins, toolchain

    /// By the file's name and folders; nil where only the first line could tell.
    init?(path: String) {
        let name = ScriptCommand.baseName(path)
        let lower = name.lowercased()
        let isYAML = lower.hasSuffix(".yml") || lower.hasSuffix(".yaml")
        func ends(_ suffixes: String...) -> Bool { suffixes.contains { lower.hasSuffix($0) } }
        if name == "rust-toolchain" || name == "rust-toolchain.toml" {
            self = .toolchain
        } else if ["makefile", "gnumakefile", "kbuild"].contains(lower) || ends(".mk", ".mak")
            // Perl's modules are made by a program of that name.
            || lower.hasPrefix("makefile.") && lower != "makefile.pl"
        {
            self = .makefile
        } else if ends(".sh", ".bash", ".ksh") {
            self = .shell
        } else if lower == "dockerfile" || lower == "containerfile" || lower.hasPrefix("dockerfile.")
            || lower.hasPrefix("containerfile.") || ends(".dockerfile", ".containerfile")
        {
            self = .dockerfile
        } else if name == "Jenkinsfile" || name.hasPrefix("Jenkinsfile.") || ends(".jenkinsfile") {
            self = .jenkins
        } else if isYAML,
            lower.hasSuffix("gitlab-ci.yml") || lower.hasSuffix("gitlab-ci.yaml") || path.contains(".gitlab/ci/")
        {
            self = .gitlab
        } else if isYAML, path.contains(".github/workflows/") || lower == "action.yml" || lower == "action.yaml" {
            self = .github
        } else {
            return nil
        }
    }

    /// By the interpreter that the first line names.
    init?(firstLine: String) {
        guard firstLine.hasPrefix("#!") else { return nil }
        let words = firstLine.dropFirst(2).split(whereSeparator: \.isWhitespace).map {
            ScriptCommand.baseName(String($0))
        }
        guard let program = words.first(where: { $0 != "env" && !$0.hasPrefix("-") && !$0.contains("=") }) else {
            return nil
        }
        if Shell.isInterpreter(program) {
            self = .shell
        } else if program == "make" || program == "gmake" {
            self = .makefile
        } else {
            return nil
        }
    }
}

/// A build file as read, with what it includes.
struct ScriptFile {
    let path: String
    let kind: ScriptKind
    var units: [ScriptUnit]
    /// What a Makefile can be asked to make.
    var targets: Set<String> = []

    /// What of it could not be read, by line.
    var problems: [ScriptProblem] = []

    /// Which file and line the lines are; nil where nothing could be included.
    let files: ScriptFiles?

    /// Throws a sentence where the file is not a file of its kind. Without a tree nothing is included.
    init(path: String, kind: ScriptKind, bytes: [UInt8], in tree: ScriptTree? = nil) throws {
        let source = ScriptSource(bytes)
        let text = ScriptText(source, 0..<bytes.count)
        let files = tree.map { ScriptFiles(path, source, in: $0) }
        self.path = path
        self.kind = kind
        self.files = files
        switch kind {
        case .makefile:
            var reader = MakefileReader(text, files: files)
            units = [reader.unit()]
            targets = reader.targets
            problems = reader.problems
        case .shell:
            var run = ShellRun()
            run.begin(in: files)
            run.run(text)
            units = [ScriptUnit(statements: run.statements)]
            problems = run.problems
        case .dockerfile:
            var reader = DockerfileReader(source, files: files)
            units = [reader.read()]
            problems = reader.problems
        case .gitlab:
            var reader = try GitLabReader(source, files: files)
            units = reader.units()
            problems = reader.problems
        case .github:
            var reader = try GitHubReader(source, files: files)
            units = reader.units()
            problems = reader.problems
        case .jenkins:
            var reader = JenkinsReader(source, files: files)
            units = [reader.read()]
            problems = reader.problems
        case .toolchain:
            let takesPlainName = !path.hasSuffix(".toml")
            var reader = ToolchainFileReader(source, takesPlainName: takesPlainName)
            units = [reader.unit()]
            problems = reader.problems
        }
    }

    /// The file and the line in it that a line is.
    func place(ofLine line: Int) -> (name: String, line: Int) { files?.place(ofLine: line) ?? (path, line) }
}
