// SPDX-License-Identifier: Apache-2.0
package import Host
package import Sandbox
package import SystemPackage

/// Makes rustc describe every type that bindgen made for a kernel, and GCC their counterparts, in one object.
///
/// A kernel's debug information holds the types that its code uses, a small part of those that bindgen made. The probe
/// is compiled with the kernel's own flags, from what the build left (`rust/.kernel.o.cmd`,
/// `rust/helpers/.helpers.o.cmd`), in the sandbox, and is linked into nothing.
package struct LayoutProbe: Sendable {
    /// One crate that bindgen writes, and the header that it writes it from.
    struct Crate: Sendable {
        let name: String
        let generated: String
        let header: String
    }

    static let crates = [
        Crate(
            name: "bindings", generated: "rust/bindings/bindings_generated.rs", header: "bindings/bindings_helper.h"),
        Crate(name: "uapi", generated: "rust/uapi/uapi_generated.rs", header: "uapi/uapi_helper.h"),
    ]

    /// Where commands find the sources, and where they write.
    private static let inside = "/mnt/probe"
    private static let outside = "/mnt/made"

    package let tree: KernelTree
    /// The object folder of a built kernel.
    package let objects: FilePath
    package let sandbox: SandboxRoot
    /// Receives `sources`, which no command in the sandbox can change, and `made` with `layout-probe.o`.
    package let folder: FilePath

    package init(tree: KernelTree, objects: FilePath, sandbox: SandboxRoot, folder: FilePath) {
        self.tree = tree
        self.objects = objects
        self.sandbox = sandbox
        self.folder = folder
    }

    private var sources: FilePath { folder.appending("sources") }
    /// What the compilers made.
    package var made: ForeignFolder { Self.made(in: folder) }
    package static func made(in folder: FilePath) -> ForeignFolder { ForeignFolder(folder.appending("made")) }
    /// The object in `made` that holds both sides.
    package static let objectName = "layout-probe.o"

    /// Compiles both sides and joins them.
    ///
    /// `declarations` are lines of C that stand behind the headers, such as what tells the alignments of types, which
    /// DWARF does not; the Rust side of an earlier probe in this folder is used again with them. Throws `Failure` with
    /// code `probe.failed`, `build.no-command`, and as `ForeignFolder` does for what a build left.
    package func make(declarations: [String] = []) async throws {
        try Files.makeDirectory(sources)
        try Files.makeDirectory(made.path)
        if declarations.isEmpty || !made.hasFile("rust.o") { try await makeRust() }
        try AtomicFile.write(cSource(declarations), to: sources.appending("c.c"))
        try await run(try cCommand(), "compiling the C side of the layout probe")
        try await run(
            SavedCommand(words: [
                "s390x-linux-gnu-ld", "-r", "-o", "\(Self.outside)/\(Self.objectName)", "\(Self.outside)/rust.o",
                "\(Self.outside)/c.o",
            ]), "joining both sides of the layout probe")
    }

    private func makeRust() async throws {
        var source = """
            #![no_std]
            #![allow(improper_ctypes, improper_ctypes_definitions, missing_docs, dead_code, non_snake_case)]

            """
        for crate in Self.crates {
            let generated = try ForeignFolder(objects).text(of: crate.generated, limit: ForeignFolder.Limit.source)
            for (number, name) in Self.types(in: generated).enumerated() {
                source += "pub fn \(crate.name)_\(number)(x: *const \(crate.name)::\(name)) -> usize { x as usize }\n"
            }
        }
        try AtomicFile.write(source, to: sources.appending("rust.rs"))
        try await run(try rustCommand(), "compiling the Rust side of the layout probe")
    }

    /// The public structures and unions without parameters that bindgen wrote.
    static func types(in generated: String) -> [String] {
        generated.split(separator: "\n").compactMap { line in
            guard let kind = ["pub struct ", "pub union "].first(where: { line.hasPrefix($0) }) else { return nil }
            let rest = line.dropFirst(kind.count)
            let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            return rest.dropFirst(name.count).first == "<" ? nil : String(name)
        }
    }

    private func cSource(_ declarations: [String]) -> String {
        (Self.crates.map { "#include <\($0.header)>" } + declarations).map { $0 + "\n" }.joined()
    }

    private func rustCommand() throws -> SavedCommand {
        var command = try SavedCommand(of: "rust/kernel.o", in: ForeignFolder(objects))
        for option in ["--crate-name", "--crate-type", "--extern"] { command.removeOption(option) }
        command.remove { $0.hasPrefix("--emit=") || $0.hasPrefix("-Copt-level=") || $0.hasSuffix("rust/kernel/lib.rs") }
        command.remove { $0.hasPrefix("-W") || $0.hasPrefix("-D") }
        command.words += [
            "-Copt-level=0", "-Cdebuginfo=2", "-Adead_code", "--crate-name", "layout_probe", "--crate-type", "rlib",
            "--extern", "bindings", "--extern", "uapi", "--out-dir", Self.outside, "--emit=obj=\(Self.outside)/rust.o",
            "\(Self.inside)/rust.rs",
        ]
        return command
    }

    private func cCommand() throws -> SavedCommand {
        var command = try SavedCommand(of: "rust/helpers/helpers.o", in: ForeignFolder(objects))
        command.removeOption("-o")
        command.remove { $0.hasPrefix("-Wp,-M") || $0.hasSuffix("rust/helpers/helpers.c") }
        command.words += [
            "-g", "-w", "-fno-eliminate-unused-debug-types", "-o", "\(Self.outside)/c.o", "\(Self.inside)/c.c",
        ]
        return command
    }

    private func run(_ saved: SavedCommand, _ doing: String) async throws {
        let command = Command("sh", ["-c", saved.shellText], workingDirectory: FilePath(Kbuild.objects))
        let kbuild = Kbuild(
            tree: tree, objects: objects, compilerCache: nil, sandbox: sandbox,
            more: [Mount(sources, at: Self.inside), Mount(made.path, at: Self.outside, writable: true)],
            variables: ["RUSTC_BOOTSTRAP": "1"], writesObjects: false)
        try await made.refusingSpecialFiles {
            _ = try await kbuild.inSandbox(command).output(
                "probe.failed", doing: doing, advice: "look at what the compiler says; the sources are in \(sources)",
                deadline: .seconds(600))
        }
    }
}
