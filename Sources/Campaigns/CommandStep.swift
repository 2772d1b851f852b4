// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import Records
package import SystemPackage

extension CampaignJob.Program {
    /// Runs the program in the attempt's folder with the cell in its environment (`BESSEMER_KERNEL`, …, `BESSEMER_PATCHES`, a
    /// file a line, `BESSEMER_TURN`); what it prints becomes `output.log`, whose last line says what failed.
    ///
    /// Throws `Failure` with code `campaign.changed` where a file of its words is not what it was when the step was planned,
    /// before or after: then nobody knows what decided.
    package func perform(in folder: FilePath) async throws -> CampaignFolder.Work {
        try checkFiles()
        var environment = ProcessInfo.processInfo.environment
        for axis in CampaignMatrix.Axis.allCases { environment["BESSEMER_\(axis.rawValue.uppercased())"] = cell[axis] }
        environment["BESSEMER_PATCHES"] = patches.joined(separator: "\n")
        environment["BESSEMER_TURN"] = "\(turn)"
        let log = try LogFile(folder.appending(Self.logName))
        let command = Command(
            words[0], Array(words.dropFirst()), environment: environment, workingDirectory: folder)
        let ending = try await command.stream(deadline: .seconds(timeLimit), endsGroup: true) { bytes in
            try log.append(bytes)
            return .more
        }
        try checkFiles()
        let lines = log.tail().split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        let said = lines.last { !$0.isEmpty }.map { String($0.prefix(300)) } ?? ""
        func work(_ outcome: CampaignResult.Outcome, _ text: String? = nil) -> CampaignFolder.Work {
            .init(outcome, text.map { .init(identity: $0, text: $0) }, outputs: [Self.logName])
        }
        return switch ending {
        case .exited(0): work(.done)
        case .exited(125): work(.skipped, said.isEmpty ? "the command says that it can't be tried" : said)
        case .exited(1...124): work(.failed, said.isEmpty ? ending.text : said)
        default:
            work(.infrastructure, ["the command: \(ending.text)", said].filter { !$0.isEmpty }.joined(separator: ": "))
        }
    }

    private static let logName = "output.log"

    private func checkFiles() throws {
        for file in files where (try? Digest(ofFile: FilePath(file.name))) != file.sha256 {
            throw Failure(
                "campaign.changed", "\(file.name) is not what it was when the step was planned",
                advice: "run the campaign again: what changed makes other steps")
        }
    }
}
