// SPDX-License-Identifier: Apache-2.0
package import Host

/// What a walk over the evidence log found.
package struct VerificationReport: Codable, Hashable, Sendable {
    /// One thing that is not as it was recorded.
    package struct Fault: Codable, Hashable, Sendable {
        package enum Kind: String, Codable, Hashable, Sendable {
            /// Bytes are others than those that were recorded.
            case altered
            /// Something that the log names is not there.
            case missing
            /// An entry does not follow the one before it.
            case order
            /// The lists by which entries are found show another than was recorded.
            case list
        }

        package let kind: Kind
        /// Of the entry; nil for entries that are not there.
        package let sequence: Int?
        package let reason: String

        package init(kind: Kind, sequence: Int?, reason: String) {
            self.kind = kind
            self.sequence = sequence
            self.reason = reason
        }

        package var text: String { (sequence.map { "entry \($0): " } ?? "") + reason }
    }

    package var entries = 0
    /// Entries by kind.
    package var kinds: [String: Int] = [:]
    /// Of statements, bodies and files, as they are read.
    package var bytes = 0
    /// Files that entries name and that are there.
    package var files = 0
    /// Files that were removed, as an entry says.
    package var pruned = 0
    /// Files that no entry names, which a recording leaves that is cut off; not counted beside faults.
    package var unnamed = 0
    /// Digest of the last entry: everything before it follows from it, and nothing is known of what came after.
    package var lastEntry: Digest?
    /// Of the tree that the log grows; nil where no entry is in one.
    package var head: LogHead?
    /// The last heads of the trees of earlier keys, the oldest first.
    package var earlierHeads: [LogHead] = []
    /// SHA-256 of the DER form of the log's key.
    package var logKey: Digest?
    /// Whether that key was given, and not only found in the store.
    package var isLogKeyGiven = false
    /// Entries that are not in a tree yet: what was recorded before there was one, or while the log's key was not there.
    package var unsigned = 0
    /// Heads that were kept elsewhere.
    package var heads: [HeadComparison] = []
    package var faults: [Fault] = []

    package init() {}

    /// Whether all is as it was recorded, and as the heads say that were kept elsewhere.
    package var isClean: Bool { faults.isEmpty && heads.allSatisfy(\.isGood) }
}
