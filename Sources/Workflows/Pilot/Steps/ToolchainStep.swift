// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records
internal import Sandbox
internal import Toolchain

/// Asks the sandbox which tools it has.
struct ToolchainStep: Step {
    let program: String
    let sandbox: Keyed<SandboxRoot>

    var name: String { "toolchain" }

    func perform(at site: PilotSite) async throws -> [Tool] {
        site.progress(WorkProgress("looking at the toolchain"))
        return try await sandbox.value.tools()
    }
}
