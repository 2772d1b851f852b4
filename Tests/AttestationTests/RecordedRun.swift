// SPDX-License-Identifier: Apache-2.0
import Attestation
import Evidence
import Foundation
import Host
import Records
import TestSupport

/// A sample run in a store, with steps that keep files.
enum RecordedRun {
    /// Adds the run with steps of those names; each file is its name and its content.
    static func record(
        _ run: RunRecord, steps: KeyValuePairs<String, KeyValuePairs<String, [UInt8]>> = [:],
        in store: MemoryEvidenceStore
    ) async throws {
        var parents: [Digest] = []
        for (index, step) in steps.enumerated() {
            var blobs: [Subject] = []
            for (name, bytes) in step.value { blobs.append(Subject(name, await store.put(bytes))) }
            let record = StepRecord(
                name: step.key, startedAt: run.startedAt.addingTimeInterval(Double(index)), milliseconds: 1500,
                inputs: Digest(of: "\(run.identifier) \(step.key)"), outcome: .done, output: blobs.last?.sha256)
            parents.append(try await store.append(try Entry.Draft(record, blobs: blobs)).digest)
        }
        try await store.record(run, parents: parents)
    }

    static func store() -> MemoryEvidenceStore {
        MemoryEvidenceStore(
            recorder: "a test", projection: RecordTables(), clock: { Date(timeIntervalSince1970: 1_800_000_000) })
    }

    static func evidence(
        _ run: RunRecord, steps: KeyValuePairs<String, KeyValuePairs<String, [UInt8]>> = [:]
    ) async throws -> RunEvidence {
        let store = store()
        try await record(run, steps: steps, in: store)
        return try await RunEvidence(run.identifier, in: store)
    }

    /// The same run of another source, with a series of patches.
    static func changed(
        _ run: RunRecord, identifier: String? = nil, source: SourceIdentity? = nil, patches: [GlueSeries.Patch]? = nil
    ) -> RunRecord {
        RunRecord(
            identifier: identifier ?? run.identifier, toolVersion: run.toolVersion, startedAt: run.startedAt,
            finishedAt: run.finishedAt, verdict: run.verdict, reasons: run.reasons, source: source ?? run.source,
            readiness: run.readiness,
            enablement: patches.map {
                .init(series: GlueSeries(name: "6.12", patches: $0), before: TreeStatus(version: "6.12", pieces: []))
            } ?? run.enablement,
            sandbox: run.sandbox, toolchain: run.toolchain, kernels: run.kernels, comparison: run.comparison,
            difference: run.difference, audit: run.audit, findings: run.findings, accepted: run.accepted,
            steps: run.steps)
    }

    static func source(_ version: String, commit: String? = nil) -> SourceIdentity {
        SourceIdentity(
            kind: commit == nil ? .folder : .git, request: "a tree", version: version, digest: Digest(of: "source"),
            commit: commit)
    }

    /// What a kernel of two sources and a header was made from.
    static func materials(
        gaps: [KernelMaterials.Gap] = [], unused: [String]? = ["drivers/gpu/drm/x.c", "drivers/gpu/drm/x.h", "x.c"]
    ) throws -> [UInt8] {
        func file(_ root: KernelMaterials.Root, _ path: String) -> KernelMaterials.File {
            .init(
                root: root, path: path, size: path.utf8.count, sha256: Digest(of: path),
                sha512: LongDigest(of: path.utf8))
        }
        let files = [
            file(.objects, "kernel/fork.o"), file(.objects, "vmlinux"), file(.source, "include/linux/sched.h"),
            file(.source, "kernel/fork.c"), file(.source, "scripts/mkversion"),
        ]
        let gcc = KernelMaterials.Program(
            name: "s390x-linux-gnu-gcc", path: "usr/bin/s390x-linux-gnu-gcc-14", sha256: Digest(of: "gcc"),
            sha512: LongDigest(of: "gcc".utf8), version: "14.2.0",
            package: .init(name: "gcc-14-s390x-linux-gnu", version: "14.2.0-19cross1", architecture: "amd64"))
        func step(_ output: Int, _ inputs: [Int]) -> KernelMaterials.Step {
            .init(
                output: output, alsoMakes: IndexList([]), inputs: IndexList(inputs), ran: IndexList([4]),
                tools: IndexList([0]), command: "make it", evidence: .saved, holdsInputs: true)
        }
        let list = KernelMaterials(
            files: files, tools: [gcc], steps: [step(0, [2, 3]), step(1, [0])], outputs: IndexList([1]),
            buildSystem: IndexList([]), gaps: gaps, unused: unused)
        return try CanonicalJSON.encode(list)
    }

    static let gap = KernelMaterials.Gap(root: .objects, file: "x.o", reason: "nothing says how it was made")
}
