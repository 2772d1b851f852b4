// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records

/// What a CMDB gets to know of a run whose kernels machines run.
package struct FiledRun: Sendable {
    package let record: RunRecord
    package let entry: EntryReference
    /// Of the policy, that it passed, in their order.
    package let stages: [String]
    /// Rules of the last of these that refuse it today.
    package let refusing: [String]
    package let deviations: [Deviation]
    /// Waivers that accept one of them, with the last day of each: `W-3f2a9c01b7de until 2027-05-31`.
    package let waivers: [String]
    /// Flags that only an unlocked rustc takes; nil where the run has no list of commands.
    package let unstableFlags: [String]?

    package init(
        record: RunRecord, entry: EntryReference, stages: [String], refusing: [String], deviations: [Deviation],
        waivers: [String], unstableFlags: [String]?
    ) {
        self.record = record
        self.entry = entry
        self.stages = stages
        self.refusing = refusing
        self.deviations = deviations
        self.waivers = waivers
        self.unstableFlags = unstableFlags
    }
}

/// A kernel that a machine was seen to run.
package struct SeenKernel: Sendable, Hashable {
    /// Of its notes.
    package let notes: Digest
    package let release: String
    /// In hexadecimal.
    package let buildID: String?

    package init(notes: Digest, release: String, buildID: String?) {
        self.notes = notes
        self.release = release
        self.buildID = buildID
    }
}
