// SPDX-License-Identifier: Apache-2.0
internal import Records

/// SBX: whether the sandbox is the one that was requested.
enum SandboxRule: RunRule {
    static let drift = RuleDescription(
        "SBX001", .warning, "the sandbox is not the one that the lock pins",
        check: "The packages of the sandbox are compared with those of the lock that was requested.",
        rationale: "The mirror no longer has some locked versions, so another toolchain made this kernel.",
        remediation:
            "Write a new lock (`bessemer sandbox lock --output FILE`), or use a mirror that keeps old versions.",
        sources: ["Docs/Security.md"])

    static let descriptions = [drift]

    static func findings(in facts: RunFacts) -> [Finding] {
        guard !facts.drift.isEmpty else { return [] }
        let found = facts.drift.prefix(8).joined(separator: "; ") + (facts.drift.count > 8 ? "; …" : "")
        return [drift.finding(at: .init(file: "sandbox"), expected: "the locked versions", found: found)]
    }
}
