// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `bessemer evidence`: the records of runs.
struct EvidenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence", abstract: "Look at the records of runs.",
        discussion: "Example: bessemer evidence list",
        subcommands: [EvidenceList.self, EvidenceShow.self, EvidenceVerify.self])
}
