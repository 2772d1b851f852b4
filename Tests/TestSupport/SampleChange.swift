// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Policy
package import Records

/// A change as a board gets it: a run with a drill, a plan, and a policy of two stages.
package enum SampleChange {
    package static let today = Day("2026-11-28") ?? Day(number: 0)

    private static let policy = """
        stages:
          - {name: pilot, suites: ['*'], compilers: [stable, bootstrap], waivers: file, allowed: [DEV]}
          - {name: production, after: pilot, suites: ['*'], compilers: [stable], evidence: [drill], approvals: 2}
        """

    package static let requirements = [
        requirement("Art. 1", [.backOut, .drill]), requirement("Art. 2", [.approval], isRead: false),
        requirement("Art. 3", [], note: "the shop's own"),
    ]

    private static func requirement(
        _ reference: String, _ parts: [ChangeRecord.Part], isRead: Bool = true, note: String? = nil
    ) -> ChangeRecord.Requirement {
        ChangeRecord.Requirement(
            framework: "Own rules 1", reference: reference, subject: "what \(reference) asks", isRead: isRead,
            note: note,
            parts: parts)
    }

    package static func plan(_ text: String = "changes nothing") -> ChangeRecord.Plan {
        func command(_ line: String, _ path: String?) -> ChangeRecord.Command {
            .init(line: line, comment: text, script: path.map { .init(path: $0, sha256: Digest(of: $0)) })
        }
        return ChangeRecord.Plan(
            origin: "entry 7 of the evidence log", entry: entry(7, "rollback-plan"), sums: Digest(of: "plan"),
            images: [],
            device: "0.0.0100",
            implementation: [
                command("./install", "install"), command("bessemer-trial", "sbin/bessemer-trial"),
                command("reboot", nil),
            ], backOut: [command("./uninstall", "uninstall")], notes: [text])
    }

    package static func entry(_ number: Int, _ kind: String) -> EntryReference {
        EntryReference(sequence: number, digest: Digest(of: "entry \(number)"), kind: RecordKind(kind))
    }

    package static func question(
        _ stage: String = "production", run: RunRecord = SampleRecord.waived(),
        drill: (RunRecord) -> RollbackDrill? = { SampleDrill.passed(of: $0) },
        plan: ChangeRecord.Plan? = plan(), flags: [String]? = ["-Zpacked-stack"], window: ChangeRecord.Window? = nil
    ) throws -> ChangeQuestion {
        func dated<Body: RecordBody>(_ body: Body, _ number: Int) -> Dated<Body> {
            Dated(body, entry: entry(number, Body.kind.rawValue), time: today.start.addingTimeInterval(43_200))
        }
        return ChangeQuestion(
            policy: try PolicyFile.read(Array(policy.utf8)), stage: stage,
            evidence: GateEvidence(
                run: dated(run, 3), drills: drill(run).map { [dated($0, 4)] } ?? [],
                unstableFlags: flags.map { ($0, entry(2, "step")) }),
            asOf: today, plan: plan, requirements: requirements, window: window,
            head: LogHead(origin: "sigsum.org/v1/tree/0123", size: 9, rootHash: Digest(of: "root")),
            toolVersion: "0.1.0")
    }

    package static func made(
        _ stage: String = "production", run: RunRecord = SampleRecord.waived(), plan: ChangeRecord.Plan? = plan(),
        window: ChangeRecord.Window? = nil
    ) throws -> ChangeRecord {
        try question(stage, run: run, plan: plan, window: window).answer()
    }
}
