// SPDX-License-Identifier: Apache-2.0
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import CMDB

/// Plans and what comes of them, on the files that anybody can read.
@Suite struct CSVTargetTests {
    private static let target = CMDBSettings.Target(
        type: .csv, location: "cmdb", credential: nil, user: nil, serviceNow: nil)

    private func plan(
        _ machines: [MachineStanding], in folder: FilePath, allowsRetiring: Bool = false, head: Int = 9
    ) async throws -> CMDBPlan {
        try await CMDBPlan(
            Self.target, named: "files", reading: CSVTarget(folder),
            model: SampleModel.model(
                machines, head: LogHead(origin: "log", size: head, rootHash: Digest(of: "\(head)"))),
            policy: nil, allowsRetiring: allowsRetiring, at: "2026-11-28T10:00:00Z", toolVersion: "1",
            progress: { _ in })
    }

    private func apply(_ plan: CMDBPlan, in folder: FilePath) async throws -> CMDBReport {
        let digest = Digest(of: try JSON.encode(plan))
        return try await plan.apply(
            to: CSVTarget(folder), try CMDBJournal(folder.appending("journals"), plan: digest), digest: digest,
            progress: { _ in })
    }

    private static let machines = (1...5).map { SampleModel.machine(SampleModel.lpar($0), hosts: ["lpar\($0)"]) }

    @Test func `a second plan has no change, also with a later head`() async throws {
        try await withTemporaryFolder { folder in
            let first = try await plan(Self.machines, in: folder)
            #expect(first.operations.count { $0.action == .create } == first.operations.count)
            #expect(try await apply(first, in: folder).isComplete)
            let second = try await plan(Self.machines, in: folder, head: 10)
            #expect(second.operations.isEmpty)
            #expect(second.unchanged == first.operations.count)
        }
    }

    @Test func `a change is written with what was there before, and the head with it`() async throws {
        try await withTemporaryFolder { folder in
            _ = try await apply(plan(Self.machines, in: folder), in: folder)
            var changed = Self.machines
            changed[0] = SampleModel.machine(SampleModel.lpar(1), verdict: .refused, hosts: ["lpar1"])
            let plan = try await plan(changed, in: folder, head: 12)
            #expect(plan.operations.map(\.action) == [.update])
            #expect(plan.operations[0].before["verdict"]?.text == "proven")
            #expect(plan.operations[0].after["verdict"]?.text == "proven, refused now")
            #expect(try await apply(plan, in: folder).isComplete)
            #expect(try await self.plan(changed, in: folder).operations.isEmpty)
        }
    }

    @Test func `more than three retirements of few machines are held back, and nothing is ever deleted`() async throws {
        try await withTemporaryFolder { folder in
            let machines = (1...9).map { SampleModel.machine(SampleModel.lpar($0)) }
            _ = try await apply(plan(machines, in: folder), in: folder)
            func gone(_ count: Int) -> [MachineStanding] {
                (1...9).map { SampleModel.machine(SampleModel.lpar($0), without: $0 <= count ? 3 : 0) }
            }
            let held = try await plan(gone(4), in: folder)
            #expect(held.held.count == 4 && held.operations.isEmpty && held.notes.count == 1)
            #expect(try await plan(gone(9), in: folder).operations.isEmpty, "their kernels are held back, too")
            let three = try await plan(gone(3), in: folder)
            #expect(three.held.isEmpty && three.operations.map(\.action) == [.retire, .retire, .retire])
            let allowed = try await plan(gone(9), in: folder, allowsRetiring: true)
            #expect(allowed.operations.count { $0.action == .retire } >= 9)
            #expect(try await apply(allowed, in: folder).isComplete)
            let rows = try Files.text(folder.appending("items.csv")).split(separator: "\r\n")
            #expect(rows.count { $0.contains(",lpar,") } == 9)
            // Of those that are gone nothing is left to retire, and one that is named again is active again.
            #expect(try await plan(gone(9), in: folder).operations.isEmpty)
            #expect(try await plan(gone(8), in: folder).operations.contains { $0.action == .update })
        }
    }

    @Test func `of two records of one machine the later one is retired, and keeps what it said`() async throws {
        try await withTemporaryFolder { folder in
            let (one, two) = (SampleModel.lpar(1), SampleModel.lpar(2))
            _ = try await apply(plan([SampleModel.machine(one), SampleModel.machine(two)], in: folder), in: folder)
            let plan = try await plan([SampleModel.machine(one, merged: ["8561-02-A1/lpar-2"])], in: folder)
            #expect(plan.operations.map(\.action) == [.retire])
            #expect(plan.operations[0].after["status"]?.text == "retired")
            #expect(plan.operations[0].before["place"] == nil)
            #expect(try await apply(plan, in: folder).isComplete)
        }
    }

    @Test func `a machine that was gone before it was written down is left out`() async throws {
        try await withTemporaryFolder { folder in
            let plan = try await plan([SampleModel.machine(SampleModel.lpar(1), without: 5)], in: folder)
            #expect(!plan.operations.contains { $0.name == "LPAR1" })
            #expect(!plan.operations.contains { $0.collection == "relations.csv" && $0.name.hasPrefix("LPAR1 ") })
        }
    }

    @Test func `what was changed there since the plan is refused`() async throws {
        try await withTemporaryFolder { folder in
            _ = try await apply(plan(Self.machines, in: folder), in: folder)
            var changed = Self.machines
            changed[0] = SampleModel.machine(SampleModel.lpar(1), verdict: .refused, hosts: ["lpar1"])
            let late = try await plan(changed, in: folder)
            let file = folder.appending("items.csv")
            try AtomicFile.write(try Files.text(file).replacing(",proven,", with: ",theirs,"), to: file)
            let report = try await apply(late, in: folder)
            #expect(report.count(.refused) == 1 && !report.isComplete)
            #expect(try Files.text(file).contains(",theirs,"))
        }
    }

    @Test(arguments: ["Q\"\u{301},=1+1,\"", "=cmd|' /C calc'!A0", "a,b\"c\"", "two\nlines", "'quoted", "ü→", "-1"])
    func `a cell is read as it was written, and is no formula`(_ text: String) throws {
        let table = CSVTable(columns: ["id", "x"], rows: [["1", text]])
        #expect(try CSVTable(table.text, named: "f").rows == [["1", text]])
        let cell = table.text.split(separator: "\r\n").dropFirst().joined().dropFirst(2)
        #expect(!"=+-@".contains(cell.first ?? " "))
    }

    @Test(arguments: [
        "", "id\r\na,b\r\n", "id\r\n\"a", "id\r\n\"a\"b\r\n", "id\r\nab\"c\r\n", "other,columns\r\n1,2\r\n",
    ])
    func `a file that is damaged is refused with its row`(_ text: String) async throws {
        try await withTemporaryFolder { folder in
            try AtomicFile.write(text, to: folder.appending("items.csv"))
            let failure = await #expect(throws: Failure.self) { try await plan(Self.machines, in: folder) }
            #expect(["csv.unreadable", "cmdb.csv"].contains(failure?.code))
        }
    }
}
