// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import KernelTree
internal import Records

/// `bessemer tree enable`.
struct TreeEnableCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Add the missing s390 Rust support to a kernel tree, as a patch series.",
        discussion: """
            Chooses the series whose every hunk applies; for a tree that has all of that support, the fixes of what is \
            known to be wrong with it. A git repository gets a branch with a commit a patch; any other folder the changes \
            and a record of them. Where anything is in the way, nothing is changed.

            Example: bessemer tree enable ~/linux-6.12 --dry-run
            """)

    @Argument(help: .value("TREE", "A kernel source folder."), completion: .directory)
    var tree: String

    @OptionGroup var series: SeriesOption

    @OptionGroup var glue: GlueOptions
    @OptionGroup var format: FormatOption

    func validate() throws {
        if series.series == "none" { throw ValidationError("--series none leaves nothing to apply.") }
    }

    func run(_ context: Context) async throws {
        let enablement = try glue.enablement(of: tree, context)
        let change = try await enablement.enable(series: series.named, isDryRun: glue.dryRun)
        if !change.isDryRun, change.kind != .unchanged { try await context.record(change) }
        try context.show(change, as: format.format)
    }
}
