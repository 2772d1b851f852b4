// SPDX-License-Identifier: Apache-2.0
internal import Evidence
internal import Host
package import Records
package import Signing

/// The statements about a run, as a bundle has them.
package enum Attestations {
    /// Each with its path in the bundle, in a fixed order, as it is signed.
    ///
    /// `files` are the bundle's files that statements refer to, by their paths: the audit (`BundlePath.audit`), the bills of
    /// materials (`BundlePath.materials`). Throws `Failure` where what the run recorded can't be read, or lacks a step.
    package static func all(
        of evidence: RunEvidence, files: [Subject] = []
    ) throws -> [(name: String, payload: [UInt8])] {
        let run = evidence.run
        var found: [(name: String, payload: [UInt8])] = []
        func add<Predicate>(_ name: String, _ statement: InTotoStatement<Predicate>?) throws {
            if let statement { found.append((BundlePath.attestation(name), try statement.payload())) }
        }
        for kernel in evidence.kernels {
            try add("provenance-\(kernel.role.rawValue)", Provenance.statement(kernel, of: evidence))
        }
        for kernel in evidence.kernels {
            try add("test-result-\(kernel.role.rawValue)", TestVerdict.statement(kernel, of: run))
        }
        try add("test-comparison", ComparisonPredicate.statement(of: run))
        try add("audit", AuditPredicate.statement(of: run))
        try add("audit-attributes", AttributeReport.statement(auditOf: run, evidence: audit(files)))
        try add("self-test", SelfTestPredicate.statement(of: evidence))
        for drill in evidence.drills {
            try add("rollback-drill-\(drill.record.identifier)", drill.record.statement)
        }
        for recorded in evidence.rebuilds {
            let (rebuild, entry) = (recorded.record, recorded.entry)
            var record = ResourceDescriptor(
                name: rebuild.identifier, sha256: Digest(of: entry.body), mediaType: "application/json")
            record.downloadLocation = BundlePath.uri(BundlePath.body(entry, named: "rebuild"))
            for kernel in rebuild.kernels {
                let name = "\(kernel.role.rawValue)-\(rebuild.identifier)"
                try add("rebuild-\(name)", Provenance.statement(kernel, by: rebuild, of: evidence))
                try add(
                    "reproducible-\(name)",
                    AttributeReport.statement(reproducing: kernel, tool: rebuild.toolVersion, evidence: record))
            }
        }
        for gate in evidence.decisions {
            try add(
                "gate-\(gate.record.stage)",
                VerificationSummary.statement(gate.record, of: run, at: gate.entry.time, hasProvenance: true))
        }
        for kernel in evidence.kernels {
            try add(
                "sbom-\(kernel.role.rawValue)",
                DocumentReference.statement(
                    to: spdx(files, of: kernel.role), mediaType: "application/spdx+json", about: kernel))
        }
        return found
    }

    /// The same, signed by each of the signers. Throws as `all` and they do.
    package static func signed(
        _ evidence: RunEvidence, files: [Subject] = [], by signers: [any Signer]
    ) async throws -> [(name: String, envelope: Envelope)] {
        var signed: [(name: String, envelope: Envelope)] = []
        for (name, payload) in try all(of: evidence, files: files) {
            signed.append((name, try await Envelope(payload, signers: signers)))
        }
        return signed
    }

    private static func audit(_ files: [Subject]) -> ResourceDescriptor? {
        files.first { $0.name == BundlePath.audit }.map { file in
            var descriptor = ResourceDescriptor(
                name: file.name, sha256: file.sha256, mediaType: "application/sarif+json")
            descriptor.downloadLocation = BundlePath.uri(file.name)
            return descriptor
        }
    }

    /// Those right in the kernel's folder.
    private static func spdx(_ files: [Subject], of kernel: KernelRole) -> [Subject] {
        let folder = BundlePath.materials(of: kernel)
        return files.filter {
            $0.name.hasPrefix(folder) && $0.name.hasSuffix(".spdx.json")
                && !$0.name.dropFirst(folder.count).contains("/")
        }
    }
}
