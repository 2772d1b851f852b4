// SPDX-License-Identifier: Apache-2.0
public import Host

/// How a kernel was configured, and which of the wishes came true.
public struct ConfigurationFacts: Codable, Hashable, Sendable {
    public struct Fragment: Codable, Hashable, Sendable {
        public let name: String
        public let sha256: Digest
        public let options: Int

        public init(name: String, sha256: Digest, options: Int) {
            self.name = name
            self.sha256 = sha256
            self.options = options
        }
    }

    /// An option that was asked for and did not stick.
    public struct Unmet: Codable, Hashable, Sendable {
        /// With `CONFIG_`.
        public let option: String
        public let asked: String
        /// `n` where the option does not appear.
        public let got: String
        /// True where a fragment names it as needed; false where it is one of "as many tests as can be".
        public let required: Bool
        /// The dependency that does not hold, as Kconfig writes it, or a sentence.
        public let reason: String
        /// Where the option is declared; nil where no Kconfig file declares it.
        public let file: String?
        public let line: Int?
        /// The line of the dependency, default or selection that decides; nil where there is none.
        public let reasonFile: String?
        public let reasonLine: Int?

        public init(
            option: String, asked: String, got: String, required: Bool, reason: String, file: String?, line: Int?,
            reasonFile: String? = nil, reasonLine: Int? = nil
        ) {
            self.option = option
            self.asked = asked
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
    public let base: String
    public let fragments: [Fragment]
    /// Of the final `.config`.
    public let digest: Digest
    /// Options set to y or m in the final `.config`.
    public let enabled: Int
    public let asked: Int
    public let unmet: [Unmet]
    /// `CONFIG_RUST=y` in the final `.config`.
    public let rust: Bool
    /// KUnit test options (Rust's and C's) that are enabled.
    public let testOptions: [String]
    /// What the kernel's configuration tools warned of, e.g. unmet dependencies of a selected option; at most 200.
    public let warnings: [String]

    public init(
        base: String, fragments: [Fragment], digest: Digest, enabled: Int, asked: Int, unmet: [Unmet], rust: Bool,
        testOptions: [String], warnings: [String] = []
    ) {
        self.base = base
        self.fragments = fragments
        self.digest = digest
        self.enabled = enabled
        self.asked = asked
        self.unmet = unmet
        self.rust = rust
        self.testOptions = testOptions
        self.warnings = warnings
    }
}
