// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Host

/// One entry of the evidence log without its body, as it is listed.
package struct EntrySummary: Codable, Hashable, Sendable {
    package let sequence: Int
    package let digest: Digest
    package let kind: RecordKind
    /// Of the kind's form.
    package let version: Int
    package let time: Date
    package let recorder: String
    package let parents: [Digest]
    package let subjects: [Subject]
    package let files: [Subject]
    /// SHA-256 of the body, and its size in bytes.
    package let bodySHA256: Digest
    package let bodySize: Int
    /// What the body says, in a few words; nil where it was not read.
    package var words: String?

    package init(
        sequence: Int, digest: Digest, kind: RecordKind, version: Int, time: Date, recorder: String, parents: [Digest],
        subjects: [Subject], files: [Subject], bodySHA256: Digest, bodySize: Int
    ) {
        self.sequence = sequence
        self.digest = digest
        self.kind = kind
        self.version = version
        self.time = time
        self.recorder = recorder
        self.parents = parents
        self.subjects = subjects
        self.files = files
        self.bodySHA256 = bodySHA256
        self.bodySize = bodySize
    }
}
