// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import ELFKit
internal import Host
package import KernelTree
internal import Records
package import SystemPackage

/// A kernel to run tests on, with its modules.
package struct KernelUnderTest: Sendable {
    package let named: NamedKernel
    /// The object folder; nil for an image alone, of which there are no modules.
    package let objects: FilePath?
    /// Modules of the build and others that were named for this kernel.
    package private(set) var modules: [ModuleFile]

    /// One module of a kernel.
    package struct ModuleFile: Sendable, Hashable {
        /// For people: relative to the object folder, or the file's name.
        package let name: String
        package let path: FilePath
    }

    /// Opens a kernel. `more` are modules that were built for it elsewhere.
    ///
    /// Throws `Failure` with code `kernel.image` where there is no image, or it is not one for s390x.
    package init(at path: FilePath, name: String, more: [FilePath] = []) throws {
        named = try NamedKernel(path, name: name)
        objects = Files.isDirectory(path) ? path : nil
        modules = try objects.map(Self.builtModules) ?? []
        try add(more)
    }

    /// Adds modules that were built for it elsewhere. Throws `Failure` with code `regression.module` where one is not there.
    package mutating func add(_ more: [FilePath]) throws {
        for file in more {
            guard Files.exists(file) else {
                throw Failure(
                    "regression.module", "there is no module \(file)", advice: "build it against the kernel first")
            }
            modules.append(ModuleFile(name: file.lastComponent?.string ?? file.string, path: file))
        }
    }

    /// What modules.order lists and is there, without what tests of the build system make.
    private static func builtModules(of objects: FilePath) throws -> [ModuleFile] {
        let folder = ForeignFolder(objects)
        return try (ModuleOrder.names(in: folder) ?? []).compactMap { name in
            guard try folder.size(of: name) != nil else { return nil }
            return ModuleFile(name: name, path: try folder.file(name, limit: ForeignFolder.Limit.image))
        }
    }

    /// What is read from its files. Throws `Failure` where one can't be read.
    func facts() throws -> KernelFacts {
        return KernelFacts(
            name: named.name, release: named.image.release, imageSHA256: named.image.sha256,
            imageSize: named.image.size, rust: try named.hasOption("RUST"),
            vmlinux: try objects.flatMap { try BuildFolder($0).file(BuildFolder.vmlinux) }.map(Self.sizes),
            modules: try modules.map { KernelFacts.Module(name: $0.name, sizes: try Self.sizes(of: $0.path)) })
    }

    private static func sizes(of file: FilePath) throws -> KernelFacts.Sizes {
        let size = Files.size(file) ?? 0
        guard let elf = try? ELFFile(MappedFile.open(file.string)) else {
            return KernelFacts.Sizes(file: size, text: nil, data: nil, zeroed: nil)
        }
        var (text, data, zeroed) = (0, 0, 0)
        for section in elf.sections where section.flags.contains(.allocate) {
            let bytes = Int(clamping: section.size)
            if section.type == .noBits {
                zeroed += bytes
            } else if section.flags.contains(.execute) {
                text += bytes
            } else {
                data += bytes
            }
        }
        return KernelFacts.Sizes(file: size, text: text, data: data, zeroed: zeroed)
    }
}
