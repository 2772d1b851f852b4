// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import SystemPackage

/// A folder that holds the source of a Linux kernel. It is only ever read.
package struct KernelTree: Sendable, Hashable {
    package let path: FilePath
    /// `make kernelversion`'s answer, e.g. `7.3.4`.
    package let version: String

    /// What makes a folder a kernel source that can be built for s390.
    static let landmarks = ["Makefile", "Kconfig", "arch/s390/Makefile", "arch/s390/Kconfig"]

    /// Opens the folder. Throws `Failure` with code `tree.not-a-kernel` that says what is missing.
    package init(at path: FilePath) throws {
        guard Files.isDirectory(path) else {
            throw Failure(
                "tree.not-a-kernel", "\(path) is not a folder",
                advice: "name the top folder of a kernel source, e.g. `bessemer tree status ~/linux`")
        }
        let folder = KernelTree(path: path, version: "")
        let missing = Self.landmarks.filter { folder.bytes($0) == nil }
        guard missing.isEmpty else {
            // What is read after the task was cancelled is missing, too.
            try Task.checkCancellation()
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
        self.init(path: path, version: version)
    }

    private init(path: FilePath, version: String) {
        self.path = path
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
    package static func isVersion(_ name: String) -> Bool {
        let numbers = name.split(separator: ".", omittingEmptySubsequences: false)
        return (2...3).contains(numbers.count)
            && numbers.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(\.isDigit) }
    }

    /// The one folder inside that looks like a kernel: what one gets from unpacking.
    static func kernel(inside path: FilePath) -> FilePath? {
        let folder = ForeignFolder(path)
        return ((try? folder.names()) ?? []).lazy.prefix(1000).first { inner in
            landmarks.allSatisfy { folder.hasFile("\(inner)/\($0)") }
        }.map { path.appending($0) }
    }

    /// The tree is somebody else's: everything in it is read from here.
    var folder: ForeignFolder { ForeignFolder(path) }

    static let largestFile = 32 << 20

    /// The bytes of an ordinary file in the tree; nil where there is none, where it lies outside or behind a symbolic
    /// link, or where it is larger than any source file.
    func bytes(_ file: String) -> [UInt8]? {
        try? folder.bytes(of: file, limit: Self.largestFile)
    }

    func text(_ file: String) -> String? {
        bytes(file).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The names in a folder of the tree, sorted; none where it can't be read.
    func names(in folder: String) -> [String] { (try? self.folder.names(in: folder)) ?? [] }
}
