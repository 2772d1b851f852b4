// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Host
package import Lint
internal import Records
internal import Sandbox
internal import SystemPackage
internal import Workflows

extension PipelineSystem: ExpressibleByArgument {}

/// `bessemer ci init`.
struct CIInitCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write a pipeline that pilots a kernel with the sandbox pinned.",
        discussion: """
            Run it at the top of a repository. The sandbox's lock file is committed beside the pipeline, so that each \
            run builds with the same packages.

            Example: bessemer ci init gitlab --lock standard.lock.json --kernel 6.12
            """)

    @Argument(help: "gitlab, github or jenkins.")
    var system: PipelineSystem

    @Option(
        help: .value("FILE", "Where to write (default: where the system looks); - is standard output."),
        completion: .file())
    var output: String?

    @Option(help: .value("FILE", "The sandbox's lock file, as the repository names it."), completion: .file())
    var lock = "bessemer.lock.json"

    @Option(help: .value("VERSION", "A kernel version: 6.12, 7.2, 7.3."))
    var kernel = "6.12"

    @Flag(help: "Replace a file that is there.")
    var force = false

    func validate() throws {
        // Both are put into shell commands of the pipeline.
        try require(Pipeline.isPlain(kernel), "--kernel takes letters, digits and . _ / + - only.")
        try require(
            Pipeline.isPlain(lock) && !lock.hasPrefix("/") && !FilePath(lock).components.contains(".."),
            "--lock takes a path inside of the repository: letters, digits and . _ / + - only.")
    }

    func run(_ context: Context) async throws {
        if Files.exists(context.path(self.lock)) {
            // What the lock does not pin, the pipeline could not build.
            let lock = try SandboxLock(contentsOf: context.path(self.lock))
            let known = lock.kernelVersions
            guard known.contains(kernel) else {
                throw Failure(
                    "ci.kernel", "\(self.lock) pins no kernel \(kernel)",
                    advice: "name one of \(known.joined(separator: ", ")), or write another lock")
            }
        }
        let pipeline = Pipeline(system: system, kernel: kernel, lock: lock)
        if output == "-" {
            context.write(pipeline.text)
            return
        }
        let file = output ?? system.file
        let path = context.path(file)
        guard force || !Files.exists(path) else {
            throw Failure(
                "ci.exists", "\(file) is there already",
                advice: "name another with --output, or replace it with --force")
        }
        try Files.makeDirectory(path.removingLastComponent())
        try AtomicFile.write(pipeline.text, to: path)
        context.say("wrote \(file)")
        if Files.exists(context.path(lock)) {
            context.say("commit it together with \(lock)")
        } else {
            context.say("\(lock) is not there yet: bessemer sandbox lock --output \(lock), then commit both")
        }
    }
}
