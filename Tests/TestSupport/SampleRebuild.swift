// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import Policy
package import Records

/// Second builds as they look in life.
package enum SampleRebuild {
    /// Every file is the same.
    package static func equal() -> RebuildReport? { make(text: nil) }

    /// A kernel with a time in it, and a module that is gone.
    package static func different() -> RebuildReport? { make(text: "Sat Nov 28 12:42:10 UTC 2026") }

    /// Every text that comes from a build replaced by `text`.
    package static func hostile(_ text: String) -> RebuildReport? { make(text: text, path: text) }

    private static func make(text: String?, path: String = "vmlinux") -> RebuildReport? {
        let record = SampleRecord.passed()
        guard let isolation = record.sandbox.isolation else { return nil }
        let start = record.startedAt.addingTimeInterval(86_400)
        func circumstances(
            _ offset: Double, _ jobs: Int?, _ folder: RebuildReport.Circumstances.Folder, _ cache: String
        ) -> RebuildReport.Circumstances {
            .init(
                startedAt: start + offset, finishedAt: start + offset + 512, jobs: jobs, folder: folder,
                compilerCache: cache)
        }
        let artifacts = record.build.artifacts.map { artifact -> RebuildReport.ComparedArtifact in
            guard let text, ["vmlinux", "samples/rust/rust_print.ko"].contains(artifact.path) else {
                return .init(path: artifact.path, first: artifact, second: artifact)
            }
            guard artifact.path == "vmlinux" else { return .init(path: artifact.path, first: artifact, second: nil) }
            let other = Artifact(path: path, size: artifact.size, sha256: Digest(of: "another"))
            func section(
                _ name: String, _ cause: RebuildReport.Cause, _ detail: String, _ symbol: String? = nil
            ) -> RebuildReport.Section {
                .init(
                    name: name, offset: 4096, firstSize: 1024, secondSize: cause == .follows ? 1024 : 1030,
                    difference: 32, firstBytes: "31323a34", secondBytes: "31323a35", symbol: symbol, cause: cause,
                    detail: detail)
            }
            return .init(
                path: path, first: artifact, second: other,
                sections: [
                    section(
                        path == "vmlinux" ? ".rodata" : path, .time, text, path == "vmlinux" ? "linux_banner" : path),
                    section(".notes", .follows, text),
                ], undecided: path == "vmlinux" ? nil : text)
        }
        let made = record.build
        let build = BuildFacts(
            command: made.command.replacing("-j2", with: "-j3"),
            environment: made.environment.merging(["KBUILD_BUILD_VERSION": "1"]) { $1 }, seconds: 512,
            steps: made.steps, warnings: made.warnings, artifacts: made.artifacts, release: made.release)
        let kernel = RebuildReport.Kernel(
            role: .candidate, configuration: record.configuration.digest,
            first: circumstances(-86_400, 2, .pilot, "of this source and sandbox alone"),
            second: circumstances(0, 3, .rebuild, "none"), build: build, artifacts: artifacts)
        let option = RebuildFacts.Setting(value: "y", line: 1971)
        let findings = RebuildRule.findings(
            in: RebuildFacts(
                kernels: [kernel], options: [.candidate: text == nil ? [:] : ["RANDSTRUCT_FULL": option]],
                ordersTypes: true))
        return RebuildReport(
            identifier: "20261123T101500Z-0a1b2c3d", run: record.identifier, toolVersion: "0.1.0", startedAt: start,
            finishedAt: start + 600, source: record.source, series: record.enablement?.series,
            sandboxLock: record.sandbox.lockDigest,
            isolation: isolation, kernels: [kernel], findings: findings)
    }
}
