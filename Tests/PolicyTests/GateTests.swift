// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import Signing
import TestSupport
import Testing

@testable import Policy

struct GateTests {
    private let people: SampleDecision
    private let today = SampleDecision.today
    private let run = SampleRecord.waived()

    /// One stage with every requirement, after one with few.
    private static let text = """
        waivers: {longest-term: 400, widest: 3}
        stages:
          - {name: first, suites: ['*'], compilers: [stable, bootstrap], waivers: file, allowed: [DEV]}
          - name: last
            after: first
            validation: {stage: first, months: 6}
            compilers: [stable, bootstrap]
            suites: ['rust_*', fortify]
            evidence: [comparison, notes, drill, rebuild, bundle]
            ages: {run: 300, drill: 30}
            waivers: signed
            unwaivable: [LAY]
            allowed: [DEV]
            approvals: 2
        """

    init() throws { people = try SampleDecision(Self.text) }

    private var dated: Dated<RunRecord> { SampleDecision.dated(run, 1) }

    private func evidence(
        flags: [String]? = ["-Zpacked-stack"], drills: [Dated<RollbackDrill>] = [],
        rebuilds: [Dated<RebuildReport>] = [], bundles: [Dated<BundleRecord>] = [], gates: [Dated<GateReport>] = [],
        waivers: [Dated<Signed<WaiverStatement>>] = [], approvals: [Dated<Signed<ApprovalStatement>>] = [],
        upstream: Set<String>? = nil, of run: Dated<RunRecord>? = nil
    ) -> GateEvidence {
        GateEvidence(
            run: run ?? dated, drills: drills, rebuilds: rebuilds, bundles: bundles, gates: gates, waivers: waivers,
            approvals: approvals, unstableFlags: flags.map { ($0, SampleDecision.entry(2, .step)) }, upstream: upstream)
    }

    private func judge(_ evidence: GateEvidence, _ stage: String = "last", _ day: Day? = nil) throws -> GateReport {
        try Gate(people.policy, stage: stage).judge(evidence, asOf: day ?? today, toolVersion: "1")
    }

    private func state(_ rule: RuleDescription, _ report: GateReport) -> GateReport.State? {
        report.results.first { $0.rule == rule.identifier }?.state
    }

    @Test("with the evidence of a pilot alone, what is missing is unknown, and unknown refuses")
    func missing() throws {
        let report = try judge(evidence())
        #expect(report.verdict == .fail)
        for rule in [
            GateRule.drill, GateRule.rebuild, GateRule.bundle, GateRule.stage, GateRule.validation, GateRule.approvals,
        ] {
            #expect(state(rule, report) == .unknown, "\(rule.identifier)")
        }
        // The failures that a file accepts count only where the stage takes files.
        #expect(state(GateRule.run, report) == .fail)
        #expect(state(GateRule.suites, report) == .fail)
        let first = try judge(evidence(), "first")
        #expect(first.verdict == .pass)
        #expect(first.deviations.contains { $0.waiver == "file" && $0.finding.rule == "TST001" })
        #expect(first.results.allSatisfy { !$0.entries.isEmpty || $0.rule == GateRule.waivers.identifier })
    }

    @Test("a waivers file counts until its day, and not after")
    func file() throws {
        #expect(try judge(evidence(), "first", Day("2027-05-31")).verdict == .pass)
        #expect(try judge(evidence(), "first", Day("2027-06-01")).verdict == .fail)
        #expect(throws: Failure.self) { try judge(evidence(), "first", today.adding(days: -1)) }
        #expect(throws: Failure.self) { try Gate(people.policy, stage: "frist") }
    }

    @Test("signed waivers take the file's place, and the gate passes and refuses by their days")
    func signed() async throws {
        var waivers: [Dated<Signed<WaiverStatement>>] = []
        let places = ["rust_netlink/test_family_flags_bitfield", "fortify/fortify_test_known_sizes"]
        for (index, (rule, place)) in zip(["TST001", "TST005"], places).enumerated() {
            waivers += try await people.waiver(
                SampleDecision.terms(rule, place, until: 30), by: people.cyd, approvedBy: [people.bob],
                from: 100 + 10 * index)
        }
        let report = try judge(evidence(waivers: waivers))
        #expect(state(GateRule.run, report) == .pass && state(GateRule.suites, report) == .pass)
        #expect(report.waivers.map(\.uses) == [1, 1])
        let late = try judge(evidence(waivers: waivers), "last", today.adding(days: 31))
        #expect(state(GateRule.run, late) == .fail && late.waivers.allSatisfy { $0.state == .expired })
        let pending = try judge(evidence(waivers: [waivers[0], waivers[2]]))
        #expect(state(GateRule.run, pending) == .fail)
        for terms in [
            SampleDecision.terms("TST001", places[0], run: "another"),
            SampleDecision.terms("TST001", places[0], line: "6.12"),
            SampleDecision.terms("TST001", places[0], finding: Digest(of: "x")),
            SampleDecision.terms("TST005", places[0]),
        ] {
            let other = try await people.waiver(terms, by: people.cyd, approvedBy: [people.bob])
            #expect(state(GateRule.run, try judge(evidence(waivers: other + waivers.suffix(2)))) == .fail)
        }
        let finding = try #require(report.deviations.first { $0.finding.rule == "TST001" })
        let exact = try await people.waiver(
            SampleDecision.terms("TST001", "*", finding: finding.fingerprint, run: run.identifier, line: "7.3"),
            by: people.cyd, approvedBy: [people.bob])
        #expect(state(GateRule.run, try judge(evidence(waivers: exact + waivers.suffix(2)))) == .pass)
    }

    @Test("a waiver that accepts more than the policy lets one is too wide")
    func wide() async throws {
        let waivers = try await people.waiver(
            SampleDecision.terms("DEV007", "tests*"), by: people.ada, approvedBy: [people.bob])
        let skips = DeviationRule.findings(
            in: DeviationFacts(run: run, unstableFlags: [], upstream: nil)
        ).count { $0.rule == "DEV007" }
        let report = try judge(evidence(waivers: waivers))
        #expect(report.waivers.first?.uses == skips)
        #expect(report.waivers.first?.isOverwide == (skips > 3))
        #expect(state(GateRule.waivers, report) == (skips > 3 ? .fail : .pass))
    }

    @Test("compilers are told by what they were given, and days of nightly ones are those that are named")
    func compilers() throws {
        func compiler(_ text: String, _ flags: [String]?, version: String? = nil) throws -> GateReport.State? {
            let policy = try PolicyFile.read(Array("stages:\n  - {name: s, suites: ['*'], \(text)}\n".utf8))
            let tools = run.toolchain.map { tool in
                tool.role != "rust-compiler" || version == nil
                    ? tool
                    : Tool(
                        role: tool.role, name: tool.name, path: tool.path, version: version ?? "", package: nil,
                        packageVersion: nil, sha256: tool.sha256)
            }
            let record = run.replacing(toolchain: tools)
            let report = try Gate(policy, stage: "s").judge(
                evidence(flags: flags, of: SampleDecision.dated(record, 1)), asOf: today, toolVersion: "1")
            return state(GateRule.compiler, report)
        }
        #expect(try compiler("compilers: [stable]", []) == .pass)
        #expect(try compiler("compilers: [stable]", ["-Zpacked-stack"]) == .fail)
        #expect(try compiler("compilers: [stable]", nil) == .unknown)
        #expect(try compiler("compilers: [bootstrap]", ["-Zpacked-stack"]) == .pass)
        let nightly = "rustc 1.99.0-nightly (0123abcde 2026-10-01)"
        #expect(try compiler("compilers: [stable, bootstrap]", ["-Zx"], version: nightly) == .fail)
        #expect(try compiler("compilers: [nightly]", ["-Zx"], version: nightly) == .fail)
        #expect(try compiler("compilers: [nightly], nightlies: any", ["-Zx"], version: nightly) == .pass)
        #expect(try compiler("compilers: [nightly], nightlies: [2026-10-01]", nil, version: nightly) == .pass)
        #expect(try compiler("compilers: [nightly], nightlies: [2026-10-02]", nil, version: nightly) == .fail)
        #expect(
            try compiler("compilers: [nightly], nightlies: [2026-10-02]", nil, version: "rustc 1.99.0-nightly")
                == .unknown)
    }

    @Test("a drill counts for both kernels of the run, within its age, and only where it passed")
    func drills() throws {
        func drill(_ sample: RollbackDrill, _ images: [KernelRole: Digest], _ day: Day? = nil) throws -> GateReport
            .State?
        {
            let drill = sample.replacing(images: images)
            return state(GateRule.drill, try judge(evidence(drills: [SampleDecision.dated(drill, 5)]), "last", day))
        }
        let built = try #require(run.build.bootImage?.sha256)
        let images: [KernelRole: Digest] = [.candidate: built, .baseline: built]
        #expect(try drill(SampleDrill.passed(), images) == .pass)
        #expect(try drill(SampleDrill.failed(), images) == .fail)
        #expect(try drill(SampleDrill.passed(), [.candidate: built, .baseline: Digest(of: "another")]) == .unknown)
        #expect(try drill(SampleDrill.passed(), images, today.adding(days: 30)) == .pass)
        #expect(try drill(SampleDrill.passed(), images, today.adding(days: 31)) == .fail)
    }

    @Test("a second build counts where its first one is the run's kernel, both kernels each")
    func rebuilds() throws {
        let equal = try #require(SampleRebuild.equal())
        #expect(state(GateRule.rebuild, try judge(evidence(rebuilds: [SampleDecision.dated(equal, 6)]))) == .unknown)
        let candidate = try #require(run.kernels.all.first)
        let alone = run.replacing(kernels: .init(candidate: candidate, baseline: nil))
        let one = SampleDecision.dated(alone, 1)
        #expect(
            state(GateRule.rebuild, try judge(evidence(rebuilds: [SampleDecision.dated(equal, 6)], of: one))) == .pass)
        let different = try #require(SampleRebuild.different())
        #expect(
            state(GateRule.rebuild, try judge(evidence(rebuilds: [SampleDecision.dated(different, 6)], of: one)))
                == .fail)
    }

    @Test("stages follow each other, and validation takes its months")
    func validation() throws {
        let pass = SampleDecision.dated(try judge(evidence(), "first"), 7)
        func states(_ gates: [Dated<GateReport>], _ day: Day? = nil) throws -> [GateReport.State?] {
            let report = try judge(evidence(gates: gates), "last", day)
            return [state(GateRule.stage, report), state(GateRule.validation, report)]
        }
        #expect(try states([pass]) == [.pass, .fail])
        let report = try judge(evidence(gates: [pass]))
        let end = try #require(report.results.first { $0.rule == GateRule.validation.identifier }?.passesFrom)
        #expect(end.description == "2027-05-28")
        #expect(try states([pass], end.adding(days: -1)) == [.pass, .fail])
        #expect(try states([pass], end) == [.pass, .pass])
        // A verdict as of another day than the one on which it was recorded opens nothing.
        let past = Dated(pass.body, entry: pass.entry, time: today.adding(days: 2).start)
        #expect(try states([past], end) == [.unknown, .unknown])
    }

    @Test("what another policy passed opens nothing, unless this one names it")
    func otherPolicies() throws {
        let lax = try PolicyFile.read(
            Array(
                "stages: [{name: first, suites: ['*'], compilers: [stable, bootstrap], allowed: [DEV], waivers: file}]\n"
                    .utf8))
        let verdict = try Gate(lax, stage: "first").judge(evidence(), asOf: today, toolVersion: "1")
        #expect(verdict.verdict == .pass)
        let gates = [SampleDecision.dated(verdict, 7)]
        func stage(_ policy: Policy) throws -> GateReport.Result? {
            try Gate(policy, stage: "last").judge(evidence(gates: gates), asOf: today, toolVersion: "1").results.first {
                $0.rule == GateRule.stage.identifier
            }
        }
        let refused = try stage(people.policy)
        #expect(refused?.state == .unknown && refused?.reason.contains(lax.digest.hexadecimal) == true)
        let own = people.policy
        let taken = Policy(
            digest: own.digest, earlier: [lax.digest], people: own.people, waivers: own.waivers, stages: own.stages)
        #expect(try stage(taken)?.state == .pass)
    }

    @Test("as many others as the policy says have to approve, by the policy in force")
    func approvals() async throws {
        func approved(_ statements: [Signed<ApprovalStatement>]) throws -> GateReport.State? {
            let dated = statements.enumerated().map { SampleDecision.dated($0.element, 20 + $0.offset) }
            return state(GateRule.approvals, try judge(evidence(approvals: dated)))
        }
        let request = try await people.says(.request, "last", by: people.cyd)
        let ada = try await people.says(.approve, "last", by: people.ada)
        let home = try await people.says(.approve, "last", by: people.adaHome)
        let bob = try await people.says(.approve, "last", by: people.bob)
        #expect(try approved([request, ada, bob]) == .pass)
        #expect(try approved([ada, bob]) == .unknown, "nobody requested it")
        #expect(try approved([request, ada]) == .unknown)
        #expect(try approved([request, ada, home]) == .unknown, "one person with two keys")
        #expect(try approved([try await people.says(.request, "last", by: people.adaHome), ada, bob]) == .unknown)
        #expect(
            try approved([request, ada, bob, try await people.says(.withdraw, "last", by: people.bob)]) == .unknown)
        #expect(try approved([request, ada, try await people.says(.approve, "first", by: people.bob)]) == .unknown)
        let other = try await people.says(.approve, "last", policy: Digest(of: "other"), by: people.bob)
        #expect(try approved([request, ada, other]) == .unknown)
        let stranger = try await people.says(.request, "last", by: people.eve)
        #expect(try approved([stranger, ada, bob]) == .unknown, "nobody of the policy requested it")
        #expect(try approved([request, stranger, ada, bob]) == .pass)
        let own = try await people.says(.request, "last", by: people.ada)
        #expect(try approved([own, request, ada, bob]) == .unknown, "Ada requested it, too")
        let cyd = try await people.says(.approve, "last", by: people.cyd)
        #expect(try approved([own, cyd, bob]) == .unknown, "Cyd may not approve")
        let forged = Signed(
            statement: bob.statement, publicKey: ada.publicKey, fingerprint: ada.fingerprint, envelope: ada.envelope)
        #expect(try approved([request, ada, forged]) == .unknown)
    }

    @Test("everything together passes")
    func whole() async throws {
        let built = try #require(run.build.bootImage?.sha256)
        let drill = SampleDrill.passed().replacing(images: [.candidate: built, .baseline: built])
        let equal = try #require(SampleRebuild.equal())
        let kernels = run.kernels.all.map { kernel in
            RebuildReport.Kernel(
                role: kernel.role, configuration: kernel.configuration.digest, first: equal.kernels[0].first,
                second: equal.kernels[0].second, build: kernel.build,
                artifacts: kernel.build.artifacts.map { .init(path: $0.path, first: $0, second: $0) })
        }
        let rebuild = RebuildReport(
            identifier: "second", run: run.identifier, toolVersion: "1", startedAt: run.startedAt,
            finishedAt: run.finishedAt, source: run.source, series: nil, sandboxLock: run.sandbox.lockDigest,
            isolation: equal.isolation, kernels: kernels, findings: [])
        var waivers: [Dated<Signed<WaiverStatement>>] = []
        for (index, (rule, place)) in [
            ("TST001", "rust_netlink/test_family_flags_bitfield"), ("TST005", "fortify/fortify_test_known_sizes"),
            ("TST003", "gcc_plugins"),
        ].enumerated() {
            waivers += try await people.waiver(
                SampleDecision.terms(rule, place, until: 300), by: people.cyd, approvedBy: [people.bob],
                from: 100 + 10 * index)
        }
        let end = try #require(Day("2027-05-28"))
        let bundle = BundleRecord(
            run: run.identifier, name: "run.tar.zst", size: 1, archive: Digest(of: "bundle"),
            keys: [people.ada.publicKey.fingerprint])
        func report(bundle: BundleRecord) async throws -> GateReport {
            try judge(
                evidence(
                    drills: [SampleDecision.dated(drill, 5, end)], rebuilds: [SampleDecision.dated(rebuild, 6)],
                    bundles: [SampleDecision.dated(bundle, 8)],
                    gates: [SampleDecision.dated(try judge(evidence(), "first"), 7)], waivers: waivers,
                    approvals: [
                        SampleDecision.dated(try await people.says(.request, "last", by: people.cyd), 20),
                        SampleDecision.dated(try await people.says(.approve, "last", by: people.ada), 21),
                        SampleDecision.dated(try await people.says(.approve, "last", by: people.bob), 22),
                    ]), "last", end)
        }
        let passed = try await report(bundle: bundle)
        #expect(passed.verdict == .pass, "\(passed.results.filter { $0.state != .pass }.map(\.reason))")
        #expect(passed.results.count == GateRule.descriptions.count)
        let unsigned = BundleRecord(
            run: run.identifier, name: "run.tar.zst", size: 1, archive: Digest(of: "bundle"), keys: [])
        #expect(try await report(bundle: unsigned).verdict == .fail)
        let bytes = try CanonicalJSON.encode(passed)
        #expect(try JSON.decode(GateReport.self, from: bytes, named: "gate") == passed)
    }
}

extension RunRecord {
    func replacing(toolchain: [Tool]? = nil, kernels: Kernels? = nil) -> RunRecord {
        RunRecord(
            identifier: identifier, toolVersion: toolVersion, startedAt: startedAt, finishedAt: finishedAt,
            verdict: verdict, reasons: reasons, source: source, readiness: readiness, enablement: enablement,
            sandbox: sandbox, toolchain: toolchain ?? self.toolchain, kernels: kernels ?? self.kernels,
            comparison: comparison, difference: difference, audit: audit, findings: findings, accepted: accepted,
            steps: steps)
    }
}

extension RollbackDrill {
    func replacing(images: [KernelRole: Digest]) -> RollbackDrill {
        RollbackDrill(
            identifier: identifier, run: run, toolVersion: toolVersion, startedAt: startedAt, finishedAt: finishedAt,
            kernels: kernels.map { kernel in
                Kernel(
                    role: kernel.role,
                    image: KernelImage(
                        release: kernel.image.release, sha256: images[kernel.role] ?? kernel.image.sha256,
                        size: kernel.image.size, commandLineSize: kernel.image.commandLineSize,
                        isSigned: kernel.image.isSigned), fingerprint: kernel.fingerprint)
            }, plan: plan, emulator: emulator, accelerator: accelerator, sandboxLock: sandboxLock, packages: packages,
            steps: steps, consoles: consoles)
    }
}
