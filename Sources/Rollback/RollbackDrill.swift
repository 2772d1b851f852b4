// SPDX-License-Identifier: Apache-2.0
public import Foundation
public import Host

/// A drill of the way back: two real kernels on a real disk, started, tried, broken, and what came back.
///
/// `drill.json` is this, and so is the evidence store's row.
public struct RollbackDrill: Codable, Hashable, Sendable {
    public enum Verdict: String, Codable, Sendable, CaseIterable {
        case pass
        case fail
        /// Not decided: it was not reached, or the emulator can't do it. Never counted as passed.
        case unknown
    }

    /// One of the two kernels.
    public struct Kernel: Codable, Hashable, Sendable {
        public let role: BootRole
        public let image: KernelImage
        /// What the running kernel shows of itself, digested: its build notes and /proc/version. Tells the two apart on
        /// the console; nil where it did not come so far.
        public let fingerprint: Digest?

        public init(role: BootRole, image: KernelImage, fingerprint: Digest?) {
            self.role = role
            self.image = image
            self.fingerprint = fingerprint
        }
    }

    /// A package on the guest's disk.
    public struct Package: Codable, Hashable, Sendable {
        public let name: String
        public let version: String
        public let architecture: String
        public let sha256: Digest

        public init(name: String, version: String, architecture: String, sha256: Digest) {
            self.name = name
            self.version = version
            self.architecture = architecture
            self.sha256 = sha256
        }
    }

    /// One thing that had to happen.
    public struct Step: Codable, Hashable, Sendable {
        /// A stable word, e.g. `panic`.
        public let name: String
        public let title: String
        /// What had to be seen.
        public let expected: String
        /// What was seen.
        public let found: String
        /// The line that decided it, as it stands on the console; nil where there is none.
        public let line: String?
        /// Console log in the drill's folder.
        public let console: String?
        /// Of that log, counted from 1.
        public let lineNumber: Int?
        public let verdict: Verdict
        public let seconds: Double

        public init(
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
            self.seconds = seconds
        }
    }

    /// A console log in the drill's folder.
    public struct Console: Codable, Hashable, Sendable {
        public let file: String
        public let lines: Int
        public let sha256: Digest

        public init(file: String, lines: Int, sha256: Digest) {
            self.file = file
            self.lines = lines
            self.sha256 = sha256
        }
    }

    public static let form = "bessemer-rollback-drill/1"

    public let form: String
    /// Time-ordered and unique: `20261124T141500Z-5f3a9c01`.
    public let identifier: String
    /// The run that made both kernels; nil where none is recorded.
    public let run: String?
    public let bessemer: String
    public let startedAt: Date
    public let finishedAt: Date
    public let verdict: Verdict
    public let kernels: [Kernel]
    /// Of the plan's `SHA256SUMS`.
    public let plan: Digest
    public let emulator: String
    /// `tcg` or `kvm`.
    public let accelerator: String
    public let sandboxLock: Digest
    public let packages: [Package]
    public let steps: [Step]
    public let consoles: [Console]

    public init(
        identifier: String, run: String?, bessemer: String, startedAt: Date, finishedAt: Date, kernels: [Kernel],
        plan: Digest, emulator: String, accelerator: String, sandboxLock: Digest, packages: [Package], steps: [Step],
        consoles: [Console]
    ) {
        form = Self.form
        self.identifier = identifier
        self.run = run
        self.bessemer = bessemer
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
    static func verdict(of steps: [Step]) -> Verdict {
        if steps.contains(where: { $0.verdict == .fail }) { return .fail }
        return !steps.isEmpty && steps.allSatisfy { $0.verdict == .pass } ? .pass : .unknown
    }

    public func count(_ verdict: Verdict) -> Int { steps.count { $0.verdict == verdict } }
}
