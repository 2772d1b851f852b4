// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Host
internal import KernelTree
internal import Workflows

/// `bessemer rollback`: the rollback to the GCC kernel.
struct RollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Write the boot configuration with a GCC kernel to go back to, and drill the rollback.",
        discussion: "Example: bessemer rollback drill",
        subcommands: [RollbackPlanCommand.self, RollbackDrillCommand.self])
}

/// Which two kernels.
struct RollbackKernels: ParsableArguments {
    @Option(
        help: .value(
            "KERNEL", "The kernel to go back to: a build's object folder or a bzImage (default: the last pilot's)."),
        completion: .file())
    var baseline: String?

    @Option(help: .value("KERNEL", "The kernel with Rust, alike (default: the last pilot's)."), completion: .file())
    var candidate: String?

    func validate() throws {
        try require(
            (baseline == nil) == (candidate == nil), "Name both kernels, --baseline and --candidate, or neither.")
    }

    /// The kernels, and the pilot that they are of where none was named.
    func kernels(_ context: Context) throws -> (baseline: NamedKernel, candidate: NamedKernel, pilot: PilotKernels?) {
        if let baseline, let candidate {
            return (try NamedKernel(context.path(baseline)), try NamedKernel(context.path(candidate)), nil)
        }
        guard let pilot = PilotKernels.last(in: context.directories.state) else {
            throw Failure(
                "rollback.no-kernels", "no pilot has built two kernels here",
                advice: "name them with --baseline and --candidate, or run `bessemer pilot`")
        }
        return (try NamedKernel(pilot.baseline), try NamedKernel(pilot.candidate), pilot)
    }
}
