// SPDX-License-Identifier: Apache-2.0
internal import Foundation
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

    /// Builds it in `folder`, and returns its name there. Throws as `ModuleBuild.run` does.
    func build(in folder: FilePath, sandbox: SandboxRoot) async throws -> String {
        try Files.remove(folder)
        try Files.makeDirectory(folder)
        let made = ForeignFolder(folder)
        for name in Files.names(in: sources) where name == "Kbuild" || name.hasSuffix(".c") || name.hasSuffix(".rs") {
            try made.write(Files.bytes(sources.appending(name)), to: name)
        }
        try await ModuleBuild(tree: tree, objects: objects, sandbox: sandbox, folder: folder, date: date).run()
        let strip = sandbox.command(
            Command("s390x-linux-gnu-strip", ["--strip-debug", "/mnt/module/\(Self.name)"]),
            mounts: [Mount(folder, at: "/mnt/module", writable: true)])
        try await made.refusingSpecialFiles {
            _ = try await strip.output(
                "drill.module", doing: "stripping \(Self.name)", advice: "build the kernel again",
                deadline: .seconds(60))
        }
        return Self.name
    }

    /// What `build` made in that folder.
    static func module(in folder: FilePath) throws -> FilePath {
        try ForeignFolder(folder).file(name, limit: ForeignFolder.Limit.image)
    }
}
