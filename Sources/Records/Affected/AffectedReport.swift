// SPDX-License-Identifier: Apache-2.0
package import Host

/// Which recorded kernels contain something: a file, a commit, what a tool made, a package, a symbol.
package struct AffectedReport: Codable, Hashable, Sendable {
    package static let schema = "bessemer-affected/1"

    /// What is looked for.
    package struct Question: Codable, Hashable, Sendable {
        package enum Kind: String, Codable, Sendable, CaseIterable {
            case file, commit, tool, package, symbol
        }

        package let kind: Kind
        /// As it was asked: `drivers/s390/net/qeth_core_main.c`, `rustc@1.96.1`.
        package let value: String

        package init(_ kind: Kind, _ value: String) {
            self.kind = kind
            self.value = value
        }

        /// Of `NAME@VERSION`, the name and the version; nil for any version.
        package var nameAndVersion: (name: String, version: String?) {
            guard let at = value.lastIndex(of: "@") else { return (value, nil) }
            let version = String(value[value.index(after: at)...])
            return (String(value[..<at]), version.isEmpty ? nil : version)
        }
    }

    package enum Verdict: String, Codable, Sendable, CaseIterable {
        case affected
        case notAffected = "not affected"
        /// What is recorded does not decide it. It never counts as not affected.
        case unknown
    }

    /// Something recorded that decides it, or bears on it.
    package struct Evidence: Codable, Hashable, Sendable {
        /// Number of the entry in the log that recorded the kernel's run.
        package let entry: Int
        /// `build`, `enable`; `run` for the run's own record.
        package let step: String
        /// File of the entry that says so; nil for the record itself.
        package let file: String?
        /// Of that file, or of the record.
        package let sha256: Digest
        package let statement: String

        package init(entry: Int, step: String, file: String?, sha256: Digest, statement: String) {
            self.entry = entry
            self.step = step
            self.file = file
            self.sha256 = sha256
            self.statement = statement
        }
    }

    /// One kernel, however many runs made it.
    package struct Kernel: Codable, Hashable, Sendable {
        /// `make kernelrelease`.
        package let release: String
        package let role: KernelRole
        /// Of the boot image, or of vmlinux where there is none.
        package let sha256: Digest?
        /// That the answer is from.
        package let run: String
        /// Where a run of another log came from; nil for one of this log.
        package let imported: ImportedFrom?
        /// Others that made the same kernel, the newest first.
        package var otherRuns: [String]
        package let verdict: Verdict
        /// Why it is not known; nil where it is.
        package let reason: String?
        package let evidence: [Evidence]
        /// Documents of the run's bundle that say what is affected.
        package let statements: [String]

        package init(
            release: String, role: KernelRole, sha256: Digest?, run: String, imported: ImportedFrom?,
            otherRuns: [String], verdict: Verdict, reason: String?, evidence: [Evidence], statements: [String]
        ) {
            self.release = release
            self.role = role
            self.sha256 = sha256
            self.run = run
            self.imported = imported
            self.otherRuns = otherRuns
            self.verdict = verdict
            self.reason = reason
            self.evidence = evidence
            self.statements = statements
        }
    }

    package let schema: String
    package let question: Question
    /// Recorded runs that were looked at; those of them that were imported, and those that can't be read.
    package let runs: Int
    package let importedRuns: Int
    package let unreadableRuns: Int
    /// Affected ones first, then unknown ones, the newest first among each.
    package let kernels: [Kernel]

    package init(question: Question, runs: Int, importedRuns: Int = 0, unreadableRuns: Int, kernels: [Kernel]) {
        schema = Self.schema
        self.question = question
        self.runs = runs
        self.importedRuns = importedRuns
        self.unreadableRuns = unreadableRuns
        let order: [Verdict] = [.affected, .unknown, .notAffected]
        self.kernels = order.flatMap { verdict in kernels.filter { $0.verdict == verdict } }
    }

    package func count(_ verdict: Verdict) -> Int { kernels.count { $0.verdict == verdict } }

    /// Every kernel is known not to contain it.
    package var isClear: Bool { unreadableRuns == 0 && kernels.allSatisfy { $0.verdict == .notAffected } }
}
