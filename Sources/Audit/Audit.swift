// SPDX-License-Identifier: Apache-2.0
package import ByteKit
package import ELFKit
package import Records
internal import Synchronization

extension RuleOutcome {
    /// The same with the findings of the rules that were asked for. What follows from a finding of another rule stands
    /// for itself then.
    func limited(to options: AuditOptions) -> RuleOutcome {
        replacing(
            findings: findings.flatMap { finding in
                let follows = (finding.follows ?? []).filter { options.wants($0.rule) }
                return options.wants(finding.rule) ? [finding.replacing(follows: follows)] : follows
            })
    }
}

/// Checks files by every rule that is asked for.
package struct Audit: Sendable {
    /// Told after each file: how many are done, of how many, and the last one's name.
    package typealias Progress = @Sendable (_ done: Int, _ total: Int, _ name: String) -> Void

    package let options: AuditOptions
    /// Files that are read at once; a single file is shared out among as many workers.
    package let jobs: Int

    package init(options: AuditOptions, jobs: Int) {
        self.options = options
        self.jobs = max(jobs, 1)
    }

    /// The symbols that a kernel's `Module.symvers` lists. Throws `FormatError`, or `MappedFile.OpenError`.
    package static func exports(at path: String) throws -> [String: ModuleSymvers.Entry] {
        let entries = try ModuleSymvers(MappedFile.open(path)).entries
        return Dictionary(entries.map { ($0.symbol, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The C types, as C spells them, that a type of bindgen's stands for in a layout probe and that are complete.
    package static func completeTypes(in path: String) throws -> [String] {
        guard let dwarf = try DebugSections.read(ELFInput.first(at: path), path: path) else { return [] }
        return try ImageTypes.complete(dwarf)
    }

    /// A C declaration that tells the alignment of a type once it is compiled into a layout probe.
    package static func alignmentDeclaration(of type: String) -> String { CTypes.alignmentDeclaration(of: type) }

    /// The layouts of a type, `page`, `struct page` or `bindings::page`, in one file; empty where it has none of the name.
    package static func layouts(of type: String, in path: String) throws -> [LayoutSheet] {
        var search = try TypeSearch(path: path, jobs: 2)
        return try search.sheets(of: type)
    }

    /// What changed from one image to another.
    package static func difference(from old: String, to new: String, _ options: AuditOptions = AuditOptions()) throws
        -> ImageDifference
    {
        let images = try [old, new].map { path in
            try Image(
                ELFInput.first(at: path).placed(), name: path, path: path, jobs: 2, scansTypes: false, readsCode: true)
        }
        return try ImageDifference(images[0], images[1], options)
    }

    /// Checks every ELF file that the paths lead to, in their order: files, archives' members, folders' files.
    ///
    /// A file that can't be read, and a folder without an ELF file, is shown in the report. Throws `ELFInputError` for a
    /// path that was named and can't be read.
    package func report(on inputs: [AuditInput], progress: @escaping Progress = { _, _, _ in }) throws -> AuditReport {
        var entries: [Entry] = []
        var passedOver: [AuditReport.PassedOver] = []
        var others = 0
        for input in inputs {
            var walk = ELFInput([input.path])
            let start = entries.count
            while true {
                do {
                    guard let file = try walk.next() else { break }
                    entries.append(Entry(file: file, name: input.name(of: file.display)))
                } catch {
                    if error.path == input.path { throw error }
                    entries.append(Entry(failure: "\(error)", name: input.name(of: error.path)))
                }
            }
            if entries.count == start {
                entries.append(
                    Entry(failure: "no ELF file is in it", name: input.name.isEmpty ? "." : input.name))
            }
            passedOver += walk.passedOver.map { .init(name: input.name(of: $0.path), reason: $0.reason.rawValue) }
            others += walk.otherCount
        }
        let done = Atomic<Int>(0)
        let inner = entries.count == 1 ? jobs : 1
        let files = try sharedWork(entries.count, jobs: jobs, piece: 1) { [entries] range -> AuditReport.File in
            let entry = entries[range.lowerBound]
            let file =
                if let elf = entry.file {
                    self.file(entry.name, path: elf.path, jobs: inner) { try elf.open() }
                } else {
                    AuditReport.File(unread: entry.name, error: entry.failure ?? "")
                }
            progress(done.wrappingAdd(1, ordering: .relaxed).newValue, entries.count, entry.name)
            return file
        }
        // What was stopped inside of a file is told there as unread.
        try Task.checkCancellation()
        return AuditReport(files: files, passedOver: passedOver, otherFiles: others, alsoRead: options.alsoRead)
    }

    private struct Entry: Sendable {
        var file: ELFEntry?
        var failure: String?
        let name: String
    }

    /// Checks one ELF file that is in memory already.
    ///
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - name: what findings call it.
    ///   - decompressionLimit: the most bytes that one compressed section may turn into.
    /// - Returns: what was found, or what kept the file from being read.
    package func report(
        on bytes: Bytes, name: String, decompressionLimit: Int = ELFFile.standardDecompressionLimit
    ) -> AuditReport.File {
        file(name, path: name, jobs: jobs) { try ELFFile(bytes, decompressionLimit: decompressionLimit) }
    }

    private func file(_ name: String, path: String, jobs: Int, _ open: () throws -> ELFFile) -> AuditReport.File {
        var bytes = Bytes.empty
        func shortening() -> FormatError? {
            guard bytes.isShortened else { return nil }
            return FormatError(.truncated, offset: bytes.count, "the file became shorter while it was read")
        }
        do {
            let opened = try open()
            bytes = opened.bytes
            let elf = opened.placed()
            let rules = RuleCatalogue.rules.filter(options.wants)
            let image = try Image(
                elf, name: name, path: path, jobs: jobs, scansTypes: rules.contains { $0.readsTypes },
                readsCode: rules.contains { $0.init().overCode != nil })
            let outcomes = RuleCatalogue.outcomes(on: image, options).map { family, outcome in
                do {
                    return try outcome.get().limited(to: options)
                } catch {
                    return RuleOutcome(family: family, state: .unknown, reason: "\(error)")
                }
            }
            if let error = shortening() { throw error }
            return AuditReport.File(
                name: name, machine: "\(elf.machine)", kind: "\(elf.type)", units: image.unitCounts,
                outcomes: image.withSources(outcomes), alsoRead: image.alternate?.path.map { [$0] })
        } catch {
            return AuditReport.File(unread: name, error: "\(shortening() ?? error)")
        }
    }
}

/// A file or a folder to audit.
package struct AuditInput: Sendable, Hashable {
    package let path: String
    /// What findings and reports call it.
    package let name: String

    package init(path: String, name: String) {
        self.path = path
        self.name = name
    }

    /// What reports call a file that this leads to; below a folder without a name it is the path from there.
    func name(of display: String) -> String {
        guard display.hasPrefix(path) else { return name }
        let below = display.dropFirst(path.count)
        if below.isEmpty { return name }
        return name.isEmpty ? String(below.drop { $0 == "/" }) : name + below
    }
}
