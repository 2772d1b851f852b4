// SPDX-License-Identifier: Apache-2.0
import Attestation
import Evidence
import Host
import Records
import TestSupport
import Testing

@Suite struct BuildInfoTests {
    private func text(_ run: RunRecord) async throws -> String {
        let evidence = try await RunEvidence(run.identifier, in: SampleEvidence.store(of: run))
        return String(decoding: try BuildInfo(run.kernels.candidate, of: evidence).bytes, as: UTF8.self)
    }

    @Test func `it is as Debian's are`() async throws {
        let run = SampleRecord.passed()
        let text = try await text(run)
        let image = try #require(run.build.artifacts.first { $0.path == "arch/s390/boot/bzImage" })
        #expect(
            text.hasPrefix(
                """
                Format: 1.0
                Source: linux-source-7.3 (7.3.4-1~bpo13+1)
                Binary: linux-image-7.3.4
                Architecture: s390x
                Version: 7.3.4
                Checksums-Sha256:

                """))
        #expect(text.contains("\n \(image.sha256) \(image.size) arch/s390/boot/bzImage\n"))
        #expect(
            text.contains(
                """
                Build-Architecture: amd64
                Build-Date: Sun, 22 Nov 2026 10:18:00 +0000
                Installed-Build-Depends:
                 dpkg (= 1.22.21),
                 gcc-14 (= 14.2.0-19),
                 libc6-dev-s390x-cross (= 2.41-11cross1),
                 libstdc++6 (= 14.2.0-19),
                 libstdc++6:i386 (= 14.2.0-19),
                 perl (= 5:5.40.1-6~deb13u1)
                Environment:
                 CCACHE_DIR="/mnt/ccache"

                """), "\(text)")
    }

    @Test func `no value leaves its line or its quotes`() async throws {
        let text = try await text(SampleRecord.hostile("a\nEvil: \"b\\\r\u{85}"))
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(!lines.contains { $0.hasPrefix("Evil") } && text.contains("=\"a?Evil: \\\"b\\\\??\""))
        #expect(lines.dropLast().allSatisfy { !$0.isEmpty })
    }
}
