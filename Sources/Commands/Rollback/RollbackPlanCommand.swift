// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Records
internal import Rollback
internal import SystemPackage

extension SecureBoot: ExpressibleByArgument {}

/// `bessemer rollback plan`.
struct RollbackPlanCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Write boot menu, entries, units, and the scripts that install them and take them out again.",
        discussion: """
            What the machine starts by itself stays the default until the GCC kernel has come up once and bessemer-promote \
            was run; the kernel with Rust is chosen for one IPL at a time. The modules of builds come along. Copy the \
            folder to the machine, and run ./install --dry-run there first.

            Example:
              bessemer rollback plan --root /dev/dasda1 --parameter dasd=0.0.0100 \\
                  --output rollback
            """)

    @OptionGroup var named: RollbackKernels

    @Option(name: .shortAndLong, help: .value("DIR", "A new folder for the plan."))
    var output: String

    @Option(help: .value("DEVICE", "The root file system, as the kernel takes it after root=."))
    var root: String

    @Option(help: .value("PARAMETER", "A kernel parameter for both; may be given more than once."))
    var parameter: [String] = []

    @Option(
        help: .value(
            "PARAMETER",
            "A kernel parameter for the kernel with Rust alone, instead of oops=panic; may be given more than once."))
    var candidateParameter: [String] = []

    @Option(help: .value("FILE", "Initial RAM file system of the kernel to go back to."), completion: .file())
    var baselineInitrd: String?

    @Option(help: .value("FILE", "Initial RAM file system of the kernel with Rust."), completion: .file())
    var candidateInitrd: String?

    @Option(help: .value("0.0.0100", "The disk to IPL from (default: the one that the machine was started from)."))
    var device: String?

    @Option(
        name: .customLong("secure"),
        help: "Whether the machine enforces secure boot (default: what this host says, if it is one for s390x).")
    var secureBoot: SecureBoot?

    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        let kernels = try named.kernels(context)
        var request = RollbackRequest(baseline: kernels.baseline, candidate: kernels.candidate, root: root)
        request.parameters = parameter
        if !candidateParameter.isEmpty { request.candidateParameters = candidateParameter }
        request.initramfs[.baseline] = baselineInitrd.map(context.path)
        request.initramfs[.candidate] = candidateInitrd.map(context.path)
        request.device = device
        request.secureBoot = secureBoot ?? .ofHost()
        let plan = try request.write(to: context.path(output))
        context.say("wrote \(output)")
        let folder = context.path(output)
        try await context.record(plan, files: plan.texts.map { ($0, folder.pushing(FilePath($0))) })
        try context.show(plan, as: format.format)
    }
}
