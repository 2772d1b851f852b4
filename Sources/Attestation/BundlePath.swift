// SPDX-License-Identifier: Apache-2.0
package import Evidence
package import Records

/// Where files lie in a bundle, relative to its top folder; statements refer to them by `bundle:` and this.
package enum BundlePath {
    /// The lock of the sandbox.
    package static let lock = "inputs/standard.lock.json"
    /// The audit in SARIF.
    package static let audit = "audit.sarif"

    /// The final `.config` of a kernel.
    package static func configuration(of kernel: KernelRole) -> String {
        kernel == .candidate ? "inputs/config" : "inputs/\(kernel.rawValue)-config"
    }

    package static func patch(_ file: String) -> String { "inputs/patches/\(file)" }

    /// The policy by which a stage was decided.
    package static func policy(of stage: String) -> String { "inputs/policy-\(stage).yaml" }

    /// A log that a step left: `logs/baseline-boot/console.log`.
    package static func log(_ file: String, of step: String) -> String { "logs/\(step)/\(file)" }

    /// The folder of a kernel's bills of materials.
    package static func materials(of kernel: KernelRole) -> String {
        kernel == .candidate ? "sbom/" : "sbom/\(kernel.rawValue)/"
    }

    /// The body of an entry of the log.
    package static func body(_ entry: Entry, named name: String) -> String {
        "entries/\(entry.sequence)-\(name).body.json"
    }

    /// A kernel's build as Debian records its own.
    package static func buildInfo(of kernel: KernelRole) -> String {
        kernel == .candidate ? "kernel.buildinfo" : "\(kernel.rawValue).buildinfo"
    }

    /// The envelope of a statement.
    package static func attestation(_ name: String) -> String { "attestations/\(name).dsse.json" }

    /// As a URI.
    package static func uri(_ path: String) -> String {
        "bundle:"
            + path.split(separator: "/", omittingEmptySubsequences: false)
            .map { PackageURL.encoded(String($0)) }.joined(separator: "/")
    }
}
