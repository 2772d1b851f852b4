// SPDX-License-Identifier: Apache-2.0
internal import Evidence
internal import Foundation
internal import Host
internal import Records
internal import Signing

/// What a run shows of one fact.
struct FactAssessment {
    enum State {
        case shown
        case notShown
        /// Not decided; it never counts as shown.
        case unknown
    }

    let fact: RunFact
    let state: State
    /// One or two sentences for people.
    let text: String
    /// Types of the predicates of statements that show it.
    let predicates: Set<String>
    /// When the step ended that it stands on.
    let time: Date
}

/// A signed statement of a bundle.
struct CitedStatement {
    /// Path in the bundle.
    let name: String
    let sha256: Digest
    let predicateType: String
    /// Of SLSA provenance; nil for others.
    let builder: String?

    /// nil for a file that is not a signed statement.
    init?(name: String, bytes: [UInt8]) {
        guard let envelope = try? Envelope(bytes, from: name), let payload = try? CanonicalJSON(envelope.payload),
            let type = payload["predicateType"]?.text
        else { return nil }
        self.name = name
        sha256 = Digest(of: bytes)
        predicateType = type
        builder = payload["predicate"]?["runDetails"]?["builder"]?["id"]?.text
    }

    var isRebuild: Bool { builder == TypeURI.rebuilder }
}

extension RunEvidence {
    /// What the run shows of each fact that runs have, in the order of the facts.
    func assessments(_ statements: [CitedStatement]) -> [FactAssessment] {
        RunFact.allCases.filter(\.isOfRun).map { assessment(of: $0, statements) }
    }

    private func assessment(of fact: RunFact, _ statements: [CitedStatement]) -> FactAssessment {
        func made(
            _ state: FactAssessment.State, _ text: String, by predicates: Set<String> = [], step: String = "record"
        ) -> FactAssessment {
            FactAssessment(
                fact: fact, state: state, text: text, predicates: predicates, time: end(of: step) ?? run.finishedAt)
        }
        switch fact {
        case .provenance:
            let patches = run.enablement?.series.patches.count ?? 0
            return made(
                .shown,
                "The source of Linux \(run.source.version) has the SHA-256 \(run.source.digest); "
                    + (patches == 0
                        ? "it was built as it is." : "\(patches) patches were applied, each recorded by its SHA-256."),
                by: [TypeURI.provenance], step: "source")
        case .sandbox:
            guard let isolation = run.sandbox.isolation else {
                return made(.unknown, "The record does not say how the build was isolated.", step: "sandbox")
            }
            let faults = isolation.facts.faults
            let lock = "\(run.sandbox.packages) packages are pinned by the lock \(run.sandbox.lockDigest)"
            return faults.isEmpty
                ? made(
                    .shown, "\(lock); a check from inside found no network and no way out.", by: [TypeURI.provenance],
                    step: "sandbox")
                : made(.notShown, "\(lock); open were: \(faults.joined(separator: "; ")).", step: "sandbox")
        case .sbom:
            let isThere = statements.contains { $0.predicateType == TypeURI.reference }
            return isThere
                ? made(.shown, "The kernel's SPDX documents are referred to by their SHA-256.", by: [TypeURI.reference])
                : made(.notShown, "There is no statement that refers to a bill of materials.")
        case .configuration:
            let missing = run.kernels.candidate.configuration.unmet.filter(\.required)
            guard missing.isEmpty else {
                let names = missing.map(\.option).joined(separator: ", ")
                return made(.notShown, "Required options are not in effect: \(names).", step: "configuration")
            }
            let difference =
                run.difference.map { "; \($0.changes.count) options differ from the baseline kernel" } ?? ""
            return made(
                .shown, "Every required option is in effect\(difference). Each difference is recorded with its reason.",
                by: [TypeURI.provenance], step: "configuration")
        case .audit:
            guard let audit = run.audit else { return made(.unknown, "The record has no audit.", step: "audit") }
            let (findings, accepted) = (audit.findings.count { $0.severity != .note }, audit.accepted.count)
            let text = "\(audit.files.count) files were checked: \(findings) findings, \(accepted) accepted."
            return switch audit.verdict {
            case .clean: made(.shown, text, by: [TypeURI.audit, TypeURI.scai], step: "audit")
            case .findings: made(.notShown, text, by: [TypeURI.audit], step: "audit")
            case .undecided: made(.unknown, "Nothing could be checked.", by: [TypeURI.audit], step: "audit")
            }
        case .tests: return tests(made)
        case .rollbackDrill:
            guard let drill = drills.last?.record else {
                return made(.notShown, "The rollback was not drilled with these kernels.")
            }
            let text = "Of \(drill.steps.count) steps of the drill \(drill.count(.pass)) passed."
            return FactAssessment(
                fact: fact, state: drill.verdict == .pass ? .shown : drill.verdict == .fail ? .notShown : .unknown,
                text: text, predicates: [TypeURI.drill], time: drill.finishedAt)
        case .rebuild:
            return statements.contains(where: \.isRebuild)
                ? made(.shown, "A second build is attested with its own provenance.", by: [TypeURI.provenance])
                : made(.notShown, "There is no statement about a second build.")
        case .signatures:
            return statements.isEmpty
                ? made(.notShown, "No statement is signed.")
                : made(
                    .shown, "\(statements.count) statements are signed (DSSE).",
                    by: Set(statements.map(\.predicateType)))
        case .log:
            return made(
                .shown,
                "The run is entry \(entry.sequence) of the log and stands on \(entry.parents.count) steps' entries.")
        case .waivers:
            let expired = run.accepted.filter { !$0.waiver.holds(at: run.finishedAt) }
            return expired.isEmpty
                ? made(.shown, "\(run.accepted.count) findings are accepted, each with owner, reason and last day.")
                : made(.notShown, "\(expired.count) findings are accepted by waivers whose day has passed.")
        case .affected:
            return step("materials") == nil
                ? made(.unknown, "The record has no list of the files that the kernel was built from.")
                : made(.shown, "The files, tools and packages of the kernel are recorded.", step: "materials")
        case .gate, .cmdb, .timeline: return made(.unknown, "Runs do not record this.")
        }
    }

    private func tests(
        _ made: (FactAssessment.State, String, Set<String>, String) -> FactAssessment
    ) -> FactAssessment {
        let counts = run.boot.counts
        let types: Set = [TypeURI.testResult, TypeURI.comparison, TypeURI.selfTest]
        let text =
            "\(counts.pass) tests passed, \(counts.fail) failed (\(run.acceptedFailures) accepted), \(counts.skip) were "
            + "skipped, \(counts.unknown) are unknown"
            + (run.comparison == nil ? "; there is no baseline kernel beside." : "; the baseline kernel ran beside.")
        let failed = counts.fail > run.acceptedFailures || !run.unexplainedEvents.isEmpty
        let isUnknown = counts.unknown > 0 || counts.pass == 0 || run.boot.ending != .powerOff
        return made(failed ? .notShown : isUnknown ? .unknown : .shown, text, types, "boot")
    }

    /// When a step ended.
    private func end(of name: String) -> Date? {
        step(name).map { $0.record.startedAt.addingTimeInterval(Double($0.record.milliseconds / 1000)) }
    }
}
