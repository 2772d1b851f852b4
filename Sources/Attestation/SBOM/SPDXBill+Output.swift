// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import Records

extension SPDXBill {
    /// The kernel with its modules, and the build that made it.
    func outputDocument() -> [UInt8] {
        var graph = graph(.output)
        let files = materials.files.indices.filter { names.part(of: $0) == .output }
        for index in files { add(file: index, to: &graph) }
        let outputs = materials.outputs.indices.map(names.file)
        let image = materials.files.indices.first { Self.isImage(materials.files[$0]) }
        let configuration = materials.index(of: ".config", in: .objects).map(names.file)
        var licenses: Set<String> = []
        let makers = materials.makers
        var content: Set<Int> = []
        for output in materials.outputs.indices { content.formUnion(materials.contents(of: output, makers: makers)) }
        for index in content where materials.files[index].root == .source {
            if let license = materials.files[index].license { licenses.insert(license) }
        }
        var package = SPDXPackage(
            identifier: "kernel", name: "linux", version: kernel.build.release,
            url: "pkg:generic/linux@\(PackageURL.encoded(kernel.build.release))?arch=s390x", purpose: "operatingSystem",
            copyright: "The authors of the Linux kernel, as COPYING and CREDITS of the source name them",
            license: LicenseExpressions.all(of: licenses), originator: addKernelAuthors(to: &graph),
            supplier: graph.name("agent"))
        package.comment = "Its licence is all of those that the files in it name."
        if let image {
            package.sha256 = materials.files[image].sha256
            package.sha512 = materials.files[image].sha512
            package.file = .element(names.file(image))
        }
        let name = add(package: package, to: &graph)
        graph.relate(
            "kernel-contains", "contains", from: name, to: outputs, completeness: "complete", isOfBuild: false)
        let build = addBuild(to: &graph, configuration)
        graph.relate("build-output", "hasOutput", from: build, to: outputs, completeness: "complete")
        if let configuration {
            graph.relate("build-input", "hasInput", from: build, to: [configuration], completeness: "incomplete")
            graph.relate("configures", "configures", from: configuration, to: [name], isOfBuild: false)
        }
        graph.relate("build-by", "invokedBy", from: build, to: [graph.name("agent")])
        return graph.finish(kind: "build", roots: [name])
    }

    /// The Build of the whole kernel.
    private func addBuild(to graph: inout SPDXGraph, _ configuration: String?) -> String {
        func entries(_ values: [String: String]) -> CanonicalJSON? {
            .list(
                values.sorted { $0.key < $1.key }.map { key, value in
                    ["type": "DictionaryEntry", "key": .string(key), "value": .string(value)]
                })
        }
        let step = run.steps.first { $0.name == (kernel.role == .candidate ? "build" : "baseline-build") }
        return graph.add(
            "build", "build_Build",
            [
                "build_buildType": .string(TypeURI.kernelBuild),
                "build_buildId": .string("\(run.identifier)/\(kernel.role.rawValue)"),
                "build_buildStartTime": step.map { .string(SPDXGraph.time($0.startedAt)) },
                "build_buildEndTime": step.map { step in
                    .string(SPDXGraph.time(step.startedAt.addingTimeInterval(Double(kernel.build.milliseconds) / 1000)))
                },
                "build_configSourceDigest": SPDXGraph.hashes(kernel.configuration.digest, nil),
                "build_configSourceUri": configuration.map { [.string($0)] },
                "build_environment": entries(kernel.build.environment),
                "build_parameter": entries(["command": kernel.build.command]),
            ])
    }
}
