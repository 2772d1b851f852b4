// SPDX-License-Identifier: Apache-2.0
package import Host

/// Blobs that were removed from a store, by what policy.
package struct PruneRecord: RecordBody {
    package static let kind = RecordKind.prune
    package static let version = 1

    /// As it was requested: `keep 20`, `since 2026-05-31`.
    package let policy: String
    package let removed: [Digest]
    /// Bytes that they had, uncompressed.
    package let size: Int

    package init(policy: String, removed: [Digest], size: Int) {
        self.policy = policy
        self.removed = removed
        self.size = size
    }

    package var subjects: [Subject] { [] }
}
