// SPDX-License-Identifier: Apache-2.0
internal import Host

/// Rules by family, in the order in which they are shown.
package struct RuleBook: Sendable, Hashable {
    package struct Family: Sendable, Hashable {
        /// Three or four letters: `LAY`.
        package let identifier: String
        /// In the order of their identifiers.
        package let rules: [RuleDescription]

        package init(_ identifier: String, rules: [RuleDescription]) {
            self.identifier = identifier
            self.rules = rules
        }

        package var name: String { RuleBook.name(of: identifier) ?? "other" }
    }

    package let families: [Family]

    package init(families: [Family]) { self.families = families }

    package var rules: [RuleDescription] { families.flatMap(\.rules) }

    /// The rules that a name means: `LAY001` or `lay001` is one, `LAY` the whole family.
    ///
    /// Throws `Failure` with code `audit.rule` for another name.
    package func rules(named name: String) throws -> [RuleDescription] {
        let wanted = name.uppercased()
        let found = families.flatMap { family in
            family.rules.filter { $0.identifier == wanted || family.identifier == wanted }
        }
        guard !found.isEmpty else {
            throw Failure(
                "audit.rule", "there is no rule \(name)",
                advice: "`bessemer explain` lists them all; families are "
                    + families.map(\.identifier).joined(separator: ", "))
        }
        return found
    }

    /// A word or two for tables, by family, in the order in which they are shown.
    package static let familyNames: KeyValuePairs = [
        "LAY": "layout", "TAB": "tables", "FRM": "frames", "ISA": "instructions", "BRN": "branches",
        "PRD": "producers", "MOD": "modules", "TREE": "tree", "CFG": "configuration", "BLD": "build", "KRN": "kernel",
        "SBX": "sandbox", "REP": "reproducibility", "AUD": "audit", "BOT": "boot", "TST": "tests", "SLF": "self-test",
        "CON": "console",
        "WVR": "waivers", "DEV": "deviations", "GAT": "gate", "SCR": "build scripts",
    ]

    /// `LAY layout`; the letters alone for a family without a name.
    package static func title(of family: String) -> String {
        name(of: family).map { "\(family) \($0)" } ?? family
    }

    package static func name(of family: String) -> String? { familyNames.first { $0.key == family }?.value }
}
