// SPDX-License-Identifier: Apache-2.0
package import Host

/// A bundle of a run's evidence that was made and signed.
package struct BundleRecord: RecordBody {
    package static let isEvent = true
    package static let kind = RecordKind.bundle
    package static let version = 1

    /// Identifier of the run.
    package let run: String
    /// The file's name, without its folder.
    package let name: String
    /// Bytes of the archive.
    package let size: Int
    package let archive: Digest
    /// SHA-256 of the DER form of each key that signed it.
    package let keys: [Digest]

    package init(run: String, name: String, size: Int, archive: Digest, keys: [Digest]) {
        self.run = run
        self.name = name
        self.size = size
        self.archive = archive
        self.keys = keys
    }

    package var subjects: [Subject] { [Subject(name, archive)] }
}
