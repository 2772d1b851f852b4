// SPDX-License-Identifier: Apache-2.0
package import Host

/// One tool of the sandbox, as found there.
package struct Tool: Codable, Hashable, Sendable {
    /// What it is used for: `c-compiler`, `rust-compiler`, …
    package let role: String
    package let name: String
    /// Path inside the sandbox, symbolic links resolved.
    package let path: String
    /// The first line of what it says of its version.
    package let version: String
    /// The package that owns the file, and its version.
    package let package: String?
    package let packageVersion: String?
    package let sha256: Digest

    package init(
        role: String, name: String, path: String, version: String, package: String?, packageVersion: String?,
        sha256: Digest
    ) {
        self.role = role
        self.name = name
        self.path = path
        self.version = version
        self.package = package
        self.packageVersion = packageVersion
        self.sha256 = sha256
    }
}
