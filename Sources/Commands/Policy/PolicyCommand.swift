// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Documents
internal import Host
internal import Policy
internal import Records
internal import SystemPackage

/// `bessemer policy`: what a stage asks of a kernel, and who decides.
struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Write a policy, and show what it asks for.",
        discussion: "Example: bessemer policy init", subcommands: [PolicyInit.self, PolicyShow.self])
}

/// `bessemer policy init`.
struct PolicyInit: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write bessemer.yaml, a policy with comments that a shop changes.",
        discussion: """
            Three stages: pilot, staging, production. Nobody may approve yet: add people with the fingerprints of their keys, \
            as `bessemer key list` prints them.

            Example: bessemer policy init
            """)

    @Option(help: .value("FILE", "The file to write."), completion: .file())
    var output = PolicyFile.name

    func run(_ context: Context) async throws {
        let stages = try PolicyFile.read(Array(PolicyFile.standard.utf8)).stages
        try context.writeNew(PolicyFile.standard, to: output, "policy", saying: stages.map(\.name))
    }
}

/// `bessemer policy show`.
struct PolicyShow: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Check a policy, and show what each of its stages asks for.",
        discussion: """
            An unknown key, a key that stands twice, a stage that is not there: each is an error with its line.

            Example: bessemer policy show
            """)

    @OptionGroup var policy: PolicyOption
    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws { try context.show(policy.read(context), as: format.format) }
}
