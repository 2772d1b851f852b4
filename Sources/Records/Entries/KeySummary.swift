// SPDX-License-Identifier: Apache-2.0
package import Host

/// A key of this user's, as it is listed.
package struct KeySummary: Codable, Hashable, Sendable {
    package enum State: String, Codable, Hashable, Sendable {
        /// It signs what is made now.
        case current
        /// Another took its place.
        case replaced
        /// The evidence log names it, and its file is not there.
        case missing
        /// Its file can't be used.
        case unusable
    }

    package let purpose: KeyRecord.Purpose
    package let state: State
    package let file: String
    /// Nil where the file can't be used.
    package let algorithm: String?
    /// SHA-256 of the public key's DER form; nil where the file can't be used.
    package let fingerprint: Digest?
    /// Why the file can't be used.
    package let problem: String?

    package init(
        purpose: KeyRecord.Purpose, state: State, file: String, algorithm: String?, fingerprint: Digest?,
        problem: String? = nil
    ) {
        self.purpose = purpose
        self.state = state
        self.file = file
        self.algorithm = algorithm
        self.fingerprint = fingerprint
        self.problem = problem
    }
}
