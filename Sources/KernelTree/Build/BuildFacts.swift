// SPDX-License-Identifier: Apache-2.0
public import Host

/// One file that a build made.
public struct Artifact: Codable, Hashable, Sendable {
    /// Relative to the object folder, e.g. `arch/s390/boot/bzImage`.
    public let path: String
    /// Bytes.
    public let size: Int
    public let sha256: Digest

    public init(path: String, size: Int, sha256: Digest) {
        self.path = path
        self.size = size
        self.sha256 = sha256
    }
}

/// A finished kernel build.
public struct BuildFacts: Codable, Hashable, Sendable {
    /// The make command as it ran inside the sandbox.
    public let command: String
    /// The variables that it saw (all of them: nothing else is inherited).
    public let environment: [String: String]
    public let seconds: Double
    /// Files compiled, linked or generated (lines that kbuild printed).
    public let steps: Int
    /// The compilers' warnings, at most 200, each with its file and line.
    public let warnings: [String]
    /// bzImage, vmlinux, System.map, .config, and each module.
    public let artifacts: [Artifact]
    /// `make kernelrelease`.
    public let release: String
    /// Names of this machine's folders that were found in vmlinux, bzImage or a module; none, where the build can be
    /// repeated elsewhere.
    public let leakedPaths: [String]
    /// Of the section .notes of vmlinux, as the running kernel shows it at /sys/kernel/notes; nil where it has none.
    public let notesSHA256: Digest?

    public init(
        command: String, environment: [String: String], seconds: Double, steps: Int, warnings: [String],
        artifacts: [Artifact], release: String, leakedPaths: [String] = [], notesSHA256: Digest? = nil
    ) {
        self.command = command
        self.environment = environment
        self.seconds = seconds
        self.steps = steps
        self.warnings = warnings
        self.artifacts = artifacts
        self.release = release
        self.leakedPaths = leakedPaths
        self.notesSHA256 = notesSHA256
    }
}
