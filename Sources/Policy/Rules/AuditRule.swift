// SPDX-License-Identifier: Apache-2.0
internal import Records

/// AUD: whether the audit could look at everything. What it found are findings of its own rules.
enum AuditRule: RunRule {
    static let unreadable = RuleDescription(
        "AUD001", .error, "a built file could not be audited", plural: "built files could not be audited",
        decides: .unknown,
        check: "Each file that the audit was given could be read.",
        rationale: "Nothing is known of a file that can't be read.",
        remediation: "Audit the file by itself (`bessemer audit FILE`): the error names the section and the offset.",
        sources: ["System V ABI, s390x supplement"])
    static let undecided = RuleDescription(
        "AUD002", .warning, "a family of rules is undecided", plural: "families of rules are undecided",
        decides: .unknown,
        check: "Each family of rules could decide, or does not apply, for each file.",
        rationale: "A check that could not decide has proven nothing.",
        remediation: "Build with debug information (CONFIG_DEBUG_INFO_DWARF5), and audit the file by itself.",
        sources: ["Docs/Rules.md"])

    static let descriptions = [unreadable, undecided]

    static func findings(in facts: RunFacts) -> [Finding] {
        facts.audit.findings.filter { $0.severity != .note }
            + facts.audit.files.flatMap { file in
                let unread = file.error.map {
                    unreadable.finding("\(file.name) could not be audited", at: .init(file: file.name), found: $0)
                }
                return [unread].compactMap(\.self)
                    + file.outcomes.filter { $0.state == .unknown }.map {
                        undecided.finding(
                            "\($0.family) is undecided for \(file.name)", at: .init(file: file.name, symbol: $0.family),
                            found: $0.reason)
                    }
            }
    }
}
