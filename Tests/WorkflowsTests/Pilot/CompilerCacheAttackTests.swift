// SPDX-License-Identifier: Apache-2.0
import Host
import Sandbox
import SystemPackage
import TestSupport
import Testing

@testable import Workflows

/// One tree's build writes what it likes into the compiler cache that it sees.
@Suite struct CompilerCacheAttackTests {
    /// Compiles one line of C in the sandbox, as a build does, with the cache that a source gets; returns what the object
    /// holds of the constant.
    private func compile(_ script: String, source: String, cache: FilePath, output: FilePath) async throws -> String {
        let root = try await RealThings.sandbox()
        let folder = try #require(CompilerCache.perSource.folder(in: cache, source: source, sandbox: root.lockDigest))
        try CompilerCache.use(folder, in: cache)
        try Files.makeDirectory(output)
        let outcome = try await root.command(
            Command("bash", ["-c", "cd /mnt/out; " + script], environment: ["CCACHE_DIR": "/mnt/ccache"]),
            mounts: [
                Mount(output, at: "/mnt/out", writable: true), Mount(folder, at: "/mnt/ccache", writable: true),
            ]
        ).capture()
        return outcome.output + outcome.error
    }

    private static let innocent = """
        echo 'int k = 1;' > i.c; s390x-linux-gnu-gcc -O2 -c i.c; s390x-linux-gnu-objdump -s -j .data i.o | tail -1
        """
    /// Puts the object of another source into the entry of the innocent one.
    private static let poison = """
        echo 'int k = 2;' > i.c; CCACHE_DIR=/tmp/c s390x-linux-gnu-gcc -O2 -c i.c
        echo 'int k = 1;' > i.c; s390x-linux-gnu-gcc -O2 -c i.c
        cp $(find /tmp/c -name '*R') $(find /mnt/ccache -name '*R'); rm i.o

        """

    @Test(.integration) func `an object that one tree plants is taken by that tree alone`() async throws {
        try await withTemporaryFolder { folder in
            let cache = folder.appending("cache")
            let own = try await compile(
                Self.poison + Self.innocent, source: "a", cache: cache, output: folder.appending("a"))
            // The attack works where a cache is shared: 2 where the source says 1.
            #expect(own.contains("00000002"))
            let other = try await compile(Self.innocent, source: "b", cache: cache, output: folder.appending("b"))
            #expect(other.contains("00000001"))
        }
    }

    @Test(.integration) func `a configuration that one tree plants runs no program in another's build`() async throws {
        try await withTemporaryFolder { folder in
            let cache = folder.appending("cache")
            _ = try await compile(
                """
                printf '#!/bin/sh\\ntouch /mnt/out/ran; exec "$@"\\n' > /mnt/ccache/e; chmod +x /mnt/ccache/e
                echo 'prefix_command = /mnt/ccache/e' > /mnt/ccache/ccache.conf
                """, source: "a", cache: cache, output: folder.appending("a"))
            _ = try await compile(Self.innocent, source: "a", cache: cache, output: folder.appending("again"))
            #expect(Files.exists(folder.appending("again/ran")))
            _ = try await compile(Self.innocent, source: "b", cache: cache, output: folder.appending("b"))
            #expect(!Files.exists(folder.appending("b/ran")))
        }
    }

    @Test func `caches differ by source, sandbox and name, and the oldest go`() async throws {
        let (one, two) = (Digest(of: "1"), Digest(of: "2"))
        try await withTemporaryFolder { cache in
            func folder(_ kind: CompilerCache, _ source: String, _ sandbox: Digest) throws -> FilePath {
                try #require(kind.folder(in: cache, source: source, sandbox: sandbox))
            }
            #expect(try folder(.perSource, "a", one) == folder(.perSource, "a", one))
            #expect(try folder(.perSource, "a", one) != folder(.perSource, "b", one))
            #expect(try folder(.perSource, "a", one) != folder(.perSource, "a", two))
            #expect(try folder(.shared("x"), "a", one) == folder(.shared("x"), "b", one))
            #expect(try folder(.shared("x"), "a", one) != folder(.shared("y"), "a", one))
            // A name can't be chosen so that it is a source's.
            #expect(try folder(.shared("source a"), "a", one) != folder(.perSource, "a", one))
            #expect(CompilerCache.none.folder(in: cache, source: "a", sandbox: one) == nil)
            for number in 0..<9 { try CompilerCache.use(folder(.perSource, "\(number)", one), in: cache) }
            #expect(Files.names(in: cache.appending("compiler")).count == 6)
            #expect(try Files.exists(folder(.perSource, "8", one)))
        }
    }
}
