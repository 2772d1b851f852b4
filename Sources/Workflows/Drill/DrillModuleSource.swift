// SPDX-License-Identifier: Apache-2.0
internal import Host
package import KernelTree
internal import Sandbox
package import SystemPackage

/// The sources of the module that ends the kernel from Rust (`Kernel/SelfTest/drill`), and the build to make it against.
package struct DrillModuleSource: Sendable {
    package let sources: FilePath
    package let tree: KernelTree
    package let objects: FilePath
    /// In the artifacts, in seconds since 1970.
    package let date: Int

    package init(sources: FilePath, tree: KernelTree, objects: FilePath, date: Int) {
        self.sources = sources
        self.tree = tree
        self.objects = objects
        self.date = date
    }

    static let name = "bessemer_drill.ko"

    /// Builds it in `folder`. Throws as `ModuleBuild.take` and `run` do.
    func build(in folder: FilePath, sandbox: SandboxRoot) async throws {
        let module = ModuleBuild(tree: tree, objects: objects, sandbox: sandbox, folder: folder, date: date)
        try module.take(sources: sources)
        try await module.run()
        let strip = sandbox.command(
            Command("s390x-linux-gnu-strip", ["--strip-debug", "/mnt/module/\(Self.name)"]),
            mounts: [Mount(folder, at: "/mnt/module", writable: true)])
        try await module.made.refusingSpecialFiles {
            _ = try await strip.output(
                "drill.module", doing: "stripping \(Self.name)", advice: "build the kernel again",
                deadline: .seconds(60))
        }
    }
}
