// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Guest
internal import Host
internal import KernelTree
internal import Sandbox
internal import SystemPackage

/// The guest's user space, taken out of its package.
struct UserSpace {
    let sandbox: SandboxRoot
    let folder: FilePath

    /// Unpacks the busybox-static package and returns the program.
    func busybox(from package: FilePath) async throws -> FilePath {
        try Files.remove(folder)
        try Files.makeDirectory(folder)
        let unpacking = Command("dpkg-deb", ["--extract", "/mnt/package.deb", "/mnt/out"])
        try await sandbox.command(
            unpacking, mounts: [Mount(package, at: "/mnt/package.deb"), Mount(folder, at: "/mnt/out", writable: true)]
        ).output("guest.user-space", doing: "unpacking \(package)", advice: "remove that file, then run this again")
        for place in ["usr/bin/busybox", "bin/busybox"] where Files.exists(folder.appending(place)) {
            return folder.appending(place)
        }
        throw Failure(
            "guest.user-space", "\(package) holds no busybox", advice: "write a new lock with `bessemer sandbox lock`")
    }
}

/// The Rust sample modules of a build.
struct SampleModules {
    let objects: FilePath
    let sandbox: SandboxRoot

    /// Every module under samples/rust, each after the ones that it depends on (modinfo's `depends`).
    func all(of build: BuildFacts) async throws -> [GuestModule] {
        let paths = build.artifacts.map(\.path).filter { $0.hasPrefix("samples/rust/") && $0.hasSuffix(".ko") }.sorted()
        var pending: [GuestModule] = []
        for path in paths {
            let answer = try await sandbox.command(
                Command("modinfo", ["--field", "depends", "/mnt/out/\(path)"]), mounts: [Mount(objects, at: "/mnt/out")]
            ).output("guest.module", doing: "reading \(path)", advice: "build the modules again")
            let dependencies = answer.split(whereSeparator: { $0 == "," || $0.isWhitespace }).map(String.init)
            let name = FilePath(path).stem?.replacing("-", with: "_") ?? path
            pending.append(GuestModule(name: name, path: objects.appending(path), dependencies: dependencies))
        }
        var ordered: [GuestModule] = []
        while let index = pending.firstIndex(where: { module in
            module.dependencies.allSatisfy { name in ordered.contains { $0.name == name } }
        }) {
            ordered.append(pending.remove(at: index))
        }
        guard let stuck = pending.first else { return ordered }
        throw Failure(
            "guest.module",
            "module \(stuck.name) needs \(stuck.dependencies.joined(separator: ", ")), not among the samples",
            advice: "build those into the kernel, or leave the sample out")
    }
}
