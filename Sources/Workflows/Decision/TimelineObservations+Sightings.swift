// SPDX-License-Identifier: Apache-2.0
internal import Policy
internal import Records
internal import Toolchain

/// What the looks of `watch` say of milestones.
extension TimelineObservations {
    /// `looks` are the log's, the oldest first.
    static func sighted(_ looks: [Dated<Sighting>], own: [Policy.OwnMilestone]) -> [Observation] {
        var known: [String: [Sighting.Value]] = [:]
        return looks.flatMap { look in
            if let values = look.body.values { known[look.body.source] = values }
            let values = known[look.body.source] ?? []
            return values.compactMap { support($0, look) } + [stableFlags(values, look)].compactMap(\.self)
                + options(own).compactMap { self.option($0, values, look) }
        }
    }

    private static func support(_ value: Sighting.Value, _ look: Dated<Sighting>) -> Observation? {
        guard value.topic == .support, let answer = value.value else { return nil }
        let source = look.body.source
        let detail = value.detail.map { ": \($0)" } ?? ""
        switch value.subject {
        case Sighting.packedFrames:
            let verdict = Ability.Verdict(rawValue: answer) ?? .unknown
            return Observation(
                Milestone.toolchain, verdict, in: look, what: "\(source)\(detail)",
                missing: verdict == .no ? [FlagProbe.packedStack] : [])
        case Sighting.kernelSupport where answer == Sighting.enabled:
            return Observation(Milestone.mainline, .unknown, in: look, what: enabledTree(source))
        case Sighting.kernelSupport:
            let isThere = answer == "all"
            return Observation(
                Milestone.mainline, isThere ? .yes : .no, in: look,
                what: isThere ? "\(source) has all pieces of s390 Rust support" : "\(source)\(detail)",
                missing: isThere ? [] : [Sighting.kernelSupport])
        default: return nil
        }
    }

    /// Both flags have to be taken as they are.
    private static func stableFlags(_ values: [Sighting.Value], _ look: Dated<Sighting>) -> Observation? {
        let flags = values.filter { $0.topic == .flag && $0.value != nil }
        guard !flags.isEmpty else { return nil }
        func names(_ state: (Sighting.FlagState?) -> Bool) -> [String] {
            flags.filter { state($0.value.flatMap(Sighting.FlagState.init)) }.map(\.subject)
        }
        let source = look.body.source
        let locked = names { $0 != .stable && $0 != .unknown && $0 != nil }
        if !locked.isEmpty {
            return Observation(
                Milestone.stableFlag, .no, in: look,
                what: "\(source) does not take \(locked.joined(separator: " and ")) as a stable compiler",
                missing: locked)
        }
        let unknown = names { $0 != .stable }
        guard unknown.isEmpty else {
            return Observation(
                Milestone.stableFlag, .unknown, in: look,
                what: "\(source) does not say how it takes \(unknown.joined(separator: " and "))")
        }
        return Observation(
            Milestone.stableFlag, .yes, in: look, what: "\(source) takes both without RUSTC_BOOTSTRAP")
    }

    private static func option(
        _ option: AwaitedOption, _ values: [Sighting.Value], _ look: Dated<Sighting>
    ) -> Observation? {
        let found = values.compactMap { value -> (file: String, value: String?)? in
            guard let named = value.option, named.name == option.name, value.value != nil else { return nil }
            return (named.file, value.value)
        }
        guard !found.isEmpty else { return nil }
        let unread = values.first { $0.option?.name == option.name && $0.value == "unknown" }.map {
            "not every configuration of \(look.body.source) could be read: \($0.detail ?? $0.subject)"
        }
        let (verdict, what) = judge(option, found, in: look.body.source, unread: unread)
        return Observation(
            option.milestone, verdict, in: look, what: what, missing: verdict == .no ? [option.shown] : [])
    }
}
