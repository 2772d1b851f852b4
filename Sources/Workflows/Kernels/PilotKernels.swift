// SPDX-License-Identifier: Apache-2.0
internal import Evidence
internal import Foundation
internal import Host
internal import KernelTree
package import Records
internal import Rollback
internal import Sandbox
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

    /// Reads a pilot's folder; nil where it has not built both kernels.
    package init?(folder: FilePath) {
        guard Files.isDirectory(folder.appending("steps")), let run = try? RunFolder(folder),
            let enable = run.last("enable", as: Pilot.EnableStep.self),
            let source = run.last("source", as: Pilot.SourceStep.self),
            let sandbox = run.last("sandbox", as: Pilot.SandboxStep.self),
            run.last("build", as: BuildFacts.self) != nil, run.last("baseline-build", as: BuildFacts.self) != nil
        else { return nil }
        baseline = run.folder(of: .baseline).objects
        candidate = run.folder(of: .rust).objects
        tree = FilePath(enable.output.tree)
        date = source.output.identity.date ?? 0
        lock = sandbox.output.lock
        self.folder = folder
    }

    /// Puts a run's drills into the reports in the pilot's folder, where they are of that run.
    ///
    /// Throws `Failure` with codes `file.unwritable` and `disk.full`.
    package func report(_ drills: [RollbackDrill], of record: RunRecord) throws {
        guard let run = try? RunFolder(folder),
            run.last("record", as: RunRecord.self)?.output.identifier == record.identifier
        else { return }
        try Pilot.Result(record: record, drills: drills, unchanged: true, folder: folder).writeReports()
    }

    /// Those of the pilot whose build is the newest, of all below the state folder; nil where there is none.
    package static func last(in state: FilePath) -> PilotKernels? {
        let pilots = state.appending("pilot")
        let found = Files.names(in: pilots).compactMap { name -> (PilotKernels, Date)? in
            let folder = pilots.appending(name)
            guard let kernels = PilotKernels(folder: folder), let run = try? RunFolder(folder),
                let build = run.last("build", as: BuildFacts.self)
            else { return nil }
            return (kernels, build.startedAt)
        }
        return found.max { $0.1 < $1.1 }?.0
    }
}
