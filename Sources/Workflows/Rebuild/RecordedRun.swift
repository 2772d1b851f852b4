// SPDX-License-Identifier: Apache-2.0
internal import Evidence
internal import Foundation
internal import Host
internal import KernelTree
internal import Records
internal import Sandbox
internal import SystemPackage

/// What a run recorded of its builds: all that goes into doing them again.
struct RecordedRun: Sendable {
    /// One of its kernels.
    struct Kernel: Sendable {
        let role: KernelRole
        let configuration: [UInt8]
        let build: BuildFacts
        let startedAt: Date
        /// nil where it was not asked for.
        let materials: Materials?
    }

    /// The list of what a kernel was made from.
    struct Materials: Sendable {
        let digest: Digest
        /// Those of the source.
        let files: [KernelMaterials.File]

        /// Throws `Failure` with code `rebuild.materials`.
        fileprivate init(_ bytes: [UInt8], of step: String, run: String) throws {
            let list = try JSON.decode(
                KernelMaterials.self, from: bytes, named: "the list of the step \(step) in the run \(run)",
                advice: "read it with the version of Bessemer that recorded it")
            if let fault = list.fault {
                throw Failure(
                    "rebuild.materials", "the list of the step \(step) in the run \(run) can't be used: \(fault)",
                    advice: "run the pilot again, then build that run twice")
            }
            digest = Digest(of: bytes)
            files = list.files.filter { $0.root == .source }
        }
    }

    let record: RunRecord
    let entry: Digest
    let lock: SandboxLock
    /// By their names in the series; empty where the source got no patches.
    let patches: [String: [UInt8]]
    let kernels: [Kernel]
    /// Folders in which the pilot may have left its objects.
    let folders: [FilePath]

    /// Reads a run with what its steps' entries name, of those kernels; nil for all.
    ///
    /// Throws `Failure` with the codes of `EvidenceStore.run`, and `rebuild.unrecorded`, `rebuild.pruned`,
    /// `rebuild.materials` and `rebuild.kernel`.
    init(
        _ name: String, kernels roles: [KernelRole]?, withMaterials: Bool = false, in store: any EvidenceArchive,
        state: FilePath
    ) async throws {
        let (record, entry) = try await store.run(name)
        self.record = record
        self.entry = entry.digest
        let steps = Dictionary(try await store.steps(of: entry).map { ($0.record.name, $0) }) { $1 }
        let run = record.identifier
        func step(_ name: String) throws -> Recorded<StepRecord> {
            guard let step = steps[name] else {
                throw Failure(
                    "rebuild.unrecorded", "the run \(run) has no recorded step \(name)",
                    advice: "runs of Bessemer 0.1 can't be built again: run the pilot again, then build that run twice")
            }
            return step
        }
        func file(_ file: String, of name: String) async throws -> [UInt8] {
            let entry = try step(name).entry
            guard let blob = entry.blobs.first(where: { $0.name == file }) else {
                throw Failure(
                    "rebuild.unrecorded", "the step \(name) of the run \(run) recorded no \(file)",
                    advice: "run the pilot again, then build that run twice")
            }
            guard let bytes = try await store.blob(blob.sha256) else {
                throw Failure(
                    "rebuild.pruned",
                    "the file \(file) of the step \(name) of the run \(run) is no longer in the evidence file",
                    advice:
                        "`bessemer evidence prune` removes files of older runs: take a newer run, or run the pilot again",
                    underlying: "entry \(entry.sequence), SHA-256 \(blob.sha256)")
            }
            return bytes
        }
        func result<Value: Decodable>(_ type: Value.Type, of name: String) async throws -> Value {
            try JSON.decode(
                type, from: try await file("result.json", of: name), named: "the result of \(name) in the run \(run)",
                advice: "read it with the version of Bessemer that recorded it")
        }

        lock = try await result(PreparedSandbox.self, of: "sandbox").lock
        let locked = lock.installed + lock.fetched + (lock.guest ?? [])
        guard lock.digest == record.sandbox.lockDigest, locked.allSatisfy({ $0.fault == nil }) else {
            throw Failure(
                "rebuild.unrecorded", "the lock that the run \(run) recorded is not the one of its report",
                advice: "`bessemer evidence verify` checks the log")
        }
        var patches: [String: [UInt8]] = [:]
        for patch in record.enablement?.series.patches ?? [] {
            patches[patch.file] = try await file(patch.file, of: "enable")
        }
        self.patches = patches
        let all = record.kernels.all
        if let lacking = roles?.first(where: { role in !all.contains { $0.role == role } }) {
            throw Failure(
                "rebuild.kernel", "the run \(run) built no \(lacking.rawValue)",
                advice: "build its candidate twice: --kernel candidate")
        }
        var kernels: [Kernel] = []
        for kernel in all where roles?.contains(kernel.role) != false {
            let configuration = try await file(DotConfig.name, of: kernel.role.step("configuration"))
            guard Digest(of: configuration) == kernel.configuration.digest else {
                throw Failure(
                    "rebuild.unrecorded",
                    "the configuration that the run \(run) recorded of its \(kernel.role.rawValue) is not that of its report",
                    advice: "`bessemer evidence verify` checks the log")
            }
            let list = kernel.role.step("materials")
            let materials =
                withMaterials
                ? try Materials(await file("materials.json", of: list), of: list, run: run) : nil
            kernels.append(
                Kernel(
                    role: kernel.role, configuration: configuration, build: kernel.build,
                    startedAt: try step(kernel.role.step("build")).record.startedAt, materials: materials))
        }
        self.kernels = kernels
        // A tree that got a series lies in its pilot's folder.
        let tree = FilePath(try await result(EnabledTree.self, of: "enable").tree)
        let pilots = state.appending("pilot")
        folders =
            [tree.removingLastComponent(), PilotPlan.folder(forKernel: record.source.request, in: state)]
            + Files.names(in: pilots).map { pilots.appending($0) }
    }

    /// Where the source comes from. Throws `Failure` with code `rebuild.source`, and as `SourceRequest.check` does.
    func request() throws -> KernelRequest {
        let source = record.source
        func gone(_ reason: String) -> Failure {
            Failure(
                "rebuild.source", "the source of the run \(record.identifier) is not there any more: \(reason)",
                advice: "bring it back to where it was, or run the pilot again")
        }
        switch source.kind {
        case .debianPackage:
            guard let name = source.package else { throw gone("the record does not name its package") }
            return .package(name)
        case .tarball:
            guard Files.exists(FilePath(source.request)) else { throw gone("there is no file \(source.request)") }
        case .folder, .git:
            guard Files.isDirectory(FilePath(source.request)) else {
                throw gone("there is no folder \(source.request)")
            }
        }
        return try KernelRequest(source.request)
    }

    /// Refuses another source. Throws `Failure` with code `rebuild.source`.
    func check(_ source: SourceIdentity) throws {
        guard source.digest != record.source.digest else { return }
        throw Failure(
            "rebuild.source", "the source \(record.source.request) is not what the run \(record.identifier) built",
            advice: "bring back what it was, or run the pilot again",
            underlying: "SHA-256 then: \(record.source.digest); now: \(source.digest)")
    }

    /// Writes the recorded patches as a folder of series; nil where there are none.
    ///
    /// Throws `Failure` as `ForeignFolder.write` does.
    func writeSeries(in folder: FilePath) throws -> FilePath? {
        guard let series = record.enablement?.series else { return nil }
        try Files.remove(folder)
        try Files.makeDirectory(folder)
        let made = try ForeignFolder(folder).makeFolder(series.name)
        for patch in series.patches { try made.write(patches[patch.file] ?? [], to: patch.file) }
        try made.write(series.patches.map { $0.file + "\n" }.joined(), to: "series")
        return folder
    }

    /// Refuses a tree that got other patches. Throws `Failure` with code `rebuild.series`.
    func check(_ enabled: EnabledTree) throws {
        func digests(_ series: GlueSeries?) -> [Digest] { series?.patches.map(\.sha256) ?? [] }
        guard digests(enabled.series) != digests(record.enablement?.series) else { return }
        throw Failure(
            "rebuild.series", "the source did not get the patches that it got in the run \(record.identifier)",
            advice: "build it with the version of Bessemer that made the run: \(record.toolVersion)")
    }
}
