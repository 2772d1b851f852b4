// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import CMDB

/// ServiceNow's Identification and Reconciliation API, played by a server with the faults that real ones have.
@Suite struct ServiceNowTests {
    private static let secret = "a-secret-of-the-test"
    private static let machines = (1...3).map {
        SampleModel.machine(SampleModel.guest("LNX\($0)"), hosts: ["root@lnx\($0)"])
    }

    private struct Found {
        let plan: CMDBPlan
        let report: CMDBReport
        let again: CMDBReport
        let state: CanonicalJSON
    }

    private static func target(_ server: StandInCMDB, _ fault: String) throws -> ServiceNowTarget {
        let clock = TestClock()
        clock.run()
        let settings = try CMDBSettings(
            Array(
                """
                targets:
                - name: t
                  type: servicenow
                  url: \(server.address)/\(fault)
                  token-file: t
                  data-source: Bessemer
                  columns:
                    verdict: u_verdict
                """.utf8)
        ).targets["t"]
        return ServiceNowTarget(
            try WebClient("\(server.address)/\(fault)", authorization: "Bearer \(secret)", clock: clock.clock),
            try #require(settings?.serviceNow), at: "2026-11-28T10:00:00Z")
    }

    private static func plan(
        _ target: ServiceNowTarget, _ machines: [MachineStanding] = machines, retired: Set<String> = []
    ) async throws -> CMDBPlan {
        try await CMDBPlan(
            CMDBSettings.Target(type: .servicenow, location: "x", credential: nil, user: nil, serviceNow: nil),
            named: "t", reading: target, model: SampleModel.model(machines), retired: retired, policy: nil,
            allowsRetiring: false,
            at: "2026-11-28T10:00:00Z", toolVersion: "1", progress: { _ in })
    }

    private static func state(_ server: StandInCMDB, _ fault: String) async throws -> CanonicalJSON {
        let client = try WebClient(server.address, authorization: "Bearer x")
        return try await client.send("GET", "/\(fault)/state").json(from: "the stand-in")
    }

    /// A plan that the server without a fault gave, applied twice to one that has it.
    private static func apply(
        _ server: StandInCMDB, _ fault: String
    ) async throws -> (first: CMDBReport, second: CMDBReport) {
        let plan = try await plan(target(server, "plain"))
        return try await withTemporaryFolder { folder in
            func apply() async throws -> CMDBReport {
                try await plan.apply(
                    to: target(server, fault), try CMDBJournal(folder, plan: Digest(of: "p")), digest: Digest(of: "p"),
                    progress: { _ in })
            }
            return (try await apply(), try await apply())
        }
    }

    @Test func `machines, hypervisor and CPC are made once, in what they run in, without a serial number`() async throws
    {
        try await StandInCMDB.serving { server in
            let target = try Self.target(server, "plain")
            let (first, second) = try await Self.apply(server, "plain")
            #expect(first.isComplete && second.isComplete)
            #expect(try await Self.plan(target).operations.isEmpty)
            let state = try await Self.state(server, "plain")
            #expect(state["items"]?.members.count == 5)
            let relations = try #require(state["relations"]).elements.map { $0.elements.compactMap(\.text) }
            #expect(relations.count == 4 && relations.allSatisfy { $0[1] == "Hosted on::Hosts" })
            let guest = try #require(state["items"]?.members.first { $0.name.hasPrefix("guest:") }?.value["values"])
            #expect(guest["name"]?.text == "lnx1")
            #expect(guest["u_verdict"]?.text == "proven")
            #expect(guest["serial_number"] == nil)
            #expect(guest["comments"]?.text?.contains("-Zpacked-stack") == true)
        }
    }

    @Test func `a change of the verdict is an update of one, and a machine that is gone is retired`() async throws {
        try await StandInCMDB.serving { server in
            _ = try await Self.apply(server, "plain")
            let target = try Self.target(server, "plain")
            var machines = Self.machines
            machines[0] = SampleModel.machine(SampleModel.guest("LNX1"), verdict: .refused, hosts: ["lnx1"])
            machines[1] = SampleModel.machine(SampleModel.guest("LNX2"), without: 3, hosts: ["lnx2"])
            let plan = try await Self.plan(target, machines)
            #expect(plan.operations.map(\.action) == [.update, .retire])
            #expect(plan.operations[1].after["values"]?["install_status"]?.text == "7")
            #expect(plan.operations[0].after["values"]?["install_status"] == nil)
            // One that comes back is there again; a change of one that is retired is no second retirement.
            let gone = plan.operations[1].identifier
            let back = try await Self.plan(target, retired: [gone])
            #expect(back.operations.map(\.identifier) == [gone])
            #expect(back.operations[0].after["values"]?["install_status"]?.text == "1")
            #expect(
                try await Self.plan(target, machines, retired: [gone]).operations.map(\.action) == [.update, .update])
        }
    }

    /// What each fault comes to, at the first attempt and at the second.
    @Test(
        arguments: [
            ("unregistered", CMDBReport.State.refused, "INVALID_INPUT_DATA", CMDBReport.State.refused),
            ("has-error", .refused, "IDENTIFICATION_RULE_MISSING: no rule for this class (log context c0ffee)", .done),
            ("fewer", .refused, "nothing about it", .done),
            ("after-commit", .unknown, "status 500: transaction cancelled", .done),
            ("unscoped", .unknown, "does not allow it", .unknown),
            ("page", .unknown, "not with JSON", .unknown),
            ("busy", .done, "", .done),
            ("always-busy", .unknown, "is busy (status 503)", .unknown),
            ("half", .unknown, "not whole JSON", .unknown),
            ("elsewhere", .unknown, "is not followed", .unknown),
            ("silent", .unknown, "did not answer", .unknown),
            ("word", .refused, "INSERT_AS_SOMETHING", .refused),
            ("strange", .unknown, "status 200", .unknown),
        ]) func `success of a request is not that of its items`(
            _ fault: String, _ worst: CMDBReport.State, _ words: String, _ second: CMDBReport.State
        ) async throws
    {
        try await StandInCMDB.serving { server in
            let reports = try await Self.apply(server, fault)
            let open = reports.first.results.filter { $0.state != .done }
            #expect(open.first?.state ?? .done == worst, "\(reports.first.results)")
            #expect(words.isEmpty || open.contains { $0.reason?.contains(words) == true }, "\(open)")
            #expect(reports.second.results.contains { $0.state == second })
            if second == .done { #expect(reports.second.isComplete) }
            let all = String(decoding: try JSON.encode(reports.first) + JSON.encode(reports.second), as: UTF8.self)
            #expect(!all.contains(Self.secret))
            // Where a server leads elsewhere, nothing is sent there.
            #expect(try await Self.state(server, "elsewhere")["stolen"]?.elements == [])
        }
    }

    @Test func `500 items of one plan go in requests that are small enough`() async throws {
        try await StandInCMDB.serving { server in
            let target = try Self.target(server, "plain")
            let machines = (1...500).map { SampleModel.machine(SampleModel.lpar($0), hosts: ["lpar\($0)"]) }
            let plan = try await Self.plan(target, machines)
            #expect(plan.operations.count == 501)
            let report = try await withTemporaryFolder { folder in
                try await plan.apply(
                    to: target, try CMDBJournal(folder, plan: Digest(of: "p")), digest: Digest(of: "p"),
                    progress: { _ in })
            }
            #expect(report.isComplete)
            #expect(try await Self.plan(target, machines).operations.isEmpty)
        }
    }
}
