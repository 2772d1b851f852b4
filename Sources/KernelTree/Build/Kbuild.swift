// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import Sandbox
internal import SystemPackage

/// How the kernel's make is run: always at the same places, so that no artifact tells where it was built.
struct Kbuild: Sendable {
    static let source = "/mnt/src"
    static let objects = "/mnt/out"
    static let cache = "/mnt/ccache"
    static let fragments = "/mnt/fragments"
    static let architecture = "s390"
    static let crossCompile = SandboxRoot.crossPrefix

    let tree: KernelTree
    let objects: FilePath
    let compilerCache: FilePath?
    let sandbox: SandboxRoot
    var more: [Mount] = []
    /// What a command's environment has beside what every build has.
    var variables: [String: String] = [:]
    /// Seconds since 1970.
    var date: Int?
    /// False for what is made from a finished build, which stays as it is.
    var writesObjects = true

    /// All variables that a command sees.
    var environment: [String: String] {
        var variables = [
            "PATH": SandboxRoot.searchPath, "HOME": "/tmp", "LC_ALL": "C.UTF-8", "TZ": "UTC",
            "KBUILD_BUILD_USER": "bessemer", "KBUILD_BUILD_HOST": "sandbox", "KBUILD_BUILD_VERSION": "1",
        ]
        if compilerCache != nil {
            variables["CCACHE_DIR"] = Self.cache
            variables["CCACHE_MAXSIZE"] = "10G"
        } else {
            variables["CCACHE_DISABLE"] = "1"
        }
        if let date {
            variables["SOURCE_DATE_EPOCH"] = String(date)
            variables["KBUILD_BUILD_TIMESTAMP"] = Self.timestamp(date)
        }
        return variables.merging(self.variables) { $1 }
    }

    /// As date(1) writes it in the C locale.
    static func timestamp(_ seconds: Int) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE MMM d HH:mm:ss 'UTC' yyyy"
        return formatter.string(from: Date(timeIntervalSince1970: TimeInterval(seconds)))
    }

    func inSandbox(_ command: Command) -> Command {
        var command = command
        command.environment = environment
        var mounts = tree.mounts(in: sandbox) + [Mount(objects, at: Self.objects, writable: writesObjects)]
        if let compilerCache { mounts.append(Mount(compilerCache, at: Self.cache, writable: true)) }
        return sandbox.command(command, mounts: mounts + more)
    }

    /// The make command as it runs inside.
    func inner(_ targets: [String], jobs: Int = 1) -> Command {
        let compiler = sandbox.cCompiler
        return Command(
            "make",
            [
                "-j\(max(1, jobs))", "O=\(Self.objects)", "ARCH=\(Self.architecture)",
                "CROSS_COMPILE=\(Self.crossCompile)",
            ] + (compiler == SandboxRoot.plainCompiler ? [] : ["CC=\(compiler)"]) + targets,
            workingDirectory: FilePath(Self.source))
    }

    func make(_ targets: [String], jobs: Int = 1) -> Command {
        inSandbox(inner(targets, jobs: jobs))
    }
}

extension KernelTree {
    /// The tree as a build sees it: without its repository, which is not part of the source's identity, and whose
    /// configuration could name programs to git(1).
    func mounts(in sandbox: SandboxRoot) -> [Mount] {
        let source = Mount(path, at: Kbuild.source)
        let git = "\(Kbuild.source)/.git"
        switch Files.kind(path.appending(".git")) {
        case S_IFDIR: return [source, Mount(sandbox.path.appending("srv"), at: git)]
        case S_IFREG: return [source, Mount("/dev/null", at: git)]
        default: return [source]
        }
    }
}

/// Refuses settings for another architecture before anything is built with them.
package enum BuildEnvironment {
    /// Looks at `ARCH`, `CROSS_COMPILE` and `LLVM` as a person has exported them or hands them to make.
    ///
    /// Throws `Failure` with code `build.cross-compile`, `build.architecture` or `build.llvm` that names the right one.
    package static func check(_ environment: [String: String]) throws {
        let right = "ARCH=\(Kbuild.architecture) CROSS_COMPILE=\(Kbuild.crossCompile)"
        if let prefix = environment["CROSS_COMPILE"], !prefix.isEmpty {
            let name = prefix.split(separator: "/").last.map(String.init) ?? prefix
            let words = name.split(separator: " ").last.map(String.init) ?? name
            guard words.hasPrefix("s390x-") && words.hasSuffix("-") else {
                let machine = words.split(separator: "-").first.map(String.init) ?? words
                throw Failure(
                    "build.cross-compile",
                    "CROSS_COMPILE=\(prefix) names compilers for \(machine), not for IBM Z (s390x)",
                    advice:
                        "the right prefix is \(Kbuild.crossCompile), as in `make \(right)`; Bessemer sets it itself: "
                        + "run `unset CROSS_COMPILE`")
            }
        }
        if let architecture = environment["ARCH"], !architecture.isEmpty, architecture != Kbuild.architecture {
            let hint = architecture.hasPrefix("s390") ? " (the kernel's name for it has no x)" : ""
            throw Failure(
                "build.architecture", "ARCH=\(architecture) is not the kernel's name of IBM Z\(hint)",
                advice:
                    "the right one is ARCH=\(Kbuild.architecture), as in `make \(right)`; Bessemer sets it itself: run `unset ARCH`"
            )
        }
        if let llvm = environment["LLVM"], !llvm.isEmpty, llvm != "0" {
            throw Failure(
                "build.llvm", "LLVM=\(llvm) asks for clang, and this build proves what GCC and rustc make together",
                advice: "run `unset LLVM`; the build uses \(Kbuild.crossCompile)gcc")
        }
    }
}
