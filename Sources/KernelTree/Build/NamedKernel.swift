// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import ELFKit
package import Host
package import Records
package import SystemPackage

extension KernelImage {
    /// Larger than any kernel image by far.
    private static let largest = 512 << 20

    /// `S390_EP_OFFSET` and `S390_EP_STRING` (arch/s390/boot/head.S).
    private static let mark = (offset: 0x10008, text: Array("S390EP".utf8))

    /// `struct parmarea` at `PARMAREA` (arch/s390/include/asm/setup.h): the file is an image of memory from address 0.
    private static let versionPointer = 0x10428

    private static let commandLineSizeField = 0x10430

    /// `MODULE_SIG_STRING` (include/linux/module_signature.h).
    private static let signatureMark = Array("~Module signature appended~\n".utf8)

    /// Reads an image, which messages call by that name. Throws `Failure` with code `kernel.image` where it is none for
    /// s390x.
    package init(file: FilePath, named name: String) throws {
        func refuse(_ found: String) -> Failure {
            Failure(
                "kernel.image", "\(name) is not a boot image for s390x: \(found)",
                advice: "name the object folder of a build for s390, or its \(NamedKernel.imageName) (not vmlinux)")
        }
        guard let size = Files.size(file), Files.isRegularFile(file) else {
            throw Failure(
                "kernel.image", "there is no kernel at \(name)",
                advice: "name the object folder of a build, or its \(NamedKernel.imageName)")
        }
        guard size <= Self.largest else { throw refuse("it has \(size >> 20) MiB") }
        let bytes = try Files.bytes(file, limit: Self.largest)
        if let other = Self.other(bytes, file) { throw refuse(other) }
        guard let place = Self.number(bytes, at: Self.versionPointer), let start = Int(exactly: place),
            start > 0, start < bytes.count
        else { throw refuse("its version lies outside of it") }
        let text = bytes[start...].prefix(512).prefix { $0 != 0 }
        let release = String(decoding: text.prefix { $0 != 0x20 }, as: UTF8.self)
        guard KernelRelease.isRelease(release) else { throw refuse("its version is not a kernel release") }
        // Kernels of before 5.8 have no such field; 896 is what all of them take.
        let line = Self.number(bytes, at: Self.commandLineSizeField).flatMap { Int(exactly: $0) } ?? 0
        self.init(
            release: release, sha256: Digest(of: bytes), size: bytes.count,
            commandLineSize: (896...0x10000).contains(line) ? line : 896,
            isSigned: bytes.suffix(Self.signatureMark.count).elementsEqual(Self.signatureMark))
    }

    /// What else the file is; nil where it has the mark of an image for s390x.
    private static func other(_ bytes: [UInt8], _ file: FilePath) -> String? {
        func holds(_ text: [UInt8], at offset: Int) -> Bool {
            bytes.count >= offset + text.count && bytes[offset...].starts(with: text)
        }
        if holds([0x7f, 0x45, 0x4c, 0x46], at: 0) {
            let isS390 = (try? ELFFile(MappedFile.open(file.string)))?.machine == .s390
            return isS390 ? "it is an ELF file" : "it is an ELF file for another architecture"
        }
        if holds(mark.text, at: mark.offset) {
            return bytes.count > commandLineSizeField + 8 ? nil : "it is too small to be one"
        }
        // Documentation/arch/x86/boot.rst
        if holds(Array("HdrS".utf8), at: 0x202) { return "it is a kernel image for x86" }
        // Documentation/arch/arm64/booting.rst
        if holds([0x41, 0x52, 0x4d, 0x64], at: 56) { return "it is a kernel image for arm64" }
        return bytes.count < mark.offset ? "it is too small to be one" : "it has no S390EP mark at 0x10008"
    }

    private static func number(_ bytes: [UInt8], at offset: Int) -> UInt64? {
        guard offset + 8 <= bytes.count else { return nil }
        return bytes[offset..<offset + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// A kernel that a person named: an object folder of a build, or an image.
package struct NamedKernel: Sendable, Hashable {
    /// As the person named it.
    package let name: String
    /// What is booted.
    package let file: FilePath
    package let image: KernelImage
    /// The build's `.config`, or `config-RELEASE` beside an installed image; nil where neither is there.
    package let configuration: FilePath?
    /// Of the build, for a kernel that was named by it or by the image in it.
    package let objects: ForeignFolder?

    /// Where a build leaves what is booted.
    package static let imageName = "arch/s390/boot/bzImage"

    /// Throws `Failure` with code `kernel.image`.
    package init(_ path: FilePath, name: String? = nil) throws {
        self.name = name ?? path.string
        let isFolder = Files.isDirectory(path)
        let folder = ForeignFolder(path)
        if isFolder {
            guard try folder.size(of: Self.imageName) != nil else {
                throw Failure(
                    "kernel.image", "the folder \(self.name) holds no \(Self.imageName)",
                    advice: "name the object folder of a finished build (where .config and vmlinux are), or its bzImage"
                )
            }
            file = try folder.file(Self.imageName, limit: ForeignFolder.Limit.image)
        } else {
            file = path
        }
        image = try KernelImage(file: file, named: self.name)
        let boot = file.removingLastComponent()
        var objects = isFolder ? folder : nil
        if !isFolder, boot.ends(with: "arch/s390/boot") {
            objects = ForeignFolder(
                boot.removingLastComponent().removingLastComponent().removingLastComponent())
        }
        self.objects = objects
        if let objects, try objects.size(of: DotConfig.name) != nil {
            configuration = try objects.file(DotConfig.name, limit: ForeignFolder.Limit.source)
        } else {
            let installed = boot.appending("config-\(image.release)")
            configuration = !isFolder && Files.isRegularFile(installed) ? installed : nil
        }
    }

    /// The options of `names` that are not built in; nil where the configuration is not known.
    package func lacking(_ names: [String]) throws -> [String]? {
        guard let configuration else { return nil }
        let settings = try DotConfig(file: configuration)
        return names.filter { settings[$0] != "y" }
    }

    /// Whether an option is on, built in or as a module; nil where the configuration is not known.
    package func hasOption(_ name: String) throws -> Bool? {
        try configuration.map { ["y", "m"].contains(try DotConfig(file: $0)[name]) }
    }
}
