// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Campaigns
internal import Foundation
internal import Host
internal import Records
internal import Workflows

extension CampaignMatrix.Axis: ExpressibleByArgument {}

/// `bessemer campaign bisect`.
struct CampaignBisect: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "bisect", abstract: "Find the first kernel, toolchain or configuration with which a cell fails.",
        discussion: """
            Along the axis the matrix has an ordered list, of which the first value passes and the last fails; of the other axes \
            it has one value each. Both ends are tried first. Only the failure of the last value counts: what fails otherwise, or \
            can't be tried, is passed over. The first bad value and its neighbour are tried again at the end.

            Exit status: 0 one culprit, 1 a range of them, 2 inconclusive.

            Example: bessemer campaign bisect toolchains.yaml --axis toolchain
            """)

    @OptionGroup var options: CampaignOptions

    @Option(help: "The list to search.")
    var axis: CampaignMatrix.Axis = .kernel

    @Option(name: .customLong("repeat"), help: .value("N", "Tries of each value."))
    var turns = 1

    @OptionGroup var executor: ExecutorOptions
    @OptionGroup var format: FormatOption

    func validate() throws {
        try require((1...100).contains(turns), "--repeat takes a number from 1 to 100.")
    }

    func run(_ context: Context) async throws {
        let (matrix, world) = try options.read(context)
        let others = CampaignMatrix.Axis.allCases.filter { $0 != axis && matrix.names($0).count > 1 }
        guard others.isEmpty else {
            throw Failure(
                "campaign.axis",
                "the matrix has several \(others.map { $0.rawValue + "s" }.joined(separator: " and "))",
                advice: "leave one value of each axis but the one that is searched")
        }
        let names = matrix.names(axis)
        guard names.count > 1 else {
            throw Failure(
                "campaign.axis", "the matrix has one \(axis.rawValue), and a search takes at least two",
                advice: "name the list with --axis, or give it more values")
        }
        let folder = options.campaignFolder(context)
        let executor = try executor.make(folder, context)
        let start = Date()
        let clock = ContinuousClock.now
        let outcome = try await Bisection(
            count: names.count, turns: turns, say: { index, word in context.say("\(names[index]): \(word)") }
        ) { index, turn in
            let plan = try CampaignPlan(matrix.only(names[index], along: axis), in: world, turn: turn)
            try plan.prepare(folder)
            let ends = try await CampaignRun(
                folder: folder, jobs: plan.jobs, executor: executor, progress: context.progress, say: context.say
            ).run()
            let cell = plan.report(of: ends, folder, tool: "", startedAt: start, seconds: 0).cells[0]
            switch cell.verdict {
            case .passed: return .good
            case .failed: return .bad(cell.fault?.identity ?? "")
            case .unknown: return .skipped(cell.fault?.text ?? "")
            }
        }.run()
        let report = BisectionReport(
            outcome, matrix, axis, tool: try Bessemer.program(), startedAt: start,
            seconds: (ContinuousClock.now - clock).seconds)
        try await context.record(report)
        try context.show(report, as: format.format)
        switch report.verdict {
        case .culprit: return
        case .range: throw ExitCode(1)
        case .inconclusive: throw ExitCode(2)
        }
    }
}

extension BisectionReport {
    /// The outcome with the names of the list.
    fileprivate init(
        _ outcome: BisectionOutcome, _ matrix: CampaignMatrix, _ axis: CampaignMatrix.Axis, tool: String,
        startedAt: Date, seconds: Double
    ) {
        let names = matrix.names(axis)
        let (verdict, suspects): (Verdict, [String]) =
            switch outcome.verdict {
            case .culprit(let index): (.culprit, [names[index]])
            case .range(let range): (.range, Array(names[range]))
            case .inconclusive: (.inconclusive, [])
            }
        self.init(
            toolVersion: tool, startedAt: startedAt, seconds: seconds, matrix: matrix, axis: axis, verdict: verdict,
            suspects: suspects, failure: outcome.failure, reason: outcome.reason,
            values: outcome.tries.map {
                .init(name: names[$0.index], good: $0.good, bad: $0.bad, skipped: $0.skipped)
            })
    }
}
