// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records

/// The gate of a stage at other days: when it was passed, when it would be, or what holds it whatever the day.
///
/// It is `Gate.judge` alone, at each day on which something changes where nothing is recorded: the first and the last days
/// of waivers, the ages of evidence, the end of the validation.
package struct StageForecast: Sendable {
    /// The first gate of the stage that passed for the line of kernels, or for the run.
    package let reached: Dated<GateReport>?
    /// Of the day that it is made for.
    package let report: GateReport
    /// The first day of the stretch in which it passes, now or next; nil where it never does.
    package let eligible: Day?
    /// The last day of that stretch; nil where it has no end.
    package let until: Day?
    /// What fails at every day; where each rule passes at some day, but never all at once, what fails now.
    package let heldBy: [GateReport.Result]
    /// The day with the fewest rules that fail, and those; nil where it passes at a day, or no other day is better.
    package let nearest: (day: Day, rules: [String])?
    /// There are more days than are looked at.
    package let isCut: Bool

    /// Days to come that are looked at.
    static let most = 200
    /// The last day that has a name of ten characters.
    private static let lastDay = 2_932_896

    /// Throws `Failure` with codes `gate.stage`, and `gate.day` where the run had not been recorded by the end of that day.
    package init(
        _ evidence: GateEvidence, policy: Policy, stage name: String, isOneRun: Bool = false, asOf day: Day,
        toolVersion: String
    ) throws {
        let gate = try Gate(policy, stage: name)
        // Of days to come, too, it is what is recorded now that is judged.
        let known = evidence.until(day) ?? evidence
        func judge(_ day: Day) throws -> GateReport {
            try gate.judge(known, asOf: day, toolVersion: toolVersion)
        }
        let report = try judge(day)
        self.report = report
        reached = Self.reached(known, policy, name, isOneRun)
        let turns = Self.turns(known, policy, gate.stage, report)
        let coming = turns.filter { $0 > day }
        isCut = coming.count > Self.most
        let later = try coming.prefix(Self.most).map { (day: $0, report: try judge($0)) }
        guard report.verdict == .pass else {
            let start = later.firstIndex { $0.report.verdict == .pass }
            eligible = start.map { later[$0].day }
            until = start.flatMap { later[$0...].first { $0.report.verdict != .pass }?.day.adding(days: -1) }
            let failing = report.failing
            let always = failing.filter { rule in
                later.allSatisfy { $0.report.failing.contains { $0.rule == rule.rule } }
            }
            heldBy = eligible != nil ? [] : always.isEmpty ? failing : always
            let best = later.min { $0.report.failing.count < $1.report.failing.count }
            nearest =
                eligible == nil && always.isEmpty ? best.map { ($0.day, $0.report.failing.map(\.rule)) } : nil
            return
        }
        eligible = try Self.first(day, known, turns) { try judge($0).verdict == .pass }
        until = later.first { $0.report.verdict != .pass }?.day.adding(days: -1)
        heldBy = []
        nearest = nil
    }

    /// The day alone on which the stage was reached, or from which it is eligible; nil where it is neither.
    static func day(
        _ evidence: GateEvidence, policy: Policy, stage name: String, isOneRun: Bool, asOf day: Day, toolVersion: String
    ) throws -> Day? {
        let known = evidence.until(day) ?? evidence
        if let reached = reached(known, policy, name, isOneRun) { return Day(reached.time) }
        let gate = try Gate(policy, stage: name)
        let report = try gate.judge(known, asOf: day, toolVersion: toolVersion)
        func passes(_ day: Day) throws -> Bool {
            try gate.judge(known, asOf: day, toolVersion: toolVersion).verdict == .pass
        }
        let turns = turns(known, policy, gate.stage, report)
        if report.verdict == .pass { return try first(day, known, turns, passes) }
        guard !report.failing.contains(where: { final.contains($0.rule) }) else { return nil }
        return try turns.filter { $0 > day }.prefix(most).first(where: passes)
    }

    private static func reached(
        _ known: GateEvidence, _ policy: Policy, _ stage: String, _ isOneRun: Bool
    ) -> Dated<GateReport>? {
        (isOneRun ? known.passes(stage, by: policy) : known.passesOfLine(stage, by: policy)).first
    }

    /// Rules that no day cures: what they ask for is there or not, and grows older.
    private static let final = Set(
        [
            GateRule.age, GateRule.compiler, GateRule.notes, GateRule.drill, GateRule.rebuild, GateRule.bundle,
            GateRule.stage, GateRule.approvals,
        ].map(\.identifier))

    /// Since when a gate passes that passes on that day: back through the days on which something changed or was recorded.
    private static func first(
        _ day: Day, _ known: GateEvidence, _ turns: [Day], _ passes: (Day) throws -> Bool
    ) throws -> Day {
        var first = day
        let before = Set(turns + known.recordedDays).filter { $0 < day && $0 >= Day(known.run.time) }
        for earlier in before.sorted(by: >) {
            guard try passes(earlier) else { break }
            first = earlier
        }
        return first
    }

    /// Days on which a gate can change by the calendar alone, in their order.
    static func turns(
        _ evidence: GateEvidence, _ policy: Policy, _ stage: Policy.Stage, _ report: GateReport?
    ) -> [Day] {
        var days: Set<Day> = []
        func ends(_ day: Day) { days.insert(day.adding(days: 1)) }
        for event in evidence.waivers {
            guard let terms = event.statement.terms else { continue }
            days.insert(terms.from)
            ends(terms.until)
            if terms.emergency { ends(Day(event.time).adding(days: policy.waivers.emergency)) }
        }
        if stage.waivers == .file {
            for accepted in evidence.record.accepted { Day(accepted.waiver.expires).map(ends) }
        }
        if let age = stage.ages.run { ends(Day(evidence.run.time).adding(days: age)) }
        if let age = stage.ages.drill { for drill in evidence.drills { ends(Day(drill.time).adding(days: age)) } }
        if let age = stage.ages.rebuild {
            for rebuild in evidence.rebuilds { ends(Day(rebuild.time).adding(days: age)) }
        }
        days.formUnion((report?.results ?? []).compactMap(\.passesFrom))
        if let validation = stage.validation {
            let first = evidence.passesOfLine(validation.stage, by: policy).first
            days.formUnion(first.map { [Day($0.time).adding(months: validation.months)] } ?? [])
        }
        return days.filter { (0...lastDay).contains($0.number) }.sorted()
    }
}

extension GateEvidence {
    /// When something was recorded that gates look at, by entry.
    var times: [(sequence: Int, time: Date)] {
        func times<Body>(_ list: [Dated<Body>]) -> [(Int, Date)] { list.map { ($0.entry.sequence, $0.time) } }
        return times([run]) + times(drills) + times(rebuilds) + times(bundles) + times(gates)
            + waivers.map { ($0.entry.sequence, $0.time) } + approvals.map { ($0.entry.sequence, $0.time) }
    }

    var recordedDays: [Day] { times.map { Day($0.time) } }
}
