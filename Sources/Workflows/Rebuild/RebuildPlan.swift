// SPDX-License-Identifier: Apache-2.0
package import KernelTree
package import Records
package import SystemPackage

/// What a second build is to do.
package struct RebuildPlan: Sendable {
    /// The run's identifier, or its beginning.
    package var run: String
    /// Those to build; nil takes all that the run has.
    package var kernels: [KernelRole]?
    /// Compilers at once; nil takes another number than the run did.
    package var jobs: Int?
    /// Whether the second build's tree holds the files of each kernel's list of materials alone: where the kernel comes out
    /// equal, the list is complete.
    package var listedOnly = false
    /// Debian mirror for packages that are no longer in the cache; nil takes the one of this host's apt.
    package var mirror: String?
    package var buildLimits = BuildLimits.standard
    /// Accepted findings.
    package var waivers: [Waiver] = []
    /// Steps' results and objects; nil takes one of the run's own.
    package var folder: FilePath?

    package init(run: String) { self.run = run }

    /// The folder where none is named: the same run finds its own again.
    package static func folder(forRun identifier: String, listedOnly: Bool = false, in state: FilePath) -> FilePath {
        state.appending("rebuild").appending(identifier + (listedOnly ? "-listed" : ""))
    }
}
