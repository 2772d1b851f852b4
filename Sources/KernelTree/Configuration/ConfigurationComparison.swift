// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

/// Compares a configuration without Rust with one that has it, over the Kconfig files of a tree.
package struct ConfigurationComparison: Sendable {
    private static let option = "RUST"

    private let tree: KernelTree
    private let architecture: String
    private let kconfig: Kconfig
    private let inputs: (baseline: DotConfig, rust: DotConfig)
    private let before: KconfigEvaluation
    private let after: KconfigEvaluation
    /// What each fragment asks for, by name; the last fragment's word counts.
    private let asked: [String: (setting: DotConfig.Setting, fragment: String)]
    private let differing: Set<String>
    private let exclusions: [String: KconfigExclusion]
    private let meanings: SecurityMeanings

    /// `fragments` are those that the configuration with Rust was made with; without any, what was asked for is what
    /// nothing in the Kconfig files gives.
    ///
    /// Throws `Failure` with code `configuration.other-architecture`, `configuration.unreadable`, or those of `Kconfig`.
    package init(
        baseline: DotConfig, rust: DotConfig, fragments: [KernelConfiguration.Fragment] = [], tree: KernelTree,
        architecture: String = "s390"
    ) throws {
        self.tree = tree
        self.architecture = architecture
        guard tree.has(architecture: architecture) else {
            throw Failure(
                "configuration.no-such-architecture", "the tree has no arch/\(architecture)/Kconfig",
                advice: "name one of \(tree.architectures.joined(separator: ", ")); IBM Z is s390")
        }
        kconfig = try Kconfig(tree, architecture: architecture)
        inputs = (baseline, rust)
        before = KconfigEvaluation(kconfig, baseline)
        after = KconfigEvaluation(kconfig, rust)
        for (evaluation, name) in [(before, "baseline"), (after, "configuration with Rust")] {
            try Self.check(evaluation, name, tree, architecture)
        }
        var asked: [String: (setting: DotConfig.Setting, fragment: String)] = [:]
        for fragment in fragments {
            let wanted = DotConfig(fragment.text)
            for (name, setting) in wanted.settings { asked[name] = (setting, fragment.name) }
        }
        self.asked = asked
        differing = Set(baseline.names).union(rust.names).filter {
            baseline[$0] != rust[$0]
        }
        exclusions = Dictionary(kconfig.exclusions(by: Self.option).map { ($0.symbol, $0) }) { first, _ in first }
        meanings = SecurityMeanings(tree: tree, architecture: architecture, baseline: before)
    }

    /// A finished configuration has the options that its architecture, and no other, always sets.
    private static func check(
        _ evaluation: KconfigEvaluation, _ name: String, _ tree: KernelTree, _ architecture: String
    ) throws {
        let configuration = evaluation.configuration
        guard !configuration.names.isEmpty else {
            throw Failure(
                "configuration.unreadable", "the \(name) sets no option: it is not a kernel configuration",
                advice: "name the .config of a build; of a packed one (config.gz) give what `zcat` prints")
        }
        let file = "arch/\(architecture)/Kconfig"
        let others = tree.optionsOfArchitectures(besides: architecture)
        let always = evaluation.kconfig.declarations.filter { name, all in
            guard !others.contains(name), all.count == 1, let only = all.first else { return false }
            return only.place.file == file && only.prompt == nil && only.type == .bool && only.clauses.isEmpty
                && only.defaults.first.map { $0.condition == nil && $0.value.given("").constant == .yes } == true
        }.keys.sorted()
        let missing = always.filter { configuration[$0] != "y" }
        guard missing.count * 2 <= always.count else {
            let subject = configuration.subject.map { " (it is of \($0))" } ?? ""
            throw Failure(
                "configuration.other-architecture",
                "the \(name) is not a finished configuration for \(architecture)\(subject)",
                advice: "name the .config of a build for it, not a fragment, or another architecture with --arch",
                underlying: "\(missing.count) options that \(file) always sets are missing: "
                    + missing.prefix(4).map { "CONFIG_\($0)" }.joined(separator: ", "))
        }
    }

    package func difference() -> ConfigurationDifference {
        let changes = withFollowers(differing.sorted().map(change))
        func side(_ input: DotConfig) -> ConfigurationDifference.Side {
            .init(subject: input.subject, sha256: input.digest, enabled: input.enabled)
        }
        return ConfigurationDifference(
            tree: tree.version, architecture: architecture, baseline: side(inputs.baseline), rust: side(inputs.rust),
            notes: notes, changes: changes.sorted { Self.rank($0) < Self.rank($1) },
            exclusions: exclusions.values.map(exclusion).sorted { Self.rank($0) < Self.rank($1) })
    }

    /// What changes are sorted by: losses of security come before other ones, and what follows from them in between.
    private static func rank(_ change: ConfigurationDifference.Change) -> (Int, Int, Int, String) {
        let group = ConfigurationDifference.Group.allCases.firstIndex(of: change.group) ?? 0
        guard change.group == .lost, let security = change.security else { return (group, 2, 99, change.option) }
        let kind = ConfigurationDifference.Security.Kind.allCases.firstIndex(of: security.kind) ?? 99
        return (group, security.follows == nil ? 0 : 1, kind, change.option)
    }

    private static func rank(_ exclusion: ConfigurationDifference.Exclusion) -> (Int, Int, Int, String) {
        let state = ConfigurationDifference.Exclusion.State.allCases.firstIndex(of: exclusion.state) ?? 0
        return (state, exclusion.isInForce == false ? 1 : 0, exclusion.security == nil ? 1 : 0, exclusion.option)
    }

    private var notes: [String] {
        var notes: [String] = []
        let (baseline, rust) = (inputs.baseline, inputs.rust)
        if rust[Self.option] != "y" {
            let reason = after.explanation(of: Self.option, asked: "y").map { ": \($0.text)" } ?? ""
            notes.append("The configuration that should have Rust has no CONFIG_RUST=y\(reason).")
        }
        if baseline[Self.option] == "y" {
            notes.append("The baseline has CONFIG_RUST=y: it is not a kernel without Rust, or the two are swapped.")
        }
        for (name, configuration) in [("baseline", baseline), ("configuration with Rust", rust)] {
            guard let subject = configuration.subject, !subject.hasSuffix(" \(tree.version)") else { continue }
            notes.append(
                "The \(name) is of \(subject), and the tree is \(tree.version): reasons may be those of another kernel."
            )
        }
        let unknown = differing.filter { kconfig.declarations[$0] == nil }.sorted()
        if !unknown.isEmpty {
            let named = unknown.prefix(5).map { "CONFIG_\($0)" }.joined(separator: ", ")
            notes.append(
                "\(unknown.count) of what differs is declared by no Kconfig file that \(architecture) includes in this tree: "
                    + named + (unknown.count > 5 ? ", …" : "") + ".")
        }
        for (name, configuration) in [("baseline", baseline), ("configuration with Rust", rust)]
        where !configuration.unread.isEmpty {
            notes.append(
                "\(configuration.unread.count) lines of the \(name) set no option, the first is line "
                    + "\(configuration.unread[0]).")
        }
        return notes
    }

    // MARK: One option

    private typealias Reason = KconfigExplanation

    /// Why an option has a value that no Kconfig line gives it.
    private func wishReason(_ name: String) -> Reason {
        if let wish = asked[name], let unmet = after.explanation(of: name, asked: wish.setting.value) {
            return Reason(
                sentence: "the fragment \(wish.fragment) asks for \(wish.setting.value): \(unmet.text)",
                place: unmet.place,
                names: unmet.names)
        }
        return Reason(sentence: "set by hand or by a fragment: no Kconfig line gives it this value", place: nil)
    }

    private func change(_ name: String) -> ConfigurationDifference.Change {
        let (old, new) = (inputs.baseline[name], inputs.rust[name])
        let declarations = kconfig.declarations[name] ?? []
        let group: ConfigurationDifference.Group
        let reason: Reason
        if isLess(name, old, new) {
            group = (Tristate(old ?? "") ?? .no) > .no ? .lost : .withdrawn
            reason = lossReason(name, old ?? "y")
        } else {
            let origin = after.origin(of: name, before: before)
            let wish = asked[name].flatMap { $0.setting.value == new && new != "n" ? $0.fragment : nil }
            let isOn = new != "n"
            if let wish {
                reason = Reason(sentence: "the fragment \(wish) asks for it", place: nil)
                group = .asked
            } else if isOn, origin == .chosen || name == Self.option {
                reason = wishReason(name)
                group = .asked
            } else {
                reason = gainReason(name, origin)
                group = .pulledIn
            }
        }
        let declared = declarations.first?.place
        return ConfigurationDifference.Change(
            option: "CONFIG_\(name)", group: group, baseline: shown(name, in: inputs.baseline),
            rust: shown(name, in: inputs.rust),
            prompt: declarations.lazy.compactMap(\.prompt).first, file: declared?.file, line: declared?.line,
            reason: reasonText(reason, of: name), reasonFile: reason.place?.file, reasonLine: reason.place?.line,
            because: unique(reason.names + reason.because.flatMap(\.names))
                .filter { $0 != name && differing.contains($0) }.map { "CONFIG_\($0)" },
            security: group == .lost ? meanings[name] : nil)
    }

    private func shown(_ name: String, in configuration: DotConfig) -> String? {
        configuration.settings[name].map { ConfigurationCredentials.shown($0, of: name) }
    }

    /// A reason can quote what the option, or one that takes its value, has or should have.
    private func reasonText(_ reason: Reason, of name: String) -> String {
        var hidden: Set<String> = []
        for name in [name] + reason.names + reason.because.flatMap(\.names) {
            let settings = [inputs.baseline.settings[name], inputs.rust.settings[name], asked[name]?.setting]
            for case let setting? in settings where ConfigurationCredentials.shown(setting, of: name) != setting.value {
                hidden.insert(setting.value)
            }
        }
        return hidden.reduce(reason.text) { $0.replacing($1, with: Redaction.mark) }
    }

    /// Off, or only a module, where it was more; gone altogether where it was there.
    private func isLess(_ name: String, _ old: String?, _ new: String?) -> Bool {
        guard let new else { return true }
        guard let old = Tristate(old ?? "n"), let new = Tristate(new) else { return false }
        return new < old
    }

    private func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    private func lossReason(_ name: String, _ old: String) -> Reason {
        if let exclusion = exclusions[name], Tristate(old) ?? .no > .no, inputs.rust[Self.option] == "y",
            exclusion.unless.map({ after.value(of: $0) }) ?? .no != .yes
        {
            return Reason(
                sentence: "Rust excludes it: \(text(of: exclusion))", place: exclusion.links.last?.place,
                names: [Self.option])
        }
        switch before.origin(of: name) {
        case .granted(let grant) where after.tristate(of: grant.by) < before.tristate(of: grant.by):
            return Reason(
                sentence: "\(grant.by), which \(grant.kind == .select ? "selected" : "implied") it, is "
                    + after.tristate(of: grant.by).text, place: grant.place, names: [grant.by])
        default: break
        }
        // The kernel's tool writes "is not set" of what it offers: nothing keeps it from being on.
        if inputs.rust[name] != nil, kconfig.declarations[name]?.contains(where: { $0.choice != nil }) != true {
            if case .byDefault(let entry) = before.origin(of: name), after.value(of: entry.value) == .no {
                return Reason(
                    sentence: "its default `\(entry.value.text)` no longer gives it", place: entry.place,
                    names: entry.value.symbols)
            }
            let wish = asked[name].map { ": the fragment \($0.fragment) says so" } ?? ""
            return Reason(sentence: "it was turned off; it could be on beside Rust\(wish)", place: nil)
        }
        return after.explanation(of: name, asked: Tristate(old) == .no ? "y" : old)
            ?? Reason(sentence: "the Kconfig files give no reason", place: nil)
    }

    private func gainReason(_ name: String, _ origin: KconfigOrigin) -> Reason {
        let opened = after.opened(name, since: before)
        let isNew = inputs.baseline[name] == nil
        let since = opened.map { "`\($0.expression.text)` (\($0.place.text))" }.joined(separator: " and ")
        let hold = opened.count == 1 ? "holds" : "hold"
        let openers = opened.flatMap(\.expression.symbols)
        func under(_ condition: KconfigExpression?) -> String { condition.map { " if `\($0.text)`" } ?? "" }
        func reason(_ text: String, _ place: Kconfig.Place?, _ names: [String]) -> Reason {
            Reason(
                sentence: text + (isNew && !since.isEmpty ? "; counts since \(since) \(hold)" : ""), place: place,
                names: names + openers)
        }
        switch origin {
        case .granted(let grant):
            let verb = grant.kind == .select ? "selects" : "implies"
            return reason(
                "\(grant.by) \(verb) it\(under(grant.condition)) (\(grant.place.text))", grant.place,
                [grant.by] + (grant.condition?.symbols ?? []))
        case .byDefault(let entry):
            return reason(
                "its default is `\(entry.value.text)`\(under(entry.condition)) (\(entry.place.text))", entry.place,
                entry.value.symbols + (entry.condition?.symbols ?? []))
        case .ofChoice(let place):
            return reason("the choice at \(place.text) takes it by itself", place, [])
        case .unset, .chosen, .unknown:
            guard kconfig.declarations[name] != nil else {
                return Reason(sentence: "no Kconfig file of this tree declares it", place: nil)
            }
            guard isNew else {
                return Reason(sentence: "only the kernel's own tool could tell", place: nil, names: openers)
            }
            let value = origin == .unset ? "off by default" : origin == .chosen ? "turned off" : "decided by a tool"
            return Reason(
                sentence: since.isEmpty
                    ? "newly offered, and \(value)" : "newly offered, since \(since) \(hold); \(value)",
                place: opened.first?.place, names: openers)
        }
    }

    private func text(of exclusion: KconfigExclusion) -> String {
        exclusion.links.map { "\($0.text) (\($0.place.text))" }.joined(separator: ", ")
    }

    // MARK: Security

    /// Losses that follow from a loss of security are of the same kind.
    private func withFollowers(
        _ changes: [ConfigurationDifference.Change]
    ) -> [ConfigurationDifference.Change] {
        var relevant = Dictionary(
            changes.compactMap { change in change.security.map { (change.option, $0) } }
        ) { first, _ in first }
        var result = changes
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for (index, change) in result.enumerated() where change.group == .lost {
                guard let cause = change.because.first(where: { relevant[$0] != nil }), let from = relevant[cause],
                    change.security == nil || (change.security?.kind == from.kind && change.security?.follows == nil)
                else { continue }
                let security = ConfigurationDifference.Security(
                    kind: from.kind, meaning: change.security?.meaning ?? "It is a part of \(from.follows ?? cause).",
                    follows: from.follows ?? cause)
                relevant[change.option] = security
                result[index].security = security
                isGrowing = true
            }
        }
        return result
    }

    // MARK: Exclusions

    private func exclusion(_ exclusion: KconfigExclusion) -> ConfigurationDifference.Exclusion {
        let name = exclusion.symbol
        let (old, new) = (before.tristate(of: name), after.tristate(of: name))
        let isInForce: Bool? =
            if let unless = exclusion.unless { after.value(of: unless).map { $0 == .no } } else { true }
        let state: ConfigurationDifference.Exclusion.State =
            switch (old > .no, new > .no) {
            case (true, true): isInForce == false ? .kept : .inTheWay
            case (true, false): .lost
            case (false, true): .gained
            case (false, false): isUnavailable(name) ? .unavailable : .off
            }
        let place = exclusion.links.last?.place
        return ConfigurationDifference.Exclusion(
            option: "CONFIG_\(name)", state: state, unless: exclusion.unless?.text, isInForce: isInForce,
            reason: text(of: exclusion), reasonFile: place?.file ?? "", reasonLine: place?.line ?? 0,
            security: meanings[name])
    }

    /// Whether the option's own dependencies rule it out in the baseline.
    private func isUnavailable(_ name: String) -> Bool {
        let declarations = kconfig.declarations[name] ?? []
        return declarations.allSatisfy { declaration in
            declaration.clauses.contains { clause in before.value(of: clause.expression) == .no }
        }
    }
}

extension KernelTree {
    /// The architectures that the tree has Kconfig files of, sorted.
    package var architectures: [String] {
        names(in: "arch").filter { text("arch/\($0)/Kconfig") != nil }
    }

    /// The names that the main Kconfig files of the other architectures declare.
    func optionsOfArchitectures(besides own: String) -> Set<String> {
        let others = architectures.filter { $0 != own }
        return Set(others.flatMap { optionsDeclared(in: "arch/\($0)/Kconfig").map(\.name) })
    }

    func has(architecture: String) -> Bool {
        !architecture.isEmpty && architecture.utf8.allSatisfy(KconfigToken.isWord)
            && text("arch/\(architecture)/Kconfig") != nil
    }
}
