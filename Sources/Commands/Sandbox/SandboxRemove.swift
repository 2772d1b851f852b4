// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Host
internal import Records
internal import Sandbox

/// `bessemer sandbox remove`.
struct SandboxRemove: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove the root file system; its package files stay in the cache.",
        discussion: "Example: bessemer sandbox remove --sandbox standard")

    @OptionGroup var options: SandboxChoice

    func run(_ context: Context) async throws {
        guard let lock = try options.knownLock(context) else {
            context.say("no sandbox to remove")
            return
        }
        try await context.sandboxes.remove(lock)
        context.say("removed sandbox \(lock.digest.short)")
    }
}
