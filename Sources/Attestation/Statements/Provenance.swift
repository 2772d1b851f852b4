// SPDX-License-Identifier: Apache-2.0
internal import Evidence
package import Foundation
internal import Host
package import Records

/// How a kernel was built, from what, and by what (SLSA provenance v1). It claims no level.
package struct Provenance: Encodable, Sendable {
    package struct Definition: Encodable, Sendable {
        package let buildType: String
        package let externalParameters: BuildParameters
        package let internalParameters: BuildSettings
        package let resolvedDependencies: [ResourceDescriptor]
    }

    package struct Builder: Encodable, Sendable {
        package let id: String
        package let version: [String: String]
    }

    package struct Metadata: Encodable, Sendable {
        package let invocationId: String
        package let startedOn: Date
        package let finishedOn: Date
    }

    package struct Details: Encodable, Sendable {
        package let builder: Builder
        package let metadata: Metadata
        package let byproducts: [ResourceDescriptor]
    }

    package let buildDefinition: Definition
    package let runDetails: Details

    /// Of a run's kernel. Throws `Failure` with code `attestation.step` where the run has no step of that build, and where
    /// the lock can't be read.
    package static func statement(
        _ kernel: RunRecord.Kernel, of evidence: RunEvidence
    ) throws -> InTotoStatement<Provenance> {
        let name = kernel.role.step("build")
        guard let step = evidence.step(name)?.record else {
            throw Failure(
                "attestation.step",
                "the run \(evidence.run.identifier) names no step \(name), so its times are not known",
                advice: "see what was recorded with `bessemer evidence show \(evidence.run.identifier)`")
        }
        let configuration = kernel.role.step("configuration")
        var final = ResourceDescriptor(name: ".config", sha256: kernel.configuration.digest)
        final.downloadLocation = BundlePath.uri(BundlePath.configuration(of: kernel.role))
        return try statement(
            kernel.build, of: kernel, in: evidence, compilerCache: evidence.run.sandbox.isolation?.compilerCache,
            details: Details(
                builder: Builder(id: TypeURI.sandboxBuilder, version: ["bessemer": evidence.run.toolVersion]),
                metadata: Metadata(
                    invocationId: evidence.run.identifier, startedOn: step.startedAt,
                    finishedOn: step.startedAt + Double(step.milliseconds) / 1000),
                byproducts: [
                    evidence.descriptor("build.log", of: name),
                    evidence.descriptor("configuration.log", of: configuration), final,
                ].compactMap(\.self)))
    }

    /// Of a second build of a run's kernel, from the same source, configuration and lock; nil where the run has no such
    /// kernel. Throws where the lock can't be read.
    package static func statement(
        _ rebuilt: RebuildReport.Kernel, by rebuild: RebuildReport, of evidence: RunEvidence
    ) throws -> InTotoStatement<Provenance>? {
        guard let kernel = evidence.kernels.first(where: { $0.role == rebuilt.role }) else { return nil }
        return try statement(
            rebuilt.build, of: kernel, in: evidence, compilerCache: rebuilt.second.compilerCache,
            details: Details(
                builder: Builder(id: TypeURI.rebuilder, version: ["bessemer": rebuild.toolVersion]),
                metadata: Metadata(
                    invocationId: rebuild.identifier, startedOn: rebuilt.second.startedAt,
                    finishedOn: rebuilt.second.finishedAt),
                byproducts: []))
    }

    private static func statement(
        _ build: BuildFacts, of kernel: RunRecord.Kernel, in evidence: RunEvidence, compilerCache: String?,
        details: Details
    ) throws -> InTotoStatement<Provenance> {
        let definition = Definition(
            buildType: TypeURI.kernelBuild, externalParameters: BuildParameters(kernel, of: evidence.run.source),
            internalParameters: BuildSettings(build, compilerCache: compilerCache, of: evidence.run),
            resolvedDependencies: try dependencies(of: kernel, in: evidence))
        return InTotoStatement(
            TypeURI.provenance, about: build.artifacts.map(ResourceDescriptor.init),
            Provenance(buildDefinition: definition, runDetails: details))
    }
}

extension Provenance {
    /// The source, the patches, the configuration with its fragments, the lock, and every package of the sandbox.
    private static func dependencies(
        of kernel: RunRecord.Kernel, in evidence: RunEvidence
    ) throws -> [ResourceDescriptor] {
        let run = evidence.run
        let patches = (run.enablement?.series).map { series in
            series.patches.map { patch in
                var descriptor = ResourceDescriptor(
                    name: "\(series.name)/\(patch.file)", sha256: patch.sha256, mediaType: "text/x-diff",
                    annotations: ["subject": patch.subject, "patchId": patch.identifier])
                descriptor.downloadLocation = BundlePath.uri(BundlePath.patch(patch.file))
                return descriptor
            }
        }
        let fragments = kernel.configuration.fragments.map {
            ResourceDescriptor(name: "fragment/\($0.name)", sha256: $0.sha256)
        }
        let final = ResourceDescriptor(name: ".config", sha256: kernel.configuration.digest)
        var lock = ResourceDescriptor(
            name: "sandbox.lock", uri: TypeURI.lock(run.sandbox.lockDigest),
            sha256: try evidence.lockFile().map { Digest(of: $0) })
        lock.downloadLocation = BundlePath.uri(BundlePath.lock)
        let packages = try evidence.lock()?.installed.map {
            ResourceDescriptor(name: $0.name, uri: PackageURL.of($0), sha256: $0.sha256)
        }
        return [source(run.source)] + (patches ?? []) + fragments + [final, lock] + (packages ?? [])
    }

    /// A source. The digest of a folder is `SourceIdentity.digest`, which is not that of a file.
    package static func source(_ source: SourceIdentity) -> ResourceDescriptor {
        let name = source.request.split(separator: "/").last.map(String.init) ?? source.request
        switch source.kind {
        case .debianPackage:
            let package = source.package ?? "linux-source-\(source.request)"
            return ResourceDescriptor(
                name: package,
                uri: PackageURL.debian(package, source.packageVersion ?? source.version, architecture: "all"),
                sha256: source.digest)
        case .tarball: return ResourceDescriptor(name: name, sha256: source.digest)
        case .folder, .git:
            var descriptor = ResourceDescriptor(name: name)
            descriptor.digest = ["bessemerTree": source.digest.hexadecimal]
            if let commit = source.commit {
                descriptor.uri = "git+file:\(PackageURL.encoded(name))@\(PackageURL.encoded(commit))"
                // A tree that may differ from its commit, COMMIT-dirty, is not that commit.
                if commit.wholeMatch(of: /[0-9a-f]{40}/) != nil { descriptor.digest?["gitCommit"] = commit }
            }
            return descriptor
        }
    }
}
