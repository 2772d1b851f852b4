// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import KernelTree
internal import Records
internal import Sandbox
internal import SystemPackage

/// Builds the guest self-test module.
struct SelfTestStep: Step {
    let program: String
    let artifacts: [Artifact]
    let tree: Keyed<KernelTree>
    let sandbox: Keyed<SandboxRoot>
    /// In the module, in seconds since 1970.
    let date: Int
    /// By the digests of its files.
    let sources: Keyed<FilePath>
    /// The types that are complete in C.
    let complete: [String]

    var name: String { "self-test" }

    func holds(_ made: SelfTest, at site: PilotSite) throws -> Bool { try made.holds(in: site.folder.selfTest) }

    func perform(at site: PilotSite) async throws -> SelfTest {
        site.progress(WorkProgress("building the self-test module"))
        let module = ModuleBuild(
            tree: tree.value, objects: site.folder.kernel(.candidate).objects, sandbox: sandbox.value,
            folder: site.folder.selfTest, date: date)
        return try await SelfTest.build(module, from: sources.value, complete: Set(complete))
    }
}
