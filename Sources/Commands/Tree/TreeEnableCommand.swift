// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Foundation
internal import Host
internal import KernelTree
internal import Rendering
internal import SystemPackage

/// `bessemer tree enable`.
struct TreeEnableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Give a kernel tree the s390 side of Rust support, by a patch series.",
        discussion: """
            Chooses the series whose every hunk applies. A git repository gets a branch with a commit a patch; any other \
            folder the changes and a record of them. Where anything is in the way, nothing is changed.

            Example: bessemer tree enable ~/linux-6.12 --dry-run
            """)

    @Argument(help: ArgumentHelp("A kernel source folder.", valueName: "TREE"), completion: .directory)
    var tree: String

    @Option(help: ArgumentHelp("The series to apply: auto, or its name.", valueName: "NAME"))
    var series = "auto"

    @OptionGroup var glue: GlueOptions
    @OptionGroup var format: FormatOption

    func run() async throws { try await run(.ofProcess()) }

    func run(_ context: Context) async throws {
        let enablement = try glue.enablement(of: tree, context)
        let change = try await enablement.enable(series: series == "auto" ? nil : series, isDryRun: glue.dryRun)
        context.write(try context.printer(format.format).text(of: change))
    }
}

/// `bessemer tree disable`.
struct TreeDisableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Take out of a kernel tree what `bessemer tree enable` put in.",
        discussion: "Example: bessemer tree disable ~/linux-6.12")

    @Argument(help: ArgumentHelp("A kernel source folder.", valueName: "TREE"), completion: .directory)
    var tree: String

    @OptionGroup var glue: GlueOptions
    @OptionGroup var format: FormatOption

    func run() async throws { try await run(.ofProcess()) }

    func run(_ context: Context) async throws {
        let change = try await glue.enablement(of: tree, context).disable(isDryRun: glue.dryRun)
        context.write(try context.printer(format.format).text(of: change))
    }
}

/// Where the series are, and whether anything is to be changed.
struct GlueOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The folder of patch series; Bessemer's own where none is named.", valueName: "DIR"),
        completion: .directory)
    var glue: String?

    @Flag(help: "Say what would be done, and change nothing.")
    var dryRun = false

    func enablement(of tree: String, _ context: Context) throws -> TreeEnablement {
        TreeEnablement(tree: try KernelTree(at: context.path(tree)), glue: try folder(context))
    }

    /// Named, or beside the program: in a folder above it (a clone), or in `share/bessemer` there (installed).
    private func folder(_ context: Context) throws -> FilePath {
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
