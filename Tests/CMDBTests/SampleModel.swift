// SPDX-License-Identifier: Apache-2.0
import Host
import Records
import TestSupport

@testable import CMDB

/// Machines of two CPCs, and a run whose kernels they run.
enum SampleModel {
    static let candidate = Digest(of: "candidate")
    static let baseline = Digest(of: "baseline")

    static func guest(_ name: String, sequence: String = "A1", program: String = "z/VM    7.3.0") -> MachineIdentity {
        MachineIdentity(
            manufacturer: "IBM", type: "8561", plant: "02", sequence: sequence,
            partition: .init(number: 1, name: "PROD1"), guests: [.init(name: name, controlProgram: program)])
    }

    static func lpar(_ number: Int) -> MachineIdentity {
        MachineIdentity(
            manufacturer: "IBM", type: "8561", plant: "02", sequence: "A1",
            partition: .init(number: number, name: "LPAR\(number)"), guests: [])
    }

    static func machine(
        _ identity: MachineIdentity, notes: Digest? = candidate, verdict: MachineStanding.Verdict = .proven,
        without: Int = 0, hosts: [String] = ["root@lpar1.example"], age: Int = 0, merged: [String] = []
    ) -> MachineStanding {
        let state = MachineState(
            identity: identity, release: "6.12.117-bessemer", version: nil, notes: notes, buildID: nil,
            facilities: [156], loaded: nil, next: nil, isSecure: false, taint: 0, commandLine: nil, boot: nil)
        return MachineStanding(
            key: identity.key ?? "none", aliases: identity.aliases, place: identity.place, hosts: hosts,
            verdict: verdict,
            kernel: verdict == .unknown ? nil : .init(run: "run", role: .candidate, stages: ["staging"]), remarks: [],
            state: state, lastSeen: "2026-11-28T10:00:00Z", age: age, sweepsWithout: without, merged: merged,
            entry: EntryReference(sequence: 1, digest: Digest(of: "1"), kind: .machineLook))
    }

    static func run(_ sequence: Int = 7) -> FiledRun {
        let record = noted(SampleRecord.waived())
        let finding = Finding(
            rule: "DEV001", severity: .warning, title: "rustc is given -Zpacked-stack",
            location: .init(file: "rustc", symbol: "-Zpacked-stack"), found: "-Zpacked-stack", rationale: "",
            remediation: "")
        let entry = EntryReference(sequence: sequence, digest: Digest(of: "run"), kind: .run)
        return FiledRun(
            record: record, entry: entry, stages: ["pilot", "staging"], refusing: [],
            deviations: [
                Deviation(
                    fingerprint: Deviation.fingerprint(of: finding), finding: finding, entries: [entry],
                    waiver: "W-1", isAllowed: false)
            ], waivers: ["W-1 until 2027-05-31"], unstableFlags: ["-Zpacked-stack"])
    }

    /// The same with notes of each kernel's own.
    private static func noted(_ record: RunRecord) -> RunRecord {
        func noted(_ kernel: RunRecord.Kernel, _ notes: Digest) -> RunRecord.Kernel {
            let boot = kernel.boot
            return RunRecord.Kernel(
                role: kernel.role, configuration: kernel.configuration, build: kernel.build,
                boot: GuestRun(
                    emulator: boot.emulator, accelerator: boot.accelerator, machine: boot.machine, cpu: boot.cpu,
                    memoryMiB: boot.memoryMiB, cpus: boot.cpus, kernelCommandLine: boot.kernelCommandLine,
                    ending: boot.ending, reached: boot.reached, seconds: 1, consoleSHA256: boot.consoleSHA256,
                    consoleLines: boot.consoleLines, events: boot.events, tests: boot.tests, modules: boot.modules,
                    notesSHA256: notes))
        }
        return RunRecord(
            identifier: "run", toolVersion: record.toolVersion, startedAt: record.startedAt,
            finishedAt: record.finishedAt, verdict: .passed, reasons: [], source: record.source,
            readiness: record.readiness, enablement: record.enablement, sandbox: record.sandbox,
            toolchain: record.toolchain,
            kernels: .init(
                candidate: noted(record.kernels.candidate, candidate),
                baseline: record.baseline.map { noted($0, baseline) }), audit: nil, findings: [], accepted: [],
            steps: [])
    }

    static func model(
        _ machines: [MachineStanding], head: LogHead? = LogHead(origin: "log", size: 9, rootHash: Digest(of: "9"))
    ) -> CMDBModel {
        CMDBModel(
            machines: machines,
            seen: Set(machines.compactMap(\.state?.notes)).map {
                SeenKernel(notes: $0, release: "6.12.117-bessemer", buildID: nil)
            }, runs: [run()], head: head)
    }
}
