// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Foundation
internal import Host
internal import KernelTree
internal import SystemPackage

/// Where the patch series are.
struct GlueFolderOption: ParsableArguments {
    @Option(
        help: ArgumentHelp("The folder of patch series; Bessemer's own where none is named.", valueName: "DIR"),
        completion: .directory)
    var glue: String?

    /// Named, or beside the program: in a folder above it (a clone), or in `share/bessemer` there (installed).
    func folder(_ context: Context) throws -> FilePath {
        if let glue { return context.path(glue) }
        guard let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            throw missing
        }
        var place = FilePath(program)
        while place.removeLastComponent() {
            for folder in [place.appending("Glue"), place.pushing("share/bessemer/Glue")]
            where Files.isDirectory(folder) {
                return folder
            }
        }
        throw missing
    }

    private var missing: Failure {
        Failure("glue.series", "the folder Glue of patch series was not found", advice: "name it with --glue")
    }
}

/// Where the series are, and whether anything is to be changed.
struct GlueOptions: ParsableArguments {
    @OptionGroup var glue: GlueFolderOption

    @Flag(help: "Say what would be done, and change nothing.")
    var dryRun = false

    func enablement(of tree: String, _ context: Context) throws -> TreeEnablement {
        TreeEnablement(tree: try KernelTree(at: context.path(tree)), glue: try glue.folder(context))
    }
}
