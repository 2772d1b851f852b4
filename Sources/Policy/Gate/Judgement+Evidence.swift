// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// What is asked of the evidence beside the run, of its age, and of people.
extension Judgement {
    /// Whether something is as young as the policy wants it: it counts for that number of days after the one on which it was recorded.
    func age<Body>(_ rule: RuleDescription, _ dated: Dated<Body>, _ days: Int, _ what: String) -> GateReport.Result {
        let recorded = Day(dated.time)
        let last = recorded.adding(days: days)
        return day <= last
            ? result(rule, .pass, "\(what) is of \(recorded) and counts until \(last)", [dated.entry])
            : result(rule, .fail, "\(what) is of \(recorded), \(day.number - recorded.number) days old", [dated.entry])
    }

    var drill: GateReport.Result {
        guard let newest = evidence.rehearsals.last else {
            let others = evidence.drills.isEmpty ? "no drill" : "no drill with both kernels"
            return result(GateRule.drill, .unknown, "\(others) of this run is recorded", [])
        }
        switch newest.body.verdict {
        case .fail:
            let failed = newest.body.steps.first { $0.verdict == .fail }?.title ?? ""
            return result(
                GateRule.drill, .fail, "the drill \(newest.body.identifier) failed: \(failed)", [newest.entry])
        case .unknown:
            return result(
                GateRule.drill, .unknown, "the drill \(newest.body.identifier) is undecided", [newest.entry])
        case .pass: break
        }
        if let days = stage.ages.drill { return age(GateRule.drill, newest, days, "the drill") }
        return result(GateRule.drill, .pass, "the drill \(newest.body.identifier) passed", [newest.entry])
    }

    var rebuild: GateReport.Result {
        // Each kernel by itself: they may have been built a second time one after the other.
        let newest = run.kernels.all.map { kernel in
            evidence.rebuilds.last { rebuild in rebuild.body.kernels.contains { $0.isSecond(of: kernel) } }
        }
        guard let oldest = newest.compactMap(\.self).min(by: { $0.time < $1.time }),
            !newest.contains(where: { $0 == nil })
        else {
            let others = evidence.rebuilds.isEmpty ? "no second build" : "no second build of both kernels"
            return result(GateRule.rebuild, .unknown, "\(others) of this run is recorded", [])
        }
        return judge(newest.compactMap(\.self), oldest)
    }

    private func judge(_ all: [Dated<RebuildReport>], _ oldest: Dated<RebuildReport>) -> GateReport.Result {
        let newest = all.first { $0.body.verdict != .equal } ?? oldest
        switch newest.body.verdict {
        case .different:
            return result(
                GateRule.rebuild, .fail, "the second build \(newest.body.identifier) differs", [newest.entry])
        case .unknown:
            return result(
                GateRule.rebuild, .unknown, "the second build \(newest.body.identifier) compared nothing",
                [newest.entry])
        case .equal: break
        }
        if let days = stage.ages.rebuild { return age(GateRule.rebuild, newest, days, "the second build") }
        let files = run.kernels.all.reduce(0) { $0 + $1.build.artifacts.count }
        return result(GateRule.rebuild, .pass, "\(files) files have the same bytes", [newest.entry])
    }

    var bundle: GateReport.Result {
        guard let newest = evidence.bundles.last else {
            return result(GateRule.bundle, .unknown, "no signed bundle of this run is recorded", [])
        }
        guard !newest.body.keys.isEmpty else {
            return result(GateRule.bundle, .fail, "\(newest.body.name) is not signed", [newest.entry])
        }
        return result(
            GateRule.bundle, .pass,
            "\(newest.body.name), signed by \(newest.body.keys.map(\.short).joined(separator: ", "))", [newest.entry])
    }

    func passed(_ stage: String) -> GateReport.Result {
        guard let pass = evidence.passes(stage, by: policy).last else {
            let other = evidence.otherPass(stage, than: policy)
            return result(
                GateRule.stage, .unknown, "no passed gate of \(stage) is recorded for this run\(other.words)",
                other.entries)
        }
        return result(GateRule.stage, .pass, "the gate of \(stage) passed on \(Day(pass.time))", [pass.entry])
    }

    func validated(_ validation: Policy.Validation) -> GateReport.Result {
        let line = run.source.line
        guard let first = evidence.passesOfLine(validation.stage, by: policy).first else {
            let other = evidence.otherPass(validation.stage, than: policy)
            return result(
                GateRule.validation, .unknown,
                "no kernel of the line \(line) has passed \(validation.stage)\(other.words)", other.entries)
        }
        let start = Day(first.time)
        let end = start.adding(months: validation.months)
        let reason = "\(line) first passed \(validation.stage) on \(start); \(validation.months) months end on \(end)"
        return day >= end
            ? result(GateRule.validation, .pass, reason, [first.entry])
            : result(GateRule.validation, .fail, reason, [first.entry], from: end)
    }

    var width: GateReport.Result {
        let used = waivers.filter { ($0.uses ?? 0) > 0 }
        guard let wide = used.first(where: \.isOverwide) else {
            return result(
                GateRule.waivers, .pass, used.isEmpty ? "no signed waiver is used" : "\(used.count) used",
                used.map(\.requestedBy.entry))
        }
        return result(
            GateRule.waivers, .fail,
            "\(wide.identifier) accepts \(wide.uses ?? 0) findings; the policy lets one accept \(policy.waivers.widest)",
            [wide.requestedBy.entry])
    }

    var approvals: GateReport.Result {
        let notes = discounted.isEmpty ? "" : "; " + discounted.joined(separator: "; ")
        guard let requestedBy else {
            return result(GateRule.approvals, .unknown, "nobody requested \(stage.name) for this run" + notes, [])
        }
        let entries = [requestedBy.entry] + approvedBy.map(\.entry)
        let names = approvedBy.compactMap(\.name).joined(separator: ", ")
        let count = "\(approvedBy.count) of \(stage.approvals) approved" + (names.isEmpty ? "" : " (\(names))")
        return result(
            GateRule.approvals, approvedBy.count >= stage.approvals ? .pass : .unknown, count + notes, entries)
    }
}

extension RebuildReport.Kernel {
    /// Whether its first build is that kernel: the same files with the same bytes.
    fileprivate func isSecond(of kernel: RunRecord.Kernel) -> Bool {
        let first = Dictionary(
            artifacts.compactMap { artifact in artifact.first.map { (artifact.path, $0.sha256) } }
        ) { first, _ in first }
        return role == kernel.role && !kernel.build.artifacts.isEmpty
            && kernel.build.artifacts.allSatisfy { first[$0.path] == $0.sha256 }
    }
}
