// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Sandbox
internal import SystemPackage

/// git, which runs inside the sandbox alone and by a configuration of Bessemer's own: the one place that starts it.
///
/// Nothing here lets git start a program that a tree or its repository names: no hook, filter, file system monitor, external
/// difference, signer or transport (git(1), git-config(1)).
struct SandboxedGit: Sendable {
    let sandbox: SandboxRoot
    var mounts: [Mount] = []
    var environment: [String: String] = [:]
    var workingDirectory = FilePath("/mnt")

    private static let settings = [
        ("safe.directory", "*"), ("safe.bareRepository", "explicit"), ("protocol.allow", "never"),
        ("core.fsmonitor", "false"), ("core.hooksPath", "/dev/null"), ("core.attributesFile", "/dev/null"),
        ("core.excludesFile", "/dev/null"), ("core.untrackedCache", "false"), ("core.sshCommand", "false"),
        ("core.pager", "cat"), ("core.editor", "false"), ("credential.helper", ""), ("commit.gpgSign", "false"),
        ("gpg.program", "false"), ("gc.auto", "0"), ("maintenance.auto", "false"), ("submodule.recurse", "false"),
        ("core.quotePath", "false"), ("core.checkStat", "minimal"),
    ]

    private static let variables: [String: String] = {
        var variables = [
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_ATTR_NOSYSTEM": "1", "GIT_CEILING_DIRECTORIES": "/mnt", "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_NO_LAZY_FETCH": "1",
            "GIT_LITERAL_PATHSPECS": "1", "GIT_CONFIG_COUNT": "\(settings.count)",
        ]
        for (index, (name, value)) in settings.enumerated() {
            variables["GIT_CONFIG_KEY_\(index)"] = name
            variables["GIT_CONFIG_VALUE_\(index)"] = value
        }
        return variables
    }()

    /// Runs a script of `bash` that calls git; `arguments` are its positional parameters.
    ///
    /// Throws `Failure` with code `tree.git` where it does not end.
    func run(_ script: String, _ arguments: [String] = [], input: String? = nil, limit: Int = 16 << 20) async throws
        -> Outcome
    {
        let command = Command(
            "bash", ["-c", script, "git"] + arguments, environment: Self.variables.merging(environment) { $1 },
            workingDirectory: workingDirectory)
        let outcome = try await sandbox.command(command, mounts: mounts).capture(
            limit: limit, deadline: .seconds(600), input: input)
        guard outcome.ending != .deadline else {
            throw Failure(
                "tree.git", "git did not end within ten minutes",
                advice: "look at the tree's repository with `git fsck`")
        }
        return outcome
    }
}
