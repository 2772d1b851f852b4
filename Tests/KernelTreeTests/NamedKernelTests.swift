// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import KernelTree

@Suite struct NamedKernelTests {
    private func image(_ bytes: [UInt8]) async throws -> KernelImage {
        try await withTemporaryFolder { folder in
            try AtomicFile.write(bytes, to: folder.appending("image"))
            return try KernelImage(file: folder.appending("image"), named: "image")
        }
    }

    private func refusal(_ bytes: [UInt8]) async throws -> String {
        let failure = await #expect(throws: Failure.self) { try await image(bytes) }
        #expect(failure?.code == "kernel.image")
        return failure?.message ?? ""
    }

    @Test func `the release and the longest command line are read from the image`() async throws {
        let image = try await image(SampleKernel.bytes())
        #expect(image.release == "6.12.107")
        #expect(image.commandLineSize == 4096)
        #expect(!image.isSigned)
    }

    @Test(.integration) func `a kernel that Debian built is read`() async throws {
        let kernel = try NamedKernel(try await RealThings.debianKernel())
        #expect(kernel.image.release.hasSuffix("-s390x"))
        #expect(kernel.configuration != nil)
        // Its disk driver and its file system are modules, so it can't start from a disk by itself.
        #expect(try kernel.lacking(["VIRTIO_BLK", "EXT4_FS", "SYSFS"]) == ["VIRTIO_BLK", "EXT4_FS"])
    }

    @Test func `a signature at the end is seen`() async throws {
        #expect(try await image(SampleKernel.bytes() + Array("~Module signature appended~\n".utf8)).isSigned)
    }

    @Test func `what is no kernel image for s390x is refused, each with its reason`() async throws {
        #expect(try await refusal([]).contains("too small"))
        #expect(try await refusal([0x7f, 0x45, 0x4c, 0x46] + SampleKernel.bytes().dropFirst(4)).contains("ELF"))
        #expect(try await refusal([UInt8](repeating: 0x4d, count: 1 << 20)).contains("no S390EP mark"))
        for place in [0, 0x11000, UInt64.max] as [UInt64] {
            var bytes = SampleKernel.bytes()
            SampleKernel.put(place, at: 0x10428, in: &bytes)
            #expect(try await refusal(bytes).contains("version"))
        }
        for version in ["", "..", ".", "-x", "6.12 $(reboot)\n", "\u{1b}[2J", String(repeating: "a", count: 400)] {
            if version.hasPrefix("6.12 ") {
                #expect(try await image(SampleKernel.bytes(version)).release == "6.12")
            } else {
                #expect(try await refusal(SampleKernel.bytes(version)).contains("not a kernel release"))
            }
        }
    }

    @Test func `a folder without a build and a file that is not there are refused`() async throws {
        try await withTemporaryFolder { folder in
            for path in [folder, folder.appending("missing")] {
                let failure = #expect(throws: Failure.self) { try NamedKernel(path) }
                #expect(failure?.code == "kernel.image")
            }
        }
    }

    @Test func `an object folder is read by its image, and its configuration tells what is not built in`() async throws
    {
        try await withTemporaryFolder { folder in
            try Files.makeDirectory(folder.appending("arch/s390/boot"))
            try AtomicFile.write(SampleKernel.bytes(), to: folder.appending("arch/s390/boot/bzImage"))
            try AtomicFile.write(
                "CONFIG_VIRTIO_BLK=m\nCONFIG_EXT4_FS=y\n# CONFIG_MSDOS_PARTITION is not set\n",
                to: folder.appending(".config"))
            let wanted = ["VIRTIO_BLK", "EXT4_FS", "MSDOS_PARTITION"]
            #expect(try NamedKernel(folder).lacking(wanted) == ["VIRTIO_BLK", "MSDOS_PARTITION"])
            let image = folder.appending("arch/s390/boot/bzImage")
            #expect(try NamedKernel(image).lacking(wanted) == ["VIRTIO_BLK", "MSDOS_PARTITION"])
        }
    }

    @Test func `links in an object folder are not followed, and a link that a person names is`() async throws {
        try await withTemporaryFolder { folder in
            let image = folder.appending("image")
            try AtomicFile.write(SampleKernel.bytes(), to: image)
            let objects = folder.appending("objects")
            try Files.makeDirectory(objects.pushing("arch/s390/boot"))
            func link(_ path: FilePath) throws {
                try FileManager.default.createSymbolicLink(atPath: path.string, withDestinationPath: image.string)
            }
            try link(folder.appending("vmlinuz"))
            #expect(try NamedKernel(folder.appending("vmlinuz")).image.release == NamedKernel(image).image.release)
            try link(objects.pushing("arch/s390/boot/bzImage"))
            #expect(throws: Failure.self) { try NamedKernel(objects) }
            try Files.remove(objects.pushing("arch/s390/boot/bzImage"))
            try AtomicFile.write(SampleKernel.bytes(), to: objects.pushing("arch/s390/boot/bzImage"))
            #expect(try NamedKernel(objects).configuration == nil)
            try link(objects.appending(".config"))
            let failure = #expect(throws: Failure.self) { try NamedKernel(objects) }
            #expect(failure?.code == "file.link")
        }
    }
}
