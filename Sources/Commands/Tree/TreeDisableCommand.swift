// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import KernelTree
internal import Records

/// `bessemer tree disable`.
struct TreeDisableCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Remove from a kernel tree what `bessemer tree enable` added.",
        discussion: "Example: bessemer tree disable ~/linux-6.12")

    @Argument(help: .value("TREE", "A kernel source folder."), completion: .directory)
    var tree: String

    @OptionGroup var glue: GlueOptions
    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        let change = try await glue.enablement(of: tree, context).disable(isDryRun: glue.dryRun)
        if !change.isDryRun, change.kind != .unchanged { try await context.record(change) }
        try context.show(change, as: format.format)
    }
}
