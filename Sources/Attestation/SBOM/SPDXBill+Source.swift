// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

extension SPDXBill {
    /// The sources of the kernel and those of Rust's library, each as a package that contains the files that were used.
    func sourceDocument() -> [UInt8] {
        var graph = graph(.source)
        let indices = materials.files.indices
        let kernelFiles = indices.filter { materials.files[$0].root == .source }
        let rustFiles = indices.filter { materials.files[$0].root == .rustSource }
        for index in kernelFiles + rustFiles { add(file: index, to: &graph) }
        let licenses = addLicenses(of: kernelFiles, to: &graph)
        let isDebian = run.source.kind == .debianPackage
        let debian = isDebian || !rustFiles.isEmpty ? addDebian(to: &graph) : ""
        let author = addKernelAuthors(to: &graph)
        let supplier = isDebian ? debian : graph.name("agent")
        var roots = [add(package: sourcePackage(licenses, kernelFiles, by: author, from: supplier, &graph), to: &graph)]
        graph.relate(
            "source-contains", "contains", from: roots[0], to: kernelFiles.map(names.file),
            completeness: "incomplete", isOfBuild: false, comment: "The files that the kernel was made from.")
        if !rustFiles.isEmpty {
            let rust = add(package: package(ofDebian: rustPackage, "rust-src", debian, &graph), to: &graph)
            graph.relate(
                "rust-src-contains", "contains", from: rust, to: rustFiles.map(names.file),
                completeness: "incomplete", isOfBuild: false, comment: "The files that the kernel was made from.")
            roots.append(rust)
        }
        return graph.finish(kind: "source", roots: roots)
    }

    private func sourcePackage(
        _ licenses: Set<String>, _ files: [Int], by author: String, from supplier: String, _ graph: inout SPDXGraph
    ) -> SPDXPackage {
        let source = run.source
        let locked = source.package.flatMap { lock?.fetched($0) }
        let isFile = source.kind == .debianPackage || source.kind == .tarball
        let url =
            locked.map(PackageURL.of)
            ?? "pkg:generic/linux@\(PackageURL.encoded(source.version))"
            + (source.commit.map { "?vcs_url=\(PackageURL.encoded("git@" + $0))" } ?? "")
        let isSame = locked?.sha256 == source.digest
        var made = SPDXPackage(
            identifier: "source", name: "linux", version: source.version, url: url, purpose: "source",
            copyright: "The authors of the Linux kernel, as COPYING and CREDITS of the source name them",
            license: LicenseExpressions.all(of: licenses), originator: author, supplier: supplier,
            sha256: source.digest)
        if isSame, let locked {
            made.sha512 = locked.sha512
            made.file = .named(locked.path.split(separator: "/").last.map(String.init) ?? locked.name, ["container"])
        } else {
            made.comment =
                isFile
                ? "Its digest is that of the archive." : "Its digest is that of the folder's names, modes and contents."
        }
        if made.sha512 == nil {
            // What is distributed is known by the files that were used.
            let list = files.map { "\(materials.files[$0].sha512)  \(materials.files[$0].path)\n" }.joined()
            let element = graph.add(
                "source-list", "software_File",
                [
                    "name": .string("linux-\(source.version).sha512sums"), "software_primaryPurpose": "manifest",
                    "software_additionalPurpose": ["container"],
                    "verifiedUsing": SPDXGraph.hashes(Digest(of: list), LongDigest(of: list.utf8)),
                    "comment":
                        "A list of the files that were used, as sha512sum(1) writes it; its lines are in this document.",
                ])
            made.file = .element(element)
        }
        return made
    }

    /// The package that the sources of Rust's library are from.
    private var rustPackage: KernelMaterials.DebianPackage {
        let locked = lock?.installed.first { $0.name == "rust-src" }
        return KernelMaterials.DebianPackage(
            name: "rust-src", version: locked?.version ?? "unknown", architecture: locked?.architecture ?? "all")
    }

    /// Who a kernel is by, whoever built it.
    func addKernelAuthors(to graph: inout SPDXGraph) -> String {
        graph.add(organization: "authors", "The Linux kernel's authors", contact: "https://www.kernel.org")
    }

    func addDebian(to graph: inout SPDXGraph) -> String {
        graph.add(organization: "debian", "Debian", contact: "https://www.debian.org")
    }

    /// A package of the sandbox. Debian keeps a package's licences in a file of it, whose text is what is referred to.
    func package(
        ofDebian package: KernelMaterials.DebianPackage, _ identifier: String, _ debian: String,
        _ graph: inout SPDXGraph
    ) -> SPDXPackage {
        let locked = lock?.installed.first {
            $0.name == package.name && $0.version == package.version && $0.architecture == package.architecture
        }
        let copyright = "/usr/share/doc/\(package.name)/copyright"
        let plain = package.name.map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "." ? String($0) : "-" }
        return SPDXPackage(
            identifier: identifier, name: package.name, version: package.version,
            url: PackageURL.debian(package.name, package.version, architecture: package.architecture),
            purpose: identifier == "rust-src" ? "source" : "application",
            copyright: "As \(copyright) of the package says", license: "LicenseRef-Debian-\(plain.joined())",
            originator: debian, supplier: debian, sha256: locked?.sha256, sha512: locked?.sha512,
            comment: "Its licences are those of \(copyright) in the package.",
            file: .named(
                "\(package.name)_\(package.version.split(separator: ":").last ?? "")_\(package.architecture).deb",
                ["container"]))
    }
}
