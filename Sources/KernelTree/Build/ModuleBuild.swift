// SPDX-License-Identifier: Apache-2.0
package import Host
package import Sandbox
package import SystemPackage

/// A module that is not part of a kernel's source, built against a finished build of that kernel, in the sandbox.
package struct ModuleBuild: Sendable {
    private static let inside = "/mnt/module"

    /// The source and the object folder of the kernel; neither is written to.
    package let tree: KernelTree
    package let objects: FilePath
    package let sandbox: SandboxRoot
    /// Holds the module's Kbuild file and sources; receives what is made.
    package let folder: FilePath
    /// In the artifacts, in seconds since 1970.
    package let date: Int

    package init(tree: KernelTree, objects: FilePath, sandbox: SandboxRoot, folder: FilePath, date: Int) {
        self.tree = tree
        self.objects = objects
        self.sandbox = sandbox
        self.folder = folder
        self.date = date
    }

    /// The files of a module's source: its Kbuild file, C and Rust, and scripts for the guest.
    package static func sources(in folder: FilePath) -> [String] {
        Files.names(in: folder).filter { $0 == "Kbuild" || [".c", ".h", ".rs", ".sh"].contains(where: $0.hasSuffix) }
            .sorted()
    }

    /// Empties the module's folder and copies the sources there. Throws `Failure` with code `module.source` where there
    /// is no Kbuild file, and where a file can't be read or written.
    package func take(sources: FilePath) throws {
        let names = Self.sources(in: sources)
        guard names.contains("Kbuild") else {
            throw Failure(
                "module.source", "\(sources) is not a module's source: it has no Kbuild file",
                advice: "name a folder with a Kbuild file beside C and Rust files")
        }
        try Files.remove(folder)
        try Files.makeDirectory(folder)
        for name in names { try made.write(Files.bytes(sources.appending(name)), to: name) }
    }

    /// Adds what both compilers take for the layouts of the kernel's types: `layouts_c.c` and `layouts_rust.rs`.
    ///
    /// `complete` are the types that are complete in C, as C spells them. Throws `Failure` where the kernel's build left no
    /// bindings, or a file can't be written.
    package func addLayouts(complete: Set<String>) throws {
        let constants = LayoutConstants(
            of: try ForeignFolder(objects).text(
                of: LayoutProbe.crates[0].generated, limit: ForeignFolder.Limit.source), complete: complete)
        try made.write(constants.cSource, to: "layouts_c.c")
        try made.write(constants.rustSource, to: "layouts_rust.rs")
    }

    /// The module's folder, which commands in the sandbox write to.
    package var made: ForeignFolder { ForeignFolder(folder) }

    /// Builds. Throws `Failure` with code `module.failed`, whose underlying text is what make and the compilers said.
    package func run() async throws {
        let kbuild = Kbuild(
            tree: tree, objects: objects, compilerCache: nil, sandbox: sandbox,
            more: [Mount(folder, at: Self.inside, writable: true)], date: date, writesObjects: false)
        try await made.refusingSpecialFiles {
            _ = try await kbuild.make(["M=\(Self.inside)", "modules"]).output(
                "module.failed", doing: "building the module in \(folder)",
                advice: "look at what the compilers say; the kernel may lack an option that the module needs",
                deadline: .seconds(600))
        }
    }

    /// Compiles `NAME.c` of the module's folder into a static program for s390x without a C library.
    ///
    /// Throws `Failure` with code `module.failed`.
    package func buildProgram(_ name: String) async throws {
        let inside = "\(Self.inside)/\(name)"
        try await sandbox.command(
            Command(
                sandbox.cCompiler,
                [
                    "-O2", "-ffreestanding", "-nostdlib", "-static", "-march=z10", "-msoft-float", "-Werror", "-o",
                    inside, "\(inside).c",
                ]),
            mounts: [Mount(folder, at: Self.inside, writable: true)]
        ).output(
            "module.failed", doing: "compiling \(name).c in \(folder)", advice: "look at what the compiler says",
            deadline: .seconds(120))
    }
}
