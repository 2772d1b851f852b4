// SPDX-License-Identifier: Apache-2.0
import Evidence
import Foundation
import Host
import KernelTree
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Workflows

/// The first steps of a real journey, for both kernels, on Debian's 6.12, which has no s390 Rust support.
@Suite(.integration) struct JourneyTests {
    private struct Step<Output: Codable & Sendable>: Codable, Sendable {
        let startedAt: Date
        let output: Output
    }

    private func step<Output: Codable & Sendable>(_ name: String, of type: Output.Type, in folder: FilePath) throws
        -> Step<Output>
    {
        try JSON.read(Step<Output>.self, from: folder.appending("steps/\(name).json"))
    }

    @Test func `a kernel without s390 Rust support gets it in a copy, and a twin without Rust`() async throws {
        let pristine = try await RealThings.kernelTree("6.12")
        let before = try pristine.fingerprint()
        try await withTemporaryFolder { folder in
            var plan = PilotPlan(kernel: "6.12", lock: try RealThings.lock(), jobs: 2, folder: folder)
            plan.glue = RealThings.repository.appending("Kernel/Glue")
            plan.until = .configuration
            func run() async throws {
                let pilot = Pilot(
                    plan: plan, directories: try RealThings.directories,
                    store: MemoryEvidenceStore(recorder: "test", projection: RecordTables()), version: "test",
                    program: "test+\(Digest(of: "test").short)", progress: { _ in }, say: { _ in })
                #expect(try await pilot.run() == nil)
            }
            try await run()
            let enabled = try step("enable", of: EnabledTree.self, in: folder)
            #expect(enabled.output.series?.name == "6.12")
            #expect(enabled.output.after.isReady && !pristine.status().isReady)
            #expect(try step("configuration", of: ConfigurationFacts.self, in: folder).output.rust)
            let baseline = try step("baseline-configuration", of: ConfigurationFacts.self, in: folder).output
            #expect(!baseline.rust && baseline.unmet.allSatisfy { !$0.required })

            let difference = try step("configuration-difference", of: ConfigurationDifference.self, in: folder).output
            let asked = difference.changes(.asked)
            #expect(asked.contains { $0.option == "CONFIG_RUST" && $0.reason == "the fragment rust asks for it" })
            // Each has a folder of its own in /lib/modules.
            let release = try #require(asked.first { $0.option == "CONFIG_LOCALVERSION" })
            #expect(release.baseline == "-bessemer-gcc" && release.rust == "-bessemer-rust")
            #expect(difference.changes(.pulledIn).contains { $0.option == "CONFIG_RUSTC_VERSION_TEXT" })
            #expect(difference.changes(.lost).isEmpty && difference.notes.isEmpty)
            let expoline = try #require(difference.exclusions.first { $0.option == "CONFIG_EXPOLINE" })
            #expect(expoline.state == .off && expoline.unless == nil && expoline.reasonFile == "arch/s390/Kconfig")

            try await run()
            #expect(try step("enable", of: EnabledTree.self, in: folder).startedAt == enabled.startedAt)

            // A copy that somebody touched is not what was recorded.
            try AtomicFile.write("", to: FilePath(enabled.output.tree).appending("rust/left-over.rs"))
            try await run()
            let again = try step("enable", of: EnabledTree.self, in: folder)
            #expect(again.startedAt > enabled.startedAt)
            #expect(!Files.exists(FilePath(again.output.tree).appending("rust/left-over.rs")))
        }
        #expect(try pristine.fingerprint() == before)
    }
}
