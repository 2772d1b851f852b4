// SPDX-License-Identifier: Apache-2.0
package import Evidence
internal import Foundation
internal import Host
package import Records

/// Looks through the recorded runs for kernels that contain something.
package struct AffectedSearch: Sendable {
    private let question: AffectedReport.Question

    /// Throws `Failure` with code `affected.question` for what can't be looked for.
    package init(_ question: AffectedReport.Question) throws {
        func refuse(_ reason: String, _ advice: String) -> Failure {
            Failure("affected.question", "“\(question.value)” \(reason)", advice: advice)
        }
        let (name, _) = question.nameAndVersion
        guard !name.isEmpty, question.value.utf8.count < 4096 else { throw refuse("names nothing", "name something") }
        switch question.kind {
        case .file where name.hasPrefix("/") || name.split(separator: "/").contains(".."):
            throw refuse(
                "is not a path in a kernel's source",
                "give it from the top of the tree: drivers/s390/net/qeth_core_main.c")
        case .commit where question.value.wholeMatch(of: /[0-9a-f]{7,40}/) == nil:
            throw refuse("is not a commit", "give 7 to 40 lower-case hexadecimal digits")
        default: self.question = question
        }
    }

    /// Each kernel of the log, from the newest run that made it; a run that decides stands before one that does not.
    package func report(
        in store: some EvidenceArchive, onProgress: (Int) -> Void = { _ in }
    ) async throws -> AffectedReport {
        var files = RecordedFiles(store)
        var answers = Answers()
        var own: Set<String> = []
        var (runs, imported, unreadable) = (0, 0, 0)
        for entry in try await store.find(EntryQuery(kind: .run)) {
            try Task.checkCancellation()
            runs += 1
            onProgress(runs)
            guard let run = try? entry.record(as: RunRecord.self) else {
                unreadable += 1
                continue
            }
            own.insert(run.identifier)
            for kernel in run.kernels.all where !answers.isDecided(kernel, of: run) {
                var judge = KernelQuestion(
                    question: question, run: run, entry: entry, kernel: kernel,
                    steps: try await files.steps(of: entry))
                try await judge.answer(&files)
                answers.add(judge.made(Self.image(of: kernel)))
            }
        }
        // Behind the own ones: what another log says of a kernel counts where this one decides nothing.
        for foreign in try await store.importedRuns() where !own.contains(foreign.record.run) {
            try Task.checkCancellation()
            runs += 1
            imported += 1
            onProgress(runs)
            guard let entry = try await store.ownEntry(of: foreign),
                let run = try? entry.record(as: RunRecord.self)
            else {
                unreadable += 1
                continue
            }
            let open = run.kernels.all.filter { !answers.isDecided($0, of: run) }
            let steps = open.isEmpty ? [:] : try await store.steps(of: foreign, run: entry)
            for kernel in open {
                var judge = KernelQuestion(
                    question: question, run: run, entry: entry, kernel: kernel, steps: steps, imported: foreign.place)
                try await judge.answer(&files)
                answers.add(judge.made(Self.image(of: kernel)))
            }
        }
        return AffectedReport(
            question: question, runs: runs, importedRuns: imported, unreadableRuns: unreadable,
            kernels: answers.kernels)
    }

    /// Of each kernel one answer, however many runs made it.
    private struct Answers {
        private(set) var kernels: [AffectedReport.Kernel] = []
        private var positions: [String: Int] = [:]

        private static func name(_ role: KernelRole, _ image: Digest?, _ run: String) -> String {
            "\(role) \(image?.hexadecimal ?? run)"
        }

        /// Whether an earlier run decides it, which then has this one beside it.
        mutating func isDecided(_ kernel: RunRecord.Kernel, of run: RunRecord) -> Bool {
            let name = Self.name(kernel.role, AffectedSearch.image(of: kernel), run.identifier)
            guard let position = positions[name], kernels[position].verdict != .unknown else { return false }
            note(run.identifier, at: position)
            return true
        }

        mutating func add(_ answer: AffectedReport.Kernel) {
            let name = Self.name(answer.role, answer.sha256, answer.run)
            guard let position = positions[name] else {
                positions[name] = kernels.count
                return kernels.append(answer)
            }
            let earlier = kernels[position]
            guard answer.verdict != .unknown else { return note(answer.run, at: position) }
            kernels[position] = answer
            for run in [earlier.run] + earlier.otherRuns { note(run, at: position) }
        }

        private mutating func note(_ run: String, at position: Int) {
            kernels[position].otherRuns.append(run)
        }
    }

    fileprivate static func image(of kernel: RunRecord.Kernel) -> Digest? {
        let artifacts = kernel.build.artifacts
        return (artifacts.first { $0.path == "arch/s390/boot/bzImage" } ?? artifacts.first { $0.path == "vmlinux" })?
            .sha256
    }
}
