// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

extension VEXDocuments {
    /// The Common Security Advisory Framework 2.0 (OASIS), profile VEX (§ 4.5).
    package var csaf: [UInt8] {
        var vulnerabilities: [CanonicalJSON] = []
        var verdicts = report.verdicts[...]
        while let first = verdicts.first {
            let same = verdicts.prefix { $0.identifier == first.identifier }
            verdicts = verdicts.dropFirst(same.count)
            vulnerabilities.append(vulnerability(Array(same)))
        }
        let document: CanonicalJSON = [
            "document": document, "product_tree": ["full_product_names": .array(report.kernels.map(product))],
            "vulnerabilities": .array(vulnerabilities),
        ]
        return document.bytes
    }

    private var document: CanonicalJSON {
        [
            "category": "csaf_vex", "csaf_version": "2.0", "lang": "en",
            "title": .string("Vulnerabilities of Linux \(report.version) for s390x, run \(report.run)"),
            "publisher": [
                "category": "user", "name": .string(author.name), "namespace": .string(author.namespace),
            ],
            "tracking": [
                "id": .string("bessemer-\(identifier)"), "status": "final", "version": "1",
                "initial_release_date": .string(time), "current_release_date": .string(time),
                "revision_history": [["date": .string(time), "number": "1", "summary": "First version."]],
                "generator": ["engine": ["name": "bessemer", "version": .string(report.toolVersion)]],
            ],
        ]
    }

    private func product(_ kernel: VulnerabilityReport.Kernel) -> CanonicalJSON {
        [
            "name": .string("linux \(kernel.release) s390x (\(kernel.role.rawValue))"),
            "product_id": .string(kernel.role.rawValue),
            "product_identification_helper": [
                "purl": .string(address(of: kernel)),
                "hashes": kernel.sha256.map { digest in
                    [
                        [
                            "filename": "vmlinux",
                            "file_hashes": [["algorithm": "sha256", "value": .string(digest.hexadecimal)]],
                        ]
                    ]
                },
            ],
        ]
    }

    private func vulnerability(_ verdicts: [VulnerabilityReport.Verdict]) -> CanonicalJSON {
        func products(_ status: VulnerabilityReport.Status) -> CanonicalJSON? {
            .list(verdicts.filter { $0.status == status }.map { .string($0.role.rawValue) })
        }
        let affected = verdicts.filter { $0.status == .affected }
        let absent = verdicts.filter { $0.status == .notAffected }
        return [
            "cve": verdicts.first.map { .string($0.identifier) }, "title": verdicts.first.map { .string($0.title) },
            "notes": .array(
                verdicts.map { verdict in
                    [
                        "category": "details", "title": .string("Status of the \(verdict.role.rawValue) kernel"),
                        "text": .string(verdict.reason),
                    ]
                }),
            "product_status": [
                "known_affected": products(.affected), "known_not_affected": products(.notAffected),
                "fixed": products(.fixed), "under_investigation": products(.underInvestigation),
            ],
            "flags": absent.isEmpty
                ? nil
                : [
                    [
                        "label": "vulnerable_code_not_present",
                        "product_ids": .array(absent.map { .string($0.role.rawValue) }),
                    ]
                ],
            "remediations": .list(
                affected.map { verdict in
                    [
                        "category": verdict.fixedIn == nil ? "none_available" : "vendor_fix",
                        "details": .string(remediation(verdict)), "product_ids": [.string(verdict.role.rawValue)],
                    ]
                }),
        ]
    }
}
