// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

/// What a kernel was made from in SPDX 3.0.1, in the three files in which the kernel's own scripts/sbom has it: the sources,
/// the build, and the output.
///
/// Every file stands in one of them with both digests. A step of the build is a `build_Build` with what it read, but for
/// headers: those stand once, at the Build of the whole kernel, since each object reads a thousand of them.
package enum SPDXDocuments {
    package static let source = "sbom-source.spdx.json"
    package static let build = "sbom-build.spdx.json"
    package static let output = "sbom-output.spdx.json"

    /// The three files, in that order; the same bytes for the same run.
    ///
    /// The lock gives the packages' digests; without it they are unknown. `isProven` says that the kernel came out the same
    /// from the listed files alone: without that proof no list of inputs is called complete.
    package static func all(
        run: RunRecord, kernel: RunRecord.Kernel, materials: KernelMaterials, lock: SandboxLock?,
        isProven: Bool = false,
        creator: BillCreator = .bessemer
    ) -> [(name: String, bytes: [UInt8])] {
        let names = SPDXNames(run: run, kernel: kernel, materials: materials)
        let bill = SPDXBill(
            run: run, kernel: kernel, materials: materials, lock: lock, isProven: isProven, creator: creator,
            names: names)
        return [(source, bill.sourceDocument()), (build, bill.buildDocument()), (output, bill.outputDocument())]
    }
}

/// In which document an element stands, and its name.
struct SPDXNames {
    enum Part: String, CaseIterable {
        case source, build, output

        var file: String {
            switch self {
            case .source: SPDXDocuments.source
            case .build: SPDXDocuments.build
            case .output: SPDXDocuments.output
            }
        }
    }

    private let run: String
    private let kernel: String
    private let parts: [Part]

    init(run: RunRecord, kernel: RunRecord.Kernel, materials: KernelMaterials) {
        self.run = run.identifier
        self.kernel = kernel.role.rawValue
        parts = materials.files.enumerated().map { index, file in
            switch file.root {
            case .source, .rustSource: .source
            case .sandbox: .build
            case .objects: materials.outputs.contains(index) || file.path == ".config" ? .output : .build
            }
        }
    }

    func namespace(_ part: Part) -> String { TypeURI.spdx(run: run, kernel: kernel, part: part.rawValue) }
    func part(of file: Int) -> Part { parts[file] }
    func file(_ index: Int) -> String { "\(namespace(parts[index]))f\(index)" }
    /// The Build of the whole kernel.
    var kernelBuild: String { namespace(.output) + "build" }
}

/// What the three documents are written from.
struct SPDXBill {
    let run: RunRecord
    let kernel: RunRecord.Kernel
    let materials: KernelMaterials
    let lock: SandboxLock?
    let isProven: Bool
    let creator: BillCreator
    let names: SPDXNames

    func graph(_ part: SPDXNames.Part) -> SPDXGraph {
        SPDXGraph(
            namespace: names.namespace(part), created: run.finishedAt, creator: creator,
            tool: "bessemer \(run.toolVersion)")
    }

    func add(file index: Int, to graph: inout SPDXGraph) {
        let file = materials.files[index]
        graph.add(
            "f\(index)", "software_File",
            [
                "name": .string(file.path), "verifiedUsing": SPDXGraph.hashes(file.sha256, file.sha512),
                "software_primaryPurpose": .string(Self.purpose(of: file)),
                "software_additionalPurpose": Self.isImage(file) ? ["firmware"] : nil,
            ])
    }

    static func isImage(_ file: KernelMaterials.File) -> Bool {
        file.root == .objects && file.path == "arch/s390/boot/bzImage"
    }

    private static func purpose(of file: KernelMaterials.File) -> String {
        let name = file.path.split(separator: "/").last ?? ""
        switch name.split(separator: ".").last.map(String.init) ?? "" {
        case _ where file.root == .objects && (isImage(file) || file.path == "vmlinux"): return "executable"
        case "c", "h", "S", "rs", "s", "l", "y": return "source"
        case "ko": return "module"
        case "a", "rlib", "rmeta", "so": return "library"
        case "config": return "configuration"
        case _ where name.hasPrefix("Kconfig") || name.hasPrefix("Makefile") || name.hasPrefix("Kbuild"):
            return "configuration"
        default: return "file"
        }
    }

    /// The bundles of files under one licence, and what says so; the licences of all of them.
    func addLicenses(of files: [Int], to graph: inout SPDXGraph) -> Set<String> {
        var groups: [String: [Int]] = [:]
        for index in files {
            if let license = materials.files[index].license.flatMap(LicenseExpressions.normal) {
                groups[license, default: []].append(index)
            }
        }
        for (number, (license, members)) in groups.sorted(by: { $0.key < $1.key }).enumerated() {
            let expression = graph.add(
                "license\(number)", "simplelicensing_LicenseExpression",
                ["simplelicensing_licenseExpression": .string(license)])
            let group = graph.add(
                "licensed\(number)", "Bundle",
                [
                    "name": .string("files whose SPDX-License-Identifier is \(license)"), "context": "licence",
                    "element": .array(members.map { .string(names.file($0)) }),
                ])
            graph.relate(
                "licensed\(number)-declared", "hasDeclaredLicense", from: group, to: [expression], isOfBuild: false)
        }
        return Set(groups.keys)
    }

    /// One package with all that checklists want of it; returns its name.
    func add(package: SPDXPackage, to graph: inout SPDXGraph) -> String {
        let name = graph.add(
            package.identifier, "software_Package",
            [
                "name": .string(package.name), "software_packageVersion": .string(package.version),
                "software_packageUrl": .string(package.url), "software_primaryPurpose": .string(package.purpose),
                "software_copyrightText": .string(package.copyright),
                "originatedBy": [.string(package.originator)], "suppliedBy": .string(package.supplier),
                "externalIdentifier": [
                    [
                        "type": "ExternalIdentifier", "externalIdentifierType": "packageUrl",
                        "identifier": .string(package.url),
                    ]
                ],
                "verifiedUsing": SPDXGraph.hashes(package.sha256, package.sha512),
                "comment": package.comment.map { .string($0) },
            ])
        let license = graph.add(
            "\(package.identifier)-license", "simplelicensing_LicenseExpression",
            ["simplelicensing_licenseExpression": .string(package.license)])
        for (kind, relation) in [("concluded", "hasConcludedLicense"), ("declared", "hasDeclaredLicense")] {
            graph.relate("\(package.identifier)-\(kind)", relation, from: name, to: [license], isOfBuild: false)
        }
        guard let file = package.file else { return name }
        let distributed: String
        switch file {
        case .element(let element): distributed = element
        case .named(let text, let purposes):
            distributed = graph.add(
                "\(package.identifier)-file", "software_File",
                [
                    "name": .string(text), "software_primaryPurpose": "archive",
                    "software_additionalPurpose": .array(purposes.map { .string($0) }),
                    "verifiedUsing": SPDXGraph.hashes(package.sha256, package.sha512),
                ])
        }
        graph.relate(
            "\(package.identifier)-distributed", "hasDistributionArtifact", from: name, to: [distributed],
            isOfBuild: false)
        return name
    }
}

/// A package as all three documents describe one.
struct SPDXPackage {
    enum File {
        /// An element that is there.
        case element(String)
        /// A file of its own, with its additional purposes.
        case named(String, [String])
    }

    let identifier: String
    let name: String
    let version: String
    let url: String
    let purpose: String
    let copyright: String
    let license: String
    let originator: String
    let supplier: String
    var sha256: Digest?
    var sha512: LongDigest?
    var comment: String?
    var file: File?
}
