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
    /// Refuses what matches a pattern of the shell: RUSTC_BOOTSTRAP, a blank, and the arguments.
    private func probe(_ version: String = "1.99.0", refusing pattern: String) async throws -> FlagProbe? {
        try await withTemporaryFolder { folder in
            try Files.makeDirectory(folder)
            let rustc = folder.appending("rustc")
            try AtomicFile.write(
                """
                #!/bin/sh
                case "$*" in --version) echo 'rustc \(version) (0123abcde 2026-10-01)'; exit ;; esac
                case "$RUSTC_BOOTSTRAP $*" in \(pattern)) echo 'error: unknown option' >&2; exit 1 ;; esac
                echo 'target_feature="backchain"'

                """, to: rustc, permissions: FilePermissions(rawValue: 0o755))
            return try await FlagProbe(of: .via("env PATH=\(folder):/usr/bin:/bin"))
        }
    }

    /// Of a compiler that behaves as a stable one where that is asked of it.
    private static let lock = "'-1 '*unstable-options*"

    @Test(arguments: [
        ("nothing", Sighting.FlagState.stable), ("*-Zpacked-stack*", .stable), ("' '*packed-stack*", .bootstrap),
        ("*packed-stack*", .refused), ("*", .unknown), ("\(lock)|'-1 '*packed-stack*|' '*packed-stack*", .bootstrap),
        ("\(lock)|'-1 '*-Zpacked-stack*|' '*-Zpacked-stack*", .stable),
    ])
    func `an option that became one of -C is stable`(refusing pattern: String, state: Sighting.FlagState) async throws {
        let probe = try await probe(refusing: pattern)
        #expect(probe?.answers.first { $0.flag == FlagProbe.packedStack }?.state == state)
    }

    @Test(arguments: [
        // Old nightlies can't be locked, and say nothing of a stable compiler.
        ("nothing", Sighting.FlagState.nightly, Ability.Verdict.unknown),
        ("\(lock)|'-1 '*packed-stack*", .nightly, .no), (lock, .stable, .yes), ("*", .unknown, .unknown),
    ])
    func `a nightly compiler is asked as a stable one`(
        refusing pattern: String, state: Sighting.FlagState, verdict: Ability.Verdict
    ) async throws {
        let probe = try #require(await probe("1.99.0-nightly", refusing: pattern))
        #expect(probe.answers.first { $0.flag == FlagProbe.packedStack }?.state == state)
        #expect(probe.stable.verdict == verdict && probe.stable.kind == .stableRust)
        if verdict == .no { #expect(probe.stable.note.contains(FlagProbe.packedStack)) }
    }
}
