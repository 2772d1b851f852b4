// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

extension SPDXBill {
    /// What was made on the way, each step of the build, and every tool with the package that it is from.
    func buildDocument() -> [UInt8] {
        var graph = graph(.build)
        let indices = materials.files.indices
        for index in indices where names.part(of: index) == .build { add(file: index, to: &graph) }
        let packages = addTools(to: &graph)
        let gaps = Set(materials.gaps.compactMap { materials.index(of: $0.file, in: $0.root) })
        var builds: [String] = []
        var headers: Set<Int> = []
        for (number, step) in materials.steps.enumerated() {
            let build = graph.add(
                "b\(number)", "build_Build",
                [
                    "build_buildType": .string(TypeURI.kernelStep),
                    "build_buildId": .string("\(run.identifier)/\(kernel.role.rawValue)/\(number)"),
                    "comment": .string(step.command),
                ])
            builds.append(build)
            // Programs that the build made are files that a step reads, too.
            let read = step.inputs.indices + step.ran.indices
            let stepHeaders = read.filter { materials.files[$0].path.hasSuffix(".h") }
            headers.formUnion(stepHeaders)
            let rest = read.filter { !materials.files[$0].path.hasSuffix(".h") }.sorted()
            let isWhole = isProven && stepHeaders.isEmpty && !gaps.contains(step.output) && step.evidence == .saved
            graph.relate(
                "i\(number)", "hasInput", from: build, to: refer(rest, &graph),
                completeness: isWhole ? "complete" : "incomplete")
            graph.relate(
                "o\(number)", "hasOutput", from: build,
                to: refer(([step.output] + step.alsoMakes.indices).sorted(), &graph), completeness: "complete")
        }
        graph.take(names.kernelBuild, from: SPDXDocuments.output)
        graph.relate("steps", "ancestorOf", from: names.kernelBuild, to: builds, completeness: "complete")
        graph.relate(
            "headers", "hasInput", from: names.kernelBuild, to: refer(headers.sorted(), &graph),
            completeness: isProven && materials.isComplete ? "complete" : "incomplete",
            comment: "The headers that any step read; which step read which is in the run's list of materials.")
        graph.relate(
            "system", "hasInput", from: names.kernelBuild, to: refer(materials.buildSystem.indices, &graph),
            completeness: "incomplete", comment: "Makefiles, Kconfig, scripts, and what was made beside the kernel.")
        graph.relate(
            "tools", "usesTool", from: names.kernelBuild, to: packages,
            completeness: materials.tools.allSatisfy { $0.package != nil } ? "complete" : "incomplete")
        return graph.finish(kind: "build", roots: packages + [builds.first].compactMap { $0 })
    }

    /// Names of files, which are imported where they stand in another document.
    private func refer(_ files: some Sequence<Int>, _ graph: inout SPDXGraph) -> [String] {
        files.map { index in
            let name = names.file(index)
            let part = names.part(of: index)
            if part != .build { graph.take(name, from: part.file) }
            return name
        }
    }

    /// The packages of the tools and of the sandbox's files, each with what was used of it; their names.
    private func addTools(to graph: inout SPDXGraph) -> [String] {
        let debian = addDebian(to: &graph)
        var used: [KernelMaterials.DebianPackage: [String]] = [:]
        var unowned: [String] = []
        for (number, tool) in materials.tools.enumerated() {
            let element = graph.add(
                "t\(number)", "software_File",
                [
                    "name": .string(tool.path), "software_primaryPurpose": "executable",
                    "verifiedUsing": SPDXGraph.hashes(tool.sha256, tool.sha512),
                    "comment": tool.version.map { .string($0) },
                ])
            if let package = tool.package {
                used[package, default: []].append(element)
            } else {
                unowned.append(element)
            }
        }
        let sorted = used.sorted { ($0.key.name, $0.key.architecture) < ($1.key.name, $1.key.architecture) }
        let packages = sorted.enumerated().map { number, item in
            let name = add(package: package(ofDebian: item.key, "p\(number)", debian, &graph), to: &graph)
            graph.relate(
                "p\(number)-contains", "contains", from: name, to: item.value, completeness: "incomplete",
                isOfBuild: false, comment: "The programs that ran.")
            return name
        }
        return packages + unowned
    }
}
