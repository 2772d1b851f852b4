// SPDX-License-Identifier: Apache-2.0
public import Findings

/// What an audit came to: each file with each family's outcome, in the order of the files.
public struct AuditReport: Codable, Hashable, Sendable {
    /// One file, or one member of an archive.
    public struct File: Codable, Hashable, Sendable {
        /// As it was named: `vmlinux`, `lib.a(foo.o)`.
        public let name: String
        /// `s390x`, `x86-64`, …
        public let machine: String
        /// `linked`, `relocatable`, `shared`
        public let kind: String
        /// Compilation units by language and compiler: `C, GNU C11 14.2.0`.
        public let units: [RuleOutcome.Count]
        public let outcomes: [RuleOutcome]
        /// What kept the file from being read at all.
        public let error: String?

        public init(
            name: String, machine: String, kind: String, units: [RuleOutcome.Count], outcomes: [RuleOutcome],
            error: String? = nil
        ) {
            self.name = name
            self.machine = machine
            self.kind = kind
            self.units = units
            self.outcomes = outcomes
            self.error = error
        }
    }

    public let form: String
    public let files: [File]
    /// Findings that a baseline entry accepts.
    public let accepted: [Finding]
    /// Entries of the baseline that nothing matched, or whose day has passed.
    public let staleBaseline: [String]

    public init(files: [File], accepted: [Finding] = [], staleBaseline: [String] = []) {
        form = "bessemer-audit/1"
        self.files = files
        self.accepted = accepted
        self.staleBaseline = staleBaseline
    }

    /// All findings that no baseline entry accepts.
    public var findings: [Finding] { files.flatMap { $0.outcomes.flatMap(\.findings) } }

    /// Whether anything speaks against the files: an error or warning, a file or check that could not be read.
    public var isClean: Bool {
        files.allSatisfy { file in file.error == nil && file.outcomes.allSatisfy { $0.state != .unknown } }
            && !findings.contains { $0.severity != .note }
    }

    /// The sums of each family's counts over all files, in the order of the catalogue.
    public var totals: [RuleOutcome] {
        RuleCatalogue.rules.compactMap { rule in
            let outcomes = files.flatMap { $0.outcomes.filter { $0.family == rule.family } }
            guard !outcomes.isEmpty else { return nil }
            var names: [String] = []
            var sums: [String: Int] = [:]
            for count in outcomes.flatMap(\.counts) {
                if sums[count.what] == nil { names.append(count.what) }
                sums[count.what, default: 0] += count.count
            }
            let unknown = outcomes.filter { $0.state == .unknown }
            let checked = outcomes.contains { $0.state == .checked }
            return RuleOutcome(
                family: rule.family, state: !unknown.isEmpty ? .unknown : checked ? .checked : .notApplicable,
                reason: (unknown.first ?? outcomes[0]).reason, counts: names.map { .init($0, sums[$0] ?? 0) },
                findings: outcomes.flatMap(\.findings))
        }
    }
}
