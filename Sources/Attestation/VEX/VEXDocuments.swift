// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records

/// Who says what a VEX document says.
package struct VEXAuthor: Hashable, Sendable {
    package let name: String
    /// An address that is theirs.
    package let namespace: String

    /// Throws `Failure` with code `vex.author` for what the formats refuse.
    package init(name: String, namespace: String) throws {
        guard !name.allSatisfy(\.isWhitespace), name.utf8.count < 1000 else {
            throw Failure("vex.author", "the author of a VEX document has no name", advice: "give it with --author")
        }
        guard let scheme = URL(string: namespace)?.scheme, namespace.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
            ["https", "http", "urn"].contains(scheme)
        else {
            throw Failure(
                "vex.author", "“\(namespace)” is not an address that stands for an author",
                advice: "give one that begins with https:// with --namespace")
        }
        self.name = name
        self.namespace = namespace
    }
}

/// A report about vulnerabilities as documents of the Vulnerability Exploitability eXchange, in RFC 8785 form.
package struct VEXDocuments: Sendable {
    let report: VulnerabilityReport
    let author: VEXAuthor

    /// Throws `Failure` with code `vex.empty` where there is nothing to say: the formats have no empty documents.
    package init(_ report: VulnerabilityReport, by author: VEXAuthor) throws {
        guard !report.verdicts.isEmpty else {
            throw Failure(
                "vex.empty",
                "the list has no vulnerability of the kernel, so there is nothing to say of the run \(report.run)",
                advice: "give the records of the kernel's CVE authority")
        }
        self.report = report
        self.author = author
    }

    var time: String { report.time.formatted(.iso8601) }

    /// The same for the same run, time and verdicts.
    var identifier: String {
        let verdicts = (try? CanonicalJSON.encode(report)) ?? []
        return NamedUUID.text(of: "urn:bessemer:entry:\(report.entry):vex:\(Digest(of: verdicts))")
    }

    func kernel(_ role: KernelRole) -> VulnerabilityReport.Kernel? { report.kernels.first { $0.role == role } }

    /// The kernel's package address (purl): its release has no character that has to be escaped but `+` and `~`.
    func address(of kernel: VulnerabilityReport.Kernel) -> String {
        var plain = CharacterSet.alphanumerics
        plain.insert(charactersIn: "-._~")
        let release = kernel.release.addingPercentEncoding(withAllowedCharacters: plain) ?? "unknown"
        return "pkg:generic/linux@\(release)?arch=s390x"
    }

    func remediation(_ verdict: VulnerabilityReport.Verdict) -> String {
        verdict.fixedIn.map { "Build from Linux \($0) or a later version of its line, or apply the fix." }
            ?? "Apply the fix that the record names; no released version of this line has it, as far as the record says."
    }

    /// OpenVEX 0.2.0.
    package var openVEX: [UInt8] {
        let document: CanonicalJSON = [
            "@context": .string(TypeURI.openVEX), "@id": .string("urn:uuid:\(identifier)"),
            "author": .string(author.name), "timestamp": .string(time), "version": 1,
            "tooling": .string("bessemer \(report.toolVersion)"),
            "statements": .array(report.verdicts.compactMap(statement)),
        ]
        return document.bytes
    }

    private func statement(_ verdict: VulnerabilityReport.Verdict) -> CanonicalJSON? {
        guard let kernel = kernel(verdict.role) else { return nil }
        let isAbsent = verdict.status == .notAffected
        return [
            "vulnerability": ["name": .string(verdict.identifier)],
            "products": [
                [
                    "@id": .string(address(of: kernel)), "identifiers": ["purl": .string(address(of: kernel))],
                    "hashes": kernel.sha256.map { ["sha-256": .string($0.hexadecimal)] },
                ]
            ],
            "status": .string(verdict.status.rawValue),
            "justification": isAbsent ? "vulnerable_code_not_present" : nil,
            "impact_statement": isAbsent ? .string(verdict.reason) : nil,
            "status_notes": isAbsent ? nil : .string(verdict.reason),
            "action_statement": verdict.status == .affected ? .string(remediation(verdict)) : nil,
        ]
    }
}
