// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Host

/// A drill of the rollback: two real kernels on a real disk, started, tried, broken, and what came back.
///
/// `drill.json` is this, and so is the evidence store's row.
package struct RollbackDrill: RecordBody {
    package static let kind = RecordKind.drill
    package static let version = 2

    /// The images of both kernels.
    package var subjects: [Subject] { kernels.map { Subject($0.role.rawValue, $0.image.sha256) } }

    package enum Verdict: String, Codable, Sendable, CaseIterable {
        case pass
        case fail
        /// Not decided: it was not reached, or the emulator can't do it. Never counted as passed.
        case unknown
    }

    /// One of the two kernels.
    package struct Kernel: Codable, Hashable, Sendable {
        package let role: KernelRole
        package let image: KernelImage
        /// What the running kernel shows of itself, digested: its build notes and /proc/version. Tells the two apart on
        /// the console; nil where it did not come so far.
        package let fingerprint: Digest?

        package init(role: KernelRole, image: KernelImage, fingerprint: Digest?) {
            self.role = role
            self.image = image
            self.fingerprint = fingerprint
        }
    }

    /// A package on the guest's disk.
    package struct Package: Codable, Hashable, Sendable {
        package let name: String
        package let version: String
        package let architecture: String
        package let sha256: Digest

        package init(name: String, version: String, architecture: String, sha256: Digest) {
            self.name = name
            self.version = version
            self.architecture = architecture
            self.sha256 = sha256
        }
    }

    /// One thing that had to happen.
    package struct Step: Timed, Codable, Hashable, Sendable {
        /// A stable word, e.g. `panic`.
        package let name: String
        package let title: String
        /// What had to be seen.
        package let expected: String
        /// What was seen.
        package let found: String
        /// The line that decided it, as it stands on the console; nil where there is none.
        package let line: String?
        /// Console log in the drill's folder.
        package let console: String?
        /// Of that log, counted from 1.
        package let lineNumber: Int?
        package let verdict: Verdict
        package let milliseconds: Int

        package init(
            name: String, title: String, expected: String, found: String, line: String?, console: String?,
            lineNumber: Int?, verdict: Verdict, seconds: Double
        ) {
            self.name = name
            self.title = title
            self.expected = expected
            self.found = found
            self.line = line
            self.console = console
            self.lineNumber = lineNumber
            self.verdict = verdict
            milliseconds = Milliseconds.of(seconds)
        }
    }

    /// A console log in the drill's folder.
    package struct Console: Codable, Hashable, Sendable {
        package let file: String
        package let lines: Int
        package let sha256: Digest

        package init(file: String, lines: Int, sha256: Digest) {
            self.file = file
            self.lines = lines
            self.sha256 = sha256
        }
    }

    package static let schema = "bessemer-rollback-drill/2"

    package let schema: String
    /// Time-ordered and unique: `20261124T141500Z-5f3a9c01`.
    package let identifier: String
    /// The run that made both kernels; nil where none is recorded.
    package let run: String?
    package let toolVersion: String
    package let startedAt: Date
    package let finishedAt: Date
    package let verdict: Verdict
    package let kernels: [Kernel]
    /// Of the plan's `SHA256SUMS`.
    package let plan: Digest
    package let emulator: String
    /// `tcg` or `kvm`.
    package let accelerator: String
    package let sandboxLock: Digest
    package let packages: [Package]
    package let steps: [Step]
    package let consoles: [Console]

    package init(
        identifier: String, run: String?, toolVersion: String, startedAt: Date, finishedAt: Date, kernels: [Kernel],
        plan: Digest, emulator: String, accelerator: String, sandboxLock: Digest, packages: [Package], steps: [Step],
        consoles: [Console]
    ) {
        schema = Self.schema
        self.identifier = identifier
        self.run = run
        self.toolVersion = toolVersion
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        verdict = Self.verdict(of: steps)
        self.kernels = kernels
        self.plan = plan
        self.emulator = emulator
        self.accelerator = accelerator
        self.sandboxLock = sandboxLock
        self.packages = packages
        self.steps = steps
        self.consoles = consoles
    }

    /// All passed, or one failed, or not all were decided; no step at all decides nothing.
    package static func verdict(of steps: [Step]) -> Verdict {
        if steps.contains(where: { $0.verdict == .fail }) { return .fail }
        return !steps.isEmpty && steps.allSatisfy { $0.verdict == .pass } ? .pass : .unknown
    }

    package func count(_ verdict: Verdict) -> Int { steps.count { $0.verdict == verdict } }
}
