// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Toolchain

/// Compilers that are scripts: what they take of the flags.
@Suite struct FlagProbeTests {
    private func packedStack(refusing pattern: String) async throws -> Sighting.FlagState? {
        try await withTemporaryFolder { folder in
            try Files.makeDirectory(folder)
            let rustc = folder.appending("rustc")
            try AtomicFile.write(
                """
                #!/bin/sh
                case "$*" in --version) echo 'rustc 1.99.0 (0123abcde 2026-10-01)'; exit ;; esac
                case "$RUSTC_BOOTSTRAP $*" in \(pattern)) echo 'error: unknown option' >&2; exit 1 ;; esac
                echo 'target_feature="backchain"'

                """, to: rustc, permissions: FilePermissions(rawValue: 0o755))
            let probe = try await FlagProbe(of: .via("env PATH=\(folder):/usr/bin:/bin"))
            return probe?.answers.first { $0.flag == FlagProbe.packedStack }?.state
        }
    }

    @Test(arguments: [
        ("nothing", Sighting.FlagState.stable), ("*-Zpacked-stack*", .stable), ("' '*packed-stack*", .bootstrap),
        ("*packed-stack*", .refused), ("*", .unknown),
    ])
    func `an option that became one of -C is stable`(refusing pattern: String, state: Sighting.FlagState) async throws {
        #expect(try await packedStack(refusing: pattern) == state)
    }
}
