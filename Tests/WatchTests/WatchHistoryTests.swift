// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import Testing
import Watch

/// Looks at one source, one a day.
private struct Days {
    var history = WatchHistory([])
    private var day = 0
    private let source: String

    init(_ source: String = "suite stable amd64") { self.source = source }

    /// What a look with those values changes.
    mutating func see(_ values: [Sighting.Value]) -> [WatchChange] {
        day += 1
        let sighting = Sighting(
            source: source, digest: Digest(of: "\(day)"), at: "2026-11-0\(day)T00:00:00Z", values: values, notes: [])
        return history.add(sighting, entry: Digest(of: "entry \(day)"))
    }
}

@Suite struct WatchHistoryTests {
    private func package(_ version: String?, base: String? = nil) -> [Sighting.Value] {
        [Sighting.Value(.package, "rustc", version, base: base)]
    }

    @Test func `the first look reports what it saw, and the second nothing`() {
        var days = Days()
        let first = days.see(package("1.96.1-1"))
        #expect(first.map(\.kind) == [.firstSeen] && first[0].isNews && first[0].after == "1.96.1-1")
        #expect(days.see(package("1.96.1-1")).isEmpty)
    }

    @Test func `a newer version is news once, also where mirrors give the old one in between`() {
        var days = Days()
        _ = days.see(package("1.96.1-1"))
        let newer = days.see(package("1.97.1-1"))
        #expect(newer.map(\.kind) == [.newerPackage] && newer[0].before == "1.96.1-1" && newer[0].isNews)
        #expect(days.see(package("1.96.1-1")).map(\.isNews) == [false])
        #expect(days.see(package("1.97.1-1")).map(\.isNews) == [false])
        #expect(days.see(package("1.98.0-1")).map(\.isNews) == [true])
    }

    @Test func `a version that is older than all before is news, and so is a package that went`() {
        var days = Days()
        _ = days.see(package("1.97.1-1"))
        let older = days.see(package("1.95.0-1"))
        #expect(older.map(\.kind) == [.otherPackage] && older[0].isNews)
        let gone = days.see(package(nil))
        #expect(gone.map(\.kind) == [.packageGone] && gone[0].isNews)
        #expect(days.see(package(nil)).isEmpty)
        #expect(days.see(package("1.97.1-1")).map(\.isNews) == [true])
    }

    @Test func `a locked package is compared with its lock the first time`() {
        var same = Days()
        #expect(same.see(package("1.96.1-1", base: "1.96.1-1")).isEmpty)
        var newer = Days()
        let changes = newer.see(package("1.97.1-1", base: "1.96.1-1"))
        #expect(changes.map(\.kind) == [.newerPackage] && changes[0].before == "1.96.1-1")
        var older = Days()
        #expect(older.see(package("1.85.0-1", base: "1.96.1-1")).map(\.isNews) == [false])
        var gone = Days()
        #expect(gone.see(package(nil, base: "1.96.1-1")).map(\.kind) == [.packageGone])
    }

    @Test(arguments: [
        (Sighting.Topic.option, "n", "y", WatchChange.Kind.optionOn), (.option, "y", "n", .optionOff),
        (.option, "m", "y", .optionChanged), (.flag, "bootstrap", "stable", .flagAccepted),
        (.flag, "refused", "bootstrap", .flagAccepted), (.flag, "stable", "bootstrap", .flagChanged),
        (.flag, "bootstrap", "refused", .flagRefused), (.series, "applies", "fails", .seriesFails),
        (.series, "fails", "applies", .seriesApplies), (.support, "none", "all", .supportChanged),
        (.file, "a", "b", .fileChanged),
    ])
    func `each kind of change has its name`(
        topic: Sighting.Topic, before: String, after: String, kind: WatchChange.Kind
    ) {
        var days = Days()
        _ = days.see([Sighting.Value(topic, "it", before)])
        let changes = days.see([Sighting.Value(topic, "it", after)])
        #expect(changes.map(\.kind) == [kind] && changes[0].isNews)
        #expect(changes[0].before == before && changes[0].after == after)
    }

    @Test func `a compiler that can't be asked is not one that refuses`() {
        var days = Days()
        _ = days.see([Sighting.Value(.flag, "-Zpacked-stack", "bootstrap")])
        #expect(days.see([Sighting.Value(.flag, "-Zpacked-stack", "unknown")]).map(\.isNews) == [false])
    }

    @Test
    func `changes of a log are the same whenever they are computed, and a name that is not looked for is not gone`() {
        var days = Days()
        _ = days.see(package("1.96.1-1") + [Sighting.Value(.package, "bindgen", "0.71.1-6")])
        // The policy no longer names bindgen, so no value says that it is gone.
        #expect(days.see(package("1.96.1-1")).isEmpty)
        let sightings = [("1.96.1-1", 1), ("1.97.1-1", 2)].map { version, day in
            Dated(
                Sighting(
                    source: "s", digest: Digest(of: version), at: "2026-11-0\(day)T00:00:00Z", values: package(version),
                    notes: []),
                entry: EntryReference(sequence: day, digest: Digest(of: "e\(day)"), kind: .sighting),
                time: Date(timeIntervalSince1970: Double(day)))
        }
        let history = WatchHistory(sightings)
        #expect(history.changes == WatchHistory(sightings).changes)
        #expect(history.changes.map(\.kind) == [.firstSeen, .newerPackage])
        #expect(history.changes[1].key == WatchChange.key("s", Sighting.Value(.package, "rustc", "1.97.1-1")))
    }

    @Test func `a look that saw the same says so in a few words, and moves the day of the last look`() {
        var days = Days()
        _ = days.see(package("1.96.1-1"))
        guard let state = days.history.state(of: "suite stable amd64") else {
            Issue.record("nothing is known")
            return
        }
        let again = Sighting(
            source: "suite stable amd64", digest: Digest(of: "x"), at: "2026-11-09T00:00:00Z", values: state.values,
            notes: []
        ).seenAlready(in: state.entry)
        #expect(again.values == nil)
        #expect(days.history.add(again, entry: Digest(of: "later")).isEmpty)
        #expect(days.history.state(of: "suite stable amd64")?.at == "2026-11-09T00:00:00Z")
        #expect(days.history.state(of: "suite stable amd64")?.entry == state.entry)
    }
}

@Suite struct DebianVersionTests {
    private static let pairs = [
        ("1.96.1", "1.97.1"), ("7.3~rc7-1~exp1", "7.3-1"), ("7.2.12-1~bpo13+1", "7.2.12-1"),
        ("6.12.107-1", "6.12.117-1"),
        ("0.71.1-6", "0.72.1-1+b3"), ("9", "1:1"), ("1.0", "1.0a"), ("1.0a", "1.0+"), ("1.0-1", "1.0-1.1"),
        ("1.09", "1.10"),
        ("2.0~", "2.0"), ("2.0~~", "2.0~"), ("1.1", "1.1.0"), ("0", "0.0"), ("1.0-0", "1.0-0a"), ("a", "b"),
        ("20000000000000000000000", "20000000000000000000001"),
    ]

    @Test(arguments: pairs) func `versions are in the order of Debian's policy`(less: String, more: String) async throws
    {
        #expect(DebianVersion(less) < DebianVersion(more))
        #expect(!(DebianVersion(more) < DebianVersion(less)))
        let dpkg = try await Command("dpkg", ["--compare-versions", less, "lt", more]).capture()
        #expect(dpkg.succeeded, "dpkg: \(dpkg.error)")
    }

    @Test func `zeros before a number and a revision of 0 change nothing`() {
        #expect(DebianVersion("1.0") == DebianVersion("1.00") && DebianVersion("1.0") == DebianVersion("0:1.0-0"))
        #expect(DebianVersion("1.0") != DebianVersion("1.0.0"))
    }

    @Test func `pre-releases are distinguished from backports and repacked sources`() {
        for version in ["7.3~rc7-1~exp1", "1.98.0~beta.3+dfsg1-1", "2.0~pre1-1"] {
            #expect(DebianVersion(version).isPreRelease)
        }
        for version in [
            "7.3.4-1~bpo13+1", "1.85.1+dfsg1-1+deb13u1", "0.72.1-1+b3", "6.12.95-1~bpo12+1", "4.13.0+git99-gc5587f9-1",
            "2.4+20151223.gitfa8646d.1-2+b5",
        ] {
            #expect(!DebianVersion(version).isPreRelease)
        }
    }
}
