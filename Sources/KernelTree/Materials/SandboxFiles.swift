// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records
internal import Sandbox
internal import SystemPackage

/// The files of a sandbox's root as a program in it finds them: links are followed below the root, never out of it.
struct SandboxFiles: Sendable {
    let folder: ForeignFolder

    init(_ root: FilePath) { folder = ForeignFolder(root) }

    /// As many links as Linux follows (`MAXSYMLINKS`).
    private static let mostLinks = 40

    /// The path of a file or folder without links on the way, without a leading slash; nil where there is none.
    func resolve(_ path: String) -> String? {
        var open = Array(path.split(separator: "/").map(String.init).reversed())
        var done: [String] = []
        var links = 0
        while let part = open.popLast() {
            if part == "." { continue }
            if part == ".." {
                _ = done.popLast()
                continue
            }
            let name = (done + [part]).joined(separator: "/")
            switch try? folder.kind(of: name) {
            case .link:
                links += 1
                guard links <= Self.mostLinks, let target = try? folder.target(ofLink: name) else { return nil }
                if target.hasPrefix("/") { done = [] }
                open += target.split(separator: "/").map(String.init).reversed()
            case .file where !open.isEmpty: return nil
            case .file, .folder: done.append(part)
            case .special, nil: return nil
            }
        }
        return done.isEmpty ? nil : done.joined(separator: "/")
    }

    /// The folders of `PATH` in a build, without the compiler cache's: what it hands over is what the compiler made.
    private static let path = SandboxRoot.programFolders

    /// The file that a program's name leads to; nil where there is none.
    func program(_ name: String) -> String? {
        if name.hasPrefix("/") { return resolve(String(name.drop { $0 == "/" })) }
        guard ForeignFolder.isName(name), !name.contains("/") else { return nil }
        if name == SandboxRoot.plainCompiler, !folder.hasFile("usr/bin/\(name)") {
            let other = SandboxRoot.cCompiler(among: (try? folder.names(in: "usr/bin")) ?? [])
            return other == name ? nil : program(other)
        }
        return Self.path.lazy.compactMap { resolve("\($0)/\(name)") }.first { folder.hasFile($0) }
    }

    /// The packages that own files, of those that dpkg installed; paths as `resolve` gives them.
    func owners(of paths: Set<String>) -> [String: KernelMaterials.DebianPackage] {
        var owners: [String: KernelMaterials.DebianPackage] = [:]
        let installed = packages
        for list in (try? folder.names(in: Self.lists)) ?? [] where list.hasSuffix(".list") {
            guard let package = installed[String(list.dropLast(5))],
                let text = try? folder.text(of: "\(Self.lists)/\(list)", limit: ForeignFolder.Limit.list)
            else { continue }
            for line in text.split(separator: "\n") {
                let path = String(line.drop { $0 == "/" })
                // A list of before the folders were merged says /bin for /usr/bin.
                for name in [path, "usr/" + path] where paths.contains(name) { owners[name] = package }
            }
        }
        return owners
    }

    private static let lists = "var/lib/dpkg/info"

    /// By the names of their lists of files: `make`, `libc6:amd64`.
    private var packages: [String: KernelMaterials.DebianPackage] {
        let text = (try? folder.text(of: "var/lib/dpkg/status", limit: ForeignFolder.Limit.source)) ?? ""
        var packages: [String: KernelMaterials.DebianPackage] = [:]
        var fields: [Substring: Substring] = [:]
        func end() {
            if let name = fields["Package"], let version = fields["Version"], let machine = fields["Architecture"] {
                let package = KernelMaterials.DebianPackage(
                    name: String(name), version: String(version), architecture: String(machine))
                packages[package.name] = package
                packages["\(name):\(machine)"] = package
            }
            fields = [:]
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                end()
            } else if line.first != " ", let colon = line.firstIndex(of: ":") {
                fields[line[..<colon]] = line[line.index(after: colon)...].drop { $0 == " " }
            }
        }
        end()
        return packages
    }
}
