// SPDX-License-Identifier: Apache-2.0
internal import Records

/// CFG: whether the configuration is what was requested.
enum ConfigurationRule: RunRule {
    static let unmet = RuleDescription(
        "CFG001", .error, "a required option is not in effect", plural: "required options are not in effect",
        check: "Each option that a fragment requires has the requested value in the final .config.",
        rationale:
            "The kernel that was built is not the one that was requested, and its tests say nothing of the other.",
        remediation:
            "Add what the option depends on to a fragment, or take the option out; `bessemer config explain` says why.",
        sources: ["scripts/kconfig/merge_config.sh", "Documentation/kbuild/kconfig-language.rst"])

    static let descriptions = [unmet]

    static func findings(in facts: RunFacts) -> [Finding] {
        facts.kernels.candidate.configuration.unmet.filter(\.required).map { option in
            unmet.finding(
                "\(option.option)=\(option.requested) is not in effect",
                at: .init(file: option.file ?? ".config", line: option.line, symbol: option.option),
                expected: option.requested,
                found: "\(option.got): \(option.reason)")
        }
    }
}
