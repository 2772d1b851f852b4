// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
package import KernelTree
package import Records
package import Sandbox
package import SystemPackage

/// The real sandbox, kernels and user space that integration tests use; `make test` makes the sandbox.
package enum RealThings {
    /// The repository's folder.
    package static let repository = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .removingLastComponent()

    /// The program under test.
    package static let program: FilePath = {
        // swift test runs a test bundle that lies beside the products.
        let bundle = FilePath(CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0])
        var folder = bundle
        while !folder.components.isEmpty,
            !Files.exists(folder.appending("bessemer")) || Files.isDirectory(folder.appending("bessemer"))
        {
            folder.removeLastComponent()
        }
        return folder.appending("bessemer")
    }()

    /// Whether the host has the program that shares debug information among units; Tools/setup installs it.
    package static let hasDwz = ["/usr/bin/dwz", "/usr/local/bin/dwz"].contains { Files.exists(FilePath($0)) }

    /// The user's own folders, which hold the sandbox.
    package static var directories: Directories {
        get throws {
            try IntegrationTrait.require(for: "the user's cache")
            return Directories(environment: ProcessInfo.processInfo.environment)
        }
    }

    package static var store: SandboxStore { get throws { SandboxStore(cache: try directories.cache) } }

    /// The mirror that this host takes its packages from.
    package static func mirror() async throws -> Mirror {
        try IntegrationTrait.require(for: "a mirror")
        return try await .ofHost()
    }

    /// The repository's lock; the last one resolved where the mirror no longer has that one's packages.
    package static func lock() throws -> SandboxLock {
        let pinned = try SandboxLock(contentsOf: repository.appending("Locks/standard.lock.json"))
        if try store.existing(pinned) != nil { return pinned }
        guard let last = try store.lastLock(), try store.existing(last) != nil else {
            throw Failure("test.setup", "the sandbox that tests need has not been made", advice: "run `make test`")
        }
        return last
    }

    /// The default sandbox.
    package static func sandbox() async throws -> SandboxRoot {
        guard let root = try store.existing(lock()) else {
            throw Failure("test.setup", "the sandbox that tests need has not been made", advice: "run `make test`")
        }
        return root
    }

    /// Debian's own s390x kernel image, as QEMU's `-kernel` takes it.
    package static func debianKernel() async throws -> FilePath {
        let folder = try await unpacked("linux-image-").appending("boot")
        guard let name = Files.names(in: folder).first(where: { $0.hasPrefix("vmlinuz-") }) else {
            throw Failure("test.setup", "\(folder) holds no kernel", advice: "remove that folder")
        }
        return folder.appending(name)
    }

    /// Debian's static busybox for s390x.
    package static func busybox() async throws -> FilePath {
        try await unpacked("busybox-static").appending("usr/bin/busybox")
    }

    /// A kernel source of Debian's, e.g. `7.3`; looked at once by each test process.
    package static func kernelTree(_ version: String) async throws -> KernelTree {
        try await trees.tree(version) { try await unpackedTree(version) }
    }

    private static let trees = KnownTrees()

    private static func unpackedTree(_ version: String) async throws -> KernelTree {
        let package = try await fetched("linux-source-\(version)")
        let request = SourceRequest.debianPackage(
            file: try store.packages.file(of: package), request: version, name: package.name, version: package.version)
        return try await setup.run {
            try await request.acquire(cache: try directories.cache, sandbox: try await sandbox()).tree
        }
    }

    private static let setup = Turnstile()

    private static func fetched(_ prefix: String) async throws -> LockedPackage {
        guard let package = try lock().fetched.first(where: { $0.name.hasPrefix(prefix) }) else {
            throw Failure("test.setup", "the lock has no package \(prefix)*", advice: "write a new lock")
        }
        try await setup.run { try await store.packages.fetch([package], from: try await mirror()) { _ in } }
        return package
    }

    /// A package's files, unpacked once.
    private static func unpacked(_ prefix: String) async throws -> FilePath {
        let package = try await fetched(prefix)
        let folder = try directories.cache.appending("test-things").appending(package.sha256.hexadecimal)
        return try await setup.run {
            if Files.exists(folder) { return folder }
            let partial = FilePath("\(folder).partial")
            try Files.remove(partial)
            try Files.makeDirectory(partial)
            try await Command("dpkg-deb", ["--extract", try store.packages.file(of: package).string, partial.string])
                .output(
                    "test.setup", doing: "unpacking \(package.text)", advice: "remove the file from the cache")
            try Files.rename(partial, to: folder)
            return folder
        }
    }
}

/// Kernel sources that were checked already.
private actor KnownTrees {
    private var known: [String: Task<KernelTree, any Error>] = [:]

    func tree(_ version: String, _ find: @escaping @Sendable () async throws -> KernelTree) async throws -> KernelTree {
        let task = known[version] ?? Task { try await find() }
        known[version] = task
        return try await task.value
    }
}

/// Lets one piece of work through at a time.
private actor Turnstile {
    private var tail: Task<Void, Never>?

    func run<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result {
        let before = tail
        let task = Task { () async throws -> Result in
            await before?.value
            return try await work()
        }
        tail = Task { _ = try? await task.value }
        return try await task.value
    }
}
