// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records

/// What the log's sightings come to: what is known of each source, and what changed between its looks.
///
/// All of it is computed from the sightings, the oldest first, whenever it is asked for.
package struct WatchHistory: Sendable {
    /// What is known of a source.
    package struct State: Sendable {
        /// The entry that has the values.
        package let entry: Digest
        package let values: [Sighting.Value]
        package let notes: [String]
        /// Of the last look: `YYYY-MM-DDThh:mm:ssZ`.
        package let at: String

        package func value(_ topic: Sighting.Topic, _ subject: String) -> Sighting.Value? {
            values.first { $0.topic == topic && $0.subject == subject }
        }
    }

    /// A subject of a source.
    private struct Key: Hashable {
        let source: String
        let topic: Sighting.Topic
        let subject: String
    }

    private var states: [String: State] = [:]
    /// The newest version of each package that was ever seen.
    private var newest: [Key: DebianVersion] = [:]
    private var seen: Set<Digest> = []
    /// Of all looks, the oldest first.
    package private(set) var changes: [WatchChange] = []

    /// `sightings` are the log's, the oldest first.
    package init(_ sightings: [Dated<Sighting>]) {
        for sighting in sightings { _ = add(sighting.body, entry: sighting.entry.digest) }
    }

    package func state(of source: String) -> State? { states[source] }

    /// The sources that were ever looked at, sorted.
    package var sources: [String] { states.keys.sorted() }

    /// Takes in one more look, and returns what changed. A sighting whose values are those of an entry that is not known
    /// counts as a look that saw nothing new.
    package mutating func add(_ sighting: Sighting, entry: Digest) -> [WatchChange] {
        let source = sighting.source
        let before = states[source]
        guard let values = sighting.values else {
            guard let before else { return [] }
            states[source] = State(
                entry: before.entry, values: before.values, notes: sighting.notes, at: sighting.at)
            return []
        }
        var found: [WatchChange] = []
        let known = Dictionary(
            (before?.values ?? []).map { (Key(source: source, topic: $0.topic, subject: $0.subject), $0) }
        ) {
            $1
        }
        for value in values {
            let key = Key(source: source, topic: value.topic, subject: value.subject)
            let change = change(value, key, from: known[key], at: sighting.at)
            seen.insert(WatchChange.key(source, value))
            if let change { found.append(change) }
            guard value.topic == .package || value.topic == .preRelease else { continue }
            for text in [value.value, value.base].compactMap(\.self) {
                newest[key] = max(newest[key] ?? DebianVersion(text), DebianVersion(text))
            }
        }
        states[source] = State(entry: entry, values: values, notes: sighting.notes, at: sighting.at)
        changes += found
        return found
    }

    private func change(
        _ value: Sighting.Value, _ key: Key, from before: Sighting.Value?, at: String
    ) -> WatchChange? {
        let old = before.map(\.value) ?? value.base
        func change(_ kind: WatchChange.Kind, isNews: Bool = true) -> WatchChange {
            WatchChange(kind, value, source: key.source, before: old, at: at, isNews: isNews)
        }
        if before == nil, value.base == nil {
            return value.value == nil
                ? nil : change(.firstSeen, isNews: value.topic != .version && value.topic != .file)
        }
        guard old != value.value else { return nil }
        guard let new = value.value else {
            switch value.topic {
            case .package: return change(.packageGone)
            case .file: return change(.fileGone)
            case .preRelease, .version: return change(.gone, isNews: false)
            case .option, .flag, .series, .support: return change(.gone)
            }
        }
        switch value.topic {
        case .package, .preRelease:
            let most = newest[key] ?? value.base.map { DebianVersion($0) }
            if most.map({ $0 < DebianVersion(new) }) != false { return change(.newerPackage) }
            // A lock is ahead of a suite that it was not made from.
            if before == nil { return change(.otherPackage, isNews: false) }
            // Mirrors that are not in step give one and the other version by turns.
            let isKnown = seen.contains(WatchChange.key(key.source, value)) && old != nil
            return change(.otherPackage, isNews: !isKnown)
        case .option:
            let (was, isOn) = (Self.isOn(old), Self.isOn(new))
            return change(was == isOn ? .optionChanged : isOn ? .optionOn : .optionOff)
        case .flag:
            if new == Sighting.FlagState.unknown.rawValue { return change(.flagChanged, isNews: false) }
            if new == Sighting.FlagState.refused.rawValue { return change(.flagRefused) }
            return change(
                new == Sighting.FlagState.stable.rawValue || old == Sighting.FlagState.refused.rawValue
                    ? .flagAccepted : .flagChanged)
        case .file: return change(.fileChanged)
        case .series:
            if new == "unknown" { return nil }
            return change(new == "applies" ? .seriesApplies : .seriesFails)
        case .support: return change(.supportChanged)
        case .version: return change(.versionChanged, isNews: false)
        }
    }

    private static func isOn(_ value: String?) -> Bool { value == "y" || value == "m" }
}
