// SPDX-License-Identifier: Apache-2.0
package import Host

/// How a kernel was configured, and which of the wishes came true.
package struct ConfigurationFacts: Codable, Hashable, Sendable {
    package struct Fragment: Codable, Hashable, Sendable {
        package let name: String
        package let sha256: Digest
        package let options: Int

        package init(name: String, sha256: Digest, options: Int) {
            self.name = name
            self.sha256 = sha256
            self.options = options
        }
    }

    /// An option that was requested and is not in effect.
    package struct Unmet: Codable, Hashable, Sendable {
        /// With `CONFIG_`.
        package let option: String
        package let requested: String
        /// `n` where the option does not appear.
        package let got: String
        /// True where a fragment names it as needed; false where it is one of "as many tests as can be".
        package let required: Bool
        /// The dependency that does not hold, as Kconfig writes it, or a sentence.
        package let reason: String
        /// Where the option is declared; nil where no Kconfig file declares it.
        package let file: String?
        package let line: Int?
        /// The line of the dependency, default or selection that decides; nil where there is none.
        package let reasonFile: String?
        package let reasonLine: Int?

        package init(
            option: String, requested: String, got: String, required: Bool, reason: String, file: String?, line: Int?,
            reasonFile: String? = nil, reasonLine: Int? = nil
        ) {
            self.option = option
            self.requested = requested
            self.got = got
            self.required = required
            self.reason = reason
            self.file = file
            self.line = line
            self.reasonFile = reasonFile
            self.reasonLine = reasonLine
        }
    }

    /// `tinyconfig`, `defconfig` or a file's name.
    package let base: String
    package let fragments: [Fragment]
    /// Of the final `.config`.
    package let digest: Digest
    /// Options set to y or m in the final `.config`.
    package let enabled: Int
    package let requested: Int
    package let unmet: [Unmet]
    /// `CONFIG_RUST=y` in the final `.config`.
    package let rust: Bool
    /// KUnit test options (Rust's and C's) that are enabled.
    package let testOptions: [String]
    /// What the kernel's configuration tools warned of, e.g. unmet dependencies of a selected option; at most 200.
    package let warnings: [String]

    package init(
        base: String, fragments: [Fragment], digest: Digest, enabled: Int, requested: Int, unmet: [Unmet], rust: Bool,
        testOptions: [String], warnings: [String] = []
    ) {
        self.base = base
        self.fragments = fragments
        self.digest = digest
        self.enabled = enabled
        self.requested = requested
        self.unmet = unmet
        self.rust = rust
        self.testOptions = testOptions
        self.warnings = warnings
    }
}
