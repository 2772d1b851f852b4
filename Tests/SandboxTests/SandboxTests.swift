// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Sandbox

private func package(_ name: String, _ version: String = "1.0", path: String? = nil) -> LockedPackage {
    LockedPackage(
        name: name, version: version, architecture: "amd64", sha256: Digest(of: name + version), size: 10,
        path: path ?? "pool/main/\(name)_\(version)_amd64.deb")
}

@Suite struct SandboxLockTests {
    private let time = Date(timeIntervalSince1970: 1_800_000_000)

    private func lock(_ installed: [LockedPackage], fetched: [LockedPackage] = []) -> SandboxLock {
        SandboxLock(
            suites: [.init(name: "trixie", date: time, validUntil: time.addingTimeInterval(60))], installed: installed,
            fetched: fetched)
    }

    @Test func `a lock that was written is read back the same`() async throws {
        try await withTemporaryFolder { folder in
            let written = lock([package("b"), package("a")], fetched: [package("c")])
            try AtomicFile.write(json: written, to: folder.appending("lock.json"))
            #expect(try SandboxLock(contentsOf: folder.appending("lock.json")) == written)
        }
    }

    @Test func `the digest tells what is installed and nothing else`() {
        let base = lock([package("a"), package("b")])
        #expect(base.digest == lock([package("b"), package("a")], fetched: [package("c")]).digest)
        #expect(base.digest != lock([package("a"), package("b", "1.1")]).digest)
    }

    @Test func `a guest's packages leave the digest alone, and a lock without them reads as before`() async throws {
        let older = lock([package("a")])
        let newer = SandboxLock(
            suites: older.suites, installed: older.installed, fetched: [], guest: [package("zipl"), package("libc")])
        #expect(newer.digest == older.digest)
        #expect(newer.guest?.map(\.name) == ["libc", "zipl"])
        #expect(newer.differences(from: older) == ["libc:amd64 1.0 new", "zipl:amd64 1.0 new"])
        #expect(!String(decoding: try JSON.encode(older), as: UTF8.self).contains("guest"))
        try await withTemporaryFolder { folder in
            try AtomicFile.write(json: newer, to: folder.appending("lock.json"))
            #expect(try SandboxLock(contentsOf: folder.appending("lock.json")) == newer)
        }
        let pinned = try SandboxLock(contentsOf: RealThings.repository.appending("Locks/standard.lock.json"))
        #expect(pinned.guest?.contains { $0.name == "s390-tools" } == true)
        #expect(pinned.guest?.allSatisfy { ["s390x", "all"].contains($0.architecture) } == true)
    }

    @Test func `differences name each package that changed, came or went`() {
        let before = lock([package("a"), package("b"), package("c")])
        let after = lock([package("a", "2.0"), package("c"), package("d")])
        #expect(
            after.differences(from: before) == [
                "a:amd64 1.0 → 2.0", "b:amd64 1.0 no longer needed", "d:amd64 1.0 new",
            ])
    }

    @Test func `a suite is expired after its last valid moment and not before`() {
        let suite = SandboxLock.Suite(name: "s", date: time, validUntil: time.addingTimeInterval(60))
        #expect(!suite.isExpired(at: time.addingTimeInterval(59)))
        #expect(suite.isExpired(at: time.addingTimeInterval(61)))
        #expect(!SandboxLock.Suite(name: "s", date: time, validUntil: nil).isExpired(at: .distantFuture))
    }

    @Test(arguments: ["../../etc/passwd", "/etc/passwd", "pool/a b.deb", "pool/\u{1B}.deb"])
    func `a lock whose paths climb or hide is refused`(path: String) async throws {
        try await withTemporaryFolder { folder in
            try AtomicFile.write(json: lock([package("a", path: path)]), to: folder.appending("lock.json"))
            let failure = #expect(throws: Failure.self) { try SandboxLock(contentsOf: folder.appending("lock.json")) }
            #expect(failure?.code == "lock.unreadable")
        }
    }

    @Test(arguments: [
        ("make", "3.152 -oAPT::Solver=x -oDir::Bin::solvers::=/tmp", "amd64", 1),
        ("make", "1.0,evil", "amd64", 1), ("make=1 evil", "1.0", "amd64", 1), ("-oX::Y=1", "1.0", "amd64", 1),
        ("make", "", "amd64", 1), ("make", "-1", "amd64", 1), ("make", "1.0", "amd64 -o", 1),
        ("make", "1.0\u{1B}[2J", "amd64", 1), ("make", "１.0", "amd64", 1), ("make", "1.0", "amd64", Int.max),
        ("make", "1.0", "amd64", -1),
    ])
    func `a lock whose fields would become other words of a command is refused`(
        name: String, version: String, architecture: String, size: Int
    ) async throws {
        let hostile = LockedPackage(
            name: name, version: version, architecture: architecture, sha256: Digest(of: "x"), size: size,
            path: "pool/x.deb")
        try await withTemporaryFolder { folder in
            try AtomicFile.write(json: lock([hostile]), to: folder.appending("lock.json"))
            let failure = #expect(throws: Failure.self) { try SandboxLock(contentsOf: folder.appending("lock.json")) }
            #expect(failure?.code == "lock.unreadable")
        }
    }

    @Test func `versions with an epoch, a tilde and a revision are versions`() {
        for version in ["1:2.41-12+deb13u4", "2026c-0+deb13u1", "1.96.1+dfsg1-2~bpo13+1", "0"] {
            #expect(package("g++-14", version).fault == nil)
        }
    }

    @Test(arguments: ["", "{", "[]", "{\"form\": 1}", "\u{0}\u{0}"])
    func `a file that is no lock is refused with its name`(text: String) async throws {
        try await withTemporaryFolder { folder in
            try AtomicFile.write(text, to: folder.appending("lock.json"))
            let failure = #expect(throws: Failure.self) { try SandboxLock(contentsOf: folder.appending("lock.json")) }
            #expect(failure?.code == "lock.unreadable")
            #expect(failure?.message.contains("lock.json") == true)
        }
    }

    @Test(arguments: ["standard", "newest", "experimental"])
    func `a lock of the repository is of the specification beside it, and has what a pilot needs`(name: String) throws {
        let folder = RealThings.repository.appending("Locks")
        let specification = try SandboxSpecification(contentsOf: folder.appending("\(name).yaml"))
        let lock = try SandboxLock(contentsOf: folder.appending("\(name).lock.json"))
        #expect(specification.name == name)
        #expect(lock.specification == specification)
        let names = Set(lock.installed.map(\.name))
        #expect(specification.installed.allSatisfy { names.contains($0.name) })
        #expect(lock.fetched("busybox-static") != nil)
        #expect(lock.fetched("linux-source-7.3") != nil)
        #expect(Set(lock.suites.map(\.name)) == Set(specification.suites.map(\.name)))
    }
}

/// What was said, in order.
private final class Told: Sendable {
    private let all = Mutex<[String]>([])

    func add(_ line: String) { all.withLock { $0.append(line) } }
    var lines: [String] { all.withLock { $0 } }
}

@Suite struct SandboxResolverTests {
    @Test(arguments: [
        ("Inst libc6 (2.41-12+deb13u4 Debian:13.7/stable [amd64]) []", "libc6:amd64=2.41-12+deb13u4"),
        ("Inst tzdata (2026c-0+deb13u1 Debian:13.7/stable, Debian-Security:13/stable [all])", "tzdata=2026c-0+deb13u1"),
        ("Inst libgcc-s1:s390x (14.2.0-19 Debian:13.7/stable [s390x])", "libgcc-s1:s390x=14.2.0-19"),
    ])
    func `a simulated installation names package, architecture and version`(line: String, reference: String) throws {
        #expect(try SandboxResolver.installation(line[...]) == reference)
    }

    @Test(arguments: ["Inst", "Inst x", "Inst x (", "Inst x )(", "Inst x y z w"])
    func `a line of apt's that can't be read is an error`(line: String) {
        #expect(throws: Failure.self) { try SandboxResolver.installation(line[...]) }
    }

    @Test(.integration) func `a guest's packages come with all that they depend on, for their own architecture alone`()
        async throws
    {
        let small = SandboxSpecification(
            name: "small", suites: [.init(name: "stable", architectures: ["s390x"])], installed: [],
            guest: [.init("s390-tools", suite: "stable", architecture: "s390x")])
        let mirror = try await RealThings.mirror()
        try await withTemporaryFolder { folder in
            let lock = try await SandboxResolver(specification: small, mirror: mirror, allowExpired: true)
                .resolve(in: folder) { _ in }
            let guest = try #require(lock.guest)
            #expect(lock.fetched.isEmpty)
            #expect(Set(["s390-tools", "libc6", "libcurl4t64", "perl-base"]).isSubset(of: guest.map(\.name)))
            #expect(guest.allSatisfy { ["s390x", "all"].contains($0.architecture) && $0.size > 0 })
            let pinned = try SandboxLock(contentsOf: RealThings.repository.appending("Locks/standard.lock.json"))
            // The same package of the same version is the same file, whichever way it was found.
            let known = Dictionary(uniqueKeysWithValues: (pinned.guest ?? []).map { ("\($0.name)=\($0.version)", $0) })
            for package in guest {
                // What is resolved was not fetched, so it has no SHA-512 yet.
                if let same = known["\(package.name)=\(package.version)"] { #expect(same.withoutSHA512 == package) }
            }
        }
    }

    @Test(.integration) func `a suite past its validity is refused, and accepted when allowed`() async throws {
        let mirror = try await RealThings.mirror()
        let small = SandboxSpecification(
            name: "small", suites: [.init(name: "trixie-backports", architectures: ["amd64"])], installed: [])
        try await withTemporaryFolder { folder in
            func resolver(allowExpired: Bool) -> SandboxResolver {
                SandboxResolver(specification: small, mirror: mirror, allowExpired: allowExpired, now: .distantFuture)
            }
            let failure = await #expect(throws: Failure.self) {
                try await resolver(allowExpired: false).resolve(in: folder) { _ in }
            }
            #expect(failure?.code == "sandbox.expired")
            let lock = try await resolver(allowExpired: true).resolve(in: folder) { _ in }
            #expect(lock.suites.map(\.name) == ["trixie-backports"])
            #expect(lock.suites[0].isExpired(at: .distantFuture))
        }
    }

    @Test(.integration)
    func `where a list of the mirror is not the one that its Release file signs, what it would give stays`()
        async throws
    {
        let mirror = try await RealThings.mirror()
        let source = SandboxSpecification.Request("linux-source-7.3", suite: "trixie-backports")
        let userSpace = SandboxSpecification.Request("busybox-static", suite: "trixie-backports", architecture: "s390x")
        let small = SandboxSpecification(
            name: "small", suites: [.init(name: "trixie-backports", architectures: ["amd64", "s390x"])], installed: [],
            fetched: [source, userSpace])
        let before = LockedPackage(
            name: "busybox-static", version: "1.0", architecture: "s390x", sha256: Digest(of: "s390x"), size: 10,
            path: "pool/busybox-static_1.0_s390x.deb")
        try await withTemporaryFolder { folder in
            let copy = folder.appending("mirror")
            for file in ["InRelease", "main/binary-amd64/Packages.xz"] {
                let path = copy.pushing("dists/trixie-backports").pushing(FilePath(file))
                try Files.makeDirectory(path.removingLastComponent())
                try await Command(
                    "/usr/lib/apt/apt-helper",
                    ["download-file", "\(mirror.address)/dists/trixie-backports/\(file)", path.string]
                ).output("test.setup", doing: "copying \(file)", advice: "look at the mirror")
            }
            let stale = copy.pushing("dists/trixie-backports/main/binary-s390x")
            try Files.makeDirectory(stale)
            try AtomicFile.write("of another day", to: stale.appending("Packages.xz"))
            func resolve(older: SandboxLock?, _ told: Told) async throws -> SandboxLock {
                try await SandboxResolver(
                    specification: small, mirror: Mirror(address: "file://\(copy)", keyring: mirror.keyring),
                    allowExpired: true, older: older
                ).resolve(in: folder.appending("apt"), onProgress: { _ in }, say: { told.add($0) })
            }
            let told = Told()
            let lock = try await resolve(
                older: SandboxLock(suites: [], installed: [], fetched: [package("linux-source-7.3"), before]), told)
            #expect(lock.fetched("busybox-static") == before)
            #expect(lock.fetched("linux-source-7.3")?.version.hasPrefix("7.3.") == true)
            #expect(told.lines.count == 1 && told.lines[0].contains("busybox-static 1.0 (s390x)"))
            let failure = await #expect(throws: Failure.self) { try await resolve(older: nil, Told()) }
            #expect(failure?.code == "sandbox.no-network")
        }
    }

    @Test(.integration) func `a mirror that can't be reached is said to be`() async throws {
        let keys = try await RealThings.mirror().keyring
        let mirror = Mirror(address: "http://127.0.0.1:9/debian", keyring: keys)
        try await withTemporaryFolder { folder in
            let resolving = await #expect(throws: Failure.self) {
                try await SandboxResolver(
                    specification: SandboxSpecification(
                        name: "small", suites: [.init(name: "trixie", architectures: ["amd64"])], installed: []),
                    mirror: mirror, allowExpired: false
                ).resolve(in: folder) { _ in }
            }
            #expect(resolving?.code == "sandbox.no-network")
            let fetching = await #expect(throws: Failure.self) {
                try await PackageCache(folder.appending("packages")).fetch([package("a")], from: mirror) { _ in }
            }
            #expect(fetching?.code == "sandbox.no-network")
        }
    }

    @Test(.integration) func `a package that the mirror no longer has is named`() async throws {
        let mirror = try await RealThings.mirror()
        try await withTemporaryFolder { folder in
            let failure = await #expect(throws: Failure.self) {
                try await PackageCache(folder).fetch([package("no-such-package-of-debian")], from: mirror) { _ in }
            }
            #expect(failure?.code == "sandbox.package-gone")
            #expect(failure?.message.contains("no-such-package-of-debian 1.0") == true)
        }
    }

    @Test(.integration)
    func `where the mirror no longer has a locked package, versions are chosen anew and the difference is told`()
        async throws
    {
        let pinned = try RealThings.lock()
        let specification = try SandboxSpecification(
            contentsOf: RealThings.repository.appending("Locks/standard.yaml"))
        let gone = LockedPackage(
            name: "make", version: "0.1-1", architecture: "amd64", sha256: Digest(of: "gone"), size: 1,
            path: "pool/main/m/make-dfsg/make_0.1-1_amd64.deb")
        let old = SandboxLock(
            suites: pinned.suites, installed: pinned.installed.filter { $0.name != "make" } + [gone],
            fetched: pinned.fetched)
        let refused = await #expect(throws: Failure.self) {
            try await RealThings.store.provide(
                old, of: nil, orAnew: false, needed: { _ in [] }, mirror: RealThings.mirror(), allowExpired: true,
                onProgress: { _ in },
                say: { _ in })
        }
        #expect(refused?.code == "sandbox.package-gone")
        #expect(refused?.advice.contains("--mirror ADDRESS/archive/debian/") == true)
        let told = Told()
        let provision = try await RealThings.store.provide(
            old, of: specification, orAnew: true, needed: { _ in [] }, mirror: RealThings.mirror(), allowExpired: true,
            onProgress: { _ in },
            say: { told.add($0) }
        )
        #expect(provision.drift.contains { $0.hasPrefix("make:amd64 0.1-1 → ") })
        #expect(told.lines.first?.contains("make 0.1-1 (amd64)") == true)
        #expect(try RealThings.store.existing(provision.lock) == provision.root)
    }

    @Test(.integration) func `a cache that can't be written is not the mirror's fault`() async throws {
        let mirror = try await RealThings.mirror()
        try await withTemporaryFolder { folder in
            try Files.makeDirectory(folder)
            try AtomicFile.write("a file", to: folder.appending("partial"))
            let failure = await #expect(throws: Failure.self) {
                try await PackageCache(folder).fetch([package("a")], from: mirror) { _ in }
            }
            #expect(failure?.code == "file.unwritable")
        }
    }

    @Test(.integration)
    func `where the lists name a file that the pool does not have, that is said and the version before is used`()
        async throws
    {
        let pinned = try RealThings.lock()
        let real = try await RealThings.mirror()
        try await withTemporaryFolder { folder in
            let store = SandboxStore(cache: folder)
            let small = try #require(pinned.installed.min { $0.size < $1.size })
            let before = SandboxLock(suites: pinned.suites, installed: [], fetched: [small])
            let ahead = SandboxLock(
                suites: pinned.suites, installed: [],
                fetched: [
                    LockedPackage(
                        name: small.name, version: "99", architecture: small.architecture,
                        sha256: Digest(of: "ahead"), size: 1, path: "pool/main/x/\(small.name)_99.deb")
                ])
            let told = Told()
            let obtained = try await store.obtain(
                ahead, or: before, needed: \.fetched, from: real, onProgress: { _ in }, say: { told.add($0) })
            #expect(obtained.fetched == [small])
            #expect(told.lines.first?.contains("name 1 packages that its pool does not have: \(small.name) 99") == true)
            let failure = await #expect(throws: Failure.self) {
                try await store.obtain(
                    ahead, or: nil, needed: \.fetched, from: real, onProgress: { _ in }, say: { _ in })
            }
            #expect(failure?.code == "sandbox.pool-behind")
            #expect(failure?.message.contains("\(small.name) 99") == true)
            let neither = await #expect(throws: Failure.self) {
                try await store.obtain(
                    ahead, or: SandboxLock(suites: [], installed: [], fetched: [package("a")]), needed: \.fetched,
                    from: real,
                    onProgress: { _ in }, say: { _ in })
            }
            #expect(neither?.code == "sandbox.pool-behind")
            // A lock that the mirror can't give is not remembered.
            #expect(try store.lastLock() == obtained)
            // One that can't be read any more is replaced.
            try AtomicFile.write("{", to: store.cache.appending("sandbox.lock.json"))
            try store.remember(obtained)
            #expect(try store.lastLock() == obtained)
        }
    }

    @Test func `a kernel's package is a version of the one before, whose name holds another version`() {
        func named(_ name: String, _ version: String, _ architecture: String = "s390x") -> LockedPackage {
            LockedPackage(
                name: name, version: version, architecture: architecture, sha256: Digest(of: name), size: 1,
                path: "pool/x")
        }
        let image = named("linux-image-6.12.117+deb13-s390x", "6.12.117-1")
        #expect(image.isVersion(of: named("linux-image-6.12.107+deb13-s390x", "6.12.107-1")))
        #expect(image.isVersion(of: named("linux-image-6.12.107+deb13-s390x", "1:6.12.107-1")))
        #expect(!image.isVersion(of: named("linux-image-6.12.107+deb13-s390x", "6.12.107-1", "amd64")))
        #expect(!image.isVersion(of: named("linux-headers-6.12.107+deb13-s390x", "6.12.107-1")))
        #expect(!image.isVersion(of: named("linux-image-6.12.107+deb13-s390x-dbg", "6.12.107-1")))
        #expect(named("make", "4.4-1").isVersion(of: named("make", "4.3-1")))
        #expect(!named("gcc-14", "14.2.0-19").isVersion(of: named("gcc-13", "13.3.0-1")))
    }

    @Test(.integration) func `a file with another digest than the lock's is not taken`() async throws {
        let mirror = try await RealThings.mirror()
        let real = try #require(try RealThings.lock().installed.min { $0.size < $1.size })
        let other = LockedPackage(
            name: real.name, version: real.version, architecture: real.architecture, sha256: Digest(of: "other"),
            size: real.size, path: real.path)
        try await withTemporaryFolder { folder in
            await #expect(throws: Failure.self) { try await PackageCache(folder).fetch([other], from: mirror) { _ in } }
            #expect(try !PackageCache(folder).holds(other))
            try await PackageCache(folder).fetch([real], from: mirror) { _ in }
            #expect(try Digest(ofFile: PackageCache(folder).file(of: real)) == real.sha256)
        }
    }
}

@Suite struct PackageCacheAttackTests {
    private func cached(_ text: String, _ body: (PackageCache, LockedPackage) throws -> Void) async throws {
        let bytes = Array(text.utf8)
        let package = LockedPackage(
            name: "busybox-static", version: "1.0", architecture: "s390x", sha256: Digest(of: bytes), size: bytes.count,
            path: "pool/b.deb")
        try await withTemporaryFolder { folder in
            try AtomicFile.write(bytes, to: folder.appending("\(package.sha256).deb"))
            try body(PackageCache(folder), package)
        }
    }

    @Test func `a file with a package's name and another content is removed and never used`() async throws {
        try await cached("what was locked") { cache, package in
            #expect(try cache.file(of: package).lastComponent?.string == "\(package.sha256).deb")
            // Of the same size, as one would plant it.
            try AtomicFile.write("what is hostil", to: cache.folder.appending("\(package.sha256).deb"))
            #expect(try !cache.holds(package))
            try AtomicFile.write("what is planted", to: cache.folder.appending("\(package.sha256).deb"))
            #expect(try !cache.holds(package))
            let failure = #expect(throws: Failure.self) { try cache.file(of: package) }
            #expect(failure?.code == "sandbox.damaged")
            let absent = #expect(throws: Failure.self) { try cache.file(of: package) }
            #expect(absent?.code == "sandbox.package-absent")
        }
    }

    @Test(.integration) func `a planted file is fetched again, and the mirror's is taken`() async throws {
        let real = try #require(try RealThings.lock().installed.min { $0.size < $1.size })
        try await withTemporaryFolder { folder in
            let planted = [UInt8](repeating: 0x21, count: real.size)
            try AtomicFile.write(planted, to: folder.appending("\(real.sha256).deb"))
            try await PackageCache(folder).fetch([real], from: try await RealThings.mirror()) { _ in }
            #expect(try Digest(ofFile: PackageCache(folder).file(of: real)) == real.sha256)
        }
    }
}

/// Debian's archive of every version, by its layout.
@Suite struct SnapshotTests {
    private func mirror(_ address: String) -> Mirror { Mirror(address: address, keyring: "/keys") }

    private var lock: SandboxLock {
        func suite(_ name: String, _ time: Double) -> SandboxLock.Suite {
            .init(name: name, date: Date(timeIntervalSince1970: time), validUntil: nil)
        }
        // 2026-11-20 08:00 and 2026-11-26 20:10:46 UTC.
        return SandboxLock(
            suites: [suite("trixie", 1_795_161_600), suite("trixie-backports", 1_795_723_846)], installed: [],
            fetched: [])
    }

    @Test func `an archive of all times is taken at the lock's, and any other mirror as it is`() throws {
        for address in ["https://snapshot.example/archive/debian/", "http://snapshot.example/archive/debian"] {
            #expect(try mirror(address).at(lock).address.hasSuffix("/archive/debian/20261127T081046Z"))
            let failure = #expect(throws: Failure.self) { try mirror(address).at(nil) }
            #expect(failure?.code == "mirror.no-time")
        }
        for address in [
            "https://snapshot.example/archive/debian/20261101T000000Z", "http://mirror.example/debian",
            "file:///srv/archive/mirror",
        ] {
            #expect(try mirror(address).at(lock).address == address)
            #expect(try mirror(address).at(nil).address == address)
        }
    }

    @Test func `one time of an archive is told from other mirrors`() {
        #expect(mirror("https://snapshot.example/archive/debian/20261101T000000Z/").isSnapshot)
        #expect(mirror("file:///srv/archive/debian/20261101T000000Z").isSnapshot)
        for address in [
            "https://snapshot.example/archive/debian", "http://mirror.example/debian",
            "http://x/archive/debian/20261101", "http://x/debian/20261101T000000Z", "20261101T000000Z", "",
        ] {
            #expect(!mirror(address).isSnapshot, "\(address)")
        }
    }

    @Test func `a package's file lies below the time`() {
        let file = mirror("https://snapshot.example/archive/debian/20261101T000000Z/").address(of: package("a"))
        #expect(file == "https://snapshot.example/archive/debian/20261101T000000Z/pool/main/a_1.0_amd64.deb")
    }

    @Test(.integration) func `the Release files of another time are past their validity for a good reason`()
        async throws
    {
        let host = try await RealThings.mirror()
        let small = SandboxSpecification(
            name: "small", suites: [.init(name: "trixie-backports", architectures: ["amd64"])], installed: [])
        try await withTemporaryFolder { folder in
            let time = folder.pushing("archive/debian/20261101T000000Z")
            for file in ["InRelease", "main/binary-amd64/Packages.xz"] {
                let path = time.pushing("dists/trixie-backports").pushing(FilePath(file))
                try Files.makeDirectory(path.removingLastComponent())
                try await Command(
                    "/usr/lib/apt/apt-helper",
                    ["download-file", "\(host.address)/dists/trixie-backports/\(file)", path.string]
                ).output("test.setup", doing: "copying \(file)", advice: "look at the mirror")
            }
            let lock = try await SandboxResolver(
                specification: small, mirror: Mirror(address: "file://\(time)/", keyring: host.keyring),
                allowExpired: false, now: .distantFuture
            ).resolve(in: folder.appending("apt")) { _ in }
            #expect(lock.suites.map(\.name) == ["trixie-backports"])
        }
    }
}

@Suite struct SandboxRootTests {
    private func run(_ script: String, mounts: [Mount] = []) async throws -> Outcome {
        try await RealThings.sandbox().command(Command("/bin/sh", ["-c", script]), mounts: mounts).capture()
    }

    @Test(.integration) func `a command inside sees no network but loopback`() async throws {
        let interfaces = try await run("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '")
        #expect(interfaces.output == "lo\n")
        #expect(try await !run("exec 3<>/dev/tcp/192.0.2.1/80").succeeded)
    }

    @Test(.integration) func `the root can't be written, and no variable of the host's is seen`() async throws {
        #expect(try await !run("touch /usr/bin/x").succeeded)
        let variables = try await run("env | cut -d= -f1 | sort | tr '\\n' ' '")
        #expect(variables.output == "HOME LC_ALL PATH PWD TZ ")
    }

    @Test(.integration) func `only the named folders are there, and only writable ones take writes`() async throws {
        try await withTemporaryFolder { folder in
            try AtomicFile.write("x", to: folder.appending("file"))
            let seen = try await run("ls /mnt; cat /mnt/in/file", mounts: [Mount(folder, at: "/mnt/in")])
            #expect(seen.output == "in\nx")
            #expect(try await !run("touch /mnt/in/new", mounts: [Mount(folder, at: "/mnt/in")]).succeeded)
            #expect(
                try await run("touch /mnt/in/new", mounts: [Mount(folder, at: "/mnt/in", writable: true)]).succeeded)
            #expect(Files.exists(folder.appending("new")))
        }
    }

    @Test(.integration) func `what dpkg says of the sandbox's packages is what the lock says`() async throws {
        let listing = try await run("dpkg-query -W -f '${Package} ${Version} ${Architecture}\\n' | sort")
        let locked = try RealThings.lock().installed.map { "\($0.name) \($0.version) \($0.architecture)" }
        #expect(Set(listing.output.split(separator: "\n").map(String.init)) == Set(locked))
    }

    @Test func `a half-made sandbox is not used`() async throws {
        try await withTemporaryFolder { cache in
            let store = SandboxStore(cache: cache)
            let lock = SandboxLock(suites: [], installed: [package("a")], fetched: [])
            let name = "sandboxes/\(lock.digest.hexadecimal)"
            try Files.makeDirectory(cache.appending("\(name).partial/root"))
            try AtomicFile.write(json: lock, to: cache.appending("\(name).partial/lock.json"))
            #expect(store.existing(lock) == nil)
            try Files.makeDirectory(cache.appending("\(name)/root"))
            #expect(store.existing(lock) == nil)
        }
    }
}

@Suite struct SandboxVerificationTests {
    /// A root file system with one package, as dpkg records it, and the manifest of its making.
    private func withRoot(_ body: (SandboxRoot) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let root = folder.appending("root")
            try Files.makeDirectory(root.appending("usr/bin"))
            try Files.makeDirectory(root.appending("var/lib/dpkg/info"))
            try Files.makeDirectory(root.appending("etc"))
            try AtomicFile.write("one", to: root.appending("usr/bin/one"))
            try AtomicFile.write("two", to: root.appending("usr/bin/two"))
            try AtomicFile.write("made at installation", to: root.appending("etc/made"))
            // md5sum is the judge of what the checksums are.
            let sums = try await Command("md5sum", ["usr/bin/one", "usr/bin/two"], workingDirectory: root).capture()
                .output
            try AtomicFile.write(sums, to: root.appending("var/lib/dpkg/info/pair.md5sums"))
            try FileManifest(of: root).write(to: folder.appending("manifest.json"))
            try await body(SandboxRoot(path: root, lockDigest: Digest(of: "")))
        }
    }

    @Test func `an untouched root differs in nothing`() async throws {
        try await withRoot { root in
            let differences = try root.verify().differences
            #expect(differences.isEmpty)
        }
    }

    @Test func `each kind of change is told with its path and package`() async throws {
        try await withRoot { root in
            try AtomicFile.write("other", to: root.path.appending("usr/bin/one"))
            try Files.remove(root.path.appending("usr/bin/two"))
            try AtomicFile.write("edited", to: root.path.appending("etc/made"))
            try AtomicFile.write("new", to: root.path.appending("etc/new"))
            #expect(
                try root.verify().differences == [
                    SandboxDifference(kind: .changed, path: "etc/made", package: nil),
                    SandboxDifference(kind: .added, path: "etc/new", package: nil),
                    SandboxDifference(kind: .modified, path: "usr/bin/one", package: "pair"),
                    SandboxDifference(kind: .missing, path: "usr/bin/two", package: "pair"),
                ])
        }
    }

    @Test(.integration, .enabled(if: Privilege.isRoot, "only root can take another user's place"))
    func `what this user may not read is unknown, and not tampered with`() async throws {
        try await withTemporaryFolder { folder in
            let lock = SandboxLock(suites: [], installed: [package("a")], fetched: [])
            let sandbox = folder.appending("bessemer/sandboxes/\(lock.digest.hexadecimal)")
            let root = sandbox.appending("root")
            let files = [("usr/bin/one", 0o644), ("usr/bin/two", 0), ("etc/shadow", 0o600), ("root/.profile", 0o600)]
            for (name, _) in files {
                try Files.makeDirectory(root.pushing(FilePath(name)).removingLastComponent())
                try AtomicFile.write(name, to: root.pushing(FilePath(name)))
            }
            try Files.makeDirectory(root.appending("var/lib/dpkg/info"))
            let sums = try await Command("md5sum", ["usr/bin/one", "usr/bin/two"], workingDirectory: root).capture()
            try AtomicFile.write(sums.output, to: root.appending("var/lib/dpkg/info/pair.md5sums"))
            for (name, mode) in files + [("root", 0o700)] {
                try FileManager.default.setAttributes(
                    [.posixPermissions: mode], ofItemAtPath: root.pushing(FilePath(name)).string)
            }
            try FileManifest(of: root).write(to: sandbox.appending("manifest.json"))
            try AtomicFile.write(json: lock, to: sandbox.appending("lock.json"))
            func verify() async throws -> Outcome {
                let words = [
                    RealThings.program.string, "sandbox", "verify", "--lock", sandbox.appending("lock.json").string,
                ]
                return try await Command(
                    "setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups"] + words,
                    environment: [
                        "PATH": "/usr/bin:/bin", "HOME": folder.string, "XDG_CACHE_HOME": folder.string,
                        "XDG_STATE_HOME": folder.string,
                    ]
                ).capture()
            }
            let unknown = try await verify()
            #expect(
                unknown.output == "unreadable /etc/shadow\nunreadable /root\nunreadable /usr/bin/two (pair)\n",
                "\(unknown.error)")
            #expect(unknown.ending == .exited(2))
            try AtomicFile.write("other", to: root.appending("usr/bin/one"))
            let different = try await verify()
            #expect(different.output.contains("modified /usr/bin/one (pair)"))
            #expect(different.ending == .exited(1))
        }
    }

    @Test func `a file that was diverted is looked for under its new name`() async throws {
        try await withRoot { root in
            try Files.rename(root.path.appending("usr/bin/one"), to: root.path.appending("usr/bin/one.moved"))
            try AtomicFile.write(
                "/usr/bin/one\n/usr/bin/one.moved\nother\n", to: root.path.appending("var/lib/dpkg/diversions"))
            try FileManifest(of: root.path).write(to: root.path.removingLastComponent().appending("manifest.json"))
            let whole = try root.verify().differences
            #expect(whole.isEmpty)
            try AtomicFile.write("other", to: root.path.appending("usr/bin/one.moved"))
            let changed = try root.verify().differences
            #expect(changed == [SandboxDifference(kind: .modified, path: "usr/bin/one", package: "pair")])
        }
    }

    @Test func `a sandbox with one byte changed is not built in, whatever its times and sizes say`() async throws {
        try await withTemporaryFolder { cache in
            let store = SandboxStore(cache: cache)
            let lock = SandboxLock(suites: [], installed: [package("a")], fetched: [])
            let folder = cache.appending("sandboxes/\(lock.digest.hexadecimal)")
            let root = folder.appending("root")
            try Files.makeDirectory(root.appending("var/lib/dpkg/info"))
            try Files.makeDirectory(root.appending("usr/bin"))
            try AtomicFile.write("one", to: root.appending("usr/bin/one"))
            let sums = try await Command("md5sum", ["usr/bin/one"], workingDirectory: root).capture().output
            try AtomicFile.write(sums, to: root.appending("var/lib/dpkg/info/a.md5sums"))
            try AtomicFile.write(json: lock, to: folder.appending("lock.json"))
            try FileManifest(of: root).write(to: folder.appending("manifest.json"))
            #expect(try store.verified(lock)?.path == root)
            #expect(Files.size(folder.appending("fingerprint")) == 64)
            #expect(try store.verified(lock)?.path == root)

            let file = root.appending("usr/bin/one")
            let times = try FileManager.default.attributesOfItem(atPath: file.string)[.modificationDate] as? Date
            let handle = try #require(FileHandle(forWritingAtPath: file.string))
            try handle.write(contentsOf: Data("two".utf8))
            try handle.close()
            try FileManager.default.setAttributes([.modificationDate: times ?? Date()], ofItemAtPath: file.string)
            let failure = #expect(throws: Failure.self) { try store.verified(lock) }
            #expect(failure?.code == "sandbox.altered")
            #expect(failure?.message.contains("modified /usr/bin/one") == true)
        }
    }
}

extension LockedPackage {
    fileprivate var withoutSHA512: LockedPackage {
        LockedPackage(
            name: name, version: version, architecture: architecture, sha256: sha256, size: size, path: path)
    }
}
