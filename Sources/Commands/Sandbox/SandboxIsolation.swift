// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Documents
internal import Records
internal import Sandbox

/// `bessemer sandbox isolation`.
struct SandboxIsolation: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "isolation",
        abstract: "Show what a process inside can see, call and write, and whether the sandbox holds on this host.",
        discussion: """
            Runs a program inside that tries what a hostile build would. Exit status 1 where anything is open that should \
            be shut.

            Example: bessemer sandbox isolation --sandbox standard
            """)

    @OptionGroup var options: SandboxOptions
    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        let root = try options.choice.existing(context)
        let facts = try await root.isolation()
        try context.show(CheckedIsolation(facts: facts, confinement: try Confinement.ofProcess()), as: format.format)
        let faults = facts.faults
        guard faults.isEmpty else {
            for fault in faults { context.say("open: \(fault)") }
            throw ExitCode(1)
        }
        context.say("the sandbox holds")
    }
}
