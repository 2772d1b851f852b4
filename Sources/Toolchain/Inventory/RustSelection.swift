// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records
package import SystemPackage

extension ToolPlace {
    /// What `make -C TREE` takes for `rustc` here; nil where the PATH has none.
    ///
    /// Throws `Failure` with code `inventory.shell`, and `CancellationError`.
    package func rustSelection(inTree tree: FilePath) async throws -> RustSelection? {
        let script =
            ToolDiscovery.prelude + """
                cd \(tree.string.shellQuoted) || exit
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
