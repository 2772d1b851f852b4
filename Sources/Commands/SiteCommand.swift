// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Documents
internal import Evidence
internal import Foundation
internal import Host
internal import Site

/// `bessemer site`.
struct SiteCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "site", abstract: "Write the whole store as a folder of static pages.",
        discussion: """
            What needs a decision today stands first; then runs, the comparison of each run's kernels, machines, waivers and the \
            timeline. The pages have no script and load nothing from elsewhere: any web server or file share will do. Written \
            again, only what changed is written. Nothing is written of a log that is not what was recorded, \
            and no page shows a list that differs from it.

            Example: bessemer site --output /srv/www/kernels
            """)

    @Option(
        help: .value("DIR", "The folder: a new one, an empty one, or one that this wrote before."),
        completion: .directory)
    var output: String

    @OptionGroup var list: MachineListOptions
    @OptionGroup var format: FormatOption

    func validate() throws { try require(!output.isEmpty, "--output takes a folder.") }

    func run(_ context: Context) async throws {
        let policy = try list.policy.fileIfThere(context)?.policy
        let folder = try SiteFolder(at: context.path(output))
        let writer = try SiteWriter(
            to: folder, book: .ofBessemer, program: try Bessemer.program(), progress: context.progress)
        func question() -> SiteQuestion {
            SiteQuestion(policy: policy, now: Date(), lostAfter: list.days, toolVersion: Bessemer.version)
        }
        guard try context.evidence() != nil else {
            return try context.show(try await writer.write(question().emptyFacts, named: output), as: format.format)
        }
        // The writer compares the lists of runs, where it reads their records.
        let store = try await context.wholeStore(except: RecordTables.ofRuns)
        _ = try await DayOption.today(store)
        try context.show(try await writer.write(question(), of: store, named: output), as: format.format)
    }
}
