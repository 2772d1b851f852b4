// SPDX-License-Identifier: Apache-2.0
package import Host

/// What differs between a kernel's configuration without Rust and with it, and why.
///
/// Which options changed is read from the configurations, and why from the tree's Kconfig files, by evaluating them
/// under both.
package struct ConfigurationDifference: Codable, Hashable, Sendable {
    /// One of the two configurations.
    package struct Side: Codable, Hashable, Sendable {
        /// What the kernel's tool says it is of, e.g. `Linux/s390 6.12.107`; nil where it does not say.
        package let subject: String?
        package let sha256: Digest
        /// Options set to y or m.
        package let enabled: Int

        package init(subject: String?, sha256: Digest, enabled: Int) {
            self.subject = subject
            self.sha256 = sha256
            self.enabled = enabled
        }
    }

    package enum Group: String, Codable, Hashable, Sendable, CaseIterable {
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
    package struct Security: Codable, Hashable, Sendable {
        package enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
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

        package let kind: Kind
        /// What it means to be without it.
        package let meaning: String
        /// On which machines that counts; nil where it counts on all.
        package let machines: String?
        /// The line of the source that `machines` stands on.
        package let file: String?
        package let line: Int?
        /// The lost option that this one follows, with `CONFIG_`; nil for one that is lost in its own right.
        package let follows: String?

        package init(
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
    package struct Change: Codable, Hashable, Sendable {
        /// With `CONFIG_`.
        package let option: String
        package let group: Group
        /// `y`, `m`, `n`, a number or a text; nil where the option does not appear.
        package let baseline: String?
        package let rust: String?
        /// What a menu calls it; nil where nobody can set it by hand.
        package let prompt: String?
        /// Where it is declared; nil where no Kconfig file declares it.
        package let file: String?
        package let line: Int?
        package let reason: String
        /// The line of the dependency, default or selection that decides; nil where there is none.
        package let reasonFile: String?
        package let reasonLine: Int?
        /// The options, with `CONFIG_`, whose own change that reason names.
        package let because: [String]
        /// nil where it has nothing to do with security.
        package var security: Security?

        package init(
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
    package struct Exclusion: Codable, Hashable, Sendable {
        package enum State: String, Codable, Hashable, Sendable, CaseIterable {
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
        package let option: String
        package let state: State
        /// What lifts the exclusion, as Kconfig writes it; nil where nothing does.
        package let unless: String?
        /// Whether it is excluded in the configuration with Rust as that is; nil where only the kernel's tool can tell.
        package let isInForce: Bool?
        package let reason: String
        package let reasonFile: String
        package let reasonLine: Int
        package let security: Security?

        package init(
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
    package let tree: String
    package let architecture: String
    package let baseline: Side
    package let rust: Side
    /// What a reader should know of the two first; a sentence each.
    package let notes: [String]
    /// By group, the losses of security first.
    package let changes: [Change]
    /// The lost ones first.
    package let exclusions: [Exclusion]

    package init(
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

    package func changes(_ group: Group) -> [Change] { changes.filter { $0.group == group } }

    /// What is lost of security, in its own right first.
    package var securityLosses: [Change] { changes.filter { $0.group == .lost && $0.security != nil } }
}
