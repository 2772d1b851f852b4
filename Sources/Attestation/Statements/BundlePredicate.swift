// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Records

/// That files make one bundle. Its subjects are every other file of the bundle, so that one that is added, changed or taken
/// away shows.
package struct BundlePredicate: Encodable, Sendable {
    /// The run's identifier.
    package let run: String
    /// The evidence log's head that the run's entry is proven by; nil where the log has none.
    package let head: LogHead?
    package let created: Date
    /// The version of Bessemer that made it.
    package let tool: String
    /// The number of subjects.
    package let files: Int
    /// Of all subjects: who unpacks the bundle needs no more memory, or disk, than is signed.
    package let bytes: Int

    /// `files` are all others, by their paths below the bundle's folder; `bytes` is the sum of their sizes.
    package static func statement(
        run: String, head: LogHead?, created: Date, tool: String, files: [Subject], bytes: Int
    ) -> InTotoStatement<BundlePredicate> {
        InTotoStatement(
            TypeURI.bundle, about: files.map { ResourceDescriptor(name: $0.name, sha256: $0.sha256) },
            BundlePredicate(
                run: run, head: head, created: created, tool: tool, files: files.count,
                bytes: bytes))
    }
}
