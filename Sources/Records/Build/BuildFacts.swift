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
    /// The build identifier among these notes, in hexadecimal; nil where there is none, and in records of before it was read.
    package let buildID: String?

    package init(
        command: String, environment: [String: String], seconds: Double, steps: Int, warnings: [String],
        artifacts: [Artifact], release: String, leakedPaths: [String] = [], notesSHA256: Digest? = nil,
        buildID: String? = nil
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
        self.buildID = buildID
    }

    /// What is booted; nil where the build lists none.
    package var bootImage: Artifact? { artifacts.first { $0.path == "arch/s390/boot/bzImage" } }

    /// Compilers at once, as the command says it; nil where it does not.
    package var jobs: Int? {
        command.split(separator: " ").lazy.compactMap { $0.hasPrefix("-j") ? Int($0.dropFirst(2)) : nil }.first
    }

    /// The build identifier among a kernel's notes (System V ABI, Note Section; big-endian, as s390x has them): the note of
    /// type 3 of the name GNU.
    package static func buildID(inNotes notes: [UInt8]) -> String? {
        var rest = notes[...]
        func word(_ index: Int) -> Int { rest.dropFirst(index * 4).prefix(4).reduce(0) { $0 << 8 | Int($1) } }
        func padded(_ size: Int) -> Int { (size + 3) & ~3 }
        while rest.count >= 12 {
            let (nameSize, size, type) = (word(0), word(1), word(2))
            let start = 12 + padded(nameSize)
            guard nameSize <= rest.count, size <= rest.count, start + size <= rest.count else { return nil }
            if type == 3, rest.dropFirst(12).prefix(nameSize).elementsEqual("GNU\0".utf8), size > 0 {
                return rest.dropFirst(start).prefix(size).hexadecimal
            }
            rest = rest.dropFirst(start + padded(size))
        }
        return nil
    }
}
