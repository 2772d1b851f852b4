// SPDX-License-Identifier: Apache-2.0
package import Host

/// What one built kernel was made from, file by file, and by which programs.
///
/// Read from what the build left (its `.cmd` files, the tree's makefiles), never from what was requested.
package struct KernelMaterials: Codable, Hashable, Sendable {
    package static let schema = "bessemer-materials/1"

    /// What the paths of files are relative to.
    package enum Root: String, Codable, Sendable, CaseIterable {
        /// The kernel's source tree.
        case source
        /// What the build made.
        case objects
        /// The sources of Rust's library that the compiler brings.
        case rustSource = "rust-src"
        /// The sandbox's root file system.
        case sandbox
    }

    package struct File: Codable, Hashable, Sendable {
        package let root: Root
        package let path: String
        /// In bytes.
        package let size: Int
        package let sha256: Digest
        package let sha512: LongDigest
        /// The licence expression of its `SPDX-License-Identifier` line; nil where it has none.
        package let license: String?

        package init(
            root: Root, path: String, size: Int, sha256: Digest, sha512: LongDigest, license: String? = nil
        ) {
            self.root = root
            self.path = path
            self.size = size
            self.sha256 = sha256
            self.sha512 = sha512
            self.license = license
        }
    }

    /// A program of the sandbox that ran.
    package struct Program: Codable, Hashable, Sendable {
        /// As it was called.
        package let name: String
        /// In the sandbox, links resolved, without a leading slash.
        package let path: String
        package let sha256: Digest
        package let sha512: LongDigest
        /// As it says itself; nil where it was not asked.
        package let version: String?
        /// The Debian package that owns it; nil where none does.
        package let package: DebianPackage?

        package init(
            name: String, path: String, sha256: Digest, sha512: LongDigest, version: String?, package: DebianPackage?
        ) {
            self.name = name
            self.path = path
            self.sha256 = sha256
            self.sha512 = sha512
            self.version = version
            self.package = package
        }
    }

    package struct DebianPackage: Codable, Hashable, Sendable {
        package let name: String
        package let version: String
        package let architecture: String

        package init(name: String, version: String, architecture: String) {
            self.name = name
            self.version = version
            self.architecture = architecture
        }
    }

    /// How one file was made.
    package struct Step: Codable, Hashable, Sendable {
        /// What a step's command is known from.
        package enum Evidence: String, Codable, Sendable {
            /// The command that the build saved.
            case saved
            /// The rule of a makefile or script of the tree.
            case rule
        }

        /// Index of a file.
        package let output: Int
        /// Files that the same command made.
        package let alsoMakes: IndexList
        /// Files that it read.
        package let inputs: IndexList
        /// Programs and scripts that the build made or the tree brings, which it ran.
        package let ran: IndexList
        /// Of `tools`.
        package let tools: IndexList
        package let command: String
        package let evidence: Evidence
        /// False where the output says something about its inputs and holds nothing of them: a list of symbols.
        package let holdsInputs: Bool

        package init(
            output: Int, alsoMakes: IndexList, inputs: IndexList, ran: IndexList, tools: IndexList, command: String,
            evidence: Evidence, holdsInputs: Bool
        ) {
            self.output = output
            self.alsoMakes = alsoMakes
            self.inputs = inputs
            self.ran = ran
            self.tools = tools
            self.command = command
            self.evidence = evidence
            self.holdsInputs = holdsInputs
        }
    }

    /// Something that could not be explained.
    package struct Gap: Codable, Hashable, Sendable {
        /// Its root and path.
        package let root: Root
        package let file: String
        /// One sentence.
        package let reason: String

        package init(root: Root, file: String, reason: String) {
            self.root = root
            self.file = file
            self.reason = reason
        }
    }

    package let schema: String
    /// Sorted by root and path.
    package let files: [File]
    /// Sorted by path and name.
    package let tools: [Program]
    /// Sorted by output.
    package let steps: [Step]
    /// The kernel, its boot image and its modules.
    package let outputs: IndexList
    /// What decides how things are made and goes into none of them: makefiles, Kconfig, scripts, the configuration, and
    /// what the build made beside the kernel.
    package let buildSystem: IndexList
    package let gaps: [Gap]
    /// C, assembler, Rust and header files of the source tree that are not among `files`, sorted; nil where they were not
    /// looked for.
    package let unused: [String]?

    package init(
        files: [File], tools: [Program], steps: [Step], outputs: IndexList, buildSystem: IndexList, gaps: [Gap],
        unused: [String]? = nil
    ) {
        schema = Self.schema
        self.files = files
        self.tools = tools
        self.steps = steps
        self.outputs = outputs
        self.buildSystem = buildSystem
        self.gaps = gaps
        self.unused = unused
    }

    /// What is wrong with it, where it came from elsewhere; nil for nothing. An index may not lead out of its list.
    package var fault: String? {
        guard schema == Self.schema else { return "its schema is \(schema.prefix(60)), not \(Self.schema)" }
        let lists =
            [outputs, buildSystem] + steps.flatMap { [$0.inputs, $0.ran, $0.alsoMakes, IndexList([$0.output])] }
        for last in lists.lazy.compactMap(\.indices.last) where last >= files.count {
            return "it names file \(last) of \(files.count)"
        }
        for first in lists.lazy.compactMap(\.indices.first) where first < 0 { return "it names file \(first)" }
        for last in steps.lazy.compactMap(\.tools.indices.last) where last >= tools.count {
            return "it names tool \(last) of \(tools.count)"
        }
        return nil
    }

    /// Whether each file of each output is explained.
    package var isComplete: Bool { gaps.isEmpty }
}
