// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host

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
        } else if ["makefile", "gnumakefile", "kbuild"].contains(lower) || lower.hasPrefix("makefile.")
            || ends(".mk", ".mak")
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
        if ShellLexer.isShell(program) {
            self = .shell
        } else if program == "make" || program == "gmake" {
            self = .makefile
        } else {
            return nil
        }
    }
}

/// A build file as read.
struct ScriptFile: Sendable {
    let path: String
    let kind: ScriptKind
    var units: [ScriptUnit]
    /// What a Makefile can be asked to make.
    var targets: Set<String> = []

    /// Throws a sentence where the file is no file of its kind.
    init(path: String, kind: ScriptKind, bytes: [UInt8]) throws {
        let source = ScriptSource(bytes)
        self.path = path
        self.kind = kind
        switch kind {
        case .makefile:
            var reader = MakefileReader(source)
            units = [reader.unit()]
            targets = reader.targets
        case .shell:
            var lexer = ShellLexer(ScriptText(source, 0..<bytes.count))
            units = [ScriptUnit(statements: lexer.statements())]
        case .dockerfile: units = [DockerfileReader(source).unit()]
        case .gitlab: units = try PipelineReader(source).gitlab()
        case .github: units = try PipelineReader(source).github()
        case .jenkins:
            var reader = JenkinsReader(source)
            units = [reader.unit()]
        case .toolchain: units = [ToolchainFileReader(source).unit()]
        }
    }
}

extension ShellLexer {
    /// The commands, and the flags that exported variables gather for the kernel's build.
    mutating func statements() -> [ScriptStatement] {
        var statements = read().map(ScriptStatement.command)
        for name in variables.keys.sorted() where KernelFlags.isFlagVariable(name) {
            if let value = variables[name] { statements.append(.flags(name, KernelFlags.words(value))) }
        }
        return statements
    }
}
