// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import ELFKit
internal import Foundation
internal import Host
internal import KernelTree
internal import Records
package import SystemPackage

/// A built kernel: the object folder of its build, or its image alone.
package struct KernelUnderTest: Sendable {
    /// As the user named it.
    package let name: String
    package let image: FilePath
    /// The object folder; nil for an image alone, of which there are no modules.
    package let objects: FilePath?
    /// Modules of the build and others that were named for this kernel.
    package let modules: [ModuleFile]

    /// One module of a kernel.
    package struct ModuleFile: Sendable, Hashable {
        /// For people: relative to the object folder, or the file's name.
        package let name: String
        package let path: FilePath
    }

    /// Where a build leaves what QEMU boots.
    static let imageName = "arch/s390/boot/bzImage"

    /// Opens a kernel. `more` are modules that were built for it elsewhere.
    ///
    /// Throws `Failure` with code `regression.kernel` where there is no image, or it is not one for s390x.
    package init(at path: FilePath, name: String, more: [FilePath] = []) throws {
        self.name = name
        if Files.isDirectory(path) {
            let folder = ForeignFolder(path)
            objects = path
            guard try folder.size(of: Self.imageName) != nil else {
                throw Failure(
                    "regression.kernel", "the folder \(name) holds no \(Self.imageName)",
                    advice: "name the object folder of a finished build (where .config and vmlinux are), or its bzImage"
                )
            }
            image = try folder.file(Self.imageName, limit: ForeignFolder.Limit.image)
        } else {
            image = path
            objects = nil
            guard Files.exists(path) else {
                throw Failure(
                    "regression.kernel", "there is no kernel at \(name)",
                    advice: "name the object folder of a build, or its bzImage")
            }
        }
        try Self.checkImage(image, name)
        var modules = try objects.map(Self.builtModules) ?? []
        for file in more {
            guard Files.exists(file) else {
                throw Failure(
                    "regression.module", "there is no module \(file)", advice: "build it against the kernel first")
            }
            modules.append(ModuleFile(name: file.lastComponent?.string ?? file.string, path: file))
        }
        self.modules = modules
    }

    /// Where the signature of an image for s390 stands, and what it is (arch/s390/boot/head.S; QEMU's hw/s390x/ipl.c
    /// looks there, too).
    private static let signature = (offset: 0x10008, bytes: Array("S390EP".utf8))

    private static func checkImage(_ path: FilePath, _ name: String) throws {
        let start: Bytes
        do {
            start = try MappedFile.prefix(of: path.string, count: signature.offset + signature.bytes.count)
        } catch {
            throw Failure(
                "regression.kernel", "the kernel \(name) can't be read", advice: "check the file's permissions",
                underlying: error)
        }
        func isAt(_ offset: Int, _ bytes: some Collection<UInt8>) -> Bool {
            zip(0..., bytes).allSatisfy { start[offset + $0] == $1 }
        }
        if isAt(signature.offset, signature.bytes) { return }
        let found: String
        if ELFFile.isELF(start) {
            let isS390 = (try? ELFFile(MappedFile.open(path.string)))?.machine == .s390
            found = isS390 ? "an ELF file, not a boot image" : "an ELF file for another architecture"
        } else if isAt(0x202, Array("HdrS".utf8)) {
            // Documentation/arch/x86/boot.rst
            found = "a kernel image for x86"
        } else if isAt(56, [0x41, 0x52, 0x4d, 0x64]) {
            // Documentation/arch/arm64/booting.rst
            found = "a kernel image for arm64"
        } else {
            found = start.count < signature.offset + signature.bytes.count ? "too small to be one" : "something else"
        }
        throw Failure(
            "regression.kernel", "\(name) is no boot image for s390x: it is \(found)",
            advice: "name the \(Self.imageName) of a kernel built with ARCH=s390, or its object folder")
    }

    /// What modules.order lists and is there, without what tests of the build system make.
    private static func builtModules(of objects: FilePath) throws -> [ModuleFile] {
        let folder = ForeignFolder(objects)
        return try (ModuleOrder.names(in: folder) ?? []).compactMap { name in
            guard try folder.size(of: name) != nil else { return nil }
            return ModuleFile(name: name, path: try folder.file(name, limit: ForeignFolder.Limit.image))
        }
    }

    /// Whether an option is on; nil where the configuration is not known.
    func hasOption(_ name: String) throws -> Bool? {
        try objects.flatMap { try BuildFolder($0).configuration() }.map { ["y", "m"].contains($0[name]) }
    }

    /// What is read from its files. Throws `Failure` where one can't be read.
    func facts() throws -> KernelFacts {
        let build = objects.map { BuildFolder($0) }
        return KernelFacts(
            name: name, release: try build?.release(), imageSHA256: try Digest(ofFile: image),
            imageSize: Files.size(image) ?? 0,
            rust: try hasOption("RUST"), vmlinux: try build?.file(BuildFolder.vmlinux).map(Self.sizes),
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
