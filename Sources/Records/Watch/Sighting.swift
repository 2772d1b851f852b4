// SPDX-License-Identifier: Apache-2.0
package import Host

/// What one look at one source saw. Changes are computed from the log's sightings each time, and stored nowhere.
package struct Sighting: RecordBody {
    package static let isEvent = true
    package static let kind = RecordKind.sighting
    package static let version = 1

    /// What a value is of, which decides what a change of it means.
    package enum Topic: String, Codable, Hashable, Sendable, CaseIterable {
        /// The newest version of a package.
        case package
        /// The same where it is newer than any release, and a pre-release.
        case preRelease = "pre-release"
        /// An option of a kernel configuration: `y`, `m`, `n`.
        case option
        /// How a compiler takes a flag: a `FlagState`.
        case flag
        /// The SHA-256 of a file that a patch series touches.
        case file
        /// Whether a patch series applies: `applies`, `fails`, `unknown`.
        case series
        /// What a tree or a compiler has of what s390 kernels with Rust need: `packedFrames`, `kernelSupport`.
        case support
        /// A version of a tree or compiler, which is not news by itself.
        case version
    }

    /// Of topic `support`: the frames of a compiler's code (an `Ability.Verdict`).
    package static let packedFrames = "packed frames with back chain"
    /// Of topic `support`: the pieces of a kernel tree (`all`, `none`, their number, or `enabled`).
    package static let kernelSupport = "s390 Rust support"
    /// Of a tree to which Bessemer brought them.
    package static let enabled = "enabled"

    /// The subject of an option, named without `CONFIG_`, of a configuration.
    package static func option(_ name: String, of file: String) -> String { "CONFIG_\(name) of \(file)" }

    /// How a compiler takes a flag.
    package enum FlagState: String, Codable, Hashable, Sendable {
        /// Without anything that unlocks it.
        case stable
        /// By a nightly compiler as it is.
        case nightly
        /// With `RUSTC_BOOTSTRAP=1`.
        case bootstrap
        case refused
        case unknown
    }

    package struct Value: Codable, Hashable, Sendable {
        package let topic: Topic
        /// `rustc`, `arch/s390/Makefile`, `CONFIG_RUST of linux-config-6.12`.
        package let subject: String
        /// nil where what was there before, and is still looked for, is not there.
        package let value: String?
        /// For people; it makes no change.
        package let detail: String?
        /// What a first look compares with: the locked version, the file in the tree named as `from`.
        package let base: String?
        /// Of the file or package that the value was read from.
        package let digest: Digest?

        package init(
            _ topic: Topic, _ subject: String, _ value: String?, detail: String? = nil, base: String? = nil,
            digest: Digest? = nil
        ) {
            self.topic = topic
            self.subject = subject
            self.value = value
            self.detail = detail
            self.base = base
            self.digest = digest
        }

        /// Without `CONFIG_`, and the configuration; nil for another topic.
        package var option: (name: String, file: String)? {
            guard topic == .option, subject.hasPrefix("CONFIG_"), let between = subject.firstRange(of: " of ") else {
                return nil
            }
            return (String(subject[..<between.lowerBound].dropFirst(7)), String(subject[between.upperBound...]))
        }

        /// Whether both say the same; details and bases are left aside.
        package func isSame(as other: Value) -> Bool {
            topic == other.topic && subject == other.subject && value == other.value
        }
    }

    /// `suite trixie amd64`, `tree 6.12`.
    package let source: String
    /// Of what was looked at.
    package let digest: Digest
    /// When: `YYYY-MM-DDThh:mm:ssZ`.
    package let at: String
    /// Sorted by subject; nil where they are those of the entry `same`.
    package let values: [Value]?
    package let same: Digest?
    /// What is odd about the source, such as a Release file past its validity.
    package let notes: [String]

    package init(source: String, digest: Digest, at: String, values: [Value]?, same: Digest? = nil, notes: [String]) {
        self.source = source
        self.digest = digest
        self.at = at
        self.values = values?.sorted { ($0.subject, $0.topic.rawValue) < ($1.subject, $1.topic.rawValue) }
        self.same = same
        self.notes = notes
    }

    package var subjects: [Subject] { [Subject("looked-at", digest), Subject("source", Digest(of: source))] }

    /// The same look, which saw what that entry saw.
    package func seenAlready(in entry: Digest) -> Sighting {
        Sighting(source: source, digest: digest, at: at, values: nil, same: entry, notes: notes)
    }
}
