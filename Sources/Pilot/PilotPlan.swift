// SPDX-License-Identifier: Apache-2.0
public import Audit
public import Findings
internal import Host
public import KernelTree
public import Sandbox
public import SystemPackage

/// Where a pilot may end before its report.
public enum PilotEnd: String, Sendable, CaseIterable {
    case configuration
    case build
    case audit
}

/// What a pilot is asked to do.
public struct PilotPlan: Sendable {
    /// `7.3`, a kernel source folder, or a tarball.
    public var kernel: String
    /// The packages to pin the sandbox to; nil chooses versions anew.
    public var lock: SandboxLock?
    /// Debian mirror; nil takes the one of this host's apt.
    public var mirror: String?
    public var allowExpired = false
    /// Whether versions are chosen again where the mirror no longer has a locked one.
    public var orAnew = false
    /// `tinyconfig`, `defconfig`, or a file.
    public var base = "tinyconfig"
    /// Configuration fragments beside the pilot's own; what they name is required.
    public var fragments: [FilePath] = []
    /// The folder of patch series: nil: a tree without s390 Rust support can't be built, and one with it gets no fixes.
    public var glue: FilePath?
    /// The sources of the guest self-test module; nil leaves it out.
    public var selfTest: FilePath?
    /// What `series` says where the source is to stay as it is.
    public static let noSeries = "none"
    /// The series to apply; nil takes the one that fits, whether for support or for fixes.
    public var series: String?
    /// Builds and boots a kernel without Rust, too, and compares.
    public var comparesWithBaseline = true
    /// Accepted findings of the audit.
    public var auditBaseline = Baseline(entries: [])
    /// Accepted deviations of tests.
    public var waivers: [Waiver] = []
    public var compilerCache = CompilerCache.perSource
    /// Of each step that runs the tree's own make.
    public var buildLimits = BuildLimits.standard
    public var jobs: Int
    /// Steps' results, objects and reports.
    public var folder: FilePath
    /// Of the guest.
    public var memoryMiB = 1024
    public var cpus = 2
    /// For the whole guest run, in seconds.
    public var timeLimit = 1800
    /// Also run tests that the kernel marks as slow; under an emulator they take most of an hour.
    public var slowTests = false
    /// The last step to take; nil goes to the report.
    public var until: PilotEnd?

    public init(kernel: String, lock: SandboxLock?, jobs: Int, folder: FilePath) {
        self.kernel = kernel
        self.lock = lock
        self.jobs = jobs
        self.folder = folder
    }

    /// The folder for a pilot of this kernel where none is named: the same kernel finds its own again.
    public static func folder(forKernel kernel: String, in state: FilePath) -> FilePath {
        let plain =
            kernel.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") } && !kernel.hasPrefix(".")
        let last = FilePath(kernel).lastComponent?.string ?? "kernel"
        let name = plain ? kernel : "\(last)-\(Digest(of: kernel).short)"
        return state.appending("pilot").appending(name)
    }
}
