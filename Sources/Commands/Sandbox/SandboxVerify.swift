// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Documents
internal import Records
internal import Sandbox

/// `bessemer sandbox verify`.
struct SandboxVerify: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Show what in the root file system differs from its packages' checksums.",
        discussion: "Example: bessemer sandbox verify --sandbox standard")

    @OptionGroup var options: SandboxChoice

    func run(_ context: Context) async throws {
        let root = try options.existing(context)
        let (files, differences) = try root.verify(progress: context.progress)
        for difference in differences {
            let package = difference.package.map { " (\($0))" } ?? ""
            context.write("\(difference.kind.rawValue) /\(VisibleText.of(difference.path))\(package)\n")
        }
        let unknown = differences.count { $0.kind == .unreadable }
        let different = differences.count - unknown
        context.say(
            "\(files) files, \(different) differences"
                + (unknown > 0 ? ", \(unknown) unknown: unreadable by this user; run this as who made the sandbox" : "")
        )
        if different > 0 { throw ExitCode(1) }
        if unknown > 0 { throw ExitCode(2) }
    }
}
