// SPDX-License-Identifier: Apache-2.0
import Audit
import Host
import KernelTree
import SystemPackage
import TestSupport
import Testing
import Workflows

@Suite struct BuildAuditOptionsTests {
    private func write(_ files: [String: String], to folder: FilePath) throws {
        for (name, text) in files {
            let file = folder.pushing(FilePath(name))
            try Files.makeDirectory(file.removingLastComponent())
            try AtomicFile.write(text, to: file)
        }
    }

    private func options(_ folder: FilePath, symvers: FilePath? = nil) throws -> AuditOptions {
        try AuditOptions(build: BuildFolder(folder), symvers: symvers) { $0.lastComponent?.string ?? "" }
    }

    @Test func `an audit knows what the build left in its folder, and names what it read`() async throws {
        try await withTemporaryFolder { folder in
            let empty = try options(folder)
            #expect(empty.configuration == nil && empty.exports == nil && empty.release == nil)
            #expect(empty.alsoRead.isEmpty)
            try write(
                [
                    ".config": "CONFIG_RUST=y\n", "include/config/kernel.release": "7.3.4-rust\n",
                    "Module.symvers": "0x00000000\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n",
                ], to: folder)
            let full = try options(folder)
            #expect(full.configuration == ["RUST": "y"] && full.release == "7.3.4-rust")
            #expect(full.exports?.keys.sorted() == ["printk"])
            #expect(full.alsoRead == [".config", "Module.symvers", "kernel.release"])
        }
    }

    @Test func `exports of modules alone are not their kernel's, unless somebody names them`() async throws {
        try await withTemporaryFolder { folder in
            try write(["Module.symvers": "0x00000000\tf\tdriver\tEXPORT_SYMBOL\t\n"], to: folder)
            #expect(try options(folder).exports == nil)
            let named = try options(folder, symvers: folder.appending("Module.symvers"))
            #expect(named.exports?.keys.sorted() == ["f"])
            #expect(named.alsoRead.isEmpty)
        }
    }

    @Test func `a file that is not a list of exports is reported with its name`() async throws {
        try await withTemporaryFolder { folder in
            try write(["Module.symvers": "text\n"], to: folder)
            #expect { try options(folder) } throws: { error in
                (error as? Failure)?.code == "audit.symvers" && "\(error)".contains("Module.symvers is not a")
            }
        }
    }
}
