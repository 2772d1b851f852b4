// SPDX-License-Identifier: Apache-2.0
package import Campaigns
internal import Foundation
package import Host
internal import KernelTree
package import Records
package import SystemPackage

/// The steps that a matrix's cells stand on, each once.
package struct CampaignPlan: Sendable {
    /// A cell, and the step that decides it.
    package struct Cell: Sendable {
        package let cell: CampaignCell
        package let step: Digest
    }

    package let matrix: CampaignMatrix
    package let cells: [Cell]
    /// In an order in which each stands behind those that it needs.
    package let jobs: [CampaignJob]
    /// Files that steps take, by their digests.
    private let inputs: [Digest: [UInt8]]

    /// Steps of one kind.
    package func count(_ isCounted: (CampaignJob.Work) -> Bool) -> Int { jobs.count { isCounted($0.work) } }

    /// What is known of the world around a matrix.
    package struct Surroundings: Sendable {
        /// Bessemer's version: another build of it makes no other kernel.
        let version: String
        /// Of each toolchain.
        let locks: [String: SandboxLock]
        /// What tells one state of the patch series and the self-test's sources from another.
        let shared: [String]
        /// Where a path of the matrix leads.
        let path: @Sendable (String) -> FilePath

        package init(
            version: String, locks: [String: SandboxLock], shared: [String],
            path: @escaping @Sendable (String) -> FilePath
        ) {
            self.version = version
            self.locks = locks
            self.shared = shared
            self.path = path
        }
    }

    /// What decides a cell is done once for each `turn`, what it stands on once for all.
    ///
    /// Throws `Failure` as reading the sources and fragments does, and with code `campaign.no-lock`.
    package init(_ matrix: CampaignMatrix, in world: Surroundings, turn: Int = 1) throws {
        var maker = Maker(matrix: matrix, world: world)
        var cells: [Cell] = []
        for cell in matrix.cells {
            cells.append(Cell(cell: cell, step: try maker.step(of: cell, turn)))
        }
        self.matrix = matrix
        self.cells = cells
        jobs = maker.jobs
        inputs = maker.inputs
    }

    /// Puts what steps take into the campaign's folder.
    package func prepare(_ folder: CampaignFolder) throws {
        for bytes in inputs.values { _ = try folder.keep(bytes) }
    }

    /// Makes steps, and remembers those that are made.
    private struct Maker {
        let matrix: CampaignMatrix
        let world: Surroundings
        var jobs: [CampaignJob] = []
        var known: Set<Digest> = []
        var inputs: [Digest: [UInt8]] = [:]
        private var sources: [String: Digest] = [:]
        private let kernels: [String: CampaignMatrix.Kernel]
        private let configurations: [String: CampaignMatrix.Configuration]
        private var locks: [String: Digest] = [:]

        init(matrix: CampaignMatrix, world: Surroundings) {
            self.matrix = matrix
            self.world = world
            kernels = Dictionary(matrix.kernels.map { ($0.name, $0) }) { first, _ in first }
            configurations = Dictionary(matrix.configurations.map { ($0.name, $0) }) { first, _ in first }
        }

        mutating func add(_ job: CampaignJob) -> Digest {
            if known.insert(job.key).inserted { jobs.append(job) }
            return job.key
        }

        mutating func keep(_ bytes: [UInt8]) -> Digest {
            let digest = Digest(of: bytes)
            inputs[digest] = bytes
            return digest
        }

        mutating func step(of cell: CampaignCell, _ turn: Int) throws -> Digest {
            if let command = matrix.command { return try self.command(command, cell, turn) }
            let build = try self.build(cell)
            return add(
                CampaignJob(
                    title: "boot \(cell.text)" + Self.text(turn),
                    identity: [
                        "boot", world.version, build.hexadecimal, cell.machine, "\(matrix.timeLimit)", "\(turn)",
                    ],
                    needs: [build],
                    work: .boot(.init(build: build, machine: cell.machine, timeLimit: matrix.timeLimit))))
        }

        private static func text(_ turn: Int) -> String { turn > 1 ? ", turn \(turn)" : "" }

        private mutating func command(_ words: [String], _ cell: CampaignCell, _ turn: Int) throws -> Digest {
            var files: [Subject] = []
            func take(_ path: FilePath) throws -> String {
                let digest = try source(of: path.string) { try Self.regular(path) { try Digest(ofFile: $0) } }
                files.append(Subject(path.string, digest))
                return path.string
            }
            // A word that is a file beside the matrix is that file, and its content decides; a program without a slash is
            // looked up in PATH.
            let words = try words.enumerated().map { number, word in
                let path = world.path(word)
                guard number > 0 || word.contains("/"), Files.exists(path), !Files.isDirectory(path) || number == 0
                else {
                    guard number > 0 || !word.contains("/") else {
                        throw Failure(
                            "campaign.command", "there is no program \(word) beside the matrix",
                            advice: "name a program of the PATH, or a file from the matrix's folder on")
                    }
                    return word
                }
                return try take(path)
            }
            guard isRunnable(words[0]) else {
                throw Failure(
                    "campaign.command", "\(words[0]) can't be run: it is not executable", advice: "chmod +x \(words[0])"
                )
            }
            let patches = try (kernels[cell.kernel]?.patches ?? []).map { try take(world.path($0)) }
            let values = CampaignMatrix.Axis.allCases.map { cell[$0] }
            let digests = Dictionary(files.map { ($0.name, "file:\($0.sha256)") }) { first, _ in first }
            return add(
                CampaignJob(
                    title: cell.text + Self.text(turn),
                    identity: ["command"] + (words + ["patches"] + patches).map { digests[$0] ?? $0 } + values
                        + ["\(turn)"],
                    work: .command(
                        .init(
                            words: words, cell: cell, patches: patches, files: files, turn: turn,
                            timeLimit: matrix.timeLimit))))
        }

        /// Whether the program can be run, as far as its file tells.
        private func isRunnable(_ program: String) -> Bool {
            !program.contains("/") || FileManager.default.isExecutableFile(atPath: program)
        }

        /// Reads what a person named, which has to be a regular file: a pipe or a device may never end.
        private static func regular<Result>(_ path: FilePath, _ read: (FilePath) throws -> Result) throws -> Result {
            guard Files.isRegularFile(path) else {
                throw Failure(
                    "campaign.file", Files.exists(path) ? "\(path) is not a regular file" : "there is no \(path)",
                    advice: "name a file; paths in a matrix begin at its own folder")
            }
            return try read(path)
        }

        /// Remembered: a source is read once.
        private mutating func source(of name: String, _ read: () throws -> Digest) throws -> Digest {
            if let known = sources[name] { return known }
            let identity = try read()
            sources[name] = identity
            return identity
        }

        private mutating func build(_ cell: CampaignCell) throws -> Digest {
            guard let kernel = kernels[cell.kernel], let configuration = configurations[cell.configuration] else {
                preconditionFailure("a cell's values are the matrix's")
            }
            guard let lock = world.locks[cell.toolchain] else {
                throw Failure(
                    "campaign.no-lock", "the toolchain \(cell.toolchain) has no lock",
                    advice: "bessemer sandbox lock --spec \(cell.toolchain)")
            }
            if locks[cell.toolchain] == nil { locks[cell.toolchain] = keep(Array(try JSON.encode(lock))) }
            let path = world.path(kernel.source)
            let named = Files.exists(path) ? path.string : kernel.source
            let request = try KernelRequest(named)
            let package = try request.package(in: lock)
            let source = try package?.sha256 ?? self.source(of: named) { try request.contentDigest() }
            // A file's words are its content; a name is the tree's own.
            let base = world.path(configuration.base)
            let isFile = Files.isRegularFile(base)
            let baseDigest = isFile ? keep(try Files.bytes(base, limit: ForeignFolder.Limit.list)) : nil
            let fragments = try configuration.fragments.map { fragment in
                keep(
                    try Self.regular(world.path(fragment)) { try Files.bytes($0, limit: ForeignFolder.Limit.list) })
            }
            let patches = try (kernel.patches ?? []).map { patch in
                keep(
                    try Self.regular(world.path(patch)) { try Files.bytes($0, limit: ForeignFolder.Limit.list) })
            }
            let build = CampaignJob.Build(
                kernel: named, source: package == nil ? source : nil, patches: patches,
                base: baseDigest?.hexadecimal ?? configuration.base,
                fragments: fragments.map(\.hexadecimal), lock: locks[cell.toolchain] ?? lock.digest)
            return add(
                CampaignJob(
                    title: "build \(kernel.name), \(configuration.name), \(cell.toolchain)",
                    identity: ["build", world.version, source.hexadecimal, build.base, lock.digest.hexadecimal]
                        + build.fragments
                        + ["\(patches.count) patches"] + patches.map(\.hexadecimal) + world.shared, work: .build(build))
            )
        }
    }
}

extension KernelRequest {
    /// Of all that the source holds. Throws `Failure` where it can't be read.
    func contentDigest() throws -> Digest {
        switch self {
        case .package(let name):
            throw Failure("source.unknown", "\(name) has no file here", advice: "use a lock that has it")
        case .folder(let path): try SourceRequest.folder(FilePath(path)).contentDigest()
        case .tarball(let path): try SourceRequest.tarball(FilePath(path)).contentDigest()
        }
    }
}
