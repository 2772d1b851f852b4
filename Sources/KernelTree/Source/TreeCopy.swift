// SPDX-License-Identifier: Apache-2.0
package import Host
package import Sandbox
package import SystemPackage

extension KernelTree {
    /// Copies the tree without its repository, in the sandbox; times and modes stay.
    ///
    /// Throws `Failure` with code `source.copy`.
    package func copy(to folder: FilePath, sandbox: SandboxRoot) async throws -> KernelTree {
        try Files.remove(folder)
        try Files.makeDirectory(folder)
        let names = Files.names(in: path).filter { $0 != ".git" }.sorted()
        try await copy(names.map { "./\($0)" }, to: folder, sandbox: sandbox).output(
            "source.copy", doing: "copying \(path)", advice: "look at the free space of \(folder)")
        return try KernelTree(at: folder)
    }

    /// Copies what is below a place in the tree. A link that leads out of the tree leads into the sandbox alone.
    func copy(_ names: [String], to folder: FilePath, sandbox: SandboxRoot) -> Command {
        let inside = "/mnt/copy"
        return sandbox.command(
            Command(
                "cp",
                [
                    "--recursive", "--no-dereference", "--preserve=mode,timestamps,links", "--reflink=auto",
                    "--target-directory", inside, "--",
                ] + names, workingDirectory: FilePath(Kbuild.source)),
            mounts: mounts(in: sandbox) + [Mount(folder, at: inside, writable: true)])
    }

    /// Tells whether anything in the tree was changed: names, sizes and times of all files.
    ///
    /// Throws `Failure` with code `file.unreadable` or `file.too-many`.
    package func fingerprint() throws -> Digest { try FolderListing(path).fingerprint }
}
