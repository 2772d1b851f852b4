// SPDX-License-Identifier: Apache-2.0
internal import Host
package import SystemPackage

/// The Rust compiler that `make -C TREE` takes: the PATH's, and where that is rustup's, the one that rustup chooses in
/// the tree (RUSTUP_TOOLCHAIN, an override, a toolchain file, the default).
package struct RustSelection: Codable, Hashable, Sendable {
    /// What `RUST_LIB_SRC` names, which takes the place of the compiler's own sources (rust/Makefile).
    package struct Library: Codable, Hashable, Sendable {
        package let path: String
        /// Whether it has the core library.
        package let isThere: Bool
    }

    /// As the PATH has it.
    package let path: String
    /// Links resolved.
    package let file: String
    /// The program that compiles in the end; nil where none runs there.
    package let compiler: String?
    /// rustup's name for the toolchain; nil where rustup chooses none.
    package let toolchain: String?
    /// What rustup says of its choice, or of why it has none.
    package let reason: String
    package let library: Library?

    /// Whether this is that compiler, or rustup's program when it runs it.
    func takes(_ tool: InventoriedTool) -> Bool {
        if let toolchain { return tool.toolchain == toolchain && (tool.file == compiler || tool.path == path) }
        return tool.file == file && compiler != nil
    }
}

extension ToolPlace {
    /// What `make -C TREE` takes for `rustc` here; nil where the PATH has none.
    ///
    /// Throws `Failure` with code `inventory.shell`, and `CancellationError`.
    package func rustSelection(inTree tree: FilePath) async throws -> RustSelection? {
        let script =
            ToolDiscovery.prelude + """
                cd \(ToolDiscovery.quoted(tree.string)) || exit
                found=$(command -v rustc) || exit
                sysroot=$(limit 15 "$found" --print sysroot 2>"$work/error" </dev/null | line)
                compiler=
                [ -n "$sysroot" ] && compiler=$(readlink -f "$sysroot/bin/rustc")
                reason=$(limit 15 rustup show active-toolchain 2>/dev/null </dev/null | line)
                [ -n "$sysroot" ] || reason=$(line <"$work/error")
                library=no
                [ -e "${RUST_LIB_SRC:-/nowhere}/core/src/lib.rs" ] && library=yes
                printf 'rustc\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$found" "$(readlink -f "$found")" "$sysroot" \\
                    "$compiler" "$reason" "$library" "${RUST_LIB_SRC:-}"
                """
        let answer = try await run(script, deadline: .seconds(60))
        let fields =
            answer.split(separator: "\n").first { $0.hasPrefix("rustc\t") }?
            .split(separator: "\t", omittingEmptySubsequences: false).map(String.init) ?? []
        guard fields.count >= 8 else { return nil }
        let isRustups = fields[3].contains("/toolchains/")
        return RustSelection(
            path: fields[1], file: fields[2], compiler: fields[4].isEmpty ? nil : fields[4],
            toolchain: isRustups ? fields[3].split(separator: "/").last.map(String.init) : nil, reason: fields[5],
            library: fields[7].isEmpty ? nil : .init(path: fields[7], isThere: fields[6] == "yes"))
    }
}
