// SPDX-License-Identifier: Apache-2.0
package import Host

/// What an entry of the evidence log is about: `run`, `build`, `drill`.
///
/// A text, and no list: a newer Bessemer's kinds, and those of others, are kept and verified, too.
package struct RecordKind: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ name: String) { rawValue = name }

    package var description: String { rawValue }
}

/// Something that a record is about and can be found by: a kernel image, a source, a configuration.
package struct Subject: Codable, Hashable, Sendable {
    /// What it is to the record: `baseline/arch/s390/boot/bzImage`, `source`.
    package let name: String
    package let sha256: Digest

    package init(_ name: String, _ sha256: Digest) {
        self.name = name
        self.sha256 = sha256
    }
}

/// A fact that the evidence log keeps as the body of an entry.
///
/// Its kind and version say how its bytes are read, now and later: whoever changes what the bytes mean raises the
/// version, and the reader of the old one stays.
package protocol RecordBody: Codable, Hashable, Sendable {
    static var kind: RecordKind { get }
    static var version: Int { get }
    /// Something that happened at its time: the same words again are another one. What is a fact is recorded once.
    static var isEvent: Bool { get }
    /// What it is about, and found by.
    var subjects: [Subject] { get }
}

extension RecordBody {
    package static var isEvent: Bool { false }
}
