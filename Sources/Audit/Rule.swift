// SPDX-License-Identifier: Apache-2.0
package import Records

/// A family of checks over one image; each family is one file in `Rules/`.
protocol Rule: Sendable {
    /// Three letters: `LAY`.
    static var family: String { get }
    /// The rules of this family, in the order of their identifiers.
    static var descriptions: [RuleDescription] { get }

    /// Whether it looks at all types: then one pass over the debug information serves it and the image.
    static var readsTypes: Bool { get }

    /// The same, where it is a rule over machine code.
    var overCode: (any CodeRule)? { get }

    init()

    /// Looks at one image. An error means that the image's bytes made the check impossible.
    func check(_ image: Image, _ options: AuditOptions) throws -> RuleOutcome
}

extension Rule {
    static var readsTypes: Bool { false }
    /// Of an image that it could not, or need not, look at.
    static func outcome(_ state: RuleOutcome.State, _ reason: String) -> RuleOutcome {
        RuleOutcome(family: family, state: state, reason: reason)
    }

    /// Of an image that it looked at: unknown where there are reasons to doubt that it saw everything.
    static func outcome(
        doubts: [String], counts: [RuleOutcome.Count], findings: [Finding]
    ) -> RuleOutcome {
        RuleOutcome(
            family: family, state: doubts.isEmpty ? .checked : .unknown,
            reason: doubts.isEmpty ? nil : doubts.joined(separator: "; "), counts: counts, findings: findings)
    }

    // Not by a cast: it would look through every conformance of the program.
    var overCode: (any CodeRule)? { nil }
}

/// Every rule there is.
package enum RuleCatalogue {
    static let rules: [any Rule.Type] = [
        LayoutRule.self, TableRule.self, FrameRule.self, InstructionRule.self, BranchRule.self, ProducerRule.self,
        ModuleRule.self,
    ]

    /// What each rule that is asked for comes to, in their order. Those over machine code share one walk.
    static func outcomes(
        on image: Image, _ options: AuditOptions, of rules: [any Rule.Type] = rules
    ) -> [(family: String, outcome: Result<RuleOutcome, any Error>)] {
        let wanted = rules.filter(options.wants).map { $0.init() }
        let walk = CodeWalk(wanted.compactMap(\.overCode), image, options)
        return wanted.map { rule in
            let outcome = Result {
                if let rule = rule.overCode {
                    try walk.outcome(of: rule)
                } else {
                    try rule.check(image, options)
                }
            }
            return (type(of: rule).family, outcome)
        }
    }

    package static let book = RuleBook(
        families: rules.map { .init($0.family, rules: $0.descriptions) })
}
