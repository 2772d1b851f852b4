// SPDX-License-Identifier: Apache-2.0

/// What a sandbox is made of, before versions are chosen: suites and packages.
package struct SandboxSpecification: Codable, Hashable, Sendable {
    /// A Debian suite and the architectures whose package lists are needed from it.
    package struct Suite: Codable, Hashable, Sendable {
        package let name: String
        package let architectures: [String]

        package init(name: String, architectures: [String]) {
            self.name = name
            self.architectures = architectures
        }

        /// What is wrong with the words, which become words of apt's (sources.list(5)); nil for nothing.
        package var fault: String? {
            if !LockedPackage.matches(name, first: "a-z", rest: "a-zA-Z0-9./-") {
                return "\(name) is not the name of a suite"
            }
            let other = architectures.first { !LockedPackage.matches($0, first: "a-z0-9", rest: "a-z0-9-") }
            return other.map { "\($0) is not the name of an architecture" }
        }
    }

    /// A package by name, and where to take it from or in which version.
    package struct Request: Hashable, Sendable {
        package let name: String
        package let architecture: String
        /// Nil: the suite that apt prefers, or any that has the version.
        package let suite: String?
        /// The version alone that is taken; nil: the newest.
        package let version: String?

        package init(
            _ name: String, suite: String? = nil, version: String? = nil, architecture: String = native
        ) {
            self.name = name
            self.suite = suite
            self.version = version
            self.architecture = architecture
        }

        /// `NAME[:ARCHITECTURE][/SUITE]` or `NAME[:ARCHITECTURE]=VERSION`; nil for text that is neither (apt-get(8)).
        package init?(_ text: String, architecture: String) {
            let whole = text.prefixMatch(of: #/([a-z0-9][a-z0-9+.-]*)(?::([a-z0-9-]+))?(?:/([^=\s]+)|=([^/\s]+))?$/#)
            guard let parts = whole?.output, !parts.1.hasSuffix("-"),
                parts.3.map({ LockedPackage.matches(String($0), first: "a-z", rest: "a-zA-Z0-9.-") }) ?? true,
                parts.4.map({ LockedPackage.matches(String($0), first: "0-9", rest: "A-Za-z0-9.+~:-") }) ?? true
            else { return nil }
            self.init(
                String(parts.1), suite: parts.3.map(String.init), version: parts.4.map(String.init),
                architecture: parts.2.map(String.init) ?? architecture)
        }

        /// `/SUITE`, `=VERSION`, or nothing.
        package var source: String { suite.map { "/\($0)" } ?? version.map { "=\($0)" } ?? "" }

        /// As apt takes it where the architecture is the native one.
        package var reference: String { name + source }

        /// With its architecture.
        package var text: String { "\(name):\(architecture)\(source)" }
    }

    /// `newest`: of its file.
    package let name: String
    package let suites: [Suite]
    package let components: [String]
    /// Installed, with everything they depend on and Debian's essential packages.
    package let installed: [Request]
    /// Fetched and pinned, but not installed: kernel sources, the guest's user space.
    package let fetched: [Request]
    /// Packages for s390x that a guest's disk is made of, pinned with everything they depend on and fetched by who
    /// needs them.
    package let guest: [Request]

    package init(
        name: String, suites: [Suite], components: [String] = ["main"], installed: [Request], fetched: [Request] = [],
        guest: [Request] = []
    ) {
        self.name = name
        self.suites = suites
        self.components = components
        self.installed = installed
        self.fetched = fetched
        self.guest = guest
    }

    /// Of the sandbox.
    package static let native = "amd64"
    /// Of the kernels that are built in it.
    package static let guestArchitecture = "s390x"

    /// Whether a file may have the name.
    package static func isName(_ text: String) -> Bool {
        LockedPackage.matches(text, first: "a-zA-Z0-9", rest: "a-zA-Z0-9._-") && text.utf8.count <= 64
    }

    /// What is wrong with it, which would become words of apt's; nil for nothing. Its requests were read one by one.
    package var fault: String? {
        if !Self.isName(name) { return "\(name) is not the name of a specification" }
        if let other = components.first(where: { !LockedPackage.matches($0, first: "a-z", rest: "a-z-") }) {
            return "\(other) is not the name of a component"
        }
        if let fault = suites.lazy.compactMap(\.fault).first { return fault }
        let known = Set(suites.map(\.name))
        let all = installed + fetched + guest
        if let stray = all.first(where: { $0.suite.map { !known.contains($0) } ?? false }) {
            return "\(stray.reference) names a suite that is not among the suites"
        }
        return nil
    }
}

extension SandboxSpecification.Request: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let request = Self(text, architecture: SandboxSpecification.native) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\(text) is not a package to ask for")
        }
        self = request
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(architecture == SandboxSpecification.native ? reference : text)
    }
}
