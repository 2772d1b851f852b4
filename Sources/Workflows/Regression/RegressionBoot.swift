// SPDX-License-Identifier: Apache-2.0
internal import Guest
internal import Host
internal import Records
internal import Sandbox
internal import SystemPackage

/// What a boot of a campaign came to.
struct RegressionBootResult: Codable, Sendable {
    let boot: RegressionReport.Boot
    let tests: [TestResult]
    /// What the machine was before, where it is one of its own; it comes back to that.
    let machine: RemoteMachine.Facts?

    var run: TestRun { TestRun(tests: tests, isWhole: boot.run.ending == .powerOff) }
}

/// Where a campaign's boot is done.
struct RegressionSite: Sendable {
    /// Of this boot's console log.
    let folder: FilePath
    /// For progress: `boot 2 of 4: candidate, max, start`.
    let stage: String
    let progress: ProgressSink

    var console: FilePath { folder.appending("console.log") }
}

/// One boot of one kernel on one machine.
struct RegressionBoot: Step {
    let program: String
    /// `max-candidate-start-1`.
    let name: String
    let kind: BootKind
    let turn: Int
    /// With the digests of its files.
    let guest: Keyed<GuestPlan>
    let programs: [SelftestProgram]
    let sandbox: Keyed<SandboxRoot>
    /// By its name; nil for a machine of QEMU's.
    let remote: Keyed<RemoteMachine>?

    func attachments(of result: RegressionBootResult?, at site: RegressionSite) -> [StepAttachment] {
        [StepAttachment("console.log", site.console)]
    }

    func holds(_ result: RegressionBootResult, at site: RegressionSite) throws -> Bool {
        try Digest(ofFile: site.console) == result.boot.run.consoleSHA256
    }

    func perform(at site: RegressionSite) async throws -> RegressionBootResult {
        let clock = ContinuousClock.now
        let tell: @Sendable (GuestProgress) -> Void = { state in
            site.progress(
                WorkProgress(
                    site.stage, done: state.counts.total, detail: state.currentTest ?? state.step ?? "",
                    elapsed: ContinuousClock.now - clock))
        }
        let (guest, root) = (guest.value, sandbox.value)
        // Its start is another one after each test.
        let facts = try await remote?.value.look()
        let run =
            if let remote = remote?.value, let facts {
                try await guest.boot(on: remote, facts, in: root, folder: site.folder, onProgress: tell)
            } else {
                try await guest.boot(in: root, folder: site.folder, onProgress: tell)
            }
        // The console log is the evidence; the rest can be made again.
        try Files.remove(site.folder.appending("initramfs.cpio"))
        let reading = try BootReading(console: site.console, plan: guest)
        let boot = RegressionReport.Boot(
            kind: kind, repetition: turn, folder: "boots/\(name)", run: run, startSeconds: reading.startSeconds,
            memory: reading.memory, refusal: reading.refusal.isEmpty ? nil : reading.refusal)
        var tests = [
            TestResult(
                name: "boot/\(kind.rawValue)", outcome: run.ending == .powerOff ? .pass : .fail,
                diagnostics: run.ending == .powerOff ? [] : [run.reached], line: nil, children: [])
        ]
        if kind != .start { tests += run.tests }
        tests += [reading.modules(guest.modules.map(\.name)), reading.selftests(programs)].compactMap { $0 }
        return RegressionBootResult(boot: boot, tests: tests, machine: facts)
    }
}

extension GuestPlan {
    /// The plan, known by all that it says and by what is in its files.
    func keyed() throws -> Keyed<GuestPlan> {
        var contents = self
        func digest(_ file: FilePath) throws -> FilePath { FilePath(try Digest(ofFile: file).hexadecimal) }
        contents.kernel = try digest(kernel)
        contents.busybox = try digest(busybox)
        contents.modules = try modules.map {
            GuestModule(
                name: $0.name, path: try digest($0.path), dependencies: $0.dependencies, parameters: $0.parameters,
                steps: $0.steps)
        }
        contents.files = try files.map {
            GuestFile(name: $0.name, path: try digest($0.path), isExecutable: $0.isExecutable)
        }
        return Keyed(self, by: Digest(of: try JSON.encode(contents)))
    }
}
