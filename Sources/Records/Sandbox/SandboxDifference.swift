// SPDX-License-Identifier: Apache-2.0

/// One way in which a root file system differs from what its packages put there.
package struct SandboxDifference: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, Sendable {
        /// The content is not what the package's checksum says.
        case modified
        /// The package's file is not there.
        case missing
        /// A file that no package brought and that was not there when the sandbox was made.
        case added
        /// Made at installation, by no package; other than it was then.
        case changed
        /// This user may not look at it (or at what a folder holds), so nothing is known.
        case unreadable
    }

    package let kind: Kind
    /// Below the root, without a leading slash.
    package let path: String
    /// The package that the file belongs to.
    package let package: String?

    package init(kind: Kind, path: String, package: String?) {
        self.kind = kind
        self.path = path
        self.package = package
    }
}
