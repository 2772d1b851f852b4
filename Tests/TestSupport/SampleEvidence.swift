// SPDX-License-Identifier: Apache-2.0
package import Evidence
internal import Foundation
internal import Host
package import Records

/// A store that holds a run with entries of its steps, as a pilot leaves it.
package enum SampleEvidence {
    /// Of a sandbox with a package whose name and version need encoding in addresses.
    package static let lock = SandboxLock(
        suites: [.init(name: "trixie", date: Date(timeIntervalSince1970: 1_794_000_000), validUntil: nil)],
        installed: [
            package("dpkg", "1.22.21", "amd64"), package("gcc-14", "14.2.0-19", "amd64"),
            package("libc6-dev-s390x-cross", "2.41-11cross1", "all"),
            package("libstdc++6", "14.2.0-19", "amd64"), package("libstdc++6", "14.2.0-19", "i386"),
            package("perl", "5:5.40.1-6~deb13u1", "amd64"),
        ], fetched: [])

    private static func package(_ name: String, _ version: String, _ architecture: String) -> LockedPackage {
        LockedPackage(
            name: name, version: version, architecture: architecture, sha256: Digest(of: name + architecture),
            size: 1, path: "pool/main/x/\(name).deb")
    }

    private struct Prepared: Encodable {
        let drift: [String] = []
        let lock: SandboxLock
    }

    private struct SelfTest: Encodable {
        let files = ["bessemer_selftest.ko": Digest(of: "module"), "loads.sh": Digest(of: "loads")]
    }

    /// `without` names steps that the run does not stand on. A second build comes to another vmlinux.
    package static func store(
        of run: RunRecord, drills: [RollbackDrill] = [], without left: Set<String> = [],
        isRebuilt: Bool = false
    ) async throws -> MemoryEvidenceStore {
        let store = MemoryEvidenceStore(recorder: "test", projection: RecordTables()) { run.finishedAt }
        try await record(run, drills: drills, without: left, isRebuilt: isRebuilt, in: store)
        return store
    }

    /// The same in a store that is there.
    package static func record(
        _ run: RunRecord, drills: [RollbackDrill] = [], without left: Set<String> = [], isRebuilt: Bool = false,
        in store: some EvidenceArchive
    ) async throws {
        var steps: [(name: String, files: [(name: String, bytes: [UInt8])])] = [
            ("sandbox", [("result.json", Array(try JSON.encode(Prepared(lock: lock))))]),
            ("self-test", [("result.json", Array(try JSON.encode(SelfTest())))]),
        ]
        for kernel in [run.kernels.candidate, run.baseline].compactMap(\.self) {
            func file(_ name: String) -> (name: String, bytes: [UInt8]) { (name, Array("\(kernel.role) \(name)".utf8)) }
            steps.append((kernel.role.step("configuration"), [file("configuration.log"), file(".config")]))
            steps.append((kernel.role.step("build"), [file("build.log")]))
            steps.append((kernel.role.step("boot"), [file("console.log")]))
        }
        var parents: [Digest] = []
        for (index, step) in steps.enumerated() where !left.contains(step.name) {
            var blobs: [Subject] = []
            for file in step.files { blobs.append(Subject(file.name, try await store.put(file.bytes))) }
            let record = StepRecord(
                name: step.name, startedAt: run.startedAt + Double(index * 60), milliseconds: 60_000,
                inputs: Digest(of: step.name), outcome: .done)
            parents.append(try await store.append(try Entry.Draft(record, blobs: blobs)).digest)
        }
        let entry = try await store.append(try Entry.Draft(run, parents: parents))
        for drill in drills { _ = try await store.append(try Entry.Draft(drill, parents: [entry.digest])) }
        if isRebuilt { _ = try await store.append(try Entry.Draft(rebuild(of: run), parents: [entry.digest])) }
    }

    private static func rebuild(of run: RunRecord) throws -> RebuildReport {
        let (kernel, time) = (run.kernels.candidate, run.finishedAt)
        guard let isolation = run.sandbox.isolation else {
            throw Failure("test.sample", "the sample has no isolation", advice: "take another")
        }
        func circumstances(_ folder: RebuildReport.Circumstances.Folder) -> RebuildReport.Circumstances {
            RebuildReport.Circumstances(
                startedAt: time, finishedAt: time + 60, jobs: 3, folder: folder, compilerCache: "none")
        }
        let artifacts = kernel.build.artifacts.map { first in
            RebuildReport.ComparedArtifact(
                path: first.path, first: first,
                second: first.path == "vmlinux"
                    ? Artifact(path: first.path, size: first.size, sha256: Digest(of: "another")) : first)
        }
        return RebuildReport(
            identifier: "20261123T101500Z-6a4b8d12", run: run.identifier, toolVersion: run.toolVersion,
            startedAt: time, finishedAt: time + 60, source: run.source, series: run.enablement?.series,
            sandboxLock: run.sandbox.lockDigest, isolation: isolation,
            kernels: [
                .init(
                    role: .candidate, configuration: kernel.configuration.digest, first: circumstances(.pilot),
                    second: circumstances(.rebuild), build: kernel.build, artifacts: artifacts)
            ], findings: [])
    }
}
