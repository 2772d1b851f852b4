// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records
package import Sandbox
package import SystemPackage

/// The guest's user space, taken out of its package.
package struct UserSpace: Sendable {
    private let sandbox: SandboxRoot
    private let folder: FilePath

    /// `folder` is made anew for what is unpacked.
    package init(sandbox: SandboxRoot, folder: FilePath) {
        self.sandbox = sandbox
        self.folder = folder
    }

    /// The package of the guest's busybox. Throws `Failure` with code `lock.incomplete`.
    package static func package(in lock: SandboxLock) throws -> LockedPackage {
        guard let package = lock.fetched("busybox-static") else {
            throw Failure(
                "lock.incomplete", "the sandbox lock has no busybox-static for s390x",
                advice: "write a new lock with `bessemer sandbox lock --output FILE`")
        }
        return package
    }

    /// Unpacks the busybox-static package and returns the program. Throws `Failure` with code `guest.user-space`.
    package func busybox(from package: FilePath) async throws -> FilePath {
        try Files.remove(folder)
        try await sandbox.unpack([package], into: folder, "guest.user-space")
        let unpacked = ForeignFolder(folder)
        for place in ["usr/bin/busybox", "bin/busybox"] where unpacked.hasFile(place) {
            return try unpacked.file(place, limit: ForeignFolder.Limit.image)
        }
        throw Failure(
            "guest.user-space", "\(package) holds no busybox", advice: "write a new lock with `bessemer sandbox lock`")
    }
}

/// Modules of a kernel's build as a guest can insert them.
package struct BuiltModules: Sendable {
    private let objects: FilePath
    private let sandbox: SandboxRoot

    package init(objects: FilePath, sandbox: SandboxRoot) {
        self.objects = objects
        self.sandbox = sandbox
    }

    /// The modules at `paths`, relative to the object folder, each after the ones that it depends on (modinfo's
    /// `depends`). Throws `Failure` with code `guest.module`.
    package func ordered(_ paths: [String]) async throws -> [GuestModule] {
        var pending: [GuestModule] = []
        for path in paths {
            let answer = try await sandbox.command(
                Command("modinfo", ["--field", "depends", "/mnt/out/\(path)"]), mounts: [Mount(objects, at: "/mnt/out")]
            ).output("guest.module", doing: "reading \(path)", advice: "build the modules again")
            let dependencies = answer.split(whereSeparator: { $0 == "," || $0.isWhitespace }).map(String.init)
            let name = FilePath(path).stem?.replacing("-", with: "_") ?? path
            pending.append(
                GuestModule(
                    name: name, path: try ForeignFolder(objects).file(path, limit: ForeignFolder.Limit.image),
                    dependencies: dependencies.map { $0.replacing("-", with: "_") }))
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
            "module \(stuck.name) needs \(stuck.dependencies.joined(separator: ", ")), not among those that are inserted",
            advice: "build those into the kernel, or leave the module out")
    }
}
