// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import Records
package import SystemPackage

extension CampaignJob.Program {
    /// Runs the program with the cell in its environment (`BESSEMER_KERNEL`, …, `BESSEMER_PATCHES`, a file a line,
    /// `BESSEMER_TURN`); what it prints becomes
    /// `output.log`, whose last line says what failed.
    package func perform(in folder: FilePath, from workingDirectory: FilePath) async throws -> CampaignFolder.Work {
        var environment = ProcessInfo.processInfo.environment
        for axis in CampaignMatrix.Axis.allCases { environment["BESSEMER_\(axis.rawValue.uppercased())"] = cell[axis] }
        environment["BESSEMER_PATCHES"] = patches.joined(separator: "\n")
        environment["BESSEMER_TURN"] = "\(turn)"
        let log = try LogFile(folder.appending("output.log"))
        let command = Command(
            words[0], Array(words.dropFirst()), environment: environment, workingDirectory: workingDirectory)
        let ending = try await command.stream(deadline: .seconds(timeLimit)) { bytes in
            try log.append(bytes)
            return .more
        }
        let said = log.tail().split(separator: "\n").last.map { String($0.prefix(300)) } ?? ""
        func work(_ outcome: CampaignResult.Outcome, _ text: String? = nil) -> CampaignFolder.Work {
            .init(outcome, text.map { .init(identity: $0, text: $0) }, outputs: ["output.log"])
        }
        return switch ending {
        case .exited(0): work(.done)
        case .exited(125): work(.skipped, said.isEmpty ? "skipped" : said)
        case .exited(1...124): work(.failed, said.isEmpty ? ending.text : said)
        default: work(.infrastructure, "the command ended with \(ending.text)")
        }
    }
}
