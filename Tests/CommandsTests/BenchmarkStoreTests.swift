// SPDX-License-Identifier: Apache-2.0
import Evidence
import EvidenceSQLite
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Commands
@testable import KernelTree

/// The stores that `Benchmarks/evidence` measures, each in the file that BESSEMER_STORE names.
@Suite struct BenchmarkStoreTests {
    private static func setting(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

    private static func store() throws -> SQLiteEvidenceStore {
        let path = FilePath(try #require(setting("BESSEMER_STORE")))
        return try SQLiteEvidenceStore(path: path, settings: .ofBessemer(path.removingLastComponent()))
    }

    /// Runs of one kernel, and kernels of one list of materials.
    private static let runsOfKernel = 50
    private static let kernelsOfList = 10
    /// Files that the kernels of many runs are made from, as 6.12 has them.
    private static let files = 8500

    @Test(
        "a store takes BESSEMER_RUNS runs, fifty of each kernel", .integration,
        .enabled(if: setting("BESSEMER_RUNS") != nil))
    func manyRuns() async throws {
        let count = try #require(Self.setting("BESSEMER_RUNS").flatMap(Int.init))
        let store = try Self.store()
        let list = try await Self.materials(files: Self.files)
        let text = String(decoding: try JSON.encode(SampleRecord.large(tests: 100)), as: UTF8.self)
        let image = try #require(
            SampleRecord.large(tests: 25).build.artifacts.first { $0.path == "arch/s390/boot/bzImage" }?.sha256)
        var steps: [Digest] = []
        var record = SampleRecord.large(tests: 100)
        for number in 0..<count {
            if number % Self.runsOfKernel == 0 {
                let kernel = number / Self.runsOfKernel
                record = try JSON.decode(
                    RunRecord.self,
                    from: Array(text.replacing("\(image)", with: "\(Digest(of: "image \(kernel)"))").utf8),
                    named: "a run")
                steps = try await Self.steps(kernel, list, in: store)
            }
            try await store.record(
                SampleRecord.renamed(record, "run-\(String(number + 1_000_000).dropFirst())"), parents: steps)
        }
        #expect(try await store.runs(limit: count + 1).count == count)
    }

    @Test(
        "a store takes a run of a kernel of BESSEMER_FILES files", .integration,
        .enabled(if: setting("BESSEMER_FILES") != nil))
    func largeKernel() async throws {
        let files = try #require(Self.setting("BESSEMER_FILES").flatMap(Int.init))
        let store = try Self.store()
        let list = try await Self.materials(files: files)
        #expect(list.files.count >= files * 99 / 100)
        try await store.record(SampleRecord.passed(), parents: try await Self.steps(0, list, in: store))
    }

    private static func materials(files: Int) async throws -> KernelMaterials {
        try await withTemporaryFolder { folder in
            let build = try SimulatedBuild(files: files, in: folder)
            return try MaterialsFinder(
                source: build.source, objects: build.objects, sandbox: build.root, toolchain: []
            ).find()
        }
    }

    /// The steps of a kernel: some of its files are its own, others those of the kernels before it.
    private static func steps(
        _ kernel: Int, _ materials: KernelMaterials, in store: SQLiteEvidenceStore
    ) async throws -> [Digest] {
        let version = kernel / kernelsOfList
        // Another last byte of each source.
        let list = KernelMaterials(
            files: materials.files.map { file in
                .init(
                    root: file.root, path: file.path, size: file.size,
                    sha256: file.path.hasSuffix(".c") ? Digest(of: "\(file.path) \(version)") : file.sha256,
                    sha512: file.sha512, license: file.license)
            }, tools: materials.tools, steps: materials.steps, outputs: materials.outputs,
            buildSystem: materials.buildSystem, gaps: materials.gaps)
        let map = (0..<20_000).map { "\(String(0x10_0000 + $0 * 16, radix: 16)) T function_\($0)_\(version)\n" }
            .joined()
        let files: KeyValuePairs<String, (name: String, bytes: [UInt8])> = [
            "sandbox": ("result.json", Array(try JSON.encode(Prepared(lock: SampleEvidence.lock)))),
            "build": ("System.map", Array(map.utf8)),
            "materials": ("materials.json", try CanonicalJSON.encode(list)),
        ]
        var steps: [Digest] = []
        for (name, file) in files {
            let blob = Subject(file.name, try await store.put(file.bytes))
            let record = StepRecord(
                name: name, startedAt: Date(timeIntervalSince1970: Double(1_795_342_500 + kernel * 60)),
                milliseconds: 1500, inputs: Digest(of: "\(kernel) \(name)"), outcome: .done, output: blob.sha256)
            steps.append(try await store.append(try Entry.Draft(record, blobs: [blob])).digest)
        }
        return steps
    }

    private struct Prepared: Encodable {
        let drift: [String] = []
        let lock: SandboxLock
    }
}
