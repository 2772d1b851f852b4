// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
package import Records

/// What a timeline is computed from: nothing but records, a policy and a day.
package struct TimelineQuestion: Sendable {
    package let policy: Policy
    /// Those of a line of kernels, the oldest first; the gates of the last are judged.
    package let runs: [GateEvidence]
    /// A run was named: its stages are its own, not those of its line.
    package let isOneRun: Bool
    package let observations: [Observation]
    package let asOf: Day
    package let store: Digest?
    package let toolVersion: String
    /// Whether to find out how often days moved, which judges at every day on which something changed.
    package let countsMoves: Bool

    package init(
        policy: Policy, runs: [GateEvidence], isOneRun: Bool, observations: [Observation], asOf: Day, store: Digest?,
        toolVersion: String, countsMoves: Bool
    ) {
        self.policy = policy
        self.runs = runs
        self.isOneRun = isOneRun
        self.observations = observations.filter { $0.day <= asOf }
        self.asOf = asOf
        self.store = store
        self.toolVersion = toolVersion
        self.countsMoves = countsMoves
    }

    /// Throws `Failure` with code `gate.day` where no run had been recorded by the end of that day.
    package func answer() throws -> Timeline {
        guard let shown = runs.last(where: { $0.run.time < asOf.end }) else {
            throw Failure(
                "gate.day", "no run had been recorded by the end of \(asOf) UTC",
                advice: "name a later day with --as-of")
        }
        let source = shown.record.source
        var stages: [String: Milestone] = [:]
        for stage in policy.stages { stages[stage.name] = try milestone(of: stage.name, shown) }
        let fallback = shown.run.time
        let milestones =
            Self.common.map { observed($0.identifier, $0.title, fallback) }
            + policy.stages.compactMap { stages[$0.name] }
            + policy.milestones.map { own($0, stages, fallback) }
        return Timeline(
            toolVersion: toolVersion, store: store, subject: isOneRun ? shown.record.identifier : source.line,
            kernelVersion: source.version, run: shown.record.identifier, asOf: asOf, policy: policy.digest,
            milestones: milestones, waivers: waivers(shown))
    }

    private static let common: [(identifier: String, title: String)] = [
        (Milestone.mainline, title: "s390 Rust support in the kernel's own source"),
        (Milestone.toolchain, "a Rust compiler with packed frames for s390"),
        (Milestone.stableFlag, "packed frames and back chain are stable in rustc"),
        (Milestone.vendorKernel, "a vendor's s390x kernel with Rust"),
    ]

    /// Of a shop's own milestone, whatever its place in the policy.
    package static func identifier(_ own: Policy.OwnMilestone) -> String {
        "own-" + Digest(of: own.name).hexadecimal.prefix(12)
    }

    private func own(_ own: Policy.OwnMilestone, _ stages: [String: Milestone], _ fallback: Date) -> Milestone {
        let identifier = Self.identifier(own)
        switch own.condition {
        case .option: return observed(identifier, own.name, fallback)
        case .day(let day):
            return Milestone(
                identifier: identifier, title: own.name, basis: .declared, state: day <= asOf ? .reached : .eligible,
                day: day, notes: ["declared in the policy"], moves: countsMoves ? 0 : nil, changedAt: fallback)
        case .stage(let name):
            let stage = stages[name]
            return Milestone(
                identifier: identifier, title: own.name, basis: .gate, state: stage?.state ?? .unknown,
                day: stage?.day, until: stage?.until, entry: stage?.entry, heldBy: stage?.heldBy ?? [],
                notes: ["the stage \(name)"], moves: stage?.moves, changedAt: stage?.changedAt ?? fallback)
        }
    }

    /// By the first time that it was seen, or else by the last look.
    private func observed(_ identifier: String, _ title: String, _ fallback: Date) -> Milestone {
        // Of the same day what is recorded stands before what was looked at now.
        let own = observations.filter { $0.milestone == identifier }.sorted {
            ($0.day, $0.entry?.sequence ?? .max) < ($1.day, $1.entry?.sequence ?? .max)
        }
        let looked = own.filter { $0.verdict != .unknown }.map(\.day).max()
        func milestone(
            _ state: Milestone.State, day: Day? = nil, by observation: Observation? = nil,
            heldBy: [Milestone.Obstacle] = [], lastLooked: Day?, notes: [String]
        ) -> Milestone {
            Milestone(
                identifier: identifier, title: title, basis: .observation, state: state, day: day,
                entry: observation?.entry, heldBy: heldBy, lastLooked: lastLooked, notes: notes,
                moves: countsMoves ? 0 : nil, changedAt: observation?.time ?? fallback)
        }
        if let seen = own.first(where: { $0.verdict == .yes }) {
            return milestone(
                .reached, day: seen.day, by: seen, lastLooked: looked, notes: ["\(seen.what) (\(seen.source))"])
        }
        if let last = own.last(where: { $0.verdict == .no }) {
            let obstacles = last.missing.map { Milestone.Obstacle(name: $0, reason: last.what) }
            let age = asOf.number - last.day.number
            let ago = age == 0 ? "" : ", \(age) \(age == 1 ? "day" : "days") before"
            return milestone(
                .held, by: last, heldBy: obstacles, lastLooked: looked,
                notes: ["\(last.what) (\(last.source)\(ago))"])
        }
        let last = own.last
        return milestone(
            .unknown, by: last, lastLooked: last?.day, notes: last.map { ["\($0.what) (\($0.source))"] } ?? [])
    }
}

// MARK: Stages

extension TimelineQuestion {
    private func forecast(_ stage: String, _ evidence: GateEvidence, asOf day: Day) throws -> StageForecast {
        try StageForecast(
            evidence, policy: policy, stage: stage, isOneRun: isOneRun, asOf: day, toolVersion: toolVersion)
    }

    private func milestone(of stage: String, _ evidence: GateEvidence) throws -> Milestone {
        let forecast = try forecast(stage, evidence, asOf: asOf)
        let run = evidence.record.identifier
        func milestone(
            _ state: Milestone.State, day: Day? = nil, until: Day? = nil, entry: EntryReference? = nil,
            heldBy: [GateReport.Result] = [], notes: [String] = [], changedAt: Date
        ) throws -> Milestone {
            Milestone(
                identifier: Milestone.stage(stage), title: "stage \(stage)", basis: .gate, state: state, day: day,
                until: until, entry: entry, heldBy: heldBy.map { .init(name: $0.rule, reason: $0.reason) },
                notes: notes,
                moves: countsMoves ? try moves(stage) : nil, changedAt: changedAt)
        }
        if let reached = forecast.reached {
            let now =
                forecast.report.verdict == .pass
                ? "the run \(run) passes it as of this day"
                : "the run \(run) is refused as of this day: \(forecast.report.failing.map(\.rule).joined(separator: ", "))"
            return try milestone(
                .reached, day: Day(reached.time), entry: reached.entry,
                notes: ["by the run \(reached.body.run)", now], changedAt: reached.time)
        }
        let changed = changedAt(forecast.report, evidence)
        var notes =
            forecast.isCut ? ["only the next \(StageForecast.most) days on which something changes were judged"] : []
        if let day = forecast.eligible {
            let since = forecast.report.verdict == .pass
            notes.append(
                since
                    ? "the run \(run) passes it; `bessemer gate --stage \(stage)` records that"
                    : "the run \(run) passes it from then on where nothing else happens")
            return try milestone(.eligible, day: day, until: forecast.until, notes: notes, changedAt: changed)
        }
        if let nearest = forecast.nearest {
            notes.append(
                "never all rules pass at once: on \(nearest.day) \(nearest.rules.joined(separator: ", ")) "
                    + (nearest.rules.count == 1 ? "fails" : "fail"))
        }
        return try milestone(.held, heldBy: forecast.heldBy, notes: notes, changedAt: changed)
    }

    /// When the newest of the entries was recorded that the gate read.
    private func changedAt(_ report: GateReport, _ evidence: GateEvidence) -> Date {
        let times = Dictionary(evidence.times.map { ($0.sequence, $0.time) }) { first, _ in first }
        return report.results.flatMap(\.entries).compactMap { times[$0.sequence] }.max() ?? evidence.run.time
    }

    /// How often the day of a stage became another: the same judgement at each moment until now at which something was
    /// recorded, or changed by the calendar.
    private func moves(_ stage: String) throws -> Int {
        guard let rule = policy.stage(stage) else { return 0 }
        // Entries have times in whole seconds.
        let recorded = runs.flatMap(\.times).map { $0.time.addingTimeInterval(1) }
        let turned = runs.flatMap { StageForecast.turns($0, policy, rule, nil) }.map { $0.start.addingTimeInterval(1) }
        var last: Day?
        var moves = 0
        for end in Set(recorded + turned + [asOf.end]).filter({ $0 <= asOf.end }).sorted() {
            guard let evidence = runs.last(where: { $0.run.time < end })?.before(end) else { continue }
            let found = try StageForecast.day(
                evidence, policy: policy, stage: stage, isOneRun: isOneRun, asOf: Day(end.addingTimeInterval(-1)),
                toolVersion: toolVersion)
            guard let found else { continue }
            if let last, last != found { moves += 1 }
            last = found
        }
        return moves
    }

    // MARK: Waivers

    private func waivers(_ evidence: GateEvidence) -> [Timeline.WaiverEnd] {
        let events = evidence.waivers.filter { $0.time < asOf.end }
        return WaiverLives(events, policy: policy, asOf: asOf).all.filter(\.hasCounted).map { status in
            let own = events.filter {
                ($0.statement.waiver ?? WaiverStatement.identifier(of: $0.digest)) == status.identifier
            }
            var last: Day?
            var moves = 0
            for count in own.indices.map({ $0 + 1 }) {
                let then = WaiverLives(Array(own.prefix(count)), policy: policy, asOf: Day(own[count - 1].time)).all
                    .first
                guard let then, then.hasCounted else { continue }
                if let last, last != then.lastDay { moves += 1 }
                last = then.lastDay
            }
            return Timeline.WaiverEnd(
                waiver: status, moves: moves, changedAt: own.map(\.time).max() ?? evidence.run.time)
        }
    }
}

extension WaiverStatus {
    /// It accepts something, will, or did until its last day.
    fileprivate var hasCounted: Bool {
        switch state {
        case .active, .expiring, .future, .expired: true
        case .pending, .revoked, .invalid: false
        }
    }
}
