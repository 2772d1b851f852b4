// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records
package import SystemPackage

/// Archives of Rust toolchains that are no packages, by their digests.
package struct ToolchainCache: Sendable {
    private let folder: FilePath

    package init(_ folder: FilePath) { self.folder = folder }

    private func path(of digest: Digest) -> FilePath { folder.appending(digest.hexadecimal) }

    /// The archive's file. Throws `Failure` with code `toolchain.absent` where it is not here as the lock has it.
    func file(of toolchain: LockedToolchain) throws -> FilePath {
        let file = path(of: toolchain.sha256)
        guard Files.size(file) == toolchain.size, try Digest(ofFile: file) == toolchain.sha256 else {
            throw Failure(
                "toolchain.absent",
                "the archive of the Rust toolchain \(toolchain.name) (SHA-256 \(toolchain.sha256)) is not in the cache",
                advice: "give it again: `bessemer sandbox create … --toolchain-tarball FILE`, or --rustup DIR")
        }
        return file
    }

    /// Takes an official archive (`rustc-nightly-x86_64-unknown-linux-gnu.tar.xz`, `rust-src-nightly.tar.xz`).
    ///
    /// Throws `Failure` with code `file.unreadable`.
    package func take(archive: FilePath) async throws -> LockedToolchain {
        let name = (archive.lastComponent?.string ?? "").split(separator: ".tar").first.map(String.init) ?? ""
        return try await keep(named: name) { copy in
            do {
                try FileManager.default.copyItem(atPath: archive.string, toPath: copy.string)
            } catch {
                throw Failure(
                    "file.unwritable", "could not copy \(archive)", advice: "check \(folder)", underlying: error)
            }
        }
    }

    /// Takes a toolchain of rustup's (`~/.rustup/toolchains/NAME`): the same files make the same archive.
    ///
    /// Throws `Failure` with code `toolchain.incomplete` where it has no compiler, or no sources of the core library.
    package func take(rustup toolchain: FilePath) async throws -> LockedToolchain {
        let name = toolchain.lastComponent?.string ?? ""
        for (file, advice) in [
            ("bin/rustc", "name a toolchain's own folder, e.g. ~/.rustup/toolchains/nightly-x86_64-unknown-linux-gnu"),
            ("lib/rustlib/src/rust/library/core/src/lib.rs", "rustup component add rust-src --toolchain \(name)"),
        ] where !Files.exists(toolchain.appending(file)) {
            throw Failure("toolchain.incomplete", "\(toolchain) has no \(file)", advice: advice)
        }
        return try await keep(named: name) { packed in
            try await Command(
                "tar",
                [
                    "--create", "--file=\(packed)", "--directory=\(toolchain)", "--sort=name", "--mtime=@0",
                    "--owner=0",
                    "--group=0", "--numeric-owner", "--format=gnu", "--", "bin", "lib",
                ], environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"]
            ).output(
                "toolchain.incomplete", doing: "packing \(toolchain)", advice: "check that it may be read",
                deadline: .seconds(1800))
        }
    }

    /// Keeps the archive that `write` leaves at the path that it gets, under its digest.
    private func keep(
        named name: String, _ write: (FilePath) async throws -> Void
    ) async throws -> LockedToolchain {
        try Files.makeDirectory(folder)
        let partial = folder.appending("\(UUID().uuidString).partial")
        defer { try? Files.remove(partial) }
        try await write(partial)
        let plain = String(
            name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "-" }.prefix(64))
        let digest = try Digest(ofFile: partial)
        let toolchain = LockedToolchain(
            name: SandboxSpecification.isName(plain) ? plain : "toolchain", sha256: digest,
            size: Files.size(partial) ?? 0)
        try Files.rename(partial, to: path(of: digest))
        return toolchain
    }
}

extension SandboxRoot {
    /// Unpacks an official archive of Rust, or one of a toolchain's own folder, into /usr/local: a process in the sandbox does
    /// it, which sees the archive and that folder alone.
    ///
    /// Official archives hold a folder for each component, and their names in `components` (rust-installer).
    func unpack(toolchain archive: FilePath) async throws {
        let local = path.pushing("usr").appending("local")
        try Files.makeDirectory(local)
        let script = """
            set -e
            mkdir /mnt/local/.unpacked
            tar --extract --file=/mnt/archive --directory=/mnt/local/.unpacked --no-same-owner
            cd /mnt/local/.unpacked
            if [ ! -d bin ]; then cd ./*; fi
            if [ -f components ]; then
                while read -r component; do
                    rm -f "./$component/manifest.in"
                    cp -R --no-dereference "./$component/." /mnt/local/
                done < components
            else
                cp -R --no-dereference . /mnt/local/
            fi
            rm -rf /mnt/local/.unpacked
            """
        let outcome = try await command(
            Command("/bin/sh", ["-c", script]),
            mounts: [Mount(archive, at: "/mnt/archive"), Mount(local, at: "/mnt/local", writable: true)]
        ).capture(deadline: .seconds(1800))
        guard outcome.succeeded else {
            throw Failure(
                "toolchain.unpacking", "the Rust toolchain could not be unpacked (\(outcome.ending.text))",
                advice: "name an official archive of Rust, as static.rust-lang.org has them",
                underlying: String(outcome.error.suffix(1000)))
        }
    }
}
