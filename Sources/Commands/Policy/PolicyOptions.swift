// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Attestation
internal import Evidence
internal import EvidenceSQLite
internal import Foundation
internal import Host
internal import Policy
internal import Records
internal import SystemPackage
internal import Workflows

/// By which policy a command judges.
struct PolicyOption: ParsableArguments {
    @Option(
        help: .value("FILE", "The policy (default: bessemer.yaml in this folder; `bessemer policy init` writes one)."),
        completion: .file())
    var policy: String?

    /// Throws `Failure` with codes `policy.missing`, `policy.unreadable`.
    func read(_ context: Context) throws -> Policy { try file(context).policy }

    /// With its bytes, which are kept beside a verdict. Throws as `read` does.
    func file(_ context: Context) throws -> (policy: Policy, bytes: [UInt8]) {
        let file = context.path(policy ?? PolicyFile.name)
        guard Files.exists(file) else {
            throw Failure(
                "policy.missing", "there is no policy \(file), and nothing is decided without one",
                advice: "`bessemer policy init` writes one with comments; --policy names another file")
        }
        guard Files.isRegularFile(file) else {
            throw Failure("policy.unreadable", "\(file) is not a file", advice: "name a file with --policy")
        }
        let bytes = try Files.bytes(file, limit: PolicyFile.largest)
        return (try PolicyFile.read(bytes, named: policy ?? PolicyFile.name, book: .ofBessemer), bytes)
    }

    /// nil where none is named and none is in this folder. Throws as `read` does.
    func fileIfThere(_ context: Context) throws -> (policy: Policy, bytes: [UInt8])? {
        policy == nil && !Files.exists(context.path(PolicyFile.name)) ? nil : try file(context)
    }
}

/// A day to look at things as of.
struct DayOption: ParsableArguments {
    @Option(help: .value("DAY", "Judge as of the end of that day UTC, 2027-05-31 (default: today)."))
    var asOf: String?

    func validate() throws {
        try require(asOf.map { Day($0) != nil } ?? true, "--as-of takes a day like 2027-05-31.")
    }

    /// nil where none is named.
    var chosen: Day? { asOf.flatMap { Day($0) } }

    /// The day that is named, or today; whether it is today. Throws as `today` does where none is named.
    func day(_ store: SQLiteEvidenceStore) async throws -> (day: Day, isToday: Bool) {
        guard let chosen else { return (try await Self.today(store), true) }
        return (chosen, (try? await Self.today(store)) == chosen)
    }

    /// Throws `Failure` with code `policy.clock` where this machine's clock is behind the log.
    static func today(_ store: SQLiteEvidenceStore) async throws -> Day {
        let now = Date()
        guard let last = try await store.summaries(EntryQuery(limit: 1)).first, last.time > now.addingTimeInterval(60)
        else {
            return Day(now)
        }
        throw Failure(
            "policy.clock",
            "this machine's clock says \(now.formatted(.iso8601)), and the log's last entry is of "
                + last.time.formatted(.iso8601),
            advice:
                "set the clock, by which it is judged what holds today. Where that entry was recorded under a wrong one, --as-of "
                + "DAY judges without it, and without a record; decisions are recorded again from \(Day(last.time)) on")
    }
}

/// A run, a stage of a policy, and the day as of which it is judged.
struct StageQuestionOptions: ParsableArguments {
    @Argument(
        help: .value("RUN", "The run's identifier; its beginning is enough (default: the newest run)."),
        completion: .custom { _, _, _ in RunCompletion.identifiers() })
    var run: String?

    @Option(help: .value("STAGE", "A stage of the policy."))
    var stage: String

    @OptionGroup var day: DayOption
    @OptionGroup var policy: PolicyOption

    @Option(
        help: .value(
            "FILE", "Patch-ids of the upstream tree: what `git log -p RANGE | git patch-id --stable` prints."),
        completion: .file())
    var patchIds: String?

    /// What the run's gate looks at. Throws as `Context.gateEvidence` does.
    func evidence(_ context: Context) async throws -> (GateEvidence, SQLiteEvidenceStore) {
        try await context.gateEvidence(try await context.run(run), patchIds: patchIds)
    }
}

extension Context {
    /// The log, which is what was recorded: nothing is decided by another. Throws `Failure` with codes `evidence.missing`,
    /// `evidence.altered`. Tables `unread` are not compared with it: who reads them does.
    func wholeStore(except unread: Set<String> = []) async throws -> SQLiteEvidenceStore {
        try requireEvidence()
        let store = try store()
        let report = try await VerificationReport(of: store, except: unread) {
            progress(WorkProgress("verifying the evidence log", done: $0, detail: "entries"))
        }
        guard let first = report.faults.first else { return store }
        let more = report.faults.count > 1 ? ", and \(report.faults.count - 1) more" : ""
        throw Failure(
            "evidence.altered",
            "nothing is decided by an evidence log that is not what was recorded: \(first.text)\(more)",
            advice: "`bessemer evidence verify` names all of it; take the file from a backup")
    }

    /// The evidence of a run that a gate looks at, and the store.
    func gateEvidence(_ run: String, patchIds: String? = nil) async throws -> (GateEvidence, SQLiteEvidenceStore) {
        let store = try await wholeStore()
        let upstream = try patchIds.map { try PatchIdentifiers(file: path($0)).all }
        return (try await GateEvidence(of: run, in: store, upstream: upstream), store)
    }

    /// The verdict of today, which is recorded with the policy's bytes; no entry where the log can't be written.
    func judge(
        _ gate: Gate, _ evidence: GateEvidence, by policy: [UInt8], today: Day, in store: SQLiteEvidenceStore
    ) async throws -> (report: GateReport, entry: Entry?) {
        let report = try gate.judge(evidence, asOf: today, toolVersion: Bessemer.version)
        let entry = try await recordWhereWritable(in: store) {
            let kept = Subject(PolicyFile.name, try await store.put(policy))
            return try Entry.Draft(report, parents: [evidence.run.entry.digest], blobs: [kept])
        }
        return (report, entry)
    }

    /// The run that is named, or else the newest that came to its report. Throws `Failure` with code `evidence.missing`.
    func run(_ name: String?) async throws -> String {
        if let name { return name }
        try requireEvidence()
        guard let newest = try await store().runs(limit: 50).first(where: { $0.sourceKind != nil }) else {
            throw Failure(
                "evidence.missing", "no run is recorded", advice: "`bessemer pilot` makes a run and records it")
        }
        return newest.identifier
    }
}
