// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `bessemer ci`: pipelines that run Bessemer.
struct CICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ci", abstract: "Run Bessemer in a pipeline.", discussion: "Example: bessemer ci init gitlab",
        subcommands: [CIInitCommand.self])
}
