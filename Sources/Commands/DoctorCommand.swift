// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Foundation
internal import Host
internal import Records
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
        case .text: context.write(TerminalPrinter(style: context.output.style).text(of: checks))
        }
        if !checks.allSatisfy(\.isGood) { throw ExitCode(1) }
    }
}
