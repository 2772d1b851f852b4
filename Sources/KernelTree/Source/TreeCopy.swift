// SPDX-License-Identifier: Apache-2.0
internal import Foundation
public import Host
public import SystemPackage

extension KernelTree {
    /// Copies the tree without its repository; times and modes stay. Blocks are shared where the file system can.
    ///
    /// Throws `Failure` with code `source.copy`.
    public func copy(to folder: FilePath) async throws -> KernelTree {
        try Files.remove(folder)
        try Files.makeDirectory(folder)
        let names = Files.names(in: path).filter { $0 != ".git" }.sorted()
        try await Command(
            "cp", ["--archive", "--reflink=auto", "--target-directory", folder.string] + names.map { "./\($0)" },
            workingDirectory: path
        ).output("source.copy", doing: "copying \(path)", advice: "look at the free space of \(folder)")
        return try KernelTree(at: folder)
    }

    /// Tells whether anything in the tree was changed: names, sizes and times of all files.
    ///
    /// Throws `Failure` with code `file.unreadable` or `source.too-large`.
    public func fingerprint() throws -> Digest { try FolderListing(path).fingerprint }
}
