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

    /// Entries that are read at a time.
    private static let page = 256

    /// Each kernel of the log, from the newest run that made it; a run that decides stands before one that does not.
    package func report(
        in store: some EvidenceArchive, onProgress: (Int) -> Void = { _ in }
    ) async throws -> AffectedReport {
        var files = RecordedFiles(store)
        var found = FoundKernels()
        var (runs, imported, unreadable) = (0, 0, 0)
        var own: Set<String> = []
        var before: Int?
        while case let page = try await store.summaries(EntryQuery(kind: .run, before: before, limit: Self.page)),
            let last = page.last
        {
            before = last.sequence
            let names = try await Self.identifiers(of: page, in: store)
            for summary in page {
                try Task.checkCancellation()
                runs += 1
                onProgress(runs)
                if let name = names[summary.sequence], found.take(name, RecordedKernels.images(of: summary)) {
                    own.insert(name)
                    continue
                }
                guard let entry = try await store.entry(summary.digest),
                    let run = try? RecordedKernels.read(entry)
                else {
                    unreadable += 1
                    continue
                }
                own.insert(run.identifier)
                let steps = try await files.steps(of: entry)
                for kernel in run.kernels where !found.take(run.identifier, [kernel.role: kernel.image]) {
                    var judge = KernelQuestion(question: question, run: run, entry: entry, kernel: kernel, steps: steps)
                    try await judge.answer(&files)
                    found.add(judge.made(kernel.image))
                }
            }
        }
        // Behind the own ones: what another log says of a kernel counts where this one decides nothing.
        for foreign in try await store.importedRuns() where !own.contains(foreign.record.run) {
            try Task.checkCancellation()
            runs += 1
            imported += 1
            onProgress(runs)
            guard let entry = try await store.ownEntry(of: foreign), let run = try? RecordedKernels.read(entry) else {
                unreadable += 1
                continue
            }
            let open = run.kernels.filter { !found.take(run.identifier, [$0.role: $0.image]) }
            let steps = open.isEmpty ? [:] : try await store.steps(of: foreign, run: entry)
            for kernel in open {
                var judge = KernelQuestion(
                    question: question, run: run, entry: entry, kernel: kernel, steps: steps, imported: foreign.place)
                try await judge.answer(&files)
                found.add(judge.made(kernel.image))
            }
        }
        return AffectedReport(
            question: question, runs: runs, importedRuns: imported, unreadableRuns: unreadable, kernels: found.kernels)
    }

    /// Of runs, by the number of the entry. It is the list's word: it names runs that made a kernel which is known already.
    private static func identifiers(
        of page: [EntrySummary], in store: some ProjectionStore
    ) async throws -> [Int: String] {
        guard let last = page.first?.sequence, let first = page.last?.sequence, first <= last else { return [:] }
        let rows = try await store.rows(RowQuery("run", entries: first...last))
        return Dictionary(rows.compactMap { row in row.text("identifier").map { (row.sequence, $0) } }) { $1 }
    }
}

/// The kernels of the runs so far, however many runs made each.
private struct FoundKernels {
    private(set) var kernels: [AffectedReport.Kernel] = []
    private var positions: [String: Int] = [:]

    private static func name(_ role: KernelRole, _ image: Digest) -> String { "\(role) \(image)" }

    /// Takes a further run of kernels that are decided; false where one of them is not.
    mutating func take(_ run: String, _ images: [KernelRole: Digest?]) -> Bool {
        let known = images.compactMap { role, image in image.flatMap { positions[Self.name(role, $0)] } }
        guard !images.isEmpty, known.count == images.count, known.allSatisfy({ kernels[$0].verdict != .unknown }) else {
            return false
        }
        for position in known { kernels[position].otherRuns.append(run) }
        return true
    }

    mutating func add(_ kernel: AffectedReport.Kernel) {
        guard let name = kernel.sha256.map({ Self.name(kernel.role, $0) }), let position = positions[name] else {
            if let image = kernel.sha256 { positions[Self.name(kernel.role, image)] = kernels.count }
            kernels.append(kernel)
            return
        }
        guard kernel.verdict != .unknown else { return kernels[position].otherRuns.append(kernel.run) }
        let earlier = kernels[position]
        kernels[position] = kernel
        kernels[position].otherRuns = [earlier.run] + earlier.otherRuns
    }
}
