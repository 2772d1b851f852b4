// SPDX-License-Identifier: Apache-2.0

/// What a sandbox is made of, before versions are chosen: suites and package names.
package struct SandboxSpecification: Sendable, Hashable {
    /// A Debian suite and the architectures whose package lists are needed from it.
    package struct Suite: Sendable, Hashable {
        package let name: String
        package let architectures: [String]
    }

    /// A package by name and the suite to take it from.
    package struct Request: Sendable, Hashable {
        package let name: String
        /// Nil: the suite that apt prefers.
        package let suite: String?
        package let architecture: String

        package init(_ name: String, suite: String? = nil, architecture: String = "amd64") {
            self.name = name
            self.suite = suite
            self.architecture = architecture
        }

        /// As apt takes it.
        var reference: String { suite.map { "\(name)/\($0)" } ?? name }
    }

    package let suites: [Suite]
    package let components: [String]
    /// Installed, with everything they depend on and Debian's essential packages.
    package let installed: [Request]
    /// Fetched and pinned, but not installed: kernel sources, the guest's user space.
    package let fetched: [Request]
    /// Packages for s390x that a guest's disk is made of, pinned with everything they depend on and fetched by who
    /// needs them.
    package var guest: [Request] = []

    /// Everything that builds and boots an s390x kernel with Rust: Debian 13's tools, and from its backports a rustc
    /// that knows `-Zpacked-stack` and the newest QEMU.
    package static let standard = SandboxSpecification(
        suites: [
            Suite(name: "trixie", architectures: ["amd64", "s390x"]),
            Suite(name: "trixie-backports", architectures: ["amd64"]),
        ],
        components: ["main"],
        installed: [
            "apt", "bc", "bindgen", "binutils-s390x-linux-gnu", "bison", "ccache", "clang", "cpio", "file", "flex",
            "gawk", "gcc", "gcc-s390x-linux-gnu", "git", "kmod", "libc6-dev", "libclang-dev", "libdw-dev", "libelf-dev",
            "libssl-dev", "lld", "llvm", "make", "pahole", "perl", "python3", "rsync", "xz-utils", "zlib1g-dev", "zstd",
        ].map { Request($0) }
            + [
                "libstd-rust-dev", "qemu-system-common", "qemu-system-data", "qemu-system-s390x", "rust-src", "rustc",
                "rustfmt",
            ].map { Request($0, suite: "trixie-backports") },
        fetched: [
            Request("busybox-static", suite: "trixie", architecture: "s390x"),
            // The C library that selftests are linked with.
            Request("libc6-dev-s390x-cross", suite: "trixie"),
            Request("linux-libc-dev-s390x-cross", suite: "trixie"),
            Request("linux-image-s390x", suite: "trixie", architecture: "s390x"),
            Request("linux-source-6.12", suite: "trixie"),
            Request("linux-source-7.2", suite: "trixie-backports"),
            Request("linux-source-7.3", suite: "trixie-backports"),
        ],
        // zipl, chreipl and lsreipl; mke2fs.
        guest: ["e2fsprogs", "s390-tools"].map { Request($0, suite: "trixie", architecture: guestArchitecture) })

    static let guestArchitecture = "s390x"
}
