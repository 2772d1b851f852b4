// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Policy
import Records
import Testing

@testable import Workflows

/// What the looks of `watch` mean for milestones.
@Suite struct TimelineSightingsTests {
    private func look(
        _ sequence: Int, _ source: String, _ values: [Sighting.Value]?, same: Digest? = nil
    ) -> Dated<Sighting> {
        Dated(
            Sighting(
                source: source, digest: Digest(of: source), at: "2026-11-01T00:00:00Z", values: values, same: same,
                notes: []),
            entry: EntryReference(sequence: sequence, digest: Digest(of: "\(sequence)"), kind: Sighting.kind),
            time: Day(number: 20_000 + sequence).start)
    }

    private func flags(_ packed: Sighting.FlagState, _ chain: Sighting.FlagState) -> [Sighting.Value] {
        [
            Sighting.Value(.flag, "-Zpacked-stack", packed.rawValue),
            Sighting.Value(.flag, "target feature backchain", chain.rawValue),
        ]
    }

    @Test(arguments: [
        (Sighting.FlagState.stable, Sighting.FlagState.stable, Ability.Verdict.yes, [] as [String]),
        (.bootstrap, .stable, .no, ["-Zpacked-stack"]),
        (.nightly, .refused, .no, ["-Zpacked-stack", "target feature backchain"]),
        (.unknown, .stable, .unknown, []),
        (.unknown, .bootstrap, .no, ["target feature backchain"]),
    ])
    func `flags are stable where both are taken as they are`(
        _ packed: Sighting.FlagState, _ chain: Sighting.FlagState, _ verdict: Ability.Verdict, _ missing: [String]
    ) throws {
        let found = TimelineObservations.sighted([look(1, "rustc of forky", flags(packed, chain))], own: [])
        let one = try #require(found.first)
        #expect(found.count == 1 && one.milestone == Milestone.stableFlag)
        #expect(one.verdict == verdict && one.missing == missing)
        #expect(one.source == "entry 1" && one.day == Day(number: 20_001))
    }

    @Test func `a look that saw what was known is a look of its own day`() {
        let first = look(
            1, "kernel linux-config-6.12 of trixie",
            [
                Sighting.Value(.option, Sighting.option("RUST", of: "config.s390x"), "n"),
                Sighting.Value(.option, Sighting.option("EXPOLINE", of: "config.s390x"), "y"),
            ])
        let found = TimelineObservations.sighted(
            [first, look(5, first.body.source, nil, same: first.entry.digest)], own: [])
        #expect(found.map(\.milestone) == [Milestone.vendorKernel, Milestone.vendorKernel])
        #expect(found.map(\.verdict) == [.no, .no] && found.map(\.day.number) == [20_001, 20_005])
        #expect(found.last?.missing == ["CONFIG_RUST"])
    }

    @Test func `a shop's own option is looked for, and one that is gone says nothing`() throws {
        let own = Policy.OwnMilestone(name: "nvme", condition: .option("NVME_CORE"))
        let name = Sighting.option("NVME_CORE", of: "config-9")
        let found = TimelineObservations.sighted(
            [
                look(1, "configurations vendor", [Sighting.Value(.option, name, "m")]),
                look(2, "configurations vendor", [Sighting.Value(.option, name, nil)]),
            ], own: [own])
        #expect(found.map(\.verdict) == [.yes])
        #expect(found.first?.milestone == TimelineQuestion.identifier(own))
        #expect(found.first?.what == "config-9 in configurations vendor has CONFIG_NVME_CORE=m")
    }

    @Test func `where one could not be read, nothing is denied`() {
        let values = [("config-a", "n"), ("config-b", "unknown")].map {
            Sighting.Value(.option, Sighting.option("RUST", of: $0), $1)
        }
        #expect(
            TimelineObservations.sighted([look(1, "configurations vendor", values)], own: []).map(\.verdict) == [
                .unknown
            ])
        let text = [Sighting.Value(.option, Sighting.option("RUST", of: "config-a"), "\"y\"")]
        #expect(TimelineObservations.sighted([look(1, "configurations vendor", text)], own: []).map(\.verdict) == [.no])
    }

    @Test(arguments: [
        ("all", Ability.Verdict.yes), ("none", .no), ("3 pieces", .no), (Sighting.enabled, .unknown),
    ])
    func `a tree that Bessemer enabled says nothing of its makers`(_ word: String, _ verdict: Ability.Verdict) {
        let found = TimelineObservations.sighted(
            [look(1, "tree 6.12", [Sighting.Value(.support, Sighting.kernelSupport, word)])], own: [])
        #expect(found.map(\.milestone) == [Milestone.mainline] && found.map(\.verdict) == [verdict])
    }

    @Test func `frames of a compiler are its own verdict`() {
        let found = TimelineObservations.sighted(
            [
                look(
                    1, "rustc of trixie",
                    [Sighting.Value(.support, Sighting.packedFrames, "no", detail: "no such flag")]),
                look(2, "rustc of forky", [Sighting.Value(.support, Sighting.packedFrames, "yes", detail: "taken")]),
            ], own: [])
        #expect(
            found.map(\.verdict) == [.no, .yes]
                && found.map(\.milestone) == Array(repeating: Milestone.toolchain, count: 2))
        #expect(found.first?.what == "rustc of trixie: no such flag")
    }
}
