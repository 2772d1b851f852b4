// SPDX-License-Identifier: Apache-2.0
internal import Records

/// TREE: what of s390 Rust support the tree that was built has.
enum TreeRule: RunRule {
    static let piece = RuleDescription(
        "TREE001", .warning, "a piece of s390 Rust support is missing",
        plural: "pieces of s390 Rust support are missing",
        check:
            "Each piece that `bessemer tree status` looks for is there in the tree that was built, or the tree's Rust code "
            + "has no use for it.",
        rationale:
            "A piece that is missing shows as a build error at best, and as a kernel that can't be unwound or patched at worst.",
        remediation: "Use a tree that has it (7.2 and later do), or add it: `bessemer tree enable`.",
        sources: ["Documentation/rust/arch-support.rst", "arch/s390/Kconfig"])

    static let descriptions = [piece]

    static func findings(in facts: RunFacts) -> [Finding] {
        facts.readiness.pieces.filter { $0.state != .present }.map { piece in
            Self.piece.finding(
                "\(piece.title): \(piece.state.rawValue)",
                at: .init(
                    file: piece.evidence.first?.file ?? "tree", line: piece.evidence.first?.line,
                    symbol: piece.identifier),
                expected: "present",
                found: piece.note ?? piece.state.rawValue)
        }
    }
}
