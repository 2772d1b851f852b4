// SPDX-License-Identifier: Apache-2.0

/// What an audit came to: each file with each family's outcome, in the order of the files.
package struct AuditReport: RecordBody {
    package static let kind = RecordKind.audit
    package static let version = 2

    /// Who records an audit knows the files' digests.
    package var subjects: [Subject] { [] }

    /// One file, or one member of an archive.
    package struct File: Codable, Hashable, Sendable {
        /// As it was named: `vmlinux`, `lib.a(foo.o)`.
        package let name: String
        /// `s390x`, `x86-64`, …
        package let machine: String
        /// `linked`, `relocatable`, `shared`
        package let kind: String
        /// Compilation units by language and compiler: `C, GNU C11 14.2.0`.
        package let units: [RuleOutcome.Count]
        package let outcomes: [RuleOutcome]
        /// What kept the file from being read at all.
        package let error: String?
        /// Other files that its debug information was read from. nil for none.
        package let alsoRead: [String]?

        package init(
            name: String, machine: String, kind: String, units: [RuleOutcome.Count], outcomes: [RuleOutcome],
            error: String? = nil, alsoRead: [String]? = nil
        ) {
            self.name = name
            self.machine = machine
            self.kind = kind
            self.units = units
            self.outcomes = outcomes
            self.error = error
            self.alsoRead = alsoRead
        }

        /// A file that could not be read.
        package init(unread name: String, error: String) {
            self.init(name: name, machine: "?", kind: "?", units: [], outcomes: [], error: error)
        }
    }

    /// A file that was met in a folder and not read.
    package struct PassedOver: Codable, Hashable, Sendable {
        package let name: String
        package let reason: String

        package init(name: String, reason: String) {
            self.name = name
            self.reason = reason
        }
    }

    /// What the files come to together.
    package enum Verdict: Sendable {
        /// Something was checked, and nothing speaks against the files.
        case clean
        case findings
        /// Nothing at all could be decided: nothing was checked.
        case undecided
    }

    package static let schema = "bessemer-audit/2"

    package let schema: String
    package let files: [File]
    /// Findings that a waiver accepts.
    package let accepted: [Finding]
    /// The waiver of each accepted finding, in their order. nil for none, and in records that did not keep them.
    package let waivers: [Waiver]?
    /// Waivers that nothing matched, or whose day has passed, a sentence each.
    package let staleWaivers: [String]
    /// Files with the names of kernels, modules and objects that were met in folders and are something else. nil for none.
    package let passedOver: [PassedOver]?
    /// How many other files, links, pipes, … were met in folders. nil for none.
    package let otherFiles: Int?
    /// Files beside those under audit that were read, too: configuration, exports, release. nil for none.
    package let alsoRead: [String]?

    package init(
        files: [File], accepted: [Acceptance] = [], staleWaivers: [String] = [], passedOver: [PassedOver] = [],
        otherFiles: Int = 0, alsoRead: [String] = []
    ) {
        schema = Self.schema
        self.files = files
        self.accepted = accepted.map(\.finding)
        waivers = accepted.isEmpty ? nil : accepted.map(\.waiver)
        self.staleWaivers = staleWaivers
        self.passedOver = passedOver.isEmpty ? nil : passedOver
        self.otherFiles = otherFiles > 0 ? otherFiles : nil
        self.alsoRead = alsoRead.isEmpty ? nil : alsoRead
    }

    /// The same with other files in it.
    package func replacing(files: [File], accepted: [Acceptance], staleWaivers: [String]) -> AuditReport {
        AuditReport(
            files: files, accepted: accepted, staleWaivers: staleWaivers, passedOver: passedOver ?? [],
            otherFiles: otherFiles ?? 0, alsoRead: alsoRead ?? [])
    }

    /// Accepted findings, each with the waiver that accepts it, where it was kept.
    package var acceptances: [(finding: Finding, waiver: Waiver?)] {
        let waivers = waivers ?? []
        return accepted.enumerated().map { ($1, waivers.indices.contains($0) ? waivers[$0] : nil) }
    }

    /// All findings that no waiver accepts.
    package var findings: [Finding] { files.flatMap { $0.outcomes.flatMap(\.findings) } }

    /// How many findings are below others that they follow from.
    package var followingCount: Int { findings.reduce(0) { $0 + ($1.follows?.count ?? 0) } }

    package var verdict: Verdict {
        let outcomes = files.flatMap(\.outcomes)
        if findings.contains(where: { $0.severity != .note }) { return .findings }
        if !outcomes.contains(where: { $0.state == .checked }) { return .undecided }
        let isKnown = files.allSatisfy { $0.error == nil } && outcomes.allSatisfy { $0.state != .unknown }
        return isKnown ? .clean : .findings
    }

    /// Whether nothing speaks against the files: no error or warning, no file or check that could not be read, and something
    /// was checked.
    package var isClean: Bool { verdict == .clean }

    /// The sums of each family's counts over all files.
    package var totals: [RuleOutcome] {
        var found: [String] = []
        for outcome in files.flatMap(\.outcomes) where !found.contains(outcome.family) { found.append(outcome.family) }
        let known = RuleBook.familyNames.map(\.key)
        return (known.filter(found.contains) + found.filter { !known.contains($0) }).map { family in
            let pairs = files.flatMap { file in
                file.outcomes.filter { $0.family == family }.map { (name: file.name, outcome: $0) }
            }
            let outcomes = pairs.map(\.outcome)
            let unknown = pairs.filter { $0.outcome.state == .unknown }
            // Of several files it matters which one it is.
            let reason = unknown.first.map { name, outcome in
                files.count == 1
                    ? outcome.reason ?? ""
                    : "\(name): \(outcome.reason ?? "")"
                        + (unknown.count > 1 ? " (and \(unknown.count - 1) more of \(files.count) files)" : "")
            }
            let checked = outcomes.contains { $0.state == .checked }
            return RuleOutcome(
                family: family, state: !unknown.isEmpty ? .unknown : checked ? .checked : .notApplicable,
                reason: reason ?? outcomes[0].reason, counts: outcomes.flatMap(\.counts).summed,
                findings: outcomes.flatMap(\.findings))
        }
    }
}
