// SPDX-License-Identifier: Apache-2.0
package import Host

/// A record of a store of Bessemer 0.1 that was not what that store had recorded when it was taken over.
package struct AlteredRecord: RecordBody {
    package static let kind = RecordKind.altered
    package static let version = 1

    /// What it was.
    package let kind: RecordKind
    package let identifier: String
    /// What the old store said of its bytes.
    package let recordedSHA256: String
    /// Of the bytes that were there: a blob.
    package let foundSHA256: Digest

    package init(kind: RecordKind, identifier: String, recordedSHA256: String, foundSHA256: Digest) {
        self.kind = kind
        self.identifier = identifier
        self.recordedSHA256 = recordedSHA256
        self.foundSHA256 = foundSHA256
    }

    package var subjects: [Subject] { [Subject("found", foundSHA256)] }
}
