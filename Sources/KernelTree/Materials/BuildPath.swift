// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records
internal import SystemPackage

/// A file that a build names: where it lies, and its path there.
struct BuildPath: Hashable, Sendable {
    let root: KernelMaterials.Root
    let path: String

    init(_ root: KernelMaterials.Root, _ path: String) {
        self.root = root
        self.path = path
    }
}

/// The folders that a build's paths lead to.
struct BuildRoots: Sendable {
    let source: ForeignFolder
    let objects: ForeignFolder
    let sandbox: SandboxFiles
    /// Where the sandbox has the sources of Rust's library, without a leading slash; nil where it has none.
    let rustSource: String?

    private static let rustSourceLink = "usr/lib/rustlib/src/rust"

    init(source: ForeignFolder, objects: ForeignFolder, sandbox: SandboxFiles) {
        self.source = source
        self.objects = objects
        self.sandbox = sandbox
        rustSource = sandbox.resolve(Self.rustSourceLink)
    }

    /// What a word of a command or a list of dependencies stands for; relative paths are below the object folder, where
    /// make runs. nil for what can't be a file's name.
    func path(_ word: String) -> BuildPath? {
        guard word.hasPrefix("/") else { return Self.parts(word).map { BuildPath(.objects, $0) } }
        for (root, prefix) in [(KernelMaterials.Root.objects, Kbuild.objects + "/"), (.source, Kbuild.source + "/")]
        where word.hasPrefix(prefix) {
            return Self.parts(word.dropFirst(prefix.count)).map { BuildPath(root, $0) }
        }
        guard let inside = Self.parts(word.drop { $0 == "/" }) else { return nil }
        // Known by the file, whichever of its names led there.
        guard let resolved = sandbox.resolve(inside) else { return BuildPath(.sandbox, inside) }
        if let rustSource, resolved.hasPrefix(rustSource + "/") {
            return BuildPath(.rustSource, String(resolved.dropFirst(rustSource.count + 1)))
        }
        return BuildPath(.sandbox, resolved)
    }

    /// Without `.`, `..` and empty parts; nil where it leads out of its root or is the root.
    private static func parts(_ text: some StringProtocol) -> String? {
        guard text.utf8.contains(UInt8(ascii: ".")) || text.utf8.contains(UInt8(ascii: "/")) else {
            return text.isEmpty ? nil : String(text)
        }
        var parts: [Substring.UTF8View] = []
        for part in Substring(text).utf8.split(separator: UInt8(ascii: "/")) {
            if part.elementsEqual(".".utf8) { continue }
            if part.elementsEqual("..".utf8) {
                if parts.popLast() == nil { return nil }
            } else {
                parts.append(part)
            }
        }
        return parts.isEmpty ? nil : parts.map { String(Substring($0)) }.joined(separator: "/")
    }

    /// The folder of a root; nil for Rust's sources where there are none.
    func folder(_ root: KernelMaterials.Root) -> ForeignFolder? {
        switch root {
        case .source: source
        case .objects: objects
        case .sandbox: sandbox.folder
        case .rustSource: rustSource.map { ForeignFolder(sandbox.folder.path.appending($0)) }
        }
    }

    func hasFile(_ path: BuildPath) -> Bool { folder(path.root)?.hasFile(path.path) ?? false }

    /// A prerequisite as make finds it: in the object folder, or else in the source tree (`VPATH`).
    func prerequisite(_ word: String) -> BuildPath? {
        guard let path = path(word) else { return nil }
        if path.root == .objects, !word.hasPrefix("/"), !objects.hasFile(path.path), source.hasFile(path.path) {
            return BuildPath(.source, path.path)
        }
        return path
    }
}
