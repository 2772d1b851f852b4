// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records
package import SystemPackage

/// The two kernels that a finished pilot left in its folder.
package struct PilotKernels: Sendable {
    /// Object folders.
    package let baseline: FilePath
    package let candidate: FilePath
    /// The tree that both were built from, and the time that is in the artifacts, in seconds since 1970.
    package let tree: FilePath
    package let date: Int
    /// Of the sandbox that both were built in.
    package let lock: SandboxLock
    /// The run's folder.
    package let folder: FilePath
    private let builtAt: Date

    /// Reads a pilot's folder; nil where it has not built both kernels.
    package init?(folder: FilePath) {
        let steps = StepFiles(in: folder)
        guard let enable = steps.last("enable", as: EnabledTree.self),
            let source = steps.last("source", as: AcquiredSource.self),
            let sandbox = steps.last("sandbox", as: PreparedSandbox.self),
            let build = steps.last("build", as: BuildFacts.self),
            steps.last("baseline-build", as: BuildFacts.self) != nil
        else { return nil }
        let kernels = PilotFolder(path: folder)
        baseline = kernels.kernel(.baseline).objects
        candidate = kernels.kernel(.candidate).objects
        tree = FilePath(enable.output.tree)
        date = source.output.identity.date ?? 0
        lock = sandbox.output.lock
        self.folder = folder
        builtAt = build.startedAt
    }

    /// The identifier of the run that it came to; nil where none is known.
    package var run: String? { StepFiles(in: folder).last("record", as: RunRecord.self)?.output.identifier }

    /// Those of the pilot whose build is the newest, of all below the state folder; nil where there is none.
    package static func last(in state: FilePath) -> PilotKernels? {
        let pilots = state.appending("pilot")
        return Files.names(in: pilots).compactMap { PilotKernels(folder: pilots.appending($0)) }.max {
            $0.builtAt < $1.builtAt
        }
    }
}
