// SPDX-License-Identifier: Apache-2.0
package import Host

/// What a kernel source is, so that another can check that they have the same.
package struct SourceIdentity: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, Sendable {
        case debianPackage = "debian-package"
        case folder
        case tarball
        case git
    }

    package let kind: Kind
    /// What was asked for: `7.3`, or the path of a folder or tarball; without a user and password, were it an address.
    package let request: String
    /// `make kernelversion`'s answer, read from the tree's Makefile, e.g. `7.3.4`.
    package let version: String
    /// Of a package or tarball: the SHA-256 of the file. Of a folder, a git tree's too: of its names, modes (executable or
    /// not) and contents in byte order, without `.git`.
    package let digest: Digest
    /// Debian package's name and version.
    package let package: String?
    package let packageVersion: String?
    /// Git commit, with `-dirty` where the folder is not shown to hold just what the commit does.
    package let commit: String?
    /// When the source was made, in seconds since 1970: the commit's date, or that of its top Makefile.
    package let date: Int?

    package init(
        kind: Kind, request: String, version: String, digest: Digest, package: String? = nil,
        packageVersion: String? = nil, commit: String? = nil, date: Int? = nil
    ) {
        self.kind = kind
        self.request = Redaction.ofProcess.text(request)
        self.version = version
        self.digest = digest
        self.package = package
        self.packageVersion = packageVersion
        self.commit = commit
        self.date = date
    }
}
