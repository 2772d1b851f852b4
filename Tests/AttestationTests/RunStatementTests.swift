// SPDX-License-Identifier: Apache-2.0
import Attestation
import Evidence
import Foundation
import Host
import Records
import Signing
import TestSupport
import Testing

@Suite struct RunStatementTests {
    private static let files = [
        Subject("audit.sarif", Digest(of: "sarif")), Subject("sbom/sbom-build.spdx.json", Digest(of: "build")),
        Subject("sbom/sbom-source.spdx.json", Digest(of: "source")), Subject("sbom/bom.cdx.json", Digest(of: "bom")),
        Subject("sbom/baseline/sbom-build.spdx.json", Digest(of: "other")),
    ]

    private func evidence(
        _ run: RunRecord = SampleRecord.waived(), drills: [RollbackDrill] = [], without left: Set<String> = []
    ) async throws -> RunEvidence {
        try await RunEvidence(
            run.identifier, in: SampleEvidence.store(of: run, drills: drills, without: left))
    }

    /// The predicate of the statement of that name.
    private func predicate(_ name: String, _ evidence: RunEvidence, files: [Subject] = []) throws -> [String: Any] {
        let found = try Attestations.all(of: evidence, files: files).first {
            $0.name == "attestations/\(name).dsse.json"
        }
        let value = try JSONSerialization.jsonObject(with: Data(try #require(found, "\(name)").payload))
        return try #require((value as? [String: Any])?["predicate"] as? [String: Any])
    }

    @Test func `the statements of a run have names and an order`() async throws {
        let evidence = try await evidence(drills: [SampleDrill.passed()])
        #expect(
            try Attestations.all(of: evidence, files: Self.files).map(\.name)
                == [
                    "provenance-candidate", "provenance-baseline", "test-result-candidate", "test-result-baseline",
                    "test-comparison", "audit", "audit-attributes", "self-test",
                    "rollback-drill-\(SampleDrill.passed().identifier)", "sbom-candidate", "sbom-baseline",
                ].map { "attestations/\($0).dsse.json" })
        let alone = try await self.evidence(SampleRecord.passed(), without: ["self-test"])
        #expect(
            try Attestations.all(of: alone).map(\.name)
                == [
                    "provenance-candidate", "test-result-candidate", "audit", "audit-attributes",
                ].map { "attestations/\($0).dsse.json" })
    }

    @Test func `each is canonical and the same each time, whatever a run holds`() async throws {
        for run in [SampleRecord.waived(), SampleRecord.failed(), SampleRecord.hostile("\u{1B}é<&\0\"\u{2028}😀")] {
            let once = try Attestations.all(of: try await evidence(run), files: Self.files)
            let again = try Attestations.all(of: try await evidence(run), files: Self.files)
            for (one, other) in zip(once, again) {
                #expect(one == other)
                _ = try CanonicalJSON(canonical: one.payload)
            }
        }
    }

    @Test func `every signer signs every statement`() async throws {
        let keys = [try PrivateKey(generating: .ed25519), try PrivateKey(generating: .ed25519)]
        let evidence = try await evidence()
        let signed = try await Attestations.signed(evidence, by: keys)
        #expect(try signed.map(\.name) == Attestations.all(of: evidence).map(\.name))
        for (_, envelope) in signed { #expect(keys.allSatisfy { envelope.isSigned(by: $0.publicKey) }) }
        let other = try PrivateKey(generating: .ed25519)
        #expect(!signed.contains { $0.envelope.isSigned(by: other.publicKey) })
    }

    @Test func `a provenance names what the kernel was made from`() async throws {
        let evidence = try await evidence()
        let predicate = try predicate("provenance-candidate", evidence)
        let definition = try #require(predicate["buildDefinition"] as? [String: Any])
        let found = try #require(definition["resolvedDependencies"] as? [[String: Any]])
        let uris = found.compactMap { $0["uri"] as? String }
        #expect(uris.contains("pkg:deb/debian/linux-source-7.3@7.3.4-1~bpo13%2B1?arch=all"))
        #expect(uris.contains("pkg:deb/debian/libstdc%2B%2B6@14.2.0-19?arch=i386"))
        #expect(uris.contains("pkg:deb/debian/perl@5:5.40.1-6~deb13u1?arch=amd64"))
        #expect(uris.contains("urn:bessemer:sandbox-lock:\(evidence.run.sandbox.lockDigest)"))
        let lock = try #require(found.first { $0["name"] as? String == "sandbox.lock" })
        let file = try #require(try evidence.lockFile())
        #expect(lock["digest"] as? [String: String] == ["sha256": Digest(of: file).hexadecimal])
        #expect(found.count { ($0["name"] as? String)?.hasPrefix("6.12/") == true } == 1)
        #expect(found.allSatisfy { $0["uri"] != nil || $0["digest"] != nil })
        let details = try #require(predicate["runDetails"] as? [String: Any])
        let metadata = try #require(details["metadata"] as? [String: String])
        let step = try #require(evidence.step("build")?.record)
        #expect(
            metadata == [
                "invocationId": evidence.run.identifier, "startedOn": step.startedAt.formatted(.iso8601),
                "finishedOn": (step.startedAt + 60).formatted(.iso8601),
            ])
        let products = try #require(details["byproducts"] as? [[String: Any]])
        #expect(
            products.compactMap { $0["name"] as? String } == [
                "build/build.log", "configuration/configuration.log", ".config",
            ])
    }

    @Test func `a run without the step of its build gives no provenance`() async throws {
        let evidence = try await evidence(without: ["baseline-build"])
        let failure = #expect(throws: Failure.self) { try Attestations.all(of: evidence) }
        #expect(failure?.code == "attestation.step" && failure?.message.contains("baseline-build") == true)
    }

    @Test func `what was removed since is named by what the log kept`() async throws {
        let run = SampleRecord.waived()
        let store = try await SampleEvidence.store(of: run)
        await store.removeBlobs()
        let evidence = try await RunEvidence(run.identifier, in: store)
        #expect(try evidence.lockFile() == nil)
        let predicate = try predicate("provenance-candidate", evidence)
        let found = try #require(
            (predicate["buildDefinition"] as? [String: Any])?["resolvedDependencies"] as? [[String: Any]])
        let lock = try #require(found.first { $0["name"] as? String == "sandbox.lock" })
        #expect(lock["uri"] != nil && lock["digest"] == nil)
        let products = (predicate["runDetails"] as? [String: Any])?["byproducts"] as? [[String: Any]]
        #expect(products?.count == 3 && products?.allSatisfy { $0["digest"] != nil } == true)
    }

    @Test func `a second build has a builder, an invocation and times of its own, and says what was reproduced`()
        async throws
    {
        let run = SampleRecord.waived()
        let evidence = try await RunEvidence(run.identifier, in: SampleEvidence.store(of: run, isRebuilt: true))
        let names = try Attestations.all(of: evidence).map(\.name)
        let identifier = try #require(evidence.rebuilds.first?.record.identifier)
        #expect(names.contains("attestations/rebuild-candidate-\(identifier).dsse.json"))
        #expect(names.contains("attestations/reproducible-candidate-\(identifier).dsse.json"))
        let kernel = run.kernels.candidate
        let first = try Provenance.statement(kernel, of: evidence)
        let recorded = try #require(evidence.rebuilds.first)
        let (rebuild, entry) = (recorded.record, recorded.entry)
        let second = try #require(try Provenance.statement(rebuild.kernels[0], by: rebuild, of: evidence))
        #expect(first.predicate.runDetails.builder.id == TypeURI.sandboxBuilder)
        #expect(second.predicate.runDetails.builder.id == TypeURI.rebuilder)
        #expect(second.predicate.runDetails.metadata.invocationId == identifier)
        #expect(second.predicate.runDetails.metadata.startedOn == rebuild.kernels[0].second.startedAt)
        #expect(second.predicate.buildDefinition.internalParameters.compilerCache == "none")
        let (one, other) = (first.predicate.buildDefinition, second.predicate.buildDefinition)
        #expect(one.resolvedDependencies == other.resolvedDependencies)
        let body = ResourceDescriptor(name: "body", sha256: Digest(of: entry.body))
        let same = try #require(
            AttributeReport.statement(reproducing: rebuild.kernels[0], tool: "0", evidence: body))
        // One of the files is another the second time.
        #expect(same.subject.count == second.subject.count - 1 && !same.subject.contains { $0.name == "vmlinux" })
    }

    @Test func `what is not a package is named without where it lies`() throws {
        func identity(_ kind: SourceIdentity.Kind, commit: String? = nil) -> SourceIdentity {
            SourceIdentity(
                kind: kind, request: "/home/somebody/linux next", version: "7.3.4", digest: Digest(of: "tree"),
                commit: commit)
        }
        let run = SampleRecord.passed()
        for kind in [SourceIdentity.Kind.folder, .tarball, .git] {
            let parameters = BuildParameters(run.kernels.candidate, of: identity(kind))
            #expect(parameters.kernel == "linux next")
            let source = Provenance.source(identity(kind, commit: "abc"))
            #expect(String(decoding: try CanonicalJSON.encode(source), as: UTF8.self).contains("somebody") == false)
        }
        #expect(Provenance.source(identity(.git, commit: "abc")).uri == "git+file:linux%20next@abc")
        let commit = String(repeating: "0a", count: 20)
        #expect(Provenance.source(identity(.git, commit: commit)).digest?["gitCommit"] == commit)
        for other in ["abc", "\(commit)-dirty", "\(commit)\n"] {
            #expect(Provenance.source(identity(.git, commit: other)).digest?["gitCommit"] == nil)
        }
        #expect(Provenance.source(identity(.tarball)).digest?.keys.elementsEqual(["sha256"]) == true)
    }

    @Test func `documents are referred to where they are there`() async throws {
        let evidence = try await evidence()
        let candidate = try predicate("sbom-candidate", evidence, files: Self.files)
        let references = try #require(candidate["references"] as? [[String: Any]])
        #expect(
            references.map { $0["downloadLocation"] as? String } == [
                "bundle:sbom/sbom-build.spdx.json", "bundle:sbom/sbom-source.spdx.json",
            ])
        #expect(references.allSatisfy { $0["mediaType"] as? String == "application/spdx+json" })
    }

    @Test func `an audit gives attributes of what was found clean alone`() async throws {
        func attributes(_ run: RunRecord) async throws -> [String] {
            let predicate = try predicate("audit-attributes", try await evidence(run), files: Self.files)
            let found = try #require(predicate["attributes"] as? [[String: Any]])
            #expect(found.allSatisfy { ($0["evidence"] as? [String: Any])?["downloadLocation"] != nil })
            return found.compactMap { $0["attribute"] as? String }
        }
        let clean = try await attributes(SampleRecord.passed())
        #expect(clean.contains("AUDIT_LAYOUT_CLEAN") && clean.contains("AUDIT_CLEAN"))
        let faulty = try await attributes(SampleRecord.failed())
        #expect(!faulty.contains("AUDIT_LAYOUT_CLEAN") && faulty.contains("AUDIT_FINDINGS"))
        #expect(!faulty.contains("AUDIT_CLEAN"))
    }
}
