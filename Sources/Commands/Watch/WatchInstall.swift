// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Foundation
internal import Host
internal import Records
internal import SystemPackage
internal import Watch

/// `bessemer watch install`.
struct WatchInstall: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Write a systemd service and timer that run `watch look`; nothing is started.",
        discussion: """
            The policy is checked first. Where systemd is there, `systemd-analyze verify` checks what was written.

            Example:
              bessemer watch install --user --output ~/.config/systemd/user
            """)

    @OptionGroup var options: WatchOptions

    @Flag(help: "Units for this user's own manager, and not for the machine's.")
    var user = false

    @Option(help: .value("EVENT", "When to look, as a calendar event of systemd.time(7)."))
    var calendar = "daily"

    @Option(
        help: .value("DIR", "The folder to write to; files of the units' names are replaced."), completion: .directory)
    var output: String

    func run(_ context: Context) async throws {
        _ = try options.plan(context)
        let program = FilePath(try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        let units = try WatchUnits(
            program: program, policy: options.file(context), calendar: calendar, isUser: user,
            environment: [
                ("XDG_STATE_HOME", context.directories.state.removingLastComponent().string),
                ("XDG_CACHE_HOME", context.directories.cache.removingLastComponent().string),
            ] + (context.environment["BESSEMER_DATA"].map { [("BESSEMER_DATA", $0)] } ?? []))
        let folder = context.path(output)
        let files = [("service", units.service), ("timer", units.timer)].map { kind, text in
            (path: folder.appending("\(WatchUnits.name).\(kind)"), text: text)
        }
        try await check(files.map { ($0.path.lastComponent?.string ?? "", $0.text) })
        try Files.makeDirectory(folder)
        for file in files {
            try AtomicFile.write(file.text, to: file.path)
            context.say("\(file.path)")
        }
        let manager = user ? "systemctl --user" : "systemctl"
        context.say(
            "nothing was started: \(manager) daemon-reload && \(manager) enable --now \(WatchUnits.name).timer")
    }

    /// Has systemd check the units in a folder of their own. Throws `Failure` with code `watch.units` for what it refuses;
    /// where it is not there, nothing is checked.
    private func check(_ files: [(name: String, text: String)]) async throws {
        let folder = FilePath(FileManager.default.temporaryDirectory.path).appending("bessemer-\(UUID().uuidString)")
        try Files.makeDirectory(folder, permissions: Files.ownFolder)
        defer { try? Files.remove(folder) }
        for file in files { try AtomicFile.write(file.text, to: folder.appending(file.name)) }
        let paths = files.map { folder.appending($0.name).string }
        let outcome: Outcome
        do {
            // Without --user, which needs a manager of that user that runs.
            outcome = try await Command("systemd-analyze", ["verify", "--man=no"] + paths).capture(
                deadline: .seconds(60))
        } catch let failure as Failure where failure.code == "process.launch" {
            return
        }
        guard outcome.succeeded else {
            throw Failure(
                "watch.units", "systemd refuses the units (\(outcome.ending.text))",
                advice: "check the calendar event with `systemd-analyze calendar`",
                underlying: String(outcome.error.suffix(2000)).replacing(folder.string + "/", with: ""))
        }
    }
}
