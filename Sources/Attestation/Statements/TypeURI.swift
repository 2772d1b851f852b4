// SPDX-License-Identifier: Apache-2.0
package import Host

/// The names by which statements say what they are. Ours are URNs, since they have to hold for longer than any address;
/// each is described under `Docs/Attestations.md`, with its schema.
package enum TypeURI {
    package static let statement = "https://in-toto.io/Statement/v1"

    /// Predicates of others.
    package static let provenance = "https://slsa.dev/provenance/v1"
    package static let testResult = "https://in-toto.io/attestation/test-result/v0.1"
    package static let scai = "https://in-toto.io/attestation/scai/v0.3"
    package static let reference = "https://in-toto.io/attestation/reference/v0.1"
    package static let verificationSummary = "https://slsa.dev/verification_summary/v1"
    package static let verificationResult = "https://in-toto.io/attestation/svr/v0.1"
    package static let cycloneDX = "https://cyclonedx.org/bom"
    package static let openVEX = "https://openvex.dev/ns/v0.2.0"
    package static let oscal = "https://oscal-compass.github.io/compliance-trestle/predicates/oscal-signing/v1"

    /// Predicates of our own.
    package static let bundle = own("predicate:bundle:v1")
    package static let comparison = own("predicate:test-comparison:v1")
    package static let audit = own("predicate:audit:v1")
    package static let drill = own("predicate:rollback-drill:v1")
    package static let selfTest = own("predicate:self-test:v1")

    /// Every predicate that is read here.
    package static let predicates = [
        provenance, testResult, scai, reference, verificationSummary, verificationResult, cycloneDX, openVEX, oscal,
        bundle, comparison, audit, drill, selfTest,
    ]

    /// How a kernel is built (SLSA's `buildType`), and by what (`builder.id`).
    package static let kernelBuild = own("build-type:linux-kernel:v1")
    /// How one step of it is run: an object, an archive, a header.
    package static let kernelStep = own("build-type:linux-kernel-step:v1")
    package static let sandboxBuilder = own("builder:sandbox:v1")
    /// The second build of `bessemer build --twice`.
    package static let rebuilder = own("builder:sandbox-rebuild:v1")

    /// What judges by a shop's policy.
    package static let gate = own("verifier:gate:v1")

    /// A policy by the digest of its file.
    package static func policy(_ digest: Digest) -> String { own("policy:\(digest)") }
    /// A run's kernel, by the run's identifier.
    package static func run(_ identifier: String) -> String { own("run:\(PackageURL.encoded(identifier))") }
    /// A sandbox by the digest of its lock, of whatever form the lock's file is.
    package static func lock(_ digest: Digest) -> String { own("sandbox-lock:\(digest)") }
    /// What ran a kernel, as QEMU or a person names it.
    package static func machine(_ name: String) -> String { own("machine:\(PackageURL.encoded(name))") }

    /// One of a kernel's bills of materials in SPDX, whose elements' names begin with it.
    static func spdx(run: String, kernel: String, part: String) -> String {
        own("spdx:\(PackageURL.encoded(run)):\(kernel):\(part)#")
    }

    private static func own(_ name: String) -> String { "urn:bessemer:\(name)" }
}
