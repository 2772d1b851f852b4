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

    /// Copies those files of the tree alone, named relative to it; times and modes stay.
    ///
    /// Throws `Failure` with code `source.copy`, also where one of them is not there.
    package func copy(only names: [String], to folder: FilePath, sandbox: SandboxRoot) async throws -> KernelTree {
        let (list, inside, listed) = (FilePath("\(folder).list"), "/mnt/copy", "/mnt/list")
        if let wrong = names.first(where: { !ForeignFolder.isName($0) }) {
            throw Failure("source.copy", "\(wrong) is not the name of a file in a tree", advice: "make the list again")
        }
        try Files.remove(folder)
        try Files.makeDirectory(folder)
        try AtomicFile.write(names.map { $0 + "\0" }.joined(), to: list)
        defer { try? Files.remove(list) }
        let script = """
            tar --create --no-recursion --null --files-from=\(listed) --file=- \
            | tar --extract --preserve-permissions --no-same-owner --directory=\(inside) --file=-
            """
        try await sandbox.command(
            Command("bash", ["-o", "pipefail", "-c", script], workingDirectory: FilePath(Kbuild.source)),
            mounts: mounts(in: sandbox) + [Mount(list, at: listed), Mount(folder, at: inside, writable: true)]
        ).output(
            "source.copy", doing: "copying \(names.count) files of \(path)",
            advice: "look at the free space of \(folder), and whether the tree has all of them")
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
