// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records

/// A timeline with a milestone in each state and a waiver.
package enum SampleTimeline {
    private static let entry = EntryReference(sequence: 12, digest: Digest(of: "12"), kind: .gate)
    private static let time = Date(timeIntervalSince1970: 1_795_000_000)

    private static func day(_ text: String) -> Day { Day(text) ?? Day(number: 0) }

    package static func made(of text: String = "the vendor's kernel, with Rust; on s390") -> Timeline {
        let waiver = WaiverStatus(
            identifier: "W-3f2a9c01b7de", state: .expiring,
            terms: .init(
                scope: .init(rule: "DEV001", location: "rustc -Zpacked-stack"), reason: text, compensation: text,
                owner: "K. Müller, \(text)", ticket: "RFC-1", from: day("2026-11-01"), until: day("2027-01-31"),
                emergency: false),
            requestedBy: .init(name: "Ada", key: Digest(of: "key"), entry: entry, time: time), approvedBy: [],
            missing: 0, revokedBy: nil, renewal: nil, notes: [])
        return Timeline(
            toolVersion: "1.0", store: Digest(of: "log"), subject: "6.12", kernelVersion: "6.12.117",
            run: "20261122T101500Z-5f3a9c01", asOf: day("2026-11-28"), policy: Digest(of: "policy"),
            milestones: [
                Milestone(
                    identifier: Milestone.mainline, title: "s390 Rust support in the kernel's own source",
                    basis: .observation, state: .reached, day: day("2026-11-22"), entry: entry,
                    notes: ["linux-source-7.3 has all pieces (entry 12)"], moves: 0, changedAt: time),
                Milestone(
                    identifier: Milestone.stableFlag, title: "packed frames and back chain are stable in rustc",
                    basis: .observation, state: .held,
                    heldBy: [.init(name: "-Zpacked-stack", reason: "not taken without RUSTC_BOOTSTRAP")],
                    lastLooked: day("2026-11-20"), notes: ["rustc 1.97.1: not taken"], moves: 0, changedAt: time),
                Milestone(
                    identifier: Milestone.vendorKernel, title: text, basis: .observation, state: .unknown,
                    notes: [text], moves: 0, changedAt: time),
                Milestone(
                    identifier: Milestone.stage("production"), title: "stage production", basis: .gate,
                    state: .eligible, day: day("2027-05-28"), until: day("2027-08-20"), notes: [text], moves: 2,
                    changedAt: time),
                Milestone(
                    identifier: "own-0123456789ab", title: text, basis: .declared, state: .eligible,
                    day: day("9999-12-31"), moves: 0, changedAt: time),
            ], waivers: [.init(waiver: waiver, moves: 1, changedAt: time)])
    }
}
