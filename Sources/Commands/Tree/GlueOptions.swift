// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import KernelTree
internal import SystemPackage

/// Where the patch series are.
struct GlueFolderOption: ParsableArguments {
    @Option(
        help: .value("DIR", "The folder of patch series; Bessemer's own where none is named."), completion: .directory)
    var glue: String?

    /// Named, or Bessemer's own.
    func folder(_ context: Context) throws -> FilePath {
        if let glue { return context.path(glue) }
        return try SharedFolder.path("Kernel/Glue", option: "--glue")
    }
}

/// Which patch series.
struct SeriesOption: ParsableArguments {
    @Option(help: .value("NAME", "The patch series: auto (the one that fits), its name, or none."))
    var series = "auto"

    /// nil for the one that fits.
    var named: String? { series == "auto" ? nil : series }
}

/// Where the series and the sandbox are, and whether anything is to be changed.
struct GlueOptions: ParsableArguments {
    @OptionGroup var glue: GlueFolderOption

    @Flag(help: "Say what would be done, and change nothing.")
    var dryRun = false

    @OptionGroup var sandbox: SandboxOptions

    func enablement(of tree: String, _ context: Context) throws -> TreeEnablement {
        TreeEnablement(
            tree: try context.tree(tree), glue: try glue.folder(context), sandbox: try sandbox.choice.existing(context))
    }
}
