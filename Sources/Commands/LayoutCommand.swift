// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Audit
internal import Host
internal import Records
internal import SystemPackage

/// `bessemer layout`.
struct LayoutCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "layout", abstract: "Print one type, C and Rust side by side, with its holes and padding.",
        discussion: "Example: bessemer layout page vmlinux")

    @Argument(help: .value("TYPE", "The type: page, struct page, bindings::page."))
    var type: String

    @Argument(help: .value("FILE", "A file with debug information."), completion: .file())
    var file: String

    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        let sheets: [LayoutSheet]
        do {
            sheets = try Audit.layouts(of: type, in: context.path(file).string)
        } catch {
            throw Failure(
                "audit.file", "\(file) can't be read", advice: "name a kernel, a module or an object", underlying: error
            )
        }
        guard !sheets.isEmpty else {
            throw Failure(
                "audit.type", "\(file) describes no type \(type)",
                advice: "check the name; a file without debug information describes none")
        }
        try context.show(sheets, as: format.format)
        if sheets.contains(where: { !$0.differences.isEmpty }) { throw ExitCode(1) }
    }
}
