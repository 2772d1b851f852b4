// SPDX-License-Identifier: Apache-2.0
import Host
import Records
import Sandbox
import SystemPackage
import TestSupport
import Testing

@testable import KernelTree

@Suite struct SelftestBuildTests {
    private func build(_ tree: KernelTree, in folder: FilePath) async throws -> SelftestBuild {
        SelftestBuild(
            tree: tree, sandbox: try await RealThings.sandbox(), library: folder.appending("library"), folder: folder,
            jobs: 2)
    }

    @Test(.integration) func `the tree's own Makefiles say which collections there are`() async throws {
        let tree = try await RealThings.kernelTree("6.12")
        try await withTemporaryFolder { folder in
            let names = try await build(tree, in: folder).collections()
            for name in ["size", "mm", "futex", "futex/functional", "filesystems/statmount", "drivers/net/bonding"] {
                #expect(names.count { $0 == name } == 1, "\(name)")
            }
            #expect(!names.contains { $0.contains("$") })
            let error = await #expect(throws: Failure.self) {
                try await build(tree, in: folder).run(["size", "../../.."]) { _ in }
            }
            #expect(error?.code == "selftest.collection")
            #expect(Files.names(in: folder).isEmpty)
        }
    }

    @Test(.integration)
    func `what builds with a C library alone is a static program, the rest is left out with its reason`()
        async throws
    {
        let tree = try await RealThings.kernelTree("6.12")
        let before = try tree.fingerprint()
        try await withTemporaryFolder { folder in
            let needed = try CrossLibrary.packages(in: try RealThings.lock())
            try await RealThings.store.packages.fetch(needed, from: try await RealThings.mirror()) { _ in }
            try await CrossLibrary.unpack(
                needed.map(RealThings.store.packages.file), into: folder.appending("library"),
                sandbox: try await RealThings.sandbox())
            let build = try await build(tree, in: folder)
            let facts = try await build.run(["size", "seccomp", "futex/functional", "x86"]) { _ in }
            #expect(facts.kernel == tree.version)
            #expect(facts.collections.map(\.name) == ["size", "futex/functional"])
            #expect(facts.collections[0].programs.map(\.name) == ["get_size"])
            #expect(facts.collections[0].deadline == 45)
            #expect(facts.collections[1].programs.contains { $0.name == "futex_wait" })
            #expect(facts.collections[1].leftOut.contains { $0.name == "run.sh" && $0.reason.contains("script") })
            #expect(facts.leftOut.map(\.name) == ["seccomp", "x86"])
            #expect(facts.leftOut[0].reason.contains("sys/capability.h"))
            let program = build.programs.pushing("size/get_size")
            #expect(try Digest(ofFile: program) == facts.collections[0].programs[0].sha256)
        }
        #expect(try tree.fingerprint() == before)
    }

    @Test func `the first error that names a test is its reason`() {
        let log = """
            make[1]: Entering directory '/mnt/src'
            other.c:1:10: fatal error: popt.h: No such file or directory
            a_test.c:3:10: fatal error: sys/capability.h: No such file or directory
            /usr/bin/ld: cannot find -lcap: No such file or directory
            collect2: error: ld returned 1 exit status
            """
        #expect(
            SelftestBuild.firstError(in: log, of: "a_test")
                == "a_test.c:3:10: fatal error: sys/capability.h: No such file or directory")
        #expect(
            SelftestBuild.firstError(in: log, of: "b_test")
                == "other.c:1:10: fatal error: popt.h: No such file or directory")
        #expect(SelftestBuild.firstError(in: "all is well\n", of: "b_test") == nil)
    }
}
