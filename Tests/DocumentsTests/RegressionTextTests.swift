// SPDX-License-Identifier: Apache-2.0
import Foundation
import Guest
import Host
import Records
import TestSupport
import Testing

@testable import Documents
@testable import KernelTree
@testable import Workflows

@Suite struct RegressionTextTests {
    private func kernel(_ name: String, rust: Bool) -> KernelFacts {
        let size = rust ? 3 : 2
        return KernelFacts(
            name: name, release: "6.12.107", imageSHA256: Digest(of: name), imageSize: size << 20, rust: rust,
            vmlinux: .init(file: size * 40 << 20, text: size * 1_500_000, data: size * 700_000, zeroed: 90_000),
            modules: rust
                ? [
                    .init(
                        name: "samples/rust/rust_minimal.ko",
                        sizes: .init(file: 90_000, text: 900, data: 300, zeroed: 0))
                ]
                : [])
    }

    private func boot(_ kind: BootKind, _ seconds: Double, free: Int, ending: GuestRun.Ending = .powerOff)
        -> RegressionReport.Boot
    {
        let run = GuestRun(
            emulator: "QEMU emulator version 11.1.3", accelerator: "tcg", machine: "s390-ccw-virtio", cpu: "z13",
            memoryMiB: 1024, cpus: 2, kernelCommandLine: "console=ttyS0", ending: ending,
            reached: "reached step 3 of 9 (insert x); last console line: x: a line that is long enough to be wrapped",
            seconds: 12, consoleSHA256: Digest(of: "console"), consoleLines: 100, events: [], tests: [], modules: [])
        return RegressionReport.Boot(
            kind: kind, repetition: 1, folder: "boots/x", run: run, startSeconds: seconds,
            memory: kind == .start ? ["MemTotal": 1_000_000, "MemFree": free, "Slab": 5000] : nil, refusal: nil)
    }

    private func runs(pass: Int = 0, fail: Int = 0, unknown: Int = 0) -> TestCounts {
        var counts = TestCounts()
        counts.pass = pass
        counts.fail = fail
        counts.unknown = unknown
        return counts
    }

    private func change(_ path: String, _ before: TestCounts, _ after: TestCounts) -> TestComparison.Change {
        func worst(_ counts: TestCounts) -> TestOutcome? {
            counts.fail > 0 ? .fail : counts.unknown > 0 ? .unknown : counts.pass > 0 ? .pass : nil
        }
        return TestComparison.Change(
            path: path, baseline: worst(before), candidate: worst(after),
            verdict: .init(baseline: before, candidate: after), baselineRuns: before, candidateRuns: after)
    }

    var report: RegressionReport {
        let tests = [
            change("boot/start", runs(pass: 3), runs(pass: 3)),
            change("planted/length", runs(pass: 3), runs(fail: 3)),
            change("planted/round_up_to_eight", runs(fail: 3), runs(fail: 3)),
            change("random/now_and_then", runs(pass: 2, fail: 1), runs(fail: 3)),
            change("ext4/\(String(repeating: "a_long_name_", count: 8))", runs(pass: 3), runs(pass: 2, unknown: 1)),
            change("crc/gone", runs(pass: 3), runs()), change("crc/mended", runs(fail: 3), runs(pass: 3)),
            change("rust_doctests_kernel/rust_doctest_kernel_list_rs_0", runs(), runs(pass: 3)),
        ]
        let refusal = ["The Linux kernel requires more recent processor hardware", "Missing facilities: 27,32"]
        let tooOld = RegressionReport.Boot(
            kind: .start, repetition: 1, folder: "boots/y", run: boot(.start, 0, free: 0, ending: .early).run,
            startSeconds: nil, memory: nil, refusal: refusal)
        return RegressionReport(
            schema: RegressionReport.schema, toolVersion: "0", startedAt: Date(timeIntervalSince1970: 0), seconds: 754,
            baseline: kernel("gcc", rust: false), candidate: kernel("rust", rust: true), suites: [.kunit, .kselftest],
            repetitions: 3, cpus: 2, memoryMiB: 1024,
            machines: [
                .init(
                    model: MachineModel(name: "z13", model: "z13", without: ["cmm", "edat2"]),
                    baseline: [boot(.start, 1.5, free: 900_000)],
                    candidate: [boot(.start, 1.65, free: 880_000), boot(.programs, 1.7, free: 0, ending: .panic)],
                    tests: tests,
                    reasons: [
                        "planted/length":
                            "# length: EXPECTATION FAILED at suite.c:15; Expected planted_length(header) == 0x0102u, but"
                    ], notCompared: nil),
                .init(
                    model: MachineModel(name: "zEC12", model: "zEC12"), baseline: [boot(.start, 1.5, free: 900_000)],
                    candidate: [tooOld], tests: [change("boot/start", runs(pass: 1), runs(fail: 1))],
                    reasons: [:], notCompared: "the candidate did not come to the end of a plain boot"),
                .init(
                    model: MachineModel(
                        name: "z16", model: "gen16a", impossible: "Selected CPU generation is too new."),
                    baseline: [], candidate: [], tests: [], reasons: [:], notCompared: "there is no such machine here"),
            ],
            selftests: SelftestFacts(
                kernel: "6.12.107",
                collections: [
                    .init(
                        name: "size", deadline: 45,
                        programs: [.init(name: "get_size", size: 1, sha256: Digest(of: "x"))],
                        leftOut: [])
                ], leftOut: [.init(name: "seccomp", reason: "no sys/capability.h")]),
            notes: ["the baseline has no CONFIG_KUNIT"])
    }

    @Test func `two kernels side by side are shown as they are, in 80 columns`() throws {
        let text = try shown(report)
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
        try expectGolden("regression.txt", text)
    }

    @Test func `colour is added and nothing else`() throws {
        let coloured = try shown(report, .coloured)
        #expect(coloured.contains("\u{1B}[1;31mREGRESSED"))
        let plain = coloured.replacing(/\x1B\[[0-9;]*m/, with: "")
        #expect(try plain == shown(report))
    }

    @Test func `new failures and lost passes fail, nothing else does`() {
        #expect(report.newFailures == 2 && report.lostPasses == 1 && !report.isClean && report.hasCompared)
    }

    @Test func `JSON holds every test and reads back the same`() throws {
        let text = try shown(report, as: .json)
        let read = try JSON.decode(RegressionReport.self, from: Array(text.utf8), named: "the answer")
        #expect(read == report)
    }
}
