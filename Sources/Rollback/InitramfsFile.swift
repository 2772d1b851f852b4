// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import SystemPackage

/// An initial RAM file system, as far as its first bytes tell.
enum InitramfsFile {
    /// What lib/decompress.c and init/initramfs.c of the kernel take: newc archives, and compressed ones.
    private static let marks: [[UInt8]] = [
        Array("070701".utf8), Array("070702".utf8), [0x1f, 0x8b], [0x1f, 0x9e], [0x42, 0x5a, 0x68], [0x5d, 0, 0],
        [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], [0x89, 0x4c, 0x5a, 0x4f], [0x02, 0x21, 0x4c, 0x18],
        [0x28, 0xb5, 0x2f, 0xfd],
    ]
    private static let largest = 2 << 30

    /// Its bytes. Throws `Failure` with code `rollback.initrd` where no kernel could unpack it.
    static func bytes(_ file: FilePath) throws -> [UInt8] {
        let advice = "name what the machine's own tool made: dracut, mkinitramfs, mkinitrd"
        guard let size = Files.size(file), !Files.isDirectory(file), size <= largest else {
            throw Failure("rollback.initrd", "there is no initial RAM file system at \(file)", advice: advice)
        }
        let bytes = try Files.bytes(file)
        // The kernel passes over zeros before an archive.
        let start = bytes.firstIndex { $0 != 0 } ?? bytes.endIndex
        guard marks.contains(where: { bytes[start...].starts(with: $0) }) else {
            throw Failure(
                "rollback.initrd",
                "\(file) is not an initial RAM file system: it begins neither as a cpio archive nor as a "
                    + "compressed one", advice: advice)
        }
        return bytes
    }
}
