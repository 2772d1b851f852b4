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
        var kernels: [AffectedReport.Kernel] = []
        var positions: [String: Int] = [:]
        var (runs, unreadable) = (0, 0)
        for entry in try await store.find(EntryQuery(kind: .run)) {
            try Task.checkCancellation()
            runs += 1
            onProgress(runs)
            guard let run = try? entry.record(as: RunRecord.self) else {
                unreadable += 1
                continue
            }
            for kernel in run.kernels.all {
                let image = Self.image(of: kernel)
                let name = "\(kernel.role) \(image?.hexadecimal ?? run.identifier)"
                if let position = positions[name], kernels[position].verdict != .unknown {
                    kernels[position].otherRuns.append(run.identifier)
                    continue
                }
                var judge = KernelQuestion(
                    question: question, run: run, entry: entry, kernel: kernel,
                    steps: try await files.steps(of: entry))
                try await judge.answer(&files)
                var answer = judge.made(image)
                if let position = positions[name] {
                    let earlier = kernels[position]
                    if answer.verdict == .unknown {
                        kernels[position].otherRuns.append(run.identifier)
                    } else {
                        answer.otherRuns = [earlier.run] + earlier.otherRuns
                        kernels[position] = answer
                    }
                } else {
                    positions[name] = kernels.count
                    kernels.append(answer)
                }
            }
        }
        return AffectedReport(question: question, runs: runs, unreadableRuns: unreadable, kernels: kernels)
    }

    private static func image(of kernel: RunRecord.Kernel) -> Digest? {
        let artifacts = kernel.build.artifacts
        return (artifacts.first { $0.path == "arch/s390/boot/bzImage" } ?? artifacts.first { $0.path == "vmlinux" })?
            .sha256
    }
}
