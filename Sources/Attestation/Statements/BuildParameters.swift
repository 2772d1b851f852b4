// SPDX-License-Identifier: Apache-2.0
package import Records

/// What a person chose for a kernel's build: `externalParameters` of its provenance.
package struct BuildParameters: Encodable, Hashable, Sendable {
    /// `6.12` for Debian's source package of that line; otherwise the name of a folder or file, without where it lies.
    package let kernel: String
    /// `tinyconfig`, `defconfig`, or the name of a file.
    package let base: String
    /// The names of the configuration fragments that were given, in their order.
    package let fragments: [String]
    /// `candidate` has Rust, `baseline` is the same kernel without it.
    package let role: KernelRole
    /// The architecture of what is built, as Debian names it.
    package let target: String

    package init(_ kernel: RunRecord.Kernel, of source: SourceIdentity) {
        self.kernel = source.kind == .debianPackage ? source.request : Self.lastComponent(source.request)
        base = Self.lastComponent(kernel.configuration.base)
        fragments = kernel.configuration.givenFragments(of: kernel.role).map(\.name)
        role = kernel.role
        target = "s390x"
    }

    private static func lastComponent(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}

/// What Bessemer chose: `internalParameters` of a build's provenance.
package struct BuildSettings: Encodable, Hashable, Sendable {
    /// As it ran inside the sandbox.
    package let command: String
    /// Every variable that it saw.
    package let environment: [String: String]
    /// Which objects of earlier builds it could take over; nil in records of before that was said.
    package let compilerCache: String?
    /// The patch series that fits the source; nil where there is none.
    package let series: String?
    /// The suites of Debian that the sandbox's packages are from.
    package let suites: [String]

    package init(_ build: BuildFacts, compilerCache: String?, of run: RunRecord) {
        command = build.command
        environment = build.environment
        self.compilerCache = compilerCache
        series = run.enablement?.series.name
        suites = run.sandbox.suites.map(\.name)
    }
}
