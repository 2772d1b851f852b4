// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
internal import KernelTree
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

    /// Reads an image. Throws `Failure` with code `rollback.kernel` where it is none for s390x.
    package init(file: FilePath) throws {
        func refuse(_ why: String) -> Failure {
            Failure(
                "rollback.kernel", "\(file) is no kernel image for s390x: \(why)",
                advice: "name a build's object folder, or its arch/s390/boot/bzImage (not vmlinux)")
        }
        guard let size = Files.size(file), Files.isRegularFile(file) else {
            throw Failure(
                "rollback.kernel", "there is no kernel image at \(file)",
                advice: "name a build's object folder, or its arch/s390/boot/bzImage")
        }
        guard size <= Self.largest else { throw refuse("it has \(size >> 20) MiB") }
        let bytes = try Files.bytes(file, limit: Self.largest)
        if bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) { throw refuse("it is an ELF file") }
        guard bytes.count > Self.commandLineSizeField + 8,
            bytes[Self.mark.offset...].starts(with: Self.mark.text)
        else { throw refuse("it has no S390EP mark at 0x10008") }
        guard let place = Self.number(bytes, at: Self.versionPointer), let start = Int(exactly: place),
            start > 0, start < bytes.count
        else { throw refuse("its version lies outside of it") }
        let text = bytes[start...].prefix(512).prefix { $0 != 0 }
        let release = String(decoding: text.prefix { $0 != 0x20 }, as: UTF8.self)
        guard KernelRelease.isRelease(release) else { throw refuse("its version is no kernel release") }
        // Kernels of before 5.8 have no such field; 896 is what all of them take.
        let line = Self.number(bytes, at: Self.commandLineSizeField).flatMap { Int(exactly: $0) } ?? 0
        self.init(
            release: release, sha256: Digest(of: bytes), size: bytes.count,
            commandLineSize: (896...0x10000).contains(line) ? line : 896,
            isSigned: bytes.suffix(Self.signatureMark.count).elementsEqual(Self.signatureMark))
    }

    private static func number(_ bytes: [UInt8], at offset: Int) -> UInt64? {
        guard offset + 8 <= bytes.count else { return nil }
        return bytes[offset..<offset + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// A kernel that a person named: an object folder of a build, or an image.
package struct NamedKernel: Sendable, Hashable {
    package let file: FilePath
    package let image: KernelImage
    /// The build's `.config`, or `config-RELEASE` beside an installed image; nil where neither is there.
    package let configuration: FilePath?
    /// Of the build, for a kernel that was named by it.
    package let objects: ForeignFolder?

    /// Throws `Failure` with code `rollback.kernel`.
    package init(_ path: FilePath) throws {
        let isFolder = Files.isDirectory(path)
        let name = "arch/s390/boot/bzImage"
        let folder = ForeignFolder(path)
        if isFolder, try folder.size(of: name) != nil {
            file = try folder.file(name, limit: ForeignFolder.Limit.image)
        } else {
            file = isFolder ? path.pushing(FilePath(name)) : path
        }
        image = try KernelImage(file: file)
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
}
