// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import Sandbox
import SystemPackage
import TestSupport
import Testing

@testable import Watch

private let corpus = RealThings.repository.appending("Tests/Corpus/Watch")
private let today = Date(timeIntervalSince1970: 1_795_000_000)

private func mirror(_ name: String) -> Mirror {
    Mirror(address: "file:\(corpus)/\(name)", keyring: corpus.appending("keyring.gpg"))
}

private func place(_ folder: FilePath, _ name: String = "before") -> WatchPlace {
    WatchPlace(
        folder: folder, cache: folder.appending("cache"), glue: RealThings.repository.appending("Kernel/Glue"),
        sandbox: nil, mirror: { mirror(name) })
}

private func plan(
    suites: [String] = [], architectures: [String] = ["amd64"], packages: [String] = [], kernels: [String] = [],
    toolchains: [WatchPlan.Toolchain] = [], configurations: [String] = [], trees: [WatchPlan.Tree] = [],
    lock: String? = nil
) -> WatchPlan {
    WatchPlan(
        suites: suites, architectures: architectures, packages: packages, lock: lock, kernels: kernels,
        options: ["RUST", "EXPOLINE"], toolchains: toolchains, configurations: configurations, trees: trees)
}

/// What the looks of a plan say, by source: the values, or the failure's code.
private func look(
    _ plan: WatchPlan, _ place: WatchPlace, _ history: WatchHistory = WatchHistory([])
) async throws -> [String: Result<Sighting, Failure>] {
    let looks = try await Watch(plan, place: place).look(history, at: today)
    return Dictionary(looks.map { ($0.source, $0.result) }) { $1 }
}

private typealias Looked = Result<Sighting, Failure>

private func code(_ result: Looked?) -> String? {
    if case .failure(let failure) = result { failure.code } else { nil }
}

private func sighting(_ result: Looked?) -> Sighting? { try? result?.get() }

private func value(_ result: Looked?, _ subject: String, _ topic: Sighting.Topic = .package) -> String? {
    sighting(result)?.values?.first { $0.subject == subject && $0.topic == topic }?.value
}

@Suite struct SuiteLookTests {
    @Test func `what changed between two looks at a suite is what the archive changed`() async throws {
        try await withTemporaryFolder { folder in
            let plan = plan(
                suites: ["stable"], architectures: ["amd64", "s390x"],
                packages: ["rustc", "bindgen", "linux-source-*"],
                kernels: ["linux-config-*"])
            var history = WatchHistory([])
            let first = try await look(plan, place(folder), history)
            #expect(value(first["suite stable amd64"], "rustc") == "1.96.1+dfsg1-1~bpo13+1")
            let kernel = "kernel linux-config-7.9 of stable"
            let rust = "CONFIG_RUST of config.s390x_none_s390x.xz"
            #expect(value(first[kernel], rust, .option) == "n", "\(String(describing: first[kernel]))")
            for (source, result) in first { _ = history.add(try result.get(), entry: Digest(of: source)) }

            let again = try await look(plan, place(folder), history)
            var same = history
            #expect(try again.flatMap { same.add(try $1.get(), entry: Digest(of: "\($0) 2")) }.isEmpty)

            let second = try await look(plan, place(folder, "after"), history)
            let changes = try second.flatMap { history.add(try $1.get(), entry: Digest(of: "\($0) 3")) }
            func change(_ subject: String) -> WatchChange? {
                changes.first { $0.subject == subject && $0.topic != .preRelease && $0.topic != .version }
            }
            #expect(change("rustc")?.kind == .newerPackage && change("rustc")?.after == "1.97.1+dfsg1-1")
            #expect(change("bindgen")?.kind == .packageGone)
            #expect(change("linux-source-7.9")?.kind == .newerPackage)
            #expect(change(rust)?.kind == .optionOn)
            #expect(change("CONFIG_EXPOLINE of config.s390x_none_s390x.xz") == nil)
            let early = changes.first { $0.topic == .preRelease }
            #expect(early?.after == "1.98.0~rc1-1")
        }
    }

    @Test(arguments: [
        ("empty", "suite.unreadable"), ("blank", "suite.unreadable"), ("unlike", "suite.unreadable"),
        ("page", "suite.unreadable"), ("none", "suite.unreadable"),
    ])
    func `a list that is empty, another or not there is a source that could not be looked at`(
        suite: String, expected: String
    ) async throws {
        try await withTemporaryFolder { folder in
            let looks = try await look(plan(suites: [suite], packages: ["rustc"]), place(folder))
            #expect(code(looks["suite \(suite) amd64"]) == expected, "\(looks)")
        }
    }

    @Test func `a suite past its validity is looked at, and that is said`() async throws {
        try await withTemporaryFolder { folder in
            let looks = try await look(plan(suites: ["expired"], packages: ["rustc", "absent"]), place(folder))
            #expect(value(looks["suite expired amd64"], "rustc") == "1.96.1-1")
            #expect(
                sighting(looks["suite expired amd64"])?.notes == [
                    "it has no package absent",
                    "its Release file is past its validity, which ended 2020-01-09T00:00:00Z",
                ])
        }
    }

    @Test func `a locked package is gone only where each suite of the lock was looked at`() async throws {
        try await withTemporaryFolder { folder in
            func package(_ name: String, _ version: String) -> LockedPackage {
                LockedPackage(
                    name: name, version: version, architecture: "amd64", sha256: Digest(of: name), size: 1,
                    path: "pool/\(name).deb")
            }
            func gone(_ suites: [String]) async throws -> [String: String?] {
                let lock = SandboxLock(
                    suites: suites.map { .init(name: $0, date: today, validUntil: nil) },
                    installed: [package("rustc", "1.96.1+dfsg1-1~bpo13+1"), package("nosuch", "1.0-1")], fetched: [])
                try Files.makeDirectory(folder)
                try AtomicFile.write(JSON.encode(lock), to: folder.appending("lock.json"))
                let looked = try await look(plan(suites: ["stable"], lock: "lock.json"), place(folder))
                let values = try #require(sighting(looked["lock lock.json amd64"])?.values)
                return Dictionary(values.map { ($0.subject, $0.value) }) { $1 }
            }
            let (all, some) = (try await gone(["stable"]), try await gone(["stable", "other"]))
            #expect(all == ["rustc:amd64": "1.96.1+dfsg1-1~bpo13+1", "nosuch:amd64": nil])
            #expect(some == ["rustc:amd64": "1.96.1+dfsg1-1~bpo13+1"])
        }
    }

    @Test func `a pattern of kernels that names none is said`() async throws {
        try await withTemporaryFolder { folder in
            let plan = plan(suites: ["stable"], architectures: ["s390x"], kernels: ["linux-confug-*"])
            let looked = try await look(plan, place(folder))
            #expect(sighting(looked["suite stable s390x"])?.notes == ["it has no package linux-confug-*"])
        }
    }

    @Test func `a list that another key signed is not read`() async throws {
        try await withTemporaryFolder { folder in
            let other = folder.appending("other.gpg")
            try AtomicFile.write("", to: other)
            var place = place(folder)
            place = WatchPlace(
                folder: folder, cache: place.cache, glue: place.glue, sandbox: nil,
                mirror: { Mirror(address: mirror("before").address, keyring: other) })
            let looks = try await look(plan(suites: ["stable"], packages: ["rustc"]), place)
            #expect(code(looks["suite stable amd64"]) == "suite.unreadable")
        }
    }

    @Test func `a list that is larger than any is not read`() async throws {
        try await withTemporaryFolder { folder in
            let failure = await #expect(throws: Failure.self) {
                try await SuiteList(
                    suite: "stable", architecture: "amd64", mirror: mirror("before"), folder: folder, largest: 100)
            }
            #expect(failure?.code == "suite.unreadable")
        }
    }

    @Test func `a package that the pool lacks is one that could not be looked at`() async throws {
        try await withTemporaryFolder { folder in
            let looks = try await look(
                plan(suites: ["absent"], architectures: ["s390x"], kernels: ["linux-config-*"]), place(folder))
            #expect(code(looks["kernel linux-config-7.9 of absent"]) == "watch.unreadable")
            #expect(code(looks["suite absent s390x"]) == nil)
        }
    }
}

@Suite struct ConfigurationLookTests {
    private static let text = "# Linux/s390 7.9.1 Kernel Configuration\nCONFIG_S390=y\nCONFIG_64BIT=y\nCONFIG_RUST=y\n"

    private func seen(_ name: String, in folder: FilePath) throws -> Seen {
        try ConfigurationLook(name: name, options: ["RUST", "EXPOLINE"], place: place(folder)).seen(nil)
    }

    @Test func `options are read of each file, and links, devices and other texts are not`() async throws {
        try await withTemporaryFolder { folder in
            let vendor = folder.appending("vendor")
            try Files.makeDirectory(vendor)
            try AtomicFile.write(Self.text, to: vendor.appending("config-7.9.1-s390x"))
            try AtomicFile.write("<html><body>no</body></html>", to: vendor.appending("config-page"))
            try AtomicFile.write(
                "# Linux/x86 7.9.1 Kernel Configuration\nCONFIG_RUST=y\n", to: vendor.appending("config-pc"))
            try AtomicFile.write(Self.text, to: folder.appending("secret"))
            try await Command("ln", ["-s", "../secret", "\(vendor)/config-link"]).output("t", doing: "t", advice: "t")
            try await Command("mkfifo", ["\(vendor)/config-pipe"]).output("t", doing: "t", advice: "t")
            let seen = try seen("vendor", in: folder)
            #expect(
                seen.values.map(\.subject) == [
                    "CONFIG_RUST of config-7.9.1-s390x", "CONFIG_EXPOLINE of config-7.9.1-s390x",
                    "CONFIG_RUST of config-link", "CONFIG_EXPOLINE of config-link",
                    "CONFIG_RUST of config-pipe", "CONFIG_EXPOLINE of config-pipe",
                ])
            #expect(seen.values.map(\.value) == ["y", "n"] + Array(repeating: "unknown", count: 4))
            #expect(seen.notes.count == 4)
            for name in ["config-link", "config-page", "config-pc", "config-pipe"] {
                #expect(seen.notes.contains { $0.contains(name) }, "\(seen.notes)")
            }
        }
    }

    @Test func `what is not looked for any more is forgotten, and what can't be read now stays known`() async throws {
        try await withTemporaryFolder { folder in
            let vendor = folder.appending("vendor")
            try Files.makeDirectory(vendor)
            for name in ["config-a", "config-b", "config-c"] {
                try AtomicFile.write(Self.text, to: vendor.appending(name))
            }
            func look(_ options: [String], _ history: WatchHistory) throws -> Sighting {
                let configurations = ConfigurationLook(name: "vendor", options: options, place: place(folder))
                let seen = try configurations.seen(history.state(of: configurations.source))
                return Sighting(
                    source: configurations.source, digest: seen.digest, at: "2026-11-01T00:00:00Z",
                    values: seen.values, notes: seen.notes)
            }
            var history = WatchHistory([])
            _ = history.add(try look(["RUST", "64BIT"], history), entry: Digest(of: "1"))
            try Files.remove(vendor.appending("config-b"))
            try Files.remove(vendor.appending("config-c"))
            try await Command("mkfifo", ["\(vendor)/config-c"]).output("t", doing: "t", advice: "t")
            let changes = history.add(try look(["RUST"], history), entry: Digest(of: "2"))
            #expect(changes.map(\.subject) == ["CONFIG_RUST of config-b"] && changes.map(\.kind) == [.gone])
            try Files.remove(vendor.appending("config-c"))
            try AtomicFile.write(Self.text, to: vendor.appending("config-c"))
            let last = try look(["RUST"], history)
            #expect(history.add(last, entry: Digest(of: "3")).isEmpty)
        }
    }

    @Test(arguments: ["nowhere", "empty", "link", "/dev/zero"])
    func `what holds no configuration could not be looked at`(name: String) async throws {
        try await withTemporaryFolder { folder in
            try Files.makeDirectory(folder.appending("empty"))
            try AtomicFile.write(Self.text, to: folder.appending("secret"))
            try await Command("ln", ["-s", "secret", "\(folder)/link"]).output("t", doing: "t", advice: "t")
            #expect(throws: Failure.self) { try seen(name, in: folder) }
        }
    }
}

@Suite struct TreeLookTests {
    /// A tree that is as small as one can be.
    private func tree(_ folder: FilePath, version: String, makefile: String) throws {
        try Files.makeDirectory(folder.pushing("arch/s390"))
        let numbers = version.split(separator: ".")
        try AtomicFile.write(
            "VERSION = \(numbers[0])\nPATCHLEVEL = \(numbers[1])\nSUBLEVEL = \(numbers[2])\nEXTRAVERSION =\n",
            to: folder.appending("Makefile"))
        for name in ["Kconfig", "arch/s390/Kconfig"] {
            try AtomicFile.write("config X\n", to: folder.pushing(FilePath(name)))
        }
        try AtomicFile.write(makefile, to: folder.pushing("arch/s390/Makefile"))
    }

    @Test func `what changed in the files that the series touch is found between two versions, and once`() async throws
    {
        try await withTemporaryFolder { folder in
            try tree(folder.appending("old"), version: "6.12.1", makefile: "one\n")
            try tree(folder.appending("new"), version: "6.12.2", makefile: "two\n")
            let plan = plan(trees: [.init(name: "6.12", place: .folder("new"), from: "old")])
            var history = WatchHistory([])
            let first = try await look(plan, place(folder), history)
            let seen = try #require(sighting(first["tree 6.12"]))
            #expect(seen.notes.contains { $0.contains("is not known") })
            let changes = history.add(seen, entry: Digest(of: "1")).filter(\.isNews)
            #expect(changes.map(\.subject) == ["arch/s390/Makefile"] && changes[0].kind == .fileChanged)
            #expect(changes[0].detail == "6.12.2, compared with 6.12.1")
            let second = try #require(sighting(try await look(plan, place(folder), history)["tree 6.12"]))
            #expect(history.add(second, entry: Digest(of: "2")).isEmpty)
            try AtomicFile.write("three\n", to: folder.pushing("new/arch/s390/Makefile"))
            let third = try #require(sighting(try await look(plan, place(folder), history)["tree 6.12"]))
            #expect(history.add(third, entry: Digest(of: "3")).map(\.kind) == [.fileChanged])
        }
    }

    @Test func `whether the series apply stays known where it can't be tried`() async throws {
        try await withTemporaryFolder { folder in
            try tree(folder.appending("new"), version: "6.12.2", makefile: "two\n")
            let plan = plan(trees: [.init(name: "6.12", place: .folder("new"), from: nil)])
            var history = WatchHistory([])
            let first = try #require(sighting(try await look(plan, place(folder), history)["tree 6.12"]))
            let applies = Sighting.Value(.series, "series 6.12", "applies")
            let tried = Sighting(
                source: first.source, digest: first.digest, at: first.at, values: (first.values ?? []) + [applies],
                notes: [])
            _ = history.add(tried, entry: Digest(of: "1"))
            let untried = try #require(sighting(try await look(plan, place(folder), history)["tree 6.12"]))
            #expect(history.add(untried, entry: Digest(of: "2")).isEmpty)
            #expect(history.state(of: "tree 6.12")?.value(.series, "series 6.12") == applies)
            #expect(history.add(tried, entry: Digest(of: "3")).isEmpty)
        }
    }

    @Test func `a folder that is not a kernel could not be looked at`() async throws {
        try await withTemporaryFolder { folder in
            let looks = try await look(plan(trees: [.init(name: "x", place: .folder("."), from: nil)]), place(folder))
            #expect(code(looks["tree x"]) == "tree.not-a-kernel")
        }
    }
}

@Suite struct WatchReportTests {
    @Test func `a look that failed is as old as the last good one`() throws {
        var history = WatchHistory([])
        let sighting = Sighting(
            source: "suite stable amd64", digest: Digest(of: "x"), at: "2026-11-01T00:00:00Z",
            values: [Sighting.Value(.package, "rustc", "1.96.1-1")], notes: [])
        _ = history.add(sighting, entry: Digest(of: "1"))
        let failure = Failure("suite.unreadable", "no", advice: "again")
        let report = WatchReport(
            toolVersion: "0", looks: [.init(source: "suite stable amd64", result: .failure(failure))], changes: [],
            history: history, at: try Date("2026-11-11T00:00:00Z", strategy: .iso8601))
        #expect(report.failures.map(\.age) == [10 * 86_400])
        #expect(report.failures[0].lastLook == "2026-11-01T00:00:00Z" && report.failures[0].values.count == 1)
    }
}

@Suite struct WatchUnitsTests {
    private func units(_ policy: FilePath, calendar: String = "daily", isUser: Bool = false) throws -> WatchUnits {
        try WatchUnits(
            program: "/usr/bin/true", policy: policy, calendar: calendar, isUser: isUser,
            environment: [("XDG_STATE_HOME", "/var/lib/50% \"x\"")])
    }

    @Test func `a path's characters do not become words or specifiers of the unit`() throws {
        let service = try units("/srv/a b%h\"$x/bessemer.yaml").service
        #expect(service.contains(#"--policy "/srv/a b%%h\"$$x/bessemer.yaml""#))
        #expect(throws: Failure.self) { try units("/srv/a\nExecStartPre=/bin/sh") }
    }

    @Test(arguments: ["", "daily\nExecStart=x", "daily;", "%h"])
    func `what is not a calendar event is refused`(calendar: String) {
        #expect(throws: Failure.self) { try units("/p", calendar: calendar) }
    }

    @Test(
        .enabled(if: Files.exists("/usr/bin/systemd-analyze"), "systemd is not there to check its units"),
        arguments: [true, false])
    func `systemd takes the units`(isUser: Bool) async throws {
        try await withTemporaryFolder { folder in
            let units = try units("/srv/a b%h/bessemer.yaml", calendar: "Mon..Fri 06:00", isUser: isUser)
            for (kind, text) in [("service", units.service), ("timer", units.timer)] {
                try AtomicFile.write(text, to: folder.appending("\(WatchUnits.name).\(kind)"))
            }
            let said = try await Command(
                "systemd-analyze",
                ["verify", "--man=no"]
                    + ["service", "timer"].map { "\(folder)/\(WatchUnits.name).\($0)" }
            ).capture()
            #expect(said.succeeded, "\(said.error)")
        }
    }
}
