// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Host

/// One Debian package, pinned.
package struct LockedPackage: Codable, Hashable, Sendable {
    package let name: String
    package let version: String
    /// `amd64`, `s390x` or `all`.
    package let architecture: String
    /// Of the .deb file.
    package let sha256: Digest
    /// Bytes of the .deb file.
    package let size: Int
    /// Below a mirror's root (`Filename` of deb-packages; Debian Policy 5.6).
    package let path: String
    /// Of the .deb file; nil in locks of before it was kept. It decides nothing: the file is known by its SHA-256.
    package var sha512: LongDigest?

    package init(
        name: String, version: String, architecture: String, sha256: Digest, size: Int, path: String,
        sha512: LongDigest? = nil
    ) {
        self.name = name
        self.version = version
        self.architecture = architecture
        self.sha256 = sha256
        self.size = size
        self.path = path
        self.sha512 = sha512
    }

    package var text: String { "\(name) \(version) (\(architecture))" }

    /// Whether both are versions of one package: of the same name, or of names that differ in the version alone that they
    /// hold, as those of Debian's kernels do (`linux-image-6.12.107+deb13-s390x` of version 6.12.107-1).
    package func isVersion(of other: LockedPackage) -> Bool {
        guard architecture == other.architecture else { return false }
        return name == other.name || (unversionedName != name && unversionedName == other.unversionedName)
    }

    /// With a `*` for the upstream version (Debian Policy 5.6.12) where the name holds it.
    package var unversionedName: String {
        let upstream = DebianVersion(version).upstream
        return upstream.isEmpty ? name : name.replacing(upstream, with: "*", maxReplacements: 1)
    }

    /// What is wrong with the fields, which become words of commands, parts of addresses and names of files (Debian
    /// Policy 5.6.1, 5.6.8, 5.6.12); nil for nothing.
    package var fault: String? {
        if !Self.matches(name, first: "a-z0-9", rest: "a-z0-9+.-") { return "\(name) is not the name of a package" }
        if !Self.matches(version, first: "0-9", rest: "A-Za-z0-9.+~:-") {
            return "\(version) is not the version of a package (\(name))"
        }
        if !Self.matches(architecture, first: "a-z0-9", rest: "a-z0-9-") {
            return "\(architecture) is not the name of an architecture (\(name))"
        }
        if !(0...Self.largest).contains(size) { return "\(size) bytes is not the size of a package (\(name))" }
        if path.hasPrefix("/") || path.split(separator: "/").contains("..")
            || !Self.matches(path, first: "A-Za-z0-9", rest: "A-Za-z0-9/_+.~:%@=-")
        {
            return "\(path) is not a path below a mirror (\(name))"
        }
        return nil
    }

    /// Bytes; no package is as large.
    private static let largest = 1 << 40

    /// Whether the text is one character of `first`, then any number of `rest`: bracket expressions (fnmatch(3)).
    package static func matches(_ text: String, first: String, rest: String) -> Bool {
        func holds(_ set: String, _ scalar: Unicode.Scalar) -> Bool {
            unsafe fnmatch("[\(set)]", String(scalar), 0) == 0
        }
        guard let head = text.unicodeScalars.first, text.utf8.count < 512 else { return false }
        return holds(first, head) && text.unicodeScalars.dropFirst().allSatisfy { holds(rest, $0) }
    }
}

/// A Rust toolchain that is no package, pinned: an official archive, or a rustup toolchain that was packed into one.
package struct LockedToolchain: Codable, Hashable, Sendable {
    /// Of its file or folder: `nightly-2026-05-19-x86_64-unknown-linux-gnu`.
    package let name: String
    /// Of the archive.
    package let sha256: Digest
    /// Bytes of the archive.
    package let size: Int

    package init(name: String, sha256: Digest, size: Int) {
        self.name = name
        self.sha256 = sha256
        self.size = size
    }
}

/// Every package of a sandbox with version, architecture and digest: the same lock makes the same sandbox.
package struct SandboxLock: Codable, Hashable, Sendable {
    /// The Release file that a suite was resolved from.
    package struct Suite: Codable, Hashable, Sendable {
        package let name: String
        package let date: Date
        /// Nil where the archive sets none.
        package let validUntil: Date?

        package init(name: String, date: Date, validUntil: Date?) {
            self.name = name
            self.date = date
            self.validUntil = validUntil
        }

        package func isExpired(at time: Date) -> Bool { validUntil.map { $0 < time } ?? false }
    }

    package static let form = "bessemer-sandbox-lock/1"

    package let form: String
    package let suites: [Suite]
    /// Sorted by name and architecture.
    package let installed: [LockedPackage]
    package let fetched: [LockedPackage]
    /// User space of guests for s390x with all that it depends on; nil in locks of before it was pinned.
    package let guest: [LockedPackage]?
    /// Unpacked into /usr/local, in order; nil for none.
    package let toolchains: [LockedToolchain]?
    /// What the versions were chosen of; nil in locks of before it was kept.
    package let specification: SandboxSpecification?

    package init(
        suites: [Suite], installed: [LockedPackage], fetched: [LockedPackage], guest: [LockedPackage]? = nil,
        specification: SandboxSpecification? = nil, toolchains: [LockedToolchain]? = nil
    ) {
        self.specification = specification
        self.toolchains = toolchains
        form = Self.form
        self.suites = suites.sorted { $0.name < $1.name }
        self.installed = installed.sorted(by: Self.order)
        self.fetched = fetched.sorted(by: Self.order)
        self.guest = guest?.sorted(by: Self.order)
    }

    /// Of what is installed: two locks with one digest make the same root file system.
    package var digest: Digest {
        var digester = Digester()
        for package in installed {
            digester.add("\(package.name) \(package.version) \(package.architecture) \(package.sha256)\n")
        }
        for toolchain in toolchains ?? [] { digester.add("toolchain \(toolchain.sha256)\n") }
        return digester.finish()
    }

    /// The same with some of its parts replaced; nil leaves a part as it is.
    package func replacing(
        installed: [LockedPackage]? = nil, fetched: [LockedPackage]? = nil, guest: [LockedPackage]? = nil,
        specification: SandboxSpecification? = nil, toolchains: [LockedToolchain]? = nil
    ) -> SandboxLock {
        SandboxLock(
            suites: suites, installed: installed ?? self.installed, fetched: fetched ?? self.fetched,
            guest: guest ?? self.guest, specification: specification ?? self.specification,
            toolchains: toolchains ?? self.toolchains)
    }

    /// The fetched package of that name.
    package func fetched(_ name: String) -> LockedPackage? {
        fetched.first { $0.name == name }
    }

    /// How this lock differs from an older one: a line for each package.
    package func differences(from older: SandboxLock) -> [String] {
        func table(_ lock: SandboxLock) -> [String: LockedPackage] {
            Dictionary(
                (lock.installed + lock.fetched + (lock.guest ?? [])).map { ("\($0.name):\($0.architecture)", $0) }
            ) { first, _ in first }
        }
        let (before, after) = (table(older), table(self))
        return Set(before.keys).union(after.keys).sorted().compactMap { key in
            switch (before[key], after[key]) {
            case (let old?, let new?) where old.version != new.version: "\(key) \(old.version) → \(new.version)"
            case (let old?, let new?) where old.sha256 != new.sha256: "\(key) \(new.version): other content"
            case (let old?, nil): "\(key) \(old.version) no longer needed"
            case (nil, let new?): "\(key) \(new.version) new"
            default: nil
            }
        }
    }

    private static func order(_ left: LockedPackage, _ right: LockedPackage) -> Bool {
        (left.name, left.architecture, left.version) < (right.name, right.architecture, right.version)
    }
}
