// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import KernelTree
package import Rollback
package import SystemPackage

/// Images that have what is read of a kernel for s390x, and nothing else.
package enum SampleKernel {
    /// An image of that version (`init/version.c`).
    package static func bytes(_ version: String = "6.12.107 (builder@host) #1 SMP", filling: UInt8 = 0) -> [UInt8] {
        var bytes = [UInt8](repeating: filling, count: 0x11000)
        bytes.replaceSubrange(0x10008..<0x1000e, with: Array("S390EP".utf8))
        put(0x10600, at: 0x10428, in: &bytes)
        put(4096, at: 0x10430, in: &bytes)
        let text = Array(version.utf8) + [0]
        bytes.replaceSubrange(0x10600..<0x10600 + text.count, with: text)
        return bytes
    }

    /// As sign-file leaves it.
    package static let signature = Array("~Module signature appended~\n".utf8)

    /// Two object folders with their configurations and modules.
    package static func folders(
        in folder: FilePath, baseline: String = "CONFIG_DASD=y\n# CONFIG_RUST is not set\n",
        candidate: String = "CONFIG_DASD=y\nCONFIG_RUST=y\n"
    ) throws -> RollbackRequest {
        func build(_ name: String, _ configuration: String, _ filling: UInt8, _ version: String) throws -> NamedKernel {
            let objects = folder.appending(name + "-objects")
            try Files.makeDirectory(objects.pushing("arch/s390/boot"))
            try AtomicFile.write(bytes(version, filling: filling), to: objects.pushing("arch/s390/boot/bzImage"))
            try AtomicFile.write(configuration, to: objects.appending(".config"))
            for module in ["drivers/net/one.ko", "lib/two.ko"] {
                try Files.makeDirectory(objects.pushing(FilePath(module)).removingLastComponent())
                try AtomicFile.write("\(module) of the \(name)", to: objects.pushing(FilePath(module)))
            }
            try AtomicFile.write("drivers/net/one.o\nlib/two.o\n", to: objects.appending("modules.order"))
            try AtomicFile.write("kernel/fs/three.ko\n", to: objects.appending("modules.builtin"))
            return try NamedKernel(objects)
        }
        var request = RollbackRequest(
            baseline: try build("baseline", baseline, 0, "6.12.107-gcc (builder@host) #1 SMP"),
            candidate: try build("candidate", candidate, 1, "6.12.107-rust (builder@host) #1 SMP"),
            root: "/dev/dasda1")
        request.parameters = ["dasd=0.0.0100"]
        return request
    }

    /// A big-endian number.
    package static func put(_ value: UInt64, at offset: Int, in bytes: inout [UInt8]) {
        for index in 0..<8 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (56 - 8 * index)) }
    }

    /// Two images in a folder, and a request for them.
    package static func request(in folder: FilePath) throws -> RollbackRequest {
        let baseline = folder.appending("baseline")
        let candidate = folder.appending("candidate")
        try AtomicFile.write(bytes(), to: baseline)
        try AtomicFile.write(bytes("6.12.107-rust (builder@host) #1 SMP", filling: 1), to: candidate)
        var request = RollbackRequest(
            baseline: try NamedKernel(baseline), candidate: try NamedKernel(candidate), root: "/dev/dasda1")
        request.parameters = ["rw", "console=ttyS0", "dasd=0.0.0100"]
        return request
    }
}
