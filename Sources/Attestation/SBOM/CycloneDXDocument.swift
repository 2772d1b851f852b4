// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records

/// What a kernel was made from in CycloneDX 1.6: its modules, the packages of its tools, how it was built (formulation),
/// and what is claimed of it (declarations). Files one by one stand in the SPDX documents.
package struct CycloneDXDocument {
    package static let name = "bom.cdx.json"

    private let run: RunRecord
    private let kernel: RunRecord.Kernel
    private let materials: KernelMaterials
    private let lock: SandboxLock?
    private let isProven: Bool
    private let creator: BillCreator

    /// The lock gives the packages' digests; without it they are unknown. `isProven`: see `SPDXDocuments`.
    package init(
        run: RunRecord, kernel: RunRecord.Kernel, materials: KernelMaterials, lock: SandboxLock?,
        isProven: Bool = false,
        creator: BillCreator = .bessemer
    ) {
        self.run = run
        self.kernel = kernel
        self.materials = materials
        self.lock = lock
        self.isProven = isProven
        self.creator = creator
    }

    /// In canonical form; the same bytes for the same run.
    package var bytes: [UInt8] { document.bytes }

    private var document: CanonicalJSON {
        let modules = self.modules
        let packages = self.packages
        let serial = NamedUUID.text(of: "urn:bessemer:run:\(run.identifier):\(kernel.role.rawValue):cyclonedx")
        return [
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX",
            "specVersion": "1.6", "version": 1, "serialNumber": .string("urn:uuid:\(serial)"),
            "metadata": metadata, "components": .list(modules.map(\.value) + packages.map(\.value)),
            "dependencies": .array(
                [["ref": "kernel", "dependsOn": .array(modules.map { .string($0.reference) })]]
                    + (modules + packages).map { ["ref": .string($0.reference), "dependsOn": []] }),
            "compositions": [
                [
                    "aggregate": .string(isProven && materials.isComplete ? "complete" : "incomplete"),
                    "assemblies": ["kernel"],
                ]
            ],
            "formulation": [formula(packages)], "declarations": declarations,
        ]
    }

    private static func hashes(_ sha256: Digest?, _ sha512: LongDigest?) -> CanonicalJSON? {
        func hash(_ algorithm: String, _ value: String) -> CanonicalJSON {
            ["alg": .string(algorithm), "content": .string(value)]
        }
        return .list(
            [sha256.map { hash("SHA-256", $0.hexadecimal) }, sha512.map { hash("SHA-512", $0.hexadecimal) }]
                .compactMap { $0 })
    }

    private var metadata: CanonicalJSON {
        let contact = creator.contact
        let isURL = contact?.contains("://") == true
        return [
            "timestamp": .string(SPDXGraph.time(run.finishedAt)), "lifecycles": [["phase": "build"]],
            "tools": [
                "components": [["type": "application", "name": "bessemer", "version": .string(run.toolVersion)]]
            ],
            "supplier": [
                "name": .string(creator.name), "url": isURL ? [.string(contact ?? "")] : nil,
                "contact": contact.flatMap { isURL ? nil : [["email": .string($0)]] },
            ],
            "component": component("kernel"),
        ]
    }

    private func component(_ reference: String) -> CanonicalJSON {
        let image = materials.file("arch/s390/boot/bzImage", in: .objects)
        let release = kernel.build.release
        let patches = run.enablement?.series.patches ?? []
        return [
            "type": "operating-system", "bom-ref": .string(reference), "name": "linux", "version": .string(release),
            "purl": .string("pkg:generic/linux@\(PackageURL.encoded(release))?arch=s390x"),
            "hashes": image.flatMap { Self.hashes($0.sha256, $0.sha512) },
            "pedigree": [
                "ancestors": [
                    [
                        "type": "operating-system", "name": "linux", "version": .string(run.source.version),
                        "hashes": run.source.kind == .folder || run.source.kind == .git
                            ? nil : Self.hashes(run.source.digest, nil),
                    ]
                ],
                "patches": .list(
                    patches.map { patch in
                        [
                            "type": "unofficial",
                            "diff": ["url": .string(BundlePath.uri(BundlePath.patch(patch.file)))],
                            "resolves": [["type": "enhancement", "name": .string(patch.subject)]],
                        ]
                    }),
            ],
        ]
    }

    private var modules: [(reference: String, value: CanonicalJSON)] {
        materials.outputs.indices.map { materials.files[$0] }.filter { $0.path.hasSuffix(".ko") }.map { file in
            let reference = "module:\(file.path)"
            return (
                reference,
                [
                    "type": "file", "bom-ref": .string(reference), "name": .string(file.path),
                    "hashes": Self.hashes(file.sha256, file.sha512),
                ]
            )
        }
    }

    /// Those of the tools, and of Rust's sources where they were used.
    private var packages: [(reference: String, value: CanonicalJSON)] {
        var used = Set(materials.tools.compactMap(\.package))
        if materials.files.contains(where: { $0.root == .rustSource }),
            let rust = lock?.installed.first(where: { $0.name == "rust-src" })
        {
            used.insert(.init(name: rust.name, version: rust.version, architecture: rust.architecture))
        }
        return used.sorted { ($0.name, $0.architecture) < ($1.name, $1.architecture) }.map { package in
            let url = PackageURL.debian(package.name, package.version, architecture: package.architecture)
            let locked = lock?.installed.first {
                $0.name == package.name && $0.version == package.version && $0.architecture == package.architecture
            }
            return (
                url,
                [
                    "type": "application", "bom-ref": .string(url), "name": .string(package.name),
                    "version": .string(package.version), "purl": .string(url), "scope": "excluded",
                    "hashes": locked.flatMap { Self.hashes($0.sha256, $0.sha512) },
                ]
            )
        }
    }

    private func formula(_ packages: [(reference: String, value: CanonicalJSON)]) -> CanonicalJSON {
        let name = kernel.role.step("build")
        let step = run.steps.first { $0.name == name }
        let end = step.map { $0.startedAt.addingTimeInterval(Double(kernel.build.milliseconds) / 1000) }
        return [
            "bom-ref": "formula",
            "components": [
                [
                    "type": "platform", "bom-ref": "sandbox", "name": "sandbox",
                    "version": .string(run.sandbox.lockDigest.hexadecimal),
                ]
            ],
            "workflows": [
                [
                    "bom-ref": "workflow", "uid": .string(run.identifier), "name": "pilot", "taskTypes": ["build"],
                    "tasks": [
                        [
                            "bom-ref": "task", "uid": .string(name), "name": .string(name), "taskTypes": ["build"],
                            "steps": [["name": "make", "commands": [["executed": .string(kernel.build.command)]]]],
                            "inputs": .list(packages.map { ["resource": ["ref": .string($0.reference)]] }),
                            "outputs": [["type": "artifact", "resource": ["ref": "kernel"]]],
                            "timeStart": step.map { .string(SPDXGraph.time($0.startedAt)) },
                            "timeEnd": end.map { .string(SPDXGraph.time($0)) },
                        ]
                    ],
                ]
            ],
        ]
    }

    /// What is claimed, with the statement that shows it.
    private var declarations: CanonicalJSON {
        let provenance = BundlePath.attestation("provenance-\(kernel.role.rawValue)")
        let gaps = materials.gaps.count
        let claims: [(name: String, text: String, evidence: String)] = [
            ("sandbox", "The kernel was built from pinned packages in a sandbox without a network.", provenance),
            (
                "materials",
                gaps == 0
                    ? "Each file that went into the kernel or a module is listed with its digest."
                    : "Files that went into the kernel or a module are listed with their digests; \(gaps) are not explained.",
                BundlePath.materials(of: kernel.role) + SPDXDocuments.build
            ),
        ]
        return [
            "assessors": [
                ["bom-ref": "assessor", "thirdParty": false, "organization": ["name": .string(creator.name)]]
            ],
            "claims": .array(
                claims.map { claim in
                    [
                        "bom-ref": .string("claim-\(claim.name)"), "target": "kernel-target",
                        "predicate": .string(claim.text), "evidence": [.string("evidence-\(claim.name)")],
                    ]
                }),
            "evidence": .array(
                claims.map { claim in
                    [
                        "bom-ref": .string("evidence-\(claim.name)"), "propertyName": .string(claim.name),
                        "created": .string(SPDXGraph.time(run.finishedAt)),
                        "data": [
                            [
                                "name": .string(claim.evidence),
                                "contents": ["url": .string(BundlePath.uri(claim.evidence))],
                            ]
                        ],
                    ]
                }),
            "targets": ["components": [component("kernel-target")]],
        ]
    }
}
