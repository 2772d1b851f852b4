// SPDX-License-Identifier: Apache-2.0
public import Host

/// What differs between a kernel's configuration without Rust and with it, and why.
///
/// Which options changed is read from the configurations, and why from the tree's Kconfig files, by evaluating them
/// under both.
public struct ConfigurationDifference: Codable, Hashable, Sendable {
    /// One of the two configurations.
    public struct Side: Codable, Hashable, Sendable {
        /// What the kernel's tool says it is of, e.g. `Linux/s390 6.12.107`; nil where it does not say.
        public let subject: String?
        public let sha256: Digest
        /// Options set to y or m.
        public let enabled: Int

        public init(subject: String?, sha256: Digest, enabled: Int) {
            self.subject = subject
            self.sha256 = sha256
            self.enabled = enabled
        }
    }

    public enum Group: String, Codable, Hashable, Sendable, CaseIterable {
        /// On without Rust, and off (or only a module) with it.
        case lost
        /// RUST, what a fragment names, and what nothing in the Kconfig files gives: somebody chose it.
        case asked
        /// Follows from what was asked for: by `select`, `imply`, `default`, or as an option that is newly offered.
        case pulledIn = "pulled-in"
        /// Was off, or a value without effect, and is no longer offered.
        case withdrawn
    }

    /// What an option has to do with security.
    public struct Security: Codable, Hashable, Sendable {
        public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
            case speculation
            case randomisation
            case controlFlow = "control-flow"
            case memorySafety = "memory-safety"
            case initialisation
            case modules
            case observability
            /// Recognised by where the tree declares it.
            case hardening
            /// No protection of its own, and others stand on it.
            case toolchain
        }

        public let kind: Kind
        /// What it means to be without it.
        public let meaning: String
        /// On which machines that counts; nil where it counts on all.
        public let machines: String?
        /// The line of the source that `machines` stands on.
        public let file: String?
        public let line: Int?
        /// The lost option that this one follows, with `CONFIG_`; nil for one that is lost in its own right.
        public let follows: String?

        public init(
            kind: Kind, meaning: String, machines: String? = nil, file: String? = nil, line: Int? = nil,
            follows: String? = nil
        ) {
            self.kind = kind
            self.meaning = meaning
            self.machines = machines
            self.file = file
            self.line = line
            self.follows = follows
        }
    }

    /// An option that differs.
    public struct Change: Codable, Hashable, Sendable {
        /// With `CONFIG_`.
        public let option: String
        public let group: Group
        /// `y`, `m`, `n`, a number or a text; nil where the option does not appear.
        public let baseline: String?
        public let rust: String?
        /// What a menu calls it; nil where nobody can set it by hand.
        public let prompt: String?
        /// Where it is declared; nil where no Kconfig file declares it.
        public let file: String?
        public let line: Int?
        public let reason: String
        /// The line of the dependency, default or selection that decides; nil where there is none.
        public let reasonFile: String?
        public let reasonLine: Int?
        /// The options, with `CONFIG_`, whose own change that reason names.
        public let because: [String]
        /// nil where it has nothing to do with security.
        public let security: Security?

        public init(
            option: String, group: Group, baseline: String?, rust: String?, prompt: String?, file: String?, line: Int?,
            reason: String, reasonFile: String?, reasonLine: Int?, because: [String], security: Security?
        ) {
            self.option = option
            self.group = group
            self.baseline = baseline
            self.rust = rust
            self.prompt = prompt
            self.file = file
            self.line = line
            self.reason = reason
            self.reasonFile = reasonFile
            self.reasonLine = reasonLine
            self.because = because
            self.security = security
        }
    }

    /// An option that the tree's Kconfig files do not allow beside Rust.
    public struct Exclusion: Codable, Hashable, Sendable {
        public enum State: String, Codable, Hashable, Sendable, CaseIterable {
            /// On without Rust, off with it.
            case lost
            /// On, so that Rust is off in both.
            case inTheWay = "in-the-way"
            /// On in both, since what lifts the exclusion holds.
            case kept
            /// Off in both.
            case off
            /// Off in both, and not to be had without Rust either.
            case unavailable
            /// Off without Rust, on with it, since what lifts the exclusion holds.
            case gained
        }

        /// With `CONFIG_`.
        public let option: String
        public let state: State
        /// What lifts the exclusion, as Kconfig writes it; nil where nothing does.
        public let unless: String?
        /// Whether it is excluded in the configuration with Rust as that is; nil where only the kernel's tool can tell.
        public let isInForce: Bool?
        public let reason: String
        public let reasonFile: String
        public let reasonLine: Int
        public let security: Security?

        public init(
            option: String, state: State, unless: String?, isInForce: Bool?, reason: String, reasonFile: String,
            reasonLine: Int, security: Security?
        ) {
            self.option = option
            self.state = state
            self.unless = unless
            self.isInForce = isInForce
            self.reason = reason
            self.reasonFile = reasonFile
            self.reasonLine = reasonLine
            self.security = security
        }
    }

    /// The version of the tree whose Kconfig files were read.
    public let tree: String
    public let architecture: String
    public let baseline: Side
    public let rust: Side
    /// What a reader should know of the two first; a sentence each.
    public let notes: [String]
    /// By group, the losses of security first.
    public let changes: [Change]
    /// The lost ones first.
    public let exclusions: [Exclusion]

    public init(
        tree: String, architecture: String, baseline: Side, rust: Side, notes: [String], changes: [Change],
        exclusions: [Exclusion]
    ) {
        self.tree = tree
        self.architecture = architecture
        self.baseline = baseline
        self.rust = rust
        self.notes = notes
        self.changes = changes
        self.exclusions = exclusions
    }

    public func changes(_ group: Group) -> [Change] { changes.filter { $0.group == group } }

    /// What is lost of security, in its own right first.
    public var securityLosses: [Change] { changes.filter { $0.group == .lost && $0.security != nil } }
}
