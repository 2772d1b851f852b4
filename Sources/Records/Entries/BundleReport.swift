// SPDX-License-Identifier: Apache-2.0
package import Host

/// What a bundle of evidence was found to hold.
package struct BundleReport: Codable, Hashable, Sendable {
    /// Whether anything speaks for the bundle beside itself.
    package enum Authenticity: String, Codable, Hashable, Sendable {
        /// Its statement is signed by the key that was given.
        case verified
        /// No key was given: nothing was altered by accident, and no more is known.
        case unknown
        /// Its statement is not signed by the key that was given, or something else is wrong with it.
        case refused
    }

    /// SHA-256 of the archive.
    package let archive: Digest
    /// Identifier of the run that it is about; what its statement says.
    package let run: String?
    package let files: Int
    /// Uncompressed.
    package let bytes: Int
    package let authenticity: Authenticity
    /// Of the key that it was checked by: SHA-256 of the DER form.
    package let key: Digest?
    /// What is wrong, one sentence each with the file.
    package let faults: [String]
    /// What could not be checked, and what is not there, one sentence each.
    package let notes: [String]

    package init(
        archive: Digest, run: String?, files: Int, bytes: Int, authenticity: Authenticity, key: Digest?,
        faults: [String], notes: [String]
    ) {
        self.archive = archive
        self.run = run
        self.files = files
        self.bytes = bytes
        self.authenticity = authenticity
        self.key = key
        self.faults = faults
        self.notes = notes
    }
}

/// Evidence of another store, which came in a bundle and was checked before it was taken.
package struct ImportRecord: RecordBody {
    package static let kind = RecordKind.imported
    package static let version = 1

    package let report: BundleReport
    /// The run's entry in its own log.
    package let entry: Digest
    /// Of the run.
    package let kernel: String
    package let release: String
    package let verdict: RunRecord.Verdict
    /// What the run is about, as its own entry says.
    package let about: [Subject]

    package init(
        report: BundleReport, entry: Digest, kernel: String, release: String, verdict: RunRecord.Verdict,
        about: [Subject]
    ) {
        self.report = report
        self.entry = entry
        self.kernel = kernel
        self.release = release
        self.verdict = verdict
        self.about = about
    }

    package var subjects: [Subject] { [Subject("bundle", report.archive), Subject("entry", entry)] + about }

    /// The run's identifier. Only a bundle that is about a run is imported.
    package var run: String { report.run ?? "" }
}

/// Where evidence of another log is in this one, and who speaks for it.
package struct ImportedFrom: Codable, Hashable, Sendable {
    /// Number of the entry that imported it, in this log.
    package let entry: Int
    /// Of the key that signed the bundle: SHA-256 of the DER form.
    package let key: Digest?

    package init(entry: Int, key: Digest?) {
        self.entry = entry
        self.key = key
    }
}
