// SPDX-License-Identifier: Apache-2.0
package import Records

/// A family of checks over one image; each family is one file in `Rules/`.
package protocol Rule: Sendable {
    /// Three letters: `LAY`.
    static var family: String { get }
    /// The rules of this family, in the order of their identifiers.
    static var descriptions: [RuleDescription] { get }

    init()

    /// Looks at one image. An error means that the image's bytes made the check impossible.
    func check(_ image: Image, _ options: AuditOptions) throws -> RuleOutcome
}

/// Every rule there is.
package enum RuleCatalogue {
    package static let rules: [any Rule.Type] = [
        LayoutRule.self, TableRule.self, FrameRule.self, InstructionRule.self, BranchRule.self, ProducerRule.self,
        ModuleRule.self,
    ]

    /// Those that read machine code and the tables that point into it.
    static let codeRules: [any Rule.Type] = [TableRule.self, FrameRule.self, InstructionRule.self, BranchRule.self]

    package static let book = RuleBook(
        families: rules.map { .init($0.family, rules: $0.descriptions) })
}
