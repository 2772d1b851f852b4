// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records
package import Sandbox

extension SandboxRoot {
    /// Programs, and before them what they are used for.
    private static let toolCandidates: KeyValuePairs = [
        "assembler": "\(crossPrefix)as", "linker": "\(crossPrefix)ld", "rust-compiler": "rustc",
        "rust-formatter": "rustfmt", "bindings-generator": "bindgen",
        "host-compiler": "gcc", "clang": "clang", "build-driver": "make", "parser-generator": "bison",
        "scanner-generator": "flex", "debug-information": "pahole", "compiler-cache": "ccache",
        "emulator": "qemu-system-s390x",
    ]

    /// Every tool that is there, and the libclang that bindgen loads; programs that are not there are left out.
    ///
    /// Throws `Failure` with code `toolchain.unreadable` where the sandbox can't run a command.
    package func tools() async throws -> [Tool] {
        // One process asks for all: path with links resolved, first line of the version, owning package.
        let script = """
            package() {
                owner=$(dpkg-query --search "$1" 2>/dev/null || dpkg-query --search "${1#/usr}" 2>/dev/null)
                owner=${owner%%:*}
                [ -n "$owner" ] && dpkg-query --show --showformat='${Package}\\t${Version}' "$owner"
            }
            while IFS='\t' read -r role program; do
                found=$(PATH=/usr/local/bin:/usr/bin:/usr/sbin command -v "$program") || continue
                path=$(readlink -f "$found")
                version=$(timeout 20 "$found" --version 2>&1 < /dev/null | sed -n 1p | tr '\\t' ' ')
                printf '%s\\t%s\\t%s\\t%s\\t%s\\n' "$role" "$program" "$path" "$version" "$(package "$path")"
            done
            printf '#include <stddef.h>\\n' > /tmp/empty.h
            library=$(LD_DEBUG=libs bindgen /tmp/empty.h 2>&1 >/dev/null | sed -n 's/.*calling init: \\(.*libclang[^ ]*\\)$/\\1/p' | sed -n 1p)
            if [ -n "$library" ]; then
                path=$(readlink -f "$library")
                version=$(timeout 20 bindgen --version --verbose 2>&1 | sed -n 's/^Clang: *//p' | sed -n 1p)
                printf '%s\\t%s\\t%s\\t%s\\t%s\\n' libclang libclang "$path" "${version:-loaded by bindgen}" "$(package "$path")"
            fi
            """
        let questions = ([("c-compiler", cCompiler)] + Self.toolCandidates.map { ($0, $1) }).map { "\($0)\t\($1)\n" }
            .joined()
        let outcome = try await command(Command("/bin/sh", ["-c", script])).capture(
            deadline: .seconds(300), input: questions)
        guard outcome.succeeded || !outcome.output.isEmpty else {
            throw Failure(
                "toolchain.unreadable", "the sandbox could not be asked for its tools (\(outcome.ending.text))",
                advice: "check it with `bessemer sandbox verify`", underlying: outcome.error)
        }
        return try outcome.output.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard fields.count >= 4 else { return nil }
            // What the sandbox says is a path in it, with its links resolved.
            let path = String(fields[2].drop { $0 == "/" })
            return Tool(
                role: fields[0], name: fields[1], path: fields[2], version: fields[3],
                package: fields.count > 4 && !fields[4].isEmpty ? fields[4] : nil,
                packageVersion: fields.count > 5 ? fields[5] : nil,
                sha256: try ForeignFolder(self.path).digest(of: path))
        }
    }
}
