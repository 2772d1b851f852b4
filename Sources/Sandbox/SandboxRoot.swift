// SPDX-License-Identifier: Apache-2.0
package import Host
internal import Records
package import SystemPackage

/// A folder of the host that a command in the sandbox may see.
package struct Mount: Sendable, Hashable {
    package let host: FilePath
    package let inside: String
    package let writable: Bool

    package init(_ host: FilePath, at inside: String, writable: Bool = false) {
        self.host = host
        self.inside = inside
        self.writable = writable
    }
}

/// A finished root file system, ready to run commands in.
package struct SandboxRoot: Sendable, Hashable {
    package let path: FilePath
    package let lockDigest: Digest

    package init(path: FilePath, lockDigest: Digest) {
        self.path = path
        self.lockDigest = lockDigest
    }

    /// The command that runs `command` inside, where it has no capability, no network, no device but `devices`, no
    /// process, file or key of the host's, and only `mounts` of its folders (`Confinement`, Docs/Security.md).
    ///
    /// `command.environment` is the whole environment inside (nothing is inherited); `PATH`, `HOME`, `LC_ALL` and `TZ`
    /// have fixed values unless given. `command.workingDirectory` is a path inside.
    package func command(_ command: Command, mounts: [Mount] = [], devices: [String] = []) -> Command {
        var arguments = ["--ro-bind", path.string, "/"] + Confinement.nameSpaces + Confinement.fileSystems
        for device in devices { arguments += ["--dev-bind", device, device] }
        for mount in mounts { arguments += [mount.writable ? "--bind" : "--ro-bind", mount.host.string, mount.inside] }
        arguments += ["--remount-ro", "/dev", "--remount-ro", "/mnt"]
        let fixed = ["PATH": Self.searchPath, "HOME": "/tmp", "LC_ALL": "C.UTF-8", "TZ": "UTC"]
        let variables = fixed.merging(command.environment ?? [:]) { $1 }
        for (name, value) in variables.sorted(by: { $0.key < $1.key }) { arguments += ["--setenv", name, value] }
        arguments += ["--chdir", command.workingDirectory?.string ?? "/", "--", command.executable] + command.arguments
        return Confinement.confined(arguments)
    }

    /// Where programs are found: the compiler cache, then what was unpacked beside the packages, then the packages'.
    package static let searchPath = "/usr/lib/ccache:" + programFolders.map { "/\($0)" }.joined(separator: ":")

    /// Folders of programs, without the compiler cache's.
    package static let programFolders = ["usr/local/bin", "usr/bin", "usr/sbin"]

    /// What the names of tools for s390x begin with.
    package static let crossPrefix = "s390x-linux-gnu-"

    /// The name that make takes by itself.
    package static let plainCompiler = crossPrefix + "gcc"

    /// The name of the C compiler for s390x: the plain one, or where only packages of one version each are installed,
    /// whose programs have no other name, that of the newest: `s390x-linux-gnu-gcc-15`.
    package var cCompiler: String { Self.cCompiler(among: Files.names(in: path.appending("usr/bin"))) }

    /// As above, of the names of programs.
    package static func cCompiler(among names: [String]) -> String {
        let plain = plainCompiler
        guard !names.contains(plain) else { return plain }
        let newest = names.filter { $0.hasPrefix(plain + "-") }.compactMap { Int($0.dropFirst(plain.count + 1)) }.max()
        return newest.map { "\(plain)-\($0)" } ?? plain
    }

    /// Unpacks packages into a folder, which is made. Throws `Failure` with that code.
    package func unpack(
        _ packages: [FilePath], into folder: FilePath, _ code: String, deadline: Duration? = nil
    ) async throws {
        try Files.makeDirectory(folder)
        for file in packages {
            try await command(
                Command("dpkg-deb", ["--extract", "/mnt/package.deb", "/mnt/out"]),
                mounts: [Mount(file, at: "/mnt/package.deb"), Mount(folder, at: "/mnt/out", writable: true)]
            ).output(
                code, doing: "unpacking \(file)", advice: "remove that file, then run this again", deadline: deadline)
        }
    }
}
