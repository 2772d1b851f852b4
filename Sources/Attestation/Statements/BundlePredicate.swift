// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Host
package import Records

/// That files make one bundle. Its subjects are every other file of the bundle, so that one that is added, changed or taken
/// away shows.
package struct BundlePredicate: Encodable, Sendable {
    /// The evidence log's head when the bundle was made.
    package struct Head: Encodable, Sendable {
        /// Entries of the log.
        package let size: Int
        /// Of the Merkle tree.
        package let rootHash: Digest
        /// Of the log, as its checkpoints name it.
        package let origin: String

        package init(size: Int, rootHash: Digest, origin: String) {
            self.size = size
            self.rootHash = rootHash
            self.origin = origin
        }
    }

    /// The run's identifier.
    package let run: String
    /// nil where the log has none.
    package let head: Head?
    package let created: Date
    /// The version of Bessemer that made it.
    package let tool: String
    /// The number of subjects.
    package let files: Int

    /// `files` are all others, by their paths below the bundle's folder.
    package static func statement(
        run: String, head: Head?, created: Date, tool: String, files: [Subject]
    ) -> InTotoStatement<BundlePredicate> {
        InTotoStatement(
            TypeURI.bundle, about: files.map { ResourceDescriptor(name: $0.name, sha256: $0.sha256) },
            BundlePredicate(run: run, head: head, created: created, tool: tool, files: files.count))
    }
}
