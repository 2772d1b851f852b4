// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Documents
internal import Evidence
internal import EvidenceSQLite
internal import Foundation
internal import Host
internal import Policy
internal import Records
internal import Sandbox
internal import Toolchain
internal import Workflows

/// The formats that a timeline can have.
enum TimelineFormat: String, CaseIterable, ExpressibleByArgument {
    case text, json, html, markdown, ics
}

/// `bessemer timeline`.
struct TimelineCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "timeline",
        abstract: "Show the milestones of a line of kernels: reached, eligible, held, unknown.",
        discussion: """
            Others' milestones are seen in the log, in trees and in configurations; a stage is its gate, judged at other days: \
            when it was passed first, from which day it would be where nothing else happens, or the rules that no day cures. \
            A shop's own milestones stand in the policy. --format ics writes a calendar.

            Examples:
              bessemer timeline --tree ~/linux --configurations /boot
              bessemer timeline --as-of 2027-05-31 --format html
              bessemer timeline --format ics
            """)

    @Argument(
        help: .value(
            "RUN", "A run, or its beginning: its own stages alone (default: the line of the newest run)."),
        completion: .custom { _, _, _ in RunCompletion.identifiers() })
    var run: String?

    @OptionGroup var day: DayOption
    @OptionGroup var policy: PolicyOption

    @Option(
        help: .value("TREE", "A kernel source, looked at now for s390 Rust support; may be given more than once."),
        completion: .directory)
    var tree: [String] = []

    @Option(
        help: .value("DIR", "Configurations of vendors' kernels, a folder or a file; may be given more than once."),
        completion: .directory)
    var configurations: [String] = []

    @Flag(help: "Try the sandbox's compilers now, and record what they can do; otherwise the log says.")
    var probe = false

    @OptionGroup var sandbox: SandboxOptions

    @Option(help: "How to write the answer to standard output.")
    var format: TimelineFormat = .text

    func run(_ context: Context) async throws {
        let policy = try policy.read(context)
        let store = try await context.wholeStore()
        let name = try await context.run(run)
        let asOf = try await day.day(store).day
        let today = Day(Date())
        guard asOf >= today || (tree.isEmpty && configurations.isEmpty && !probe) else {
            throw Failure(
                "timeline.day", "--tree, --configurations and --probe look at what is there today, not on \(asOf)",
                advice: "give --as-of without them")
        }
        if probe {
            let root = try sandbox.choice.existing(context)
            let inventory = try await ToolInventory.take(of: .sandbox(root), progress: context.progress)
            try await context.record(InventoryReport(inventories: [inventory], diagnoses: []))
        }
        var observations: [Observation] = []
        for name in tree {
            observations.append(
                TimelineObservations.tree(try await sandbox.tree(name, context), named: name, today: today))
        }
        for name in configurations {
            observations += try TimelineObservations.configurations(
                context.path(name), named: name, own: policy.milestones, today: today)
        }
        let timeline = try await TimelineQuestion(
            of: try await store.run(name).record, isNamed: run != nil, in: store, policy: policy, asOf: asOf,
            observations: observations,
            toolVersion: Bessemer.version, countsMoves: format == .ics
        ).answer()
        try context.show(timeline, as: format) { ICalendar(timeline).text }
    }
}
