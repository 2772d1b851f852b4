// SPDX-License-Identifier: Apache-2.0
internal import Evidence
internal import Foundation
internal import Host
package import Records

/// One question about one kernel of a run.
struct KernelQuestion {
    let question: AffectedReport.Question
    let run: RecordedKernels
    let entry: Entry
    let kernel: RecordedKernels.Kernel
    let steps: [String: RunEvidence.Step]
    /// Where a run of another log came from.
    let imported: ImportedFrom?

    var verdict = AffectedReport.Verdict.unknown
    var reason: String?
    var evidence: [AffectedReport.Evidence] = []
    var statements: Set<String> = []

    init(
        question: AffectedReport.Question, run: RecordedKernels, entry: Entry, kernel: RecordedKernels.Kernel,
        steps: [String: RunEvidence.Step], imported: ImportedFrom? = nil
    ) {
        self.question = question
        self.run = run
        self.entry = entry
        self.kernel = kernel
        self.steps = steps
        self.imported = imported
    }

    func made(_ image: Digest?) -> AffectedReport.Kernel {
        AffectedReport.Kernel(
            release: kernel.build.release, role: kernel.role, sha256: image, run: run.identifier, imported: imported,
            otherRuns: [], verdict: verdict, reason: verdict == .unknown ? reason : nil, evidence: evidence,
            statements: verdict == .affected ? statements.sorted() : [])
    }

    // MARK: What questions share

    /// The kernel's step of that name.
    func step(_ name: String) -> RunEvidence.Step? { steps[kernel.role.step(name)] }

    var provenance: String { BundlePath.attestation("provenance-\(kernel.role.rawValue)") }

    /// Where the kernel's bills of materials are in the run's bundle; none where its materials were not listed.
    func bills(_ names: String...) -> [String] {
        steps[kernel.role.step("materials")] == nil ? [] : names.map { BundlePath.materials(of: kernel.role) + $0 }
    }

    mutating func affect(_ said: AffectedReport.Evidence, in documents: [String]) {
        verdict = .affected
        evidence.append(said)
        statements.formUnion(documents)
    }

    /// What the run's own record says.
    func said(_ statement: String) -> AffectedReport.Evidence {
        AffectedReport.Evidence(
            entry: entry.sequence, step: "run", file: nil, sha256: entry.bodyDigest, statement: statement)
    }

    /// What was read from a step's result, else the run's own record.
    func said(_ statement: String, by step: RunEvidence.Step?) -> AffectedReport.Evidence {
        step.map { $0.evidence($0.file("result.json"), statement) } ?? said(statement)
    }

    /// What the list of what the kernel was built from says; nil where none is recorded.
    func materials<Store>(
        _ files: inout RecordedFiles<Store>, _ read: (KernelMaterials) -> FileAnswer
    ) async throws -> (answer: FileAnswer, step: RunEvidence.Step, file: Subject)? {
        guard let step = step("materials"), let file = step.file(RunEvidence.materialsFile),
            let answer = try await files.answer(
                file,
                { bytes in
                    let list = try RunEvidence.materials(bytes, of: run.identifier)
                    var answer = read(list)
                    answer.gaps = list.isComplete ? nil : MaterialGaps(list.gaps, of: kernel.role)
                    return answer
                })
        else { return nil }
        return (answer, step, file)
    }

    /// What is not in a list is absent only where the list is complete.
    mutating func take(
        _ answer: FileAnswer, _ step: RunEvidence.Step, _ file: Subject, in documents: [String]
    ) {
        for statement in answer.present { affect(step.evidence(file, statement), in: documents) }
        evidence += answer.notes.map { step.evidence(file, $0) }
        guard verdict != .affected else { return }
        evidence.append(step.evidence(file, answer.absent))
        if let gaps = answer.gaps {
            reason = "the list of what the kernel was built from has \(gaps.text)"
        } else {
            verdict = .notAffected
        }
    }

    mutating func answer<Store>(_ files: inout RecordedFiles<Store>) async throws {
        switch question.kind {
        case .file: try await answerFile(&files)
        case .commit: try await answerCommit(files)
        case .tool: try await answerTool(&files)
        case .package: try await answerPackage(&files)
        case .symbol: try await answerSymbol(&files)
        }
    }
}

extension RunEvidence {
    /// The file of the steps `materials` and `baseline-materials`.
    static let materialsFile = "materials.json"

    /// Throws `Failure` where the bytes are not a list that can be used.
    static func materials(_ bytes: [UInt8], of run: String) throws -> KernelMaterials {
        let list = try JSON.decode(KernelMaterials.self, from: bytes, named: "the list of materials of \(run)")
        if let fault = list.fault {
            throw Failure(
                "materials.unreadable", "the list of materials of \(run) can't be used: \(fault)",
                advice: "read it with the version of Bessemer that recorded it")
        }
        return list
    }

    /// What a kernel was built from; nil where it is not recorded.
    package func materials(of role: KernelRole) throws -> KernelMaterials? {
        try file(Self.materialsFile, of: role == .candidate ? "materials" : "baseline-materials").map {
            try Self.materials($0, of: run.identifier)
        }
    }
}
