// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// Finds the tools of a place and asks each for its version.
struct ToolDiscovery {
    let place: ToolPlace

    private static let mostTools = 500

    /// Programs by the role they have, as patterns of a shell.
    ///
    /// Distributions and kernel.org name their compilers for s390 differently (`s390x-suse-linux-gcc`,
    /// `s390-linux-gcc`); which machine one is for, it says itself.
    private static let programs: [(role: InventoriedTool.Role, names: [String])] = [
        (.rustCompiler, ["rustc", "rustc-[0-9]*"]), (.cargo, ["cargo", "cargo-[0-9]*"]),
        (.rustFormatter, ["rustfmt", "rustfmt-[0-9]*"]),
        (.bindingsGenerator, ["bindgen", "bindgen-[0-9]*"]),
        (.cCompiler, ["s390*-gcc", "s390*-gcc-[0-9]*", "gcc", "gcc-[0-9]*"]), (.assembler, ["s390*-as"]),
        (.linker, ["s390*-ld"]), (.clang, ["clang", "clang-[0-9]*"]), (.lld, ["ld.lld", "ld.lld-[0-9]*"]),
        (.llvmObjdump, ["llvm-objdump", "llvm-objdump-[0-9]*"]), (.debugInformation, ["pahole"]),
        (.buildDriver, ["make"]), (.emulator, ["qemu-system-s390x"]), (.compilerCache, ["ccache"]),
    ]

    /// Shell functions that every script of the inventory begins with.
    static let prelude = """
        LC_ALL=C; export LC_ALL
        # Looking must not download anything.
        RUSTUP_AUTO_INSTALL=0; export RUSTUP_AUTO_INSTALL
        umask 077
        work=$(mktemp -d) || exit 9
        trap 'rm -rf "$work"' EXIT
        limit() {
            seconds=$(($1 * patience)); shift
            if command -v timeout >/dev/null 2>&1; then timeout -k 2 "$seconds" "$@"; else "$@"; fi
        }
        line() { head -c 2000 | sed -n '/[^ ]/{s/[\\t\\r]/ /g;p;q;}'; }

        """

    /// Every program once, in the order in which it is found. Throws `Failure` with code `inventory.shell`
    /// or `inventory.no-such-folder`.
    func tools() async throws -> [InventoriedTool] {
        let answer = try await place.run(script, deadline: .seconds(600))
        var seen: Set<String> = []
        var tools: [InventoriedTool] = []
        for line in answer.split(separator: "\n") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            if fields.count == 2, fields[0] == "absent" {
                throw Failure(
                    "inventory.no-such-folder", "the folder \(fields[1]) is not there",
                    advice: "name the folder that holds the tools, e.g. --path /opt/cross/bin")
            }
            guard fields.count == 15, fields[0] == "tool", let tool = Self.tool(fields) else { continue }
            // The same file found in another folder is the same tool; rustup's one program stands for several.
            guard seen.insert("\(tool.role.rawValue)\t\(tool.file)\t\(tool.isShim)").inserted else { continue }
            tools.append(tool)
            if tools.count == Self.mostTools { break }
        }
        return tools
    }

    private static func tool(_ fields: [String]) -> InventoriedTool? {
        guard let role = InventoriedTool.Role(rawValue: fields[1]) else { return nil }
        func optional(_ text: String) -> String? { text.isEmpty ? nil : text }
        let status = Int(fields[8])
        let answer: InventoriedTool.Answer =
            switch status {
            case 0: fields[9].isEmpty ? .silence : .version
            // timeout(1): ended in time, or killed.
            case 124, 137, nil: .none
            default: .error
            }
        var tool = InventoriedTool(
            role: role, path: fields[2], file: fields[3], answer: answer, said: fields[9],
            package: optional(fields[5]), packageVersion: optional(fields[6]), toolchain: optional(fields[7]),
            isShim: !fields[12].isEmpty, sha256: Digest(hexadecimal: fields[4]))
        if role == .cCompiler {
            tool.machine = optional(fields[13])
            tool.missing = fields[14].split(separator: " ").map(String.init)
        }
        if role == .rustCompiler, answer == .version {
            let version =
                optional(fields[11])
                ?? fields[10].firstMatch(of: /rustc-([0-9]+\.[0-9]+\.[0-9]+)/)
                .map { String($0.output.1) }
            tool.rustSource = .init(path: optional(fields[10]), version: version)
        }
        return tool
    }

    private var script: String {
        let patterns = Self.programs.map { role, names in
            "\(role.rawValue)) set -- \(names.map(\.shellQuoted).joined(separator: " ")) ;;"
        }
        let folders =
            place.folders.isEmpty
            ? """
            folders=$(printf '%s' "$PATH" | tr ':' '\\n'
            printf '\\n'
            # Where rustup keeps its toolchains, it says itself; the others are the images' and the packages' own.
            for folder in "${CARGO_HOME:-$HOME/.cargo}/bin" /usr/local/cargo/bin /opt/cargo/bin \\
                "$(rustup show home 2>/dev/null </dev/null)"/toolchains/*/bin \\
                "${RUSTUP_HOME:-$HOME/.rustup}"/toolchains/*/bin /usr/local/rustup/toolchains/*/bin \\
                /opt/rustup/toolchains/*/bin "$HOME"/snap/rustup/common/rustup/toolchains/*/bin \\
                /usr/lib/rust-*/bin /usr/lib/llvm-*/bin; do
                [ -d "$folder" ] && printf '%s\\n' "$folder"
            done)
            """
            : """
            folders=\(place.folders.joined(separator: "\n").shellQuoted)
            for folder in \(place.folders.map(\.shellQuoted).joined(separator: " ")); do
                [ -d "$folder" ] || printf 'absent\\t%s\\n' "$folder"
            done
            """
        return Self.prelude + """
            \(folders)
            \(String(decoding: PackageResources.describe_tools_sh, as: UTF8.self))
            seen=
            printf '%s\\n' "$folders" >"$work/folders"
            for role in \(Self.programs.map(\.role.rawValue).joined(separator: " ")); do
                while IFS= read -r folder; do
                    [ -d "$folder" ] || continue
                    case $role in
                    \(patterns.joined(separator: "\n        "))
                    esac
                    for pattern in "$@"; do
                        for found in "$folder"/$pattern; do
                            [ -f "$found" ] && [ -x "$found" ] && describe "$role" "$found"
                        done
                    done
                done <"$work/folders"
            done
            """
    }
}
