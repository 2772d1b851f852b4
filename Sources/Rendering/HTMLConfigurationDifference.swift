// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// The part of the page that shows what Rust changes in the configuration.
struct HTMLConfigurationDifference {
    struct Loss {
        let tag: String
        let kind: String
        let option: String
        let values: String
        let parts: [HTMLPage.Fact]
    }

    struct Exclusions {
        struct Row {
            let tag: String
            let state: String
            let option: String
            let unless: [String]
            let reason: String
        }

        let title: String
        let rows: [Row]
    }

    struct Changes {
        struct Row {
            let option: String
            let baseline: String
            let rust: String
            let reason: String
        }

        let title: String
        let open: Bool
        let rows: [Row]
        let hidden: [String]
    }

    let sum: String
    let notes: [String]
    let losses: [Loss]
    let exclusions: [Exclusions]
    let groups: [Changes]

    private static let most = 500

    init(_ difference: ConfigurationDifference) {
        sum = difference.isEmpty ? "no difference" : difference.sum
        notes = difference.notes.map { visible($0) }
        losses = difference.securityLosses.filter { $0.security?.follows == nil }.map { change in
            Loss(
                tag: Style.Role.bad.tag, kind: change.security?.kind.words ?? "", option: visible(change.option),
                values: visible(change.values), parts: Self.parts(of: change, difference))
        }
        exclusions =
            difference.exclusions.isEmpty
            ? []
            : [
                Exclusions(
                    title: "Excluded by Rust: \(Quantities.count(difference.exclusions.count, "option"))",
                    rows: difference.exclusions.prefix(Self.most).map { exclusion in
                        Exclusions.Row(
                            tag: exclusion.role?.tag ?? "", state: exclusion.words, option: visible(exclusion.option),
                            unless: exclusion.unless.map { [visible($0)] } ?? [], reason: visible(exclusion.reason))
                    })
            ]
        let other = difference.changes(.lost).filter { $0.security == nil || $0.security?.follows != nil }
        let lists =
            [("Lost besides", true, other)]
            + [.asked, .pulledIn, .withdrawn].map { (group: ConfigurationDifference.Group) in
                (group.title, group == .asked, difference.changes(group))
            }
        groups = lists.filter { !$0.2.isEmpty }.map { title, open, changes in
            let shown = changes.prefix(Self.most)
            let left = changes.count - shown.count
            return Changes(
                title: "\(title): \(Quantities.count(changes.count, "option"))", open: open,
                rows: shown.map { change in
                    Changes.Row(
                        option: visible(change.option), baseline: visible(change.baseline ?? "absent"),
                        rust: visible(change.rust ?? "absent"), reason: visible(change.reason))
                },
                hidden: left == 0 ? [] : ["and \(Quantities.count(left, "more option")): see report.json"])
        }
    }

    private static func parts(
        of change: ConfigurationDifference.Change, _ difference: ConfigurationDifference
    ) -> [HTMLPage.Fact] {
        var parts: [HTMLPage.Fact] = []
        if let security = change.security {
            parts.append(.init(label: "means", value: visible(security.meaning)))
            if let machines = security.machines {
                let place = security.file.map { " (\($0)\(security.line.map { ":\($0)" } ?? ""))" } ?? ""
                parts.append(.init(label: "machines", value: visible(machines + place)))
            }
        }
        parts.append(.init(label: "why", value: visible(change.reason)))
        let followers = difference.securityLosses.filter { $0.security?.follows == change.option }.map(\.option)
        if !followers.isEmpty {
            parts.append(.init(label: "with it", value: visible(followers.joined(separator: ", "))))
        }
        return parts
    }
}
