// SPDX-License-Identifier: Apache-2.0
internal import Host
package import KernelTree
package import Records
package import SystemPackage

/// Where a pilot may end before its report.
package enum PilotEnd: String, Sendable, CaseIterable {
    case configuration
    case build
    case audit
}

/// What a pilot is asked to do.
package struct PilotPlan: Sendable {
    /// `7.3`, a kernel source folder, or a tarball.
    package var kernel: String
    /// The packages to pin the sandbox to; nil chooses versions anew.
    package var lock: SandboxLock?
    /// Of what versions are chosen where there is no lock, or another is wanted; nil where that is not known.
    package var specification: SandboxSpecification?
    /// Debian mirror; nil takes the one of this host's apt.
    package var mirror: String?
    package var allowExpired = false
    /// Whether versions are chosen again where the mirror no longer has a locked one.
    package var orAnew = false
    /// `tinyconfig`, `defconfig`, or a file.
    package var base = "tinyconfig"
    /// Configuration fragments beside the pilot's own; what they name is required.
    package var fragments: [FilePath] = []
    /// The folder of patch series: nil: a tree without s390 Rust support can't be built, and one with it gets no fixes.
    package var glue: FilePath?
    /// The sources of the guest self-test module; nil leaves it out.
    package var selfTest: FilePath?
    /// What `series` says where the source is to stay as it is.
    package static let noSeries = "none"
    /// The series to apply; nil takes the one that fits, whether for support or for fixes.
    package var series: String?
    /// Builds and boots a kernel without Rust, too, and compares.
    package var comparesWithBaseline = true
    /// Accepted deviations of tests.
    package var waivers: [Waiver] = []
    package var compilerCache = CompilerCache.perSource
    /// Of each step that runs the tree's own make.
    package var buildLimits = BuildLimits.standard
    package var jobs: Int
    /// Steps' results, objects and reports.
    package var folder: FilePath
    /// Of the guest.
    package var memoryMiB = 1024
    package var cpus = 2
    /// For the whole guest run, in seconds.
    package var timeLimit = 1800
    /// Also run tests that the kernel marks as slow; under an emulator they take most of an hour.
    package var slowTests = false
    /// Whether commands that name no sandbox use this one from now on.
    package var sandboxIsDefault = true
    /// The last step to take; nil goes to the report.
    package var until: PilotEnd?

    package init(kernel: String, lock: SandboxLock?, jobs: Int, folder: FilePath) {
        self.kernel = kernel
        self.lock = lock
        self.jobs = jobs
        self.folder = folder
    }

    /// The folder for a pilot of this kernel where none is named: the same kernel finds its own again.
    package static func folder(forKernel kernel: String, in state: FilePath) -> FilePath {
        let plain =
            kernel.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") } && !kernel.hasPrefix(".")
        let last = FilePath(kernel).lastComponent?.string ?? "kernel"
        let name = plain ? kernel : "\(last)-\(Digest(of: kernel).short)"
        return state.appending("pilot").appending(name)
    }
}
