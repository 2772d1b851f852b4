// SPDX-License-Identifier: Apache-2.0
import Evidence
import EvidenceSQLite
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

extension StoreSettings {
    /// As the program's, by a clock that stands still.
    static let ofTests = StoreSettings(
        recorder: "bessemer test", projection: RecordTables(), clock: { Date(timeIntervalSince1970: 1_800_000_000) })
}

/// What every store does, whatever keeps it.
@Suite struct EvidenceStoreTests {
    enum Kind: CaseIterable {
        case sqlite, memory
    }

    private func withStore(_ kind: Kind, _ body: (any EvidenceArchive) async throws -> Void) async throws {
        switch kind {
        case .memory:
            try await body(
                MemoryEvidenceStore(
                    recorder: StoreSettings.ofTests.recorder, projection: RecordTables(),
                    clock: StoreSettings.ofTests.clock))
        case .sqlite:
            try await withTemporaryFolder { folder in
                try await body(
                    try SQLiteEvidenceStore(path: folder.appending("deep/evidence.sqlite"), settings: .ofTests))
            }
        }
    }

    private func draft(
        _ text: String, kind: String = "note", parents: [Digest] = [], subjects: [Subject] = [], blobs: [Subject] = []
    ) -> Entry.Draft {
        Entry.Draft(
            kind: RecordKind(kind), version: 7, parents: parents, subjects: subjects, blobs: blobs,
            body: Array(text.utf8))
    }

    @Test(arguments: Kind.allCases)
    func `entries follow one another, and come back with their bytes`(_ kind: Kind) async throws {
        try await withStore(kind) { store in
            let first = try await store.append(draft("{\"a\": 1.5,\u{0} not JSON at all \u{FF}"))
            let second = try await store.append(draft("two", parents: [first.digest]))
            #expect(first.sequence == 1 && second.sequence == 2)
            #expect(first.previous == nil && second.previous == first.digest)
            #expect(first.digest == Digest(of: first.statement))
            let stored = try await store.stored(after: 0, limit: 10)
            #expect(stored.map(\.body) == [first.body, second.body])
            #expect(stored.map(\.statement) == [first.statement, second.statement])
            #expect(try await store.stored(after: 1, limit: 10).map(\.sequence) == [2])
            #expect(try await store.stored(after: 0, limit: 1).map(\.sequence) == [1])
            #expect(try stored.map { try $0.entry(in: "test") } == [first, second])
        }
    }

    @Test(arguments: Kind.allCases)
    func `the same body of one kind is one entry, and of another kind another`(_ kind: Kind) async throws {
        try await withStore(kind) { store in
            let first = try await store.append(draft("one"))
            #expect(try await store.append(draft("one")) == first)
            #expect(try await store.append(draft("one", kind: "other")).sequence == 2)
        }
    }

    @Test(arguments: Kind.allCases)
    func `an entry stands on what is there`(_ kind: Kind) async throws {
        try await withStore(kind) { store in
            await expectFailure("evidence.parent") {
                try await store.append(draft("a", parents: [Digest(of: "nothing")]))
            }
            await expectFailure("evidence.parent") {
                try await store.append(draft("a", blobs: [Subject("log", Digest(of: "nothing"))]))
            }
            #expect(try await store.stored(after: 0, limit: 1).isEmpty)
            let log = try await store.put(Array("a log".utf8))
            #expect(try await store.append(draft("a", blobs: [Subject("log", log)])).sequence == 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func `entries are found by kind, subject and parent, the newest first`(_ kind: Kind) async throws {
        try await withStore(kind) { store in
            let image = Subject("image", Digest(of: "image"))
            let one = try await store.append(draft("1", subjects: [image]))
            let two = try await store.append(draft("2", kind: "other", parents: [one.digest], subjects: [image]))
            let three = try await store.append(draft("3", parents: [one.digest]))
            #expect(try await store.find(EntryQuery(subject: image.sha256)) == [two, one])
            #expect(try await store.find(EntryQuery(parent: one.digest)) == [three, two])
            #expect(try await store.find(EntryQuery(kind: RecordKind("note"))) == [three, one])
            #expect(try await store.find(EntryQuery(kind: RecordKind("note"), parent: one.digest)) == [three])
            #expect(try await store.find(EntryQuery(digest: two.digest)) == [two])
            #expect(try await store.find(EntryQuery(limit: 2)) == [three, two])
            #expect(try await store.find(EntryQuery(kind: RecordKind("none"))).isEmpty)
            let earlier = EntryQuery(kind: RecordKind("note"), before: three.sequence)
            #expect(try await store.find(earlier) == [one])
            #expect(try await store.summaries(earlier) == [EntrySummary(one)])
            #expect(try await store.summaries(EntryQuery(limit: 2)) == [EntrySummary(three), EntrySummary(two)])
        }
    }

    @Test(arguments: Kind.allCases)
    func `a blob is what was put there, once`(_ kind: Kind) async throws {
        try await withStore(kind) { store in
            for bytes in [[], Array("a log\n".utf8), [UInt8](repeating: 7, count: 3_000_000), [0, 255, 0]] {
                let digest = try await store.put(bytes)
                #expect(digest == Digest(of: bytes))
                #expect(try await store.put(bytes) == digest)
                #expect(try await store.blob(digest) == bytes)
            }
            #expect(try await store.blob(Digest(of: "nothing")) == nil)
        }
    }

    @Test(arguments: Kind.allCases)
    func `verification names what is recorded`(_ kind: Kind) async throws {
        try await withStore(kind) { store in
            let log = Subject("log", try await store.put(Array("a log".utf8)))
            let one = try await store.append(draft("1", blobs: [log]))
            let two = try await store.append(draft("2", kind: "of a newer Bessemer", parents: [one.digest]))
            let report = try await VerificationReport(of: store)
            #expect(report.faults.isEmpty)
            #expect(report.entries == 2 && report.files == 1)
            #expect(report.kinds == ["note": 1, "of a newer Bessemer": 1])
            #expect(report.lastEntry == two.digest)
        }
    }

    @Test(arguments: Kind.allCases)
    func `a clock that goes back is not followed`(_ kind: Kind) async throws {
        let entry = Entry(draft("1"), after: nil, at: Date(timeIntervalSince1970: 1000.9), recorder: "r")
        #expect(entry.time == Date(timeIntervalSince1970: 1000))
        let next = Entry(draft("2"), after: .init(entry), at: Date(timeIntervalSince1970: 10), recorder: "r")
        #expect(next.time == entry.time)
    }

    @Test(arguments: Kind.allCases)
    func `runs, drills and their lists come back as they went in`(_ kind: Kind) async throws {
        try await withStore(kind) { store in
            let run = SampleRecord.renamed(SampleRecord.waived(), "run")
            let hostile = SampleRecord.renamed(SampleRecord.hostile("\u{0}\u{1B}[2J'\"; DROP TABLE run; --"), "hostile")
            let entry = try await store.record(run)
            #expect(try await store.record(run) == entry)
            try await store.record(hostile)
            let isSame = try await store.run("run").record == run
            #expect(isSame)
            let isSameHostile = try await store.run("hostile").record == hostile
            #expect(isSameHostile)
            await expectFailure("evidence.conflict") {
                try await store.record(SampleRecord.renamed(SampleRecord.failed(), "run"))
            }
            let drills = [SampleDrill.passed(run: "run"), SampleDrill.failed(run: "run")]
            for drill in drills { try await store.record(drill) }
            #expect(try await store.drills(of: entry) == drills)
            await expectFailure("evidence.missing") { try await store.record(SampleDrill.passed(run: "nowhere")) }
            await expectFailure("evidence.missing") { try await store.run("none") }
            await expectFailure("evidence.missing") { try await store.run("") }
            #expect(try await store.runs(limit: 9).map(\.waived).sorted() == [0, 2])
            #expect(try await store.rows(RowQuery("test")).count > 10)
            #expect(try await store.rows(RowQuery("none")).isEmpty)
            let (candidate, baseline) = (run.build.artifacts[0].sha256, run.baseline?.build.artifacts.first?.sha256)
            let other = Digest(of: "other")
            #expect(
                try await store.run(thatBuilt: candidate, beside: baseline ?? other)?.identifier == "run")
            #expect(try await store.run(thatBuilt: candidate, beside: other) == nil)
            #expect(try await store.run(thatBuilt: other, beside: baseline ?? other) == nil)
        }
    }

    @Test(arguments: Kind.allCases)
    func `the list has the newest runs first, and one is found by a beginning that only it has`(_ kind: Kind)
        async throws
    {
        try await withStore(kind) { store in
            let sample = SampleRecord.failed()
            for (name, offset) in [("20261122T101500Z-ab", 20.0), ("20261123T%", 5), ("20261122T101500Z-aa", 10)] {
                try await store.record(SampleRecord.renamed(sample, name, startedAt: sample.startedAt + offset))
            }
            let names = ["20261123T%", "20261122T101500Z-ab", "20261122T101500Z-aa"]
            #expect(try await store.runs(limit: 10).map(\.identifier) == names)
            #expect(try await store.runs(limit: 2).map(\.identifier) == Array(names.prefix(2)))
            #expect(try await store.runs(limit: -1).isEmpty)
            #expect(try await store.rows(RowQuery("run", entries: 2...9)).map(\.sequence) == [3, 2])
            let first = try #require(try await store.runs(limit: 1).first)
            #expect(first.counts == sample.boot.counts)
            #expect(first.startedAt == sample.startedAt + 5)
            #expect(first.kernelVersion == "7.3.4" && first.buildSteps == 2874)
            #expect(try await store.run("20261123").record.identifier == "20261123T%")
            await expectFailure("evidence.ambiguous") { try await store.run("20261122") }
            for name in ["%", "_", "2027", "20261122T101500Z-aaa"] {
                await expectFailure("evidence.missing") { try await store.run(name) }
            }
        }
    }
}
