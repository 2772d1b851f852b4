// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `bessemer evidence`: the log of everything that was recorded.
struct EvidenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence",
        abstract: "Look at what is recorded, check it, hand it to others, and remove what is old.",
        discussion: "Example: bessemer evidence list",
        subcommands: [
            EvidenceList.self, EvidenceShow.self, EvidenceVerify.self, EvidenceHead.self, EvidenceProve.self,
            EvidenceCosign.self, EvidenceBundleCommand.self, EvidenceImport.self, EvidenceAffected.self,
            EvidenceVEX.self, EvidenceExport.self, EvidenceRebuild.self, EvidencePrune.self,
        ])
}
