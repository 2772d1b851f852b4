// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
public import SystemPackage

/// The two kernels that a pilot built, and the tree that they were built from.
public struct PilotKernels: Sendable, Hashable {
    /// Object folders.
    public let baseline: FilePath
    public let rust: FilePath
    /// nil where the pilot's folder does not tell.
    public let tree: FilePath?

    /// The kernels of the pilot in a folder; nil where it has not built both.
    public init?(in folder: FilePath) {
        let run = KernelFolders(path: folder)
        guard run.isBuilt(run.baseline), run.isBuilt(run.rust) else { return nil }
        baseline = run.baseline
        rust = run.rust
        tree = run.tree
    }

    /// Those of the pilot that built last, among the folders that pilots have where none is named for them.
    ///
    /// Throws `Failure` with code `pilot.none`.
    public static func last(in state: FilePath) throws -> PilotKernels {
        let folder = state.appending("pilot")
        let built = Files.names(in: folder).map { folder.appending($0) }.compactMap { path in
            PilotKernels(in: path).map { (kernels: $0, time: KernelFolders(path: path).time) }
        }
        guard let last = built.max(by: { $0.time < $1.time }) else {
            throw Failure(
                "pilot.none", "no pilot has built a baseline and a kernel with Rust yet",
                advice: "run `bessemer pilot`, or name two kernels with --baseline and --candidate")
        }
        return last.kernels
    }
}

/// Where a pilot's folder has what it built, without making anything in it.
private struct KernelFolders {
    let path: FilePath

    var rust: FilePath { KernelFolder(path: path).objects }
    var baseline: FilePath { KernelFolder(path: path.appending(PilotKernel.baseline.rawValue)).objects }

    func isBuilt(_ objects: FilePath) -> Bool { Files.exists(objects.pushing("arch/s390/boot/bzImage")) }

    var tree: FilePath? {
        let file = path.pushing("steps/enable.json")
        guard let step = try? JSON.read(RunFolder.StepFile<Pilot.EnableStep>.self, from: file) else { return nil }
        return FilePath(step.output.tree)
    }

    /// When the kernel with Rust was built.
    var time: Date {
        let attributes = try? FileManager.default.attributesOfItem(
            atPath: rust.pushing("arch/s390/boot/bzImage").string)
        return attributes?[.modificationDate] as? Date ?? .distantPast
    }
}
