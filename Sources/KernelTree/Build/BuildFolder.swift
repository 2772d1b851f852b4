// SPDX-License-Identifier: Apache-2.0
package import Host
package import SystemPackage

/// The object folder of a built kernel: where a build leaves what tells about it. nil stands for what is not there.
///
/// Whoever made the folder may have put a link, a pipe or a terabyte there: none of it is read. Everything throws as
/// `ForeignFolder.readPieces` does.
package struct BuildFolder: Sendable, Hashable {
    /// The kernel with its debug information.
    package static let vmlinux = "vmlinux"
    /// What the kernel and its modules export.
    package static let symvers = "Module.symvers"

    package let folder: ForeignFolder

    package init(_ path: FilePath) { folder = ForeignFolder(path) }

    /// A file for a decoder that takes a path.
    package func file(_ name: String) throws -> FilePath? { try folder.size(of: name) == nil ? nil : folder.file(name) }

    package func configuration() throws -> DotConfig? {
        try folder.size(of: DotConfig.name) == nil ? nil : DotConfig(of: folder)
    }

    /// As `make kernelrelease` says it.
    package func release() throws -> String? {
        try folder.size(of: KernelRelease.file) == nil ? nil : KernelRelease.read(from: folder)
    }

    /// The kernel and the modules of its `modules.order`: what else lies in the folder was linked into them, or runs elsewhere
    /// (scripts, the vDSO, what kexec loads). A module that is listed and not there is among them.
    package func kernelFiles() throws -> [FilePath]? {
        guard try folder.size(of: Self.vmlinux) != nil, let modules = try ModuleOrder.names(in: folder) else {
            return nil
        }
        return try ([Self.vmlinux] + modules).map { try file($0) ?? folder.path.appending($0) }
    }
}
