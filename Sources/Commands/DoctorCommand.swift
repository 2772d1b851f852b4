// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Records
internal import Sandbox

/// `bessemer doctor`: what this host lacks.
struct DoctorCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check this host's prerequisites, and print the command that installs what is missing.",
        discussion: "Example: bessemer doctor")

    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        let checks = await HostChecks(directories: context.directories, environment: context.environment).all()
        try context.show(checks, as: format.format)
        if !checks.allSatisfy(\.isGood) { throw ExitCode(1) }
    }
}
