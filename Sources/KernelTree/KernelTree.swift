// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
public import SystemPackage

/// A folder that holds the source of a Linux kernel. It is only ever read.
public struct KernelTree: Sendable, Hashable {
    public let path: FilePath
    /// `make kernelversion`'s answer, e.g. `7.3.4`.
    public let version: String

    private let resolvedPath: String

    /// What makes a folder a kernel source that can be built for s390.
    static let landmarks = ["Makefile", "Kconfig", "arch/s390/Makefile", "arch/s390/Kconfig"]

    /// Opens the folder. Throws `Failure` with code `tree.not-a-kernel` that says what is missing.
    public init(at path: FilePath) throws {
        guard Files.isDirectory(path), let resolved = Self.resolve(path.string) else {
            throw Failure(
                "tree.not-a-kernel", "\(path) is not a folder",
                advice: "name the top folder of a kernel source, e.g. `bessemer tree status ~/linux`")
        }
        let folder = KernelTree(path: path, resolved: resolved, version: "")
        let missing = Self.landmarks.filter { folder.bytes($0) == nil }
        guard missing.isEmpty else {
            var advice = "name the top folder of a kernel source (the one with Makefile, Kconfig and arch/s390)"
            if let inner = Self.kernel(inside: path) { advice += ", e.g. `bessemer tree status \(inner)`" }
            throw Failure(
                "tree.not-a-kernel", "\(path) is not a Linux kernel source: \(missing.joined(separator: ", ")) missing",
                advice: advice)
        }
        guard let version = Self.version(inMakefile: folder.text("Makefile") ?? "") else {
            throw Failure(
                "tree.not-a-kernel",
                "\(path)/Makefile does not start with a kernel's VERSION, PATCHLEVEL and SUBLEVEL",
                advice: "name the top folder of a kernel source")
        }
        self.init(path: path, resolved: resolved, version: version)
    }

    private init(path: FilePath, resolved: String, version: String) {
        self.path = path
        resolvedPath = resolved
        self.version = version
    }

    /// The kernel's version as the top Makefile composes it (`KERNELVERSION`); nil where it has none.
    static func version(inMakefile text: String) -> String? {
        var values: [String: String] = [:]
        let names = ["VERSION", "PATCHLEVEL", "SUBLEVEL", "EXTRAVERSION"]
        for line in text.split(separator: "\n", omittingEmptySubsequences: true).prefix(200) {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            let name = parts[0].trimmingCharacters(in: .whitespaces)
            if names.contains(name), values[name] == nil {
                values[name] = parts[1].trimmingCharacters(in: .whitespaces)
            }
        }
        guard let version = values["VERSION"], UInt(version) != nil else { return nil }
        let rest = ["PATCHLEVEL", "SUBLEVEL"].compactMap { values[$0] }.filter { !$0.isEmpty }
        guard rest.first.flatMap({ UInt($0) }) != nil else { return nil }
        let extra = values["EXTRAVERSION"] ?? ""
        guard extra.utf8.count < 64, extra.allSatisfy({ !$0.isWhitespace && $0 != "$" }) else { return nil }
        return ([version] + rest).joined(separator: ".") + extra
    }

    /// Whether a name is written as a kernel's version is, e.g. `7.3` or `6.12.107`.
    public static func isVersion(_ name: String) -> Bool {
        let numbers = name.split(separator: ".", omittingEmptySubsequences: false)
        return (2...3).contains(numbers.count)
            && numbers.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }
    }

    /// The one folder inside that looks like a kernel: what one gets from unpacking.
    static func kernel(inside path: FilePath) -> FilePath? {
        Files.names(in: path).lazy.prefix(1000).map { path.appending($0) }.first { inner in
            landmarks.allSatisfy { Files.exists(inner.pushing(FilePath($0))) }
        }
    }

    private static func resolve(_ path: String) -> String? {
        guard let resolved = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    static let largestFile = 32 << 20

    /// The bytes of an ordinary file in the tree; nil where there is none, where it lies outside (a symbolic link,
    /// `..`, an absolute name) or where it is larger than any source file.
    func bytes(_ file: String) -> [UInt8]? {
        guard !file.isEmpty, !file.hasPrefix("/"), !file.split(separator: "/").contains(".."),
            let resolved = Self.resolve(path.string + "/" + file),
            resolved.hasPrefix(resolvedPath == "/" ? "/" : resolvedPath + "/")
        else { return nil }
        var status = stat()
        guard unsafe stat(resolved, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_size <= Self.largestFile
        else { return nil }
        return try? Files.bytes(FilePath(resolved))
    }

    func text(_ file: String) -> String? {
        bytes(file).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The names of the files in a folder of the tree and below it that `wanted` takes, relative to the tree, sorted.
    func files(under folder: String, atMost most: Int = 100_000, where wanted: (String) -> Bool) -> [String] {
        var found: [String] = []
        var seen = 0
        func walk(_ folder: String, _ depth: Int) {
            guard depth < 40 else { return }
            for name in Files.names(in: path.pushing(FilePath(folder))) where seen < most {
                seen += 1
                let relative = folder.isEmpty ? name : "\(folder)/\(name)"
                var status = stat()
                guard unsafe lstat(path.string + "/" + relative, &status) == 0 else { continue }
                if status.st_mode & S_IFMT == S_IFDIR {
                    if name != ".git" { walk(relative, depth + 1) }
                } else if status.st_mode & S_IFMT == S_IFREG, wanted(name) {
                    found.append(relative)
                }
            }
        }
        walk(folder, 0)
        return found
    }
}
