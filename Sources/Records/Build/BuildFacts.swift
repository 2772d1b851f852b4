// SPDX-License-Identifier: Apache-2.0
package import Host

/// One file that a build made.
package struct Artifact: Codable, Hashable, Sendable {
    /// Relative to the object folder, e.g. `arch/s390/boot/bzImage`.
    package let path: String
    /// Bytes.
    package let size: Int
    package let sha256: Digest

    package init(path: String, size: Int, sha256: Digest) {
        self.path = path
        self.size = size
        self.sha256 = sha256
    }
}

/// A finished kernel build.
package struct BuildFacts: Timed, Codable, Hashable, Sendable {
    /// The make command as it ran inside the sandbox.
    package let command: String
    /// The variables that it saw (all of them: nothing else is inherited).
    package let environment: [String: String]
    package let milliseconds: Int
    /// Files compiled, linked or generated (lines that kbuild printed).
    package let steps: Int
    /// The compilers' warnings, at most 200, each with its file and line.
    package let warnings: [String]
    /// bzImage, vmlinux, System.map, .config, and each module.
    package let artifacts: [Artifact]
    /// `make kernelrelease`.
    package let release: String
    /// Names of this machine's folders that were found in vmlinux, bzImage or a module; none, where the build can be
    /// repeated elsewhere.
    package let leakedPaths: [String]
    /// Of the section .notes of vmlinux, as the running kernel shows it at /sys/kernel/notes; nil where it has none.
    package let notesSHA256: Digest?

    package init(
        command: String, environment: [String: String], seconds: Double, steps: Int, warnings: [String],
        artifacts: [Artifact], release: String, leakedPaths: [String] = [], notesSHA256: Digest? = nil
    ) {
        self.command = command
        self.environment = environment
        milliseconds = Milliseconds.of(seconds)
        self.steps = steps
        self.warnings = warnings
        self.artifacts = artifacts
        self.release = release
        self.leakedPaths = leakedPaths
        self.notesSHA256 = notesSHA256
    }
}
