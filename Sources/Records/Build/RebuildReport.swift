// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Host

/// What a second build of a recorded run's kernels came to, file by file.
package struct RebuildReport: RecordBody {
    package static let kind = RecordKind.rebuild
    package static let version = 1
    package static let schema = "bessemer-rebuild/1"

    package enum Verdict: String, Codable, Sendable, CaseIterable {
        /// Every artifact of every kernel has the same bytes.
        case equal
        case different
        /// There was nothing to compare.
        case unknown
    }

    /// Why a section differs, as far as its bytes tell.
    package enum Cause: String, Codable, Sendable, CaseIterable {
        /// A path of a build's folder is in it.
        case buildPath = "build-path"
        /// The time of a build is in it.
        case time
        /// It names another compiler.
        case compiler
        case configuration
        /// It is the signature of a module, or the certificate of the key, which a build generates.
        case signature
        /// A seed that a build generates (RANDSTRUCT, latent entropy).
        case randomSeed = "random-seed"
        /// The same types in another order.
        case typeOrder = "type-order"
        /// It is made of others that differ: a build identifier, a symbol table, a boot image.
        case follows
        case unknown
    }

    /// One section of an ELF file that is not the same in both, or all of another file.
    package struct Section: Codable, Hashable, Sendable {
        package let name: String
        /// Its place in the first build's file, in bytes.
        package let offset: Int
        /// Bytes; nil where that build's file has no such section.
        package let firstSize: Int?
        package let secondSize: Int?
        /// The first byte that differs, counted from the section's start.
        package let difference: Int
        /// The bytes there, at most 16, in hexadecimal.
        package let firstBytes: String
        package let secondBytes: String
        /// The symbol there; nil for none.
        package let symbol: String?
        package let cause: Cause
        /// What the cause was concluded from.
        package let detail: String?

        package init(
            name: String, offset: Int, firstSize: Int?, secondSize: Int?, difference: Int, firstBytes: String,
            secondBytes: String, symbol: String? = nil, cause: Cause, detail: String? = nil
        ) {
            self.name = name
            self.offset = offset
            self.firstSize = firstSize
            self.secondSize = secondSize
            self.difference = difference
            self.firstBytes = firstBytes
            self.secondBytes = secondBytes
            self.symbol = symbol
            self.cause = cause
            self.detail = detail
        }

        /// The same with a cause that other files tell.
        package func replacing(cause: Cause, detail: String) -> Section {
            Section(
                name: name, offset: offset, firstSize: firstSize, secondSize: secondSize, difference: difference,
                firstBytes: firstBytes, secondBytes: secondBytes, symbol: symbol, cause: cause, detail: detail)
        }
    }

    /// One file that the builds made.
    package struct ComparedArtifact: Codable, Hashable, Sendable {
        package struct File: Codable, Hashable, Sendable {
            /// Bytes.
            package let size: Int
            package let sha256: Digest

            package init(_ artifact: Artifact) {
                size = artifact.size
                sha256 = artifact.sha256
            }
        }

        /// Relative to the object folder.
        package let path: String
        /// nil where that build did not make it.
        package let first: File?
        package let second: File?
        package let isEqual: Bool
        /// Those that differ; empty for equal files.
        package let sections: [Section]
        /// Why the sections are not known; nil where they are, or the files are equal.
        package let undecided: String?

        package init(
            path: String, first: Artifact?, second: Artifact?, sections: [Section] = [], undecided: String? = nil
        ) {
            self.path = path
            self.first = first.map { File($0) }
            self.second = second.map { File($0) }
            isEqual = first != nil && self.first == self.second
            self.sections = sections
            self.undecided = undecided
        }
    }

    /// When and how a kernel was built.
    package struct Circumstances: Codable, Hashable, Sendable {
        /// Whose folder the objects were made in.
        package enum Folder: String, Codable, Sendable {
            case pilot
            case rebuild
        }

        package let startedAt: Date
        package let finishedAt: Date
        /// Compilers at once; nil where the command does not say.
        package let jobs: Int?
        package let folder: Folder
        /// Which objects of earlier builds it could take over.
        package let compilerCache: String

        package init(
            startedAt: Date, finishedAt: Date, jobs: Int?, folder: Folder, compilerCache: String
        ) {
            self.startedAt = startedAt
            self.finishedAt = finishedAt
            self.jobs = jobs
            self.folder = folder
            self.compilerCache = compilerCache
        }
    }

    /// The part of the source that a second build saw.
    package struct ListedSource: Codable, Hashable, Sendable {
        /// Of the kernel's list of materials.
        package let materials: Digest
        /// The number of the source's files in it.
        package let files: Int

        package init(materials: Digest, files: Int) {
            self.materials = materials
            self.files = files
        }
    }

    /// One of the run's kernels.
    package struct Kernel: Codable, Hashable, Sendable {
        package let role: KernelRole
        /// Of the `.config` that both builds began with.
        package let configuration: Digest
        package let first: Circumstances
        package let second: Circumstances
        /// Where the second build's tree held the files of the kernel's list of materials alone; nil where it was whole.
        package let listed: ListedSource?
        /// Of the second; the run's record has the first.
        package let build: BuildFacts
        /// In the order in which the first build lists them.
        package let artifacts: [ComparedArtifact]

        package init(
            role: KernelRole, configuration: Digest, first: Circumstances, second: Circumstances,
            listed: ListedSource? = nil, build: BuildFacts, artifacts: [ComparedArtifact]
        ) {
            self.role = role
            self.configuration = configuration
            self.first = first
            self.second = second
            self.listed = listed
            self.build = build
            self.artifacts = artifacts
        }

        package var different: [ComparedArtifact] { artifacts.filter { !$0.isEqual } }
    }

    package let schema: String
    /// Time-ordered and unique: `20261122T101500Z-5f3a9c01`.
    package let identifier: String
    /// The run that was built again; its entry is the first parent.
    package let run: String
    package let toolVersion: String
    /// Which builder made the second build, as the end of an address that identifies builders (SLSA provenance v1,
    /// `builder.id`): another one than the pilot's.
    package let builder: String
    /// To the second.
    package let startedAt: Date
    package let finishedAt: Date
    package let verdict: Verdict
    package let source: SourceIdentity
    /// The patches that the source got; nil for none.
    package let series: GlueSeries?
    package let sandboxLock: Digest
    package let isolation: RunRecord.Isolation
    package let kernels: [Kernel]
    /// Those that nobody accepts.
    package let findings: [Finding]
    /// Findings that somebody accepts, with the waiver.
    package let accepted: [Acceptance]

    package static let builder = "builder:sandbox-rebuild:v1"

    package init(
        identifier: String, run: String, toolVersion: String, startedAt: Date, finishedAt: Date,
        source: SourceIdentity, series: GlueSeries?, sandboxLock: Digest, isolation: RunRecord.Isolation,
        kernels: [Kernel], findings: [Finding], accepted: [Acceptance] = []
    ) {
        schema = Self.schema
        self.identifier = identifier
        self.run = run
        self.toolVersion = toolVersion
        builder = Self.builder
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        verdict = Self.verdict(of: kernels)
        self.source = source
        self.series = series
        self.sandboxLock = sandboxLock
        self.isolation = isolation
        self.kernels = kernels
        self.findings = findings
        self.accepted = accepted
    }

    /// A kernel without an artifact proves nothing.
    package static func verdict(of kernels: [Kernel]) -> Verdict {
        if kernels.contains(where: { !$0.different.isEmpty }) { return .different }
        return kernels.isEmpty || kernels.contains { $0.artifacts.isEmpty } ? .unknown : .equal
    }

    /// The source, the lock, and of each kernel the configuration and what the second build made.
    package var subjects: [Subject] {
        [Subject("source", source.digest), Subject("lock", sandboxLock)]
            + kernels.flatMap { kernel in
                [Subject("\(kernel.role.rawValue)/.config", kernel.configuration)]
                    + kernel.build.artifacts.map { Subject("\(kernel.role.rawValue)/\($0.path)", $0.sha256) }
            }
    }
}
