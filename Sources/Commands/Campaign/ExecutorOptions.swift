// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Campaigns
internal import Foundation
internal import Host
internal import SystemPackage

/// Where the steps of a campaign are done.
struct ExecutorOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: .value(
            "N", "Processors to use on this machine (default: all), or for each build on a cluster (default: 4)."))
    var jobs: Int?

    @Flag(name: .customLong("slurm"), help: "Do the steps on a Slurm cluster whose nodes share the campaign's folder.")
    var usesSlurm = false

    @Option(
        help: .value("OPTIONS", "More options for sbatch, e.g. \"--partition=batch --account=kernel\"."))
    var sbatch: String?

    func validate() throws {
        try require((1...1024).contains(jobs ?? 1), "--jobs takes a number from 1 to 1024.")
        try require(usesSlurm || sbatch == nil, "--sbatch belongs to --slurm.")
    }

    func make(_ folder: CampaignFolder, _ context: Context) throws -> any CampaignExecutor {
        guard usesSlurm else {
            let cores = jobs ?? ProcessInfo.processInfo.activeProcessorCount
            return LocalExecutor(
                worker: try worker(folder, context, ["--jobs", "\(cores)"]),
                logs: { folder.step($0).appending("worker.log") }, cores: cores, memoryMiB: HostMemory.availableMiB,
                node: ProcessInfo.processInfo.hostName)
        }
        guard let options = sbatch.map({ CommandPrefix("sbatch " + $0) }) ?? CommandPrefix("sbatch") else {
            throw Failure(
                "campaign.sbatch", "a quote in --sbatch does not end", advice: "give options as sbatch takes them")
        }
        return SlurmExecutor(
            folder: folder, worker: try worker(folder, context, []), options: options.arguments, cores: jobs ?? 4,
            say: context.say)
    }

    /// Its parent's program, with the data that its parent has found.
    private func worker(_ folder: CampaignFolder, _ context: Context, _ more: [String]) throws -> Command {
        var environment = context.environment
        if environment["BESSEMER_DATA"] == nil {
            environment["BESSEMER_DATA"] = (try? SharedFolder.path("Kernel"))?.removingLastComponent().string
        }
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return Command(
            program, ["campaign", "step", "--folder", folder.path.string] + more, environment: environment)
    }
}
