// SPDX-License-Identifier: Apache-2.0
public import Host

/// One tool of the sandbox, as found there.
public struct Tool: Codable, Hashable, Sendable {
    /// What it is used for: `c-compiler`, `rust-compiler`, …
    public let role: String
    public let name: String
    /// Path inside the sandbox, symbolic links resolved.
    public let path: String
    /// The first line of what it says of its version.
    public let version: String
    /// The package that owns the file, and its version.
    public let package: String?
    public let packageVersion: String?
    public let sha256: Digest

    public init(
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
