// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Audit
internal import Host
internal import Records
internal import SystemPackage

/// `bessemer diff`.
struct DiffCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what changed between two kernel images: layouts, functions, tables, branches, compilers.",
        discussion: "Example: bessemer diff baseline/vmlinux rust/vmlinux")

    @Argument(help: .value("OLD", "The image before."), completion: .file())
    var old: String

    @Argument(help: .value("NEW", "The image after."), completion: .file())
    var new: String

    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        let difference: ImageDifference
        do {
            difference = try Audit.difference(from: context.path(old).string, to: context.path(new).string)
        } catch {
            throw Failure(
                "audit.file", "the images can't be compared", advice: "name two kernels, modules or objects",
                underlying: error)
        }
        try context.show(difference, as: format.format)
        if !difference.isEmpty { throw ExitCode(1) }
    }
}
