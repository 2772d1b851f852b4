// SPDX-License-Identifier: Apache-2.0

extension CVERecord {
    /// What a record says of one version.
    enum VersionVerdict: Hashable {
        case affected
        /// With the version that brought the fix.
        case fixed(String)
        /// The vulnerable code came later, with that version.
        case before(String)
        case unknown(String)
    }

    /// Ranges of releases, with what holds outside of them.
    private var releases: [(isAffectedByDefault: Bool?, ranges: [Range])] {
        affected.compactMap { product in
            let ranges = product.ranges.filter { $0.type != "git" }
            return ranges.isEmpty ? nil : (product.isAffectedByDefault, ranges)
        }
    }

    /// The lists of releases have to agree.
    func verdict(on version: KernelVersion) -> VersionVerdict {
        let verdicts = releases.map { Self.verdict(on: version, $0.isAffectedByDefault, $0.ranges) }
        guard let first = verdicts.first else { return .unknown("the record names no versions") }
        // One list that counts it as affected is enough to look at.
        if verdicts.contains(.affected) { return .affected }
        return verdicts.first { if case .unknown = $0 { true } else { false } } ?? first
    }

    private static func verdict(on version: KernelVersion, _ isDefault: Bool?, _ ranges: [Range]) -> VersionVerdict {
        let found = ranges.filter { $0.contains(version) }
        guard Set(found.map(\.isAffected)).count < 2 else {
            return .unknown("the record counts the version both as affected and as unaffected")
        }
        guard let range = found.first else {
            switch isDefault {
            case true: return .affected
            case false: return outside(version, ranges)
            case nil: return .unknown("the record says nothing of the version")
            }
        }
        if range.isAffected { return .affected }
        if range.version == "0" { return .before(range.lessThan ?? range.lessThanOrEqual ?? "a later version") }
        return .fixed(range.version)
    }

    /// An unaffected version outside of the affected ranges: past the one of its line or of mainline, or before all.
    private static func outside(_ version: KernelVersion, _ ranges: [Range]) -> VersionVerdict {
        let ends = ranges.filter(\.isAffected).compactMap { range in
            range.lessThan.flatMap { text in KernelVersion(text).map { (text: text, version: $0) } }
        }
        let past = ends.filter { $0.version <= version }
        if let end = past.first(where: { $0.version.line == version.line }) { return .fixed(end.text) }
        if let end = past.first(where: { !$0.version.hasPatchLevel }) { return .fixed(end.text) }
        let starts = ranges.filter(\.isAffected).compactMap { range in
            KernelVersion(range.version).map { (text: range.version, version: $0) }
        }
        if let start = starts.min(by: { $0.version < $1.version }), version < start.version {
            return .before(start.text)
        }
        return .unknown("the record does not count the version as affected, and does not say why")
    }

    /// The first version with the fix that a kernel of that version can be replaced with: of its line, else the next.
    func fix(_ version: KernelVersion) -> String? {
        let fixes = releases.flatMap { list in
            list.ranges.compactMap { range -> (text: String, version: KernelVersion)? in
                let text = range.isAffected ? range.lessThan : range.version == "0" ? nil : range.version
                return text.flatMap { text in KernelVersion(text).map { (text, $0) } }
            }
        }.sorted { $0.version < $1.version }
        return (fixes.first { $0.version.line == version.line } ?? fixes.first { $0.version > version })?.text
    }
}

extension CVERecord.Range {
    /// Whether a release is in it. What can't be compared contains nothing.
    fileprivate func contains(_ release: KernelVersion) -> Bool {
        let start = version == "0" ? nil : KernelVersion(version)
        guard version == "0" || start != nil else { return false }
        if let start, release < start { return false }
        if let lessThan { return lessThan == "*" || KernelVersion(lessThan).map { release < $0 } ?? false }
        guard let last = lessThanOrEqual else { return release == start }
        if last == "*" { return true }
        // `6.12.*` is the line.
        if last.hasSuffix(".*") { return release.line == last.dropLast(2) }
        return KernelVersion(last).map { release <= $0 } ?? false
    }
}
