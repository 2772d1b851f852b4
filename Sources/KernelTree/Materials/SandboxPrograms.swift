// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// The sandbox's programs that a build ran, with what they run themselves, and who they are from.
struct SandboxPrograms {
    private let names: Set<String>
    private let toolchain: [Tool]
    private let sandbox: SandboxFiles

    init(_ names: Set<String>, toolchain: [Tool], sandbox: SandboxFiles) {
        self.names = names
        self.toolchain = toolchain
        self.sandbox = sandbox
    }

    /// Commands that are the shell itself.
    private static let builtIn: Set<String> = [
        "[", ":", "cd", "command", "echo", "exec", "exit", "export", "printf", "pwd", "return", "set", "test", "unset",
    ]

    func isBuiltIn(_ name: String) -> Bool { Self.builtIn.contains(name) }

    /// The programs in order, and the positions of each name's.
    func tools() throws -> (tools: [KernelMaterials.Program], numbers: [String: [Int]]) {
        var files: [String: [(name: String, path: String)]] = [:]
        for name in names.union(["make", "sh"]) where !isBuiltIn(name) {
            guard let path = sandbox.program(name) else { continue }
            files[name] = [(name, path)] + companions(of: name, path)
        }
        let unique = Dictionary(files.values.flatMap { $0 }.map { ($0.path, $0.name) }) { min($0, $1) }
        let paths = unique.keys.sortedByBytes()
        let owners = sandbox.owners(of: Set(paths))
        let tools = try paths.mapConcurrently { path in
            let digests = try sandbox.folder.digests(of: path)
            let said = toolchain.first { $0.path == "/" + path && $0.sha256 == digests.short }
            return KernelMaterials.Program(
                name: unique[path] ?? path, path: path, sha256: digests.short, sha512: digests.long,
                version: said?.version, package: owners[path])
        }
        let numbers = Dictionary(uniqueKeysWithValues: zip(paths, paths.indices))
        return (tools, files.mapValues { $0.compactMap { numbers[$0.path] } })
    }

    /// What a compiler driver runs, or loads, to do its work.
    private func companions(of name: String, _ path: String) -> [(name: String, path: String)] {
        switch ProgramRule.base(of: name) {
        case "gcc", "cc":
            // `/usr/bin/s390x-linux-gnu-gcc-14`: the machine and the version are in the file's name.
            let file = path.split(separator: "/").last.map(String.init) ?? ""
            guard let split = file.firstRange(of: "-gcc-") else { return [] }
            let (machine, version) = (file[..<split.lowerBound], file[split.upperBound...])
            let parts = ["libexec/gcc-cross", "libexec/gcc", "lib/gcc-cross", "lib/gcc"].flatMap { folder in
                ["cc1", "collect2"].map { ($0, "usr/\(folder)/\(machine)/\(version)/\($0)") }
            }
            let found = parts.compactMap { name, path in sandbox.resolve(path).map { (name: name, path: $0) } }
            let tools = ["as", "ld"].compactMap { tool in
                sandbox.program("\(machine)-\(tool)").map { (name: "\(machine)-\(tool)", path: $0) }
            }
            return found + tools
        case "bindgen":
            return toolchain.filter { $0.role == "libclang" }.compactMap { tool in
                sandbox.program(tool.path).map { (name: tool.name, path: $0) }
            }
        default: return []
        }
    }
}
