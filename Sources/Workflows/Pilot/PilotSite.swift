// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import KernelTree
internal import Records
internal import Sandbox
internal import SystemPackage

/// Where a pilot's steps work and how: nothing here decides a result.
struct PilotSite: Sendable {
    let folder: PilotFolder
    /// Of this user.
    let cache: FilePath
    /// nil for none; known when the source is.
    var compilerCache: FilePath?
    let jobs: Int
    let buildLimits: BuildLimits
    /// What a build took before, here or in another folder.
    var estimates: [KernelRole: (steps: Int, seconds: Double)] = [:]
    let progress: ProgressSink
    let say: @Sendable (String) -> Void

    var sandboxes: SandboxStore { SandboxStore(cache: cache) }
}

/// What a pilot's steps make, in its folder.
struct PilotFolder: Sendable {
    let path: FilePath

    var probe: FilePath { path.appending("probe") }
    var selfTest: FilePath { path.appending("self-test") }
    var busybox: FilePath { path.appending("busybox") }
    /// The copy of the source that has the series in it.
    var enabledSource: FilePath { path.appending("source") }

    func kernel(_ kernel: KernelRole) -> KernelFolder {
        KernelFolder(path: kernel == .candidate ? path : path.appending(kernel.rawValue))
    }
}

/// What the steps of one kernel make.
struct KernelFolder: Sendable {
    let path: FilePath

    var objects: FilePath { path.appending("objects") }
    var configuration: FilePath { path.appending("configuration") }
    var guest: FilePath { path.appending("guest") }
    static let materialsFile = "materials.json"
    /// What the kernel was made from.
    var materials: FilePath { path.appending(Self.materialsFile) }
    var console: FilePath { guest.appending("console.log") }
    var buildLog: FilePath { path.appending("build.log") }
    var configurationLog: FilePath { path.appending("configuration.log") }
}
