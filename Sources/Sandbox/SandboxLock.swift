// SPDX-License-Identifier: Apache-2.0
public import Foundation
public import Host
public import SystemPackage

/// One Debian package, pinned.
public struct LockedPackage: Codable, Hashable, Sendable {
    public let name: String
    public let version: String
    /// `amd64`, `s390x` or `all`.
    public let architecture: String
    /// Of the .deb file.
    public let sha256: Digest
    /// Bytes of the .deb file.
    public let size: Int
    /// Below a mirror's root (`Filename` of deb-packages; Debian Policy 5.6).
    public let path: String

    public init(name: String, version: String, architecture: String, sha256: Digest, size: Int, path: String) {
        self.name = name
        self.version = version
        self.architecture = architecture
        self.sha256 = sha256
        self.size = size
        self.path = path
    }

    public var text: String { "\(name) \(version) (\(architecture))" }
}

/// Every package of a sandbox with version, architecture and digest: the same lock makes the same sandbox.
public struct SandboxLock: Codable, Hashable, Sendable {
    /// The Release file that a suite was resolved from.
    public struct Suite: Codable, Hashable, Sendable {
        public let name: String
        public let date: Date
        /// Nil where the archive sets none.
        public let validUntil: Date?

        public init(name: String, date: Date, validUntil: Date?) {
            self.name = name
            self.date = date
            self.validUntil = validUntil
        }

        public func isExpired(at time: Date) -> Bool { validUntil.map { $0 < time } ?? false }
    }

    public static let form = "bessemer-sandbox-lock/1"

    public let form: String
    public let suites: [Suite]
    /// Sorted by name and architecture.
    public let installed: [LockedPackage]
    public let fetched: [LockedPackage]
    /// User space of guests for s390x with all that it depends on; nil in locks of before it was pinned.
    public let guest: [LockedPackage]?

    public init(
        suites: [Suite], installed: [LockedPackage], fetched: [LockedPackage], guest: [LockedPackage]? = nil
    ) {
        form = Self.form
        self.suites = suites.sorted { $0.name < $1.name }
        self.installed = installed.sorted(by: Self.order)
        self.fetched = fetched.sorted(by: Self.order)
        self.guest = guest?.sorted(by: Self.order)
    }

    /// Reads a lock file. Throws `Failure` with code `lock.unreadable`.
    public init(contentsOf path: FilePath) throws {
        do {
            self = try JSON.read(SandboxLock.self, from: path)
        } catch let failure as Failure {
            throw Failure(
                "lock.unreadable", "could not read the sandbox lock \(path)",
                advice: "name a lock file with --lock; `bessemer sandbox lock --output FILE` writes a new one",
                underlying: failure.underlying ?? failure.message)
        }
        let names = Set((installed + fetched + (guest ?? [])).map(\.path))
        guard form == Self.form, names.allSatisfy(Self.isPlain) else {
            throw Failure(
                "lock.unreadable", "\(path) is not a sandbox lock of the form \(Self.form)",
                advice: "name a lock file with --lock; `bessemer sandbox lock --output FILE` writes a new one")
        }
    }

    /// Of what is installed: two locks with one digest make the same root file system.
    public var digest: Digest {
        var digester = Digester()
        for package in installed {
            digester.add("\(package.name) \(package.version) \(package.architecture) \(package.sha256)\n")
        }
        return digester.finish()
    }

    /// The fetched package of that name, or whose name starts with it and a dash.
    public func fetched(_ name: String) -> LockedPackage? {
        fetched.first { $0.name == name }
    }

    /// How this lock differs from an older one: a line for each package.
    public func differences(from older: SandboxLock) -> [String] {
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

    /// A path from a lock file becomes part of a URI and of a file name; it must not climb.
    private static func isPlain(_ path: String) -> Bool {
        !path.hasPrefix("/") && !path.split(separator: "/").contains("..")
            && path.unicodeScalars.allSatisfy { $0.isASCII && $0.value > 0x20 && $0.value < 0x7f }
    }
}
