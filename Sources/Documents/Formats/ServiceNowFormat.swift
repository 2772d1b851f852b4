// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records

/// A change record as the fields of ServiceNow's table `change_request`, as JSON for its table API: plain texts, each as long
/// as its field takes.
package struct ServiceNowFormat: Sendable {
    /// As the table names its fields. Those that are nil are left out.
    struct Fields: Encodable {
        let shortDescription: String
        let description: String
        let justification: String
        let implementationPlan: String
        let backoutPlan: String
        let testPlan: String
        let riskImpactAnalysis: String
        let type: String
        let startDate: String?
        let endDate: String?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case shortDescription = "short_description"
            case description, justification
            case implementationPlan = "implementation_plan"
            case backoutPlan = "backout_plan"
            case testPlan = "test_plan"
            case riskImpactAnalysis = "risk_impact_analysis"
            case type
            case startDate = "start_date"
            case endDate = "end_date"
        }
    }

    /// UTF-16 units, by which the server counts, of the title and of the other texts.
    static let (longestTitle, longest) = (160, 4000)

    package init() {}

    /// Throws what the encoder throws.
    package func text(of change: ChangeRecord) throws -> String { try JSON.text(fields(of: change)) }

    func fields(of change: ChangeRecord) -> Fields {
        func plain(_ lines: [String]) -> String { Self.cut(lines.map(VisibleText.of).joined(separator: "\n"), change) }
        let used = Set(change.gate.deviations.compactMap(\.waiver))
        let isEmergency = change.gate.waivers.contains { $0.terms.emergency && used.contains($0.identifier) }
        return Fields(
            shortDescription: Self.cut(
                VisibleText.of((change.isRefused ? "REFUSED: " : "") + change.title), most: Self.longestTitle, note: "…"
            ),
            description: plain(change.descriptionLines), justification: plain(change.justificationLines),
            implementationPlan: plain(change.lines(of: change.plan?.implementation)),
            backoutPlan: plain(change.backOutLines), testPlan: plain(change.testLines),
            riskImpactAnalysis: plain(change.riskLines), type: isEmergency ? "emergency" : "normal",
            startDate: change.window?.start.map(Self.time), endDate: change.window?.end.map(Self.time))
    }

    /// `2026-12-05 22:00:00` UTC, which the table API takes.
    private static func time(_ date: Date) -> String { String(Quantities.time(date).dropLast(4)) }

    private static func cut(_ text: String, _ change: ChangeRecord) -> String {
        cut(
            text, most: longest,
            note:
                "\n[cut here; the whole text: bessemer change \(VisibleText.of(change.gate.run)) --stage \(change.gate.stage)]"
        )
    }

    /// The text, or as much of it as there is room for before the note; no character is cut in two.
    static func cut(_ text: String, most: Int, note: String) -> String {
        guard text.utf16.count > most else { return text }
        var size = note.utf16.count
        let kept = text.prefix { character in
            size += character.utf16.count
            return size <= most
        }
        return kept + note
    }
}

extension ChangeRecord {
    fileprivate var verdictLine: String {
        let refusals = gate.results.filter { $0.state != .pass }
        return isRefused
            ? "REFUSED: \(refusals.count) of \(gate.results.count) rules of the gate \(gate.stage) refuse it."
            : "The gate \(gate.stage) passes: \(gate.results.count) rules."
    }

    fileprivate var descriptionLines: [String] {
        var lines = [
            verdictLine, "Change: \(title).", "Run: \(gate.run), entry \(gate.runEntry.sequence).",
            "Validity: \(validity).",
            "Source: \(source.describing), SHA-256 \(source.digest).",
        ]
        for kernel in kernels {
            let image = kernel.image.map { ", SHA-256 \($0)" } ?? ""
            lines.append("Kernel (\(kernel.role.rawValue)): \(kernel.release)\(image).")
        }
        for tool in toolchain where ["c-compiler", "rust-compiler"].contains(tool.role) {
            lines.append("\(tool.role): \(tool.version)")
        }
        lines.append("Unstable compiler flags: " + (unstableFlags.map { $0.joined(separator: " ") } ?? "unknown"))
        lines.append(
            head.map { "Evidence: \($0.size) entries, head \($0.rootHash) of \($0.origin)." } ?? "Evidence: no head.")
        lines.append("Patches: \(patches.count).")
        for patch in patches { lines.append("- \(patch.file): \(patch.subject)") }
        return lines
    }

    fileprivate var justificationLines: [String] {
        [purpose.map { "Purpose: \($0)" } ?? "Purpose: not given with a request."]
            + [gate.requestedBy.map { "Requested by \($0.line)." } ?? "Requested by nobody."]
            + (gate.approvedBy.isEmpty ? ["Approved by nobody."] : gate.approvedBy.map { "Approved by \($0.line)." })
            + gate.results.map { "- \($0.rule) \($0.state.rawValue): \($0.title): \($0.reason)" }
    }

    fileprivate func lines(of commands: [Command]?) -> [String] {
        guard let commands, !commands.isEmpty else {
            return ["No rollback plan of these kernels is recorded or given."]
        }
        return ["From \(plan?.origin ?? ""):"]
            + commands.map { "\($0.line)\($0.comment.map { comment in "  # \(comment)" } ?? "")" }
    }

    fileprivate var backOutLines: [String] {
        var lines = self.lines(of: plan?.backOut) + ["Abort criteria:"] + abort.map { "- \($0)" }
        if let drill {
            lines.append("Last drill \(drill.identifier): \(drill.verdict.rawValue), \(drill.sum).")
            lines += drill.steps.map { "- \($0.verdict.rawValue): \($0.title): \($0.found)" }
        } else {
            lines.append("No drill with these kernels is recorded.")
        }
        if let plan { lines += ["What the plan says beside:"] + plan.notes.map { "- \($0)" } }
        return lines
    }

    fileprivate var testLines: [String] {
        func counts(_ name: String, _ counts: TestCounts) -> String {
            "\(name): \(counts.pass) passed, \(counts.fail) failed, \(counts.unknown) unknown, \(counts.skip) skipped."
        }
        return [counts("With Rust", tests.candidate)]
            + (tests.baseline.map { [counts("Without Rust", $0)] } ?? ["There was no kernel without Rust."])
            + [
                "Failures that are accepted: \(tests.accepted).",
                "Passed on both: \(tests.passedOnBoth.map(String.init) ?? "not compared"); others: \(comparison).",
                "Audit of the built files: \(auditWords).",
            ]
    }

    fileprivate var riskLines: [String] {
        let losses = difference?.ownLosses ?? []
        var lines = [
            difference == nil
                ? "Configurations were not compared."
                : "Options lost that have a meaning for security: \(losses.count)."
        ]
        for loss in losses {
            let machines = loss.security?.machines.map { " Machines: \($0)" } ?? ""
            lines.append("- \(loss.option): \(loss.security?.meaning ?? "")\(machines)")
        }
        let needy = gate.deviations.filter { !$0.isAllowed && $0.finding.severity != .note }
        lines.append("Deviations that need a waiver: \(needy.count).")
        for deviation in needy {
            let place = deviation.finding.location.map { " (\($0.text))" } ?? ""
            let state = deviation.waiver.map { "accepted by \($0)" } ?? "open"
            lines.append("- \(deviation.finding.rule) \(deviation.finding.title)\(place): \(state)")
        }
        for waiver in gate.waivers where waiver.holds {
            let terms = waiver.terms
            lines.append(
                "- \(waiver.identifier): \(terms.from) to \(waiver.lastDay) 24:00 UTC, owner \(terms.owner): \(terms.compensation)"
            )
        }
        return lines
    }
}

extension WaiverStatus.Voice {
    fileprivate var line: String { "\(words), key \(key.short), entry \(entry.sequence)" }
}
