// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Foundation
internal import Host
internal import Rendering
internal import Sandbox
internal import SystemPackage

/// `bessemer doctor`: what this host lacks.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Tell what this host lacks for Bessemer's work, and the command that mends it.",
        discussion: "Example: bessemer doctor")

    @OptionGroup var format: FormatOption

    func run() async throws { try await run(.ofProcess()) }

    func run(_ context: Context) async throws {
        let checks = await HostChecks(directories: context.directories).all()
        switch format.format {
        case .json: context.write(try JSON.text(checks))
        case .text:
            for check in checks {
                let style = context.output.style
                let mark = check.isGood ? style(.good, "ok     ") : style(.bad, "missing")
                context.write("\(mark)  \(VisibleText.of("\(check.title): \(check.found)"))\n")
                if !check.isGood { context.write("         how to fix it: \(VisibleText.of(check.mend))\n") }
            }
        }
        if !checks.allSatisfy(\.isGood) { throw ExitCode(1) }
    }
}
