// SPDX-License-Identifier: Apache-2.0

/// What a check of build files found.
package struct LintReport: Sendable, Encodable {
    /// A file, or what of it stands at a line, that was not judged, and why.
    package struct Skip: Sendable, Encodable, Hashable {
        package let file: String
        package let line: Int?
        package let reason: String

        package init(file: String, line: Int? = nil, reason: String) {
            self.file = file
            self.line = line
            self.reason = reason
        }

        /// `a.sh:3 could not be read: …`.
        package var text: String { "\(file)\(line.map { ":\($0)" } ?? "") \(reason)" }
    }

    /// How many build files were read.
    package let files: Int
    /// How many of them hold what could not be read.
    package let partly: Int
    package let findings: [Finding]
    package let skipped: [Skip]

    package init(files: Int, partly: Int, findings: [Finding], skipped: [Skip]) {
        self.files = files
        self.partly = partly
        self.findings = findings
        self.skipped = skipped
    }

    /// Several reports as one.
    package init(_ reports: [LintReport]) {
        files = reports.reduce(0) { $0 + $1.files }
        partly = reports.reduce(0) { $0 + $1.partly }
        findings = reports.flatMap(\.findings)
        skipped = reports.flatMap(\.skipped)
    }
}
