// SPDX-License-Identifier: Apache-2.0
internal import Records

/// WVR: whether what was accepted is still needed, and still holds.
enum WaiverRule {
    static let idle = RuleDescription(
        "WVR001", .note, "a waiver is not needed", plural: "waivers are not needed",
        check: "Each waiver accepts a finding of this run.",
        rationale: "A waiver that is not needed hides the day on which the failure comes back.",
        remediation: "Take it out of the waivers file.", sources: ["Docs/Waivers.md"])
    static let expired = RuleDescription(
        "WVR002", .warning, "a waiver has expired", plural: "waivers have expired",
        check: "The last day of each waiver has not passed.",
        rationale: "Nobody accepts the deviation any more.",
        remediation: "Correct the cause, or have its owner accept it again.",
        sources: ["Docs/Waivers.md"])

    static let descriptions = [idle, expired]

    static func finding(_ waiver: Waiver, isExpired: Bool) -> Finding {
        let name = "\(waiver.rule) \(waiver.location)"
        return (isExpired ? expired : idle).finding(
            isExpired ? "the waiver for \(name) has expired" : "the waiver for \(name) is not needed",
            at: .init(file: name),
            found: isExpired ? "it held until \(waiver.expires)" : "it accepts no finding of this run")
    }
}
