// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// What differs between a configuration without Rust and one with it, for a terminal: the losses first.
struct ConfigurationText {
    let difference: ConfigurationDifference
    let style: Style

    private static let column = 13

    var text: String {
        var page = TerminalPage(style: style)
        page.paragraph(
            difference.isEmpty ? "no difference" : difference.sum, .strong, hanging: 15, lead: "Configuration",
            leadRole: .strong)
        for (label, side) in [("without Rust", difference.baseline), ("with Rust", difference.rust)] {
            page.more(
                "\(label): \(Quantities.count(side.enabled, "option")) on, SHA-256 \(side.sha256.short)", .quiet)
        }
        page.more("reasons from Linux \(difference.tree), \(difference.architecture)", .quiet)
        for note in difference.notes { page.paragraph(note, .caution, hanging: 15, lead: "Note", leadRole: .caution) }
        losses(&page)
        exclusions(&page)
        for group in [ConfigurationDifference.Group.asked, .pulledIn, .withdrawn] { list(group, &page) }
        return page.text
    }

    private func losses(_ page: inout TerminalPage) {
        let losses = difference.changes(.lost)
        let security = difference.securityLosses
        guard !losses.isEmpty else { return }
        page.gap()
        page.paragraph("Lost: \(Quantities.count(losses.count, "option"))", .bad)
        for change in security where change.security?.follows == nil {
            head(change, .bad, &page)
            if let security = change.security { self.security(security, &page) }
            reason(change, &page)
            let followers = security.filter { $0.security?.follows == change.option }
            if !followers.isEmpty {
                labelled("with it", followers.map(\.option).joined(separator: ", "), nil, &page)
            }
        }
        for change in losses where change.security == nil {
            head(change, .caution, &page)
            reason(change, &page)
        }
    }

    private func security(_ security: ConfigurationDifference.Security, _ page: inout TerminalPage) {
        labelled("means", security.meaning, nil, &page)
        guard let machines = security.machines else { return }
        let place = security.file.map { " (\($0)\(security.line.map { ":\($0)" } ?? ""))" } ?? ""
        labelled("machines", machines + place, nil, &page)
    }

    private func exclusions(_ page: inout TerminalPage) {
        guard !difference.exclusions.isEmpty else { return }
        page.gap()
        page.paragraph(
            "Excluded by Rust: \(Quantities.count(difference.exclusions.count, "option"))", .strong)
        for exclusion in difference.exclusions {
            page.paragraph(
                "\(exclusion.option)\(exclusion.unless.map { " unless \($0)" } ?? "")", indent: 2,
                hanging: 15, lead: exclusion.words, leadRole: exclusion.role)
            page.paragraph(exclusion.reason, .quiet, indent: 15, hanging: 17)
            // What is lost has said this already; what is not excluded here has nothing to say.
            guard exclusion.isInForce != false, exclusion.state == .off || exclusion.state == .inTheWay,
                let security = exclusion.security
            else { continue }
            let machines = security.machines.map { " Machines: \($0)" } ?? ""
            page.paragraph("without it: \(security.meaning)\(machines)", indent: 15, hanging: 17)
        }
    }

    private func list(_ group: ConfigurationDifference.Group, _ page: inout TerminalPage) {
        let changes = difference.changes(group)
        guard !changes.isEmpty else { return }
        page.gap()
        page.paragraph("\(group.title): \(Quantities.count(changes.count, "option"))", .strong)
        for change in changes {
            page.paragraph("\(change.option) \(change.values)", indent: 2, hanging: 4)
            page.paragraph(change.reason, .quiet, indent: 4, hanging: 6)
        }
    }

    private func head(
        _ change: ConfigurationDifference.Change, _ role: Style.Role, _ page: inout TerminalPage
    ) {
        let kind = change.security.map { " (\($0.kind.words))" } ?? ""
        page.paragraph("\(change.option) \(change.values)\(kind)", role, indent: 2, hanging: 4)
    }

    private func reason(_ change: ConfigurationDifference.Change, _ page: inout TerminalPage) {
        labelled("why", change.reason, .quiet, &page)
    }

    private func labelled(_ label: String, _ text: String, _ role: Style.Role?, _ page: inout TerminalPage) {
        page.paragraph(text, role, indent: 4, hanging: Self.column, lead: label)
    }
}

extension ConfigurationDifference {
    var isEmpty: Bool { changes.isEmpty }

    /// `9 asked for, 31 pulled in, 2 lost, 1 no longer offered`.
    var sum: String {
        Group.summed.map { "\(Quantities.number(changes($0).count)) \($0.words)" }.joined(separator: ", ")
    }
}

extension ConfigurationDifference.Group {
    static let summed: [Self] = [.asked, .pulledIn, .lost, .withdrawn]

    /// After a number.
    var words: String {
        switch self {
        case .asked: "asked for"
        case .pulledIn: "pulled in"
        case .lost: "lost"
        case .withdrawn: "no longer offered"
        }
    }

    var title: String { words.prefix(1).uppercased() + words.dropFirst() }
}

extension ConfigurationDifference.Change {
    /// `y -> n`; `absent` where the option does not appear.
    var values: String { "\(baseline ?? "absent") -> \(rust ?? "absent")" }

}

extension ConfigurationDifference.Security.Kind {
    var words: String {
        switch self {
        case .speculation: "speculation"
        case .randomisation: "randomisation"
        case .controlFlow: "control flow"
        case .memorySafety: "memory safety"
        case .initialisation: "initialisation"
        case .modules: "modules"
        case .observability: "observability"
        case .hardening: "hardening"
        case .toolchain: "toolchain"
        }
    }
}

extension ConfigurationDifference.Exclusion {
    /// Whether this pair of configurations is touched by it.
    var words: String {
        switch state {
        case .lost: "lost"
        case .inTheWay: "in the way"
        case .kept: "kept"
        case .gained: "on"
        case .off: isInForce == false ? "allowed" : isInForce == nil ? "undecided" : "untouched"
        case .unavailable: "not offered"
        }
    }

    var role: Style.Role? {
        switch state {
        case .lost, .inTheWay: .bad
        case .kept, .gained: .good
        case .off, .unavailable: .quiet
        }
    }
}
