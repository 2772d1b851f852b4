// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import KernelTree
import SystemPackage
import TestSupport
import Testing
import Workflows

@Suite struct KernelUnderTestTests {
    /// A file that looks like a boot image for s390x.
    private func image(_ path: FilePath) throws {
        try Files.makeDirectory(path.removingLastComponent())
        try AtomicFile.write(SampleKernel.bytes(), to: path)
    }

    private func failure(_ path: FilePath) -> Failure? {
        #expect(throws: Failure.self) { try KernelUnderTest(at: path, name: path.string) }
    }

    @Test func `an object folder has its image and the modules that were built`() async throws {
        try await withTemporaryFolder { folder in
            try image(folder.pushing("arch/s390/boot/bzImage"))
            try AtomicFile.write(
                "samples/rust/rust_minimal.o\nfs/gone.o\n", to: folder.appending("modules.order"))
            try Files.makeDirectory(folder.pushing("samples/rust"))
            try AtomicFile.write("module", to: folder.pushing("samples/rust/rust_minimal.ko"))
            let more = folder.appending("planted.ko")
            try AtomicFile.write("module", to: more)
            let kernel = try KernelUnderTest(at: folder, name: "k", more: [more])
            #expect(kernel.modules.map(\.name) == ["samples/rust/rust_minimal.ko", "planted.ko"])
            #expect(kernel.objects == folder)
            let alone = try KernelUnderTest(at: kernel.named.file, name: "k")
            #expect(alone.objects == nil && alone.modules.isEmpty)
        }
    }

    @Test func `an object folder whose files are links, or that lists modules elsewhere, is refused`() async throws {
        try await withTemporaryFolder { folder in
            try image(folder.pushing("host/bzImage"))
            let objects = folder.appending("objects")
            func refused(_ make: () throws -> Void) throws -> String? {
                try Files.remove(objects)
                try image(objects.pushing("arch/s390/boot/bzImage"))
                try make()
                let failure = #expect(throws: Failure.self) {
                    try KernelUnderTest(at: objects, name: "k")
                }
                return failure?.code
            }
            func link(_ name: String, to target: FilePath) throws {
                try Files.remove(objects.pushing(FilePath(name)))
                try FileManager.default.createSymbolicLink(
                    atPath: objects.pushing(FilePath(name)).string, withDestinationPath: target.string)
            }
            let host = folder.appending("host")
            #expect(try refused { try link("arch/s390/boot/bzImage", to: host.appending("bzImage")) } == "file.link")
            #expect(try refused { try link("arch/s390/boot", to: host) } == "file.link")
            #expect(try refused { try link("modules.order", to: "/etc/passwd") } == "file.link")
            for line in ["/absolute.o", "../up.o", "a/../../up.o"] {
                let code = try refused { try AtomicFile.write("\(line)\n", to: objects.appending("modules.order")) }
                #expect(code == "build.module-list")
            }
            let code = try refused {
                try AtomicFile.write("m.o\n", to: objects.appending("modules.order"))
                try link("m.ko", to: host.appending("bzImage"))
            }
            #expect(code == "file.link")
        }
    }

    @Test func `a folder without an image, a name without a file, and a missing module are refused`() async throws {
        try await withTemporaryFolder { folder in
            #expect(failure(folder)?.message.contains("holds no arch/s390/boot/bzImage") == true)
            #expect(failure(folder.appending("gone"))?.message.contains("there is no kernel at") == true)
            let path = folder.appending("bzImage")
            try image(path)
            let error = #expect(throws: Failure.self) {
                try KernelUnderTest(at: path, name: "k", more: [folder.appending("gone.ko")])
            }
            #expect(error?.code == "regression.module")
        }
    }

    @Test func `an image for another machine is named as what it is`() async throws {
        try await withTemporaryFolder { folder in
            func refused(_ bytes: [UInt8]) throws -> String {
                let path = folder.appending("image")
                try AtomicFile.write(bytes, to: path)
                let failure = failure(path)
                #expect(failure?.code == "kernel.image")
                return failure?.message ?? ""
            }
            var found = ""
            var x86 = [UInt8](repeating: 0, count: 0x20000)
            x86.replaceSubrange(0x202..<0x206, with: Array("HdrS".utf8))
            found = try refused(x86)
            #expect(found.contains("a kernel image for x86"))
            var arm = [UInt8](repeating: 0, count: 0x20000)
            arm.replaceSubrange(56..<60, with: [0x41, 0x52, 0x4d, 0x64])
            found = try refused(arm)
            #expect(found.contains("a kernel image for arm64"))
            found = try refused(Array("hello".utf8))
            #expect(found.contains("too small"))
            found = try refused([])
            #expect(found.contains("too small"))
            found = try refused([UInt8](repeating: 7, count: 0x20000))
            #expect(found.contains("no S390EP mark"))
            found = try refused(Files.bytes(RealThings.program))
            #expect(found.contains("an ELF file for another architecture"))
        }
    }
}
