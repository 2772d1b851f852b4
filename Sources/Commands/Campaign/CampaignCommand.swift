// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Campaigns
internal import Documents
internal import Foundation
internal import Host
internal import KernelTree
internal import Records
internal import SystemPackage
internal import Workflows

/// `bessemer campaign`: many kernels, toolchains and machines.
struct CampaignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "campaign",
        abstract: "Try many kernels with many toolchains on many machines, and find what broke one.",
        discussion: "Example: bessemer campaign run matrix.yaml",
        subcommands: [
            CampaignInit.self, CampaignPlanCommand.self, CampaignRunCommand.self, CampaignShow.self,
            CampaignBisect.self,
            CampaignStepCommand.self,
        ])
}

/// `bessemer campaign init`.
struct CampaignInit: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write a matrix with comments, to be changed.",
        discussion: "Example: bessemer campaign init")

    @Option(
        name: .shortAndLong, help: .value("FILE", "Write to this file; `-` is standard output."), completion: .file())
    var output = "matrix.yaml"

    func run(_ context: Context) async throws {
        if output == "-" { return context.write(CampaignMatrix.standard) }
        let matrix = try CampaignMatrix(Array(CampaignMatrix.standard.utf8), named: output)
        try context.writeNew(
            CampaignMatrix.standard, to: output, "campaign", saying: ["\(matrix.cells.count) cells"])
    }
}

/// Which campaign, and where its steps lie.
struct CampaignOptions: ParsableArguments {
    @Argument(help: .value("MATRIX", "The campaign's file."), completion: .file(extensions: ["yaml", "yml"]))
    var matrix: String

    @Option(
        help: .value(
            "DIR", "Folder for steps and results, which campaigns may share (default: below XDG_STATE_HOME)."),
        completion: .directory)
    var folder: String?

    func validate() throws {
        try require(folder != "", "--folder names no folder.")
        try require(!matrix.isEmpty, "The name of the matrix is empty.")
    }

    func campaignFolder(_ context: Context) -> CampaignFolder {
        CampaignFolder(folder.map { context.path($0) } ?? context.directories.state.appending("campaigns"))
    }

    /// Paths in the matrix begin at its own folder.
    func plan(_ context: Context) throws -> CampaignPlan {
        let (matrix, world) = try read(context)
        return try CampaignPlan(matrix, in: world)
    }

    /// The matrix, and what is known of the world around it.
    func read(_ context: Context) throws -> (CampaignMatrix, CampaignPlan.Surroundings) {
        let file = context.path(matrix)
        let matrix = try CampaignMatrix(try Files.bytes(file, limit: 1 << 20), named: matrix)
        var locks: [String: SandboxLock] = [:]
        var shared: [String] = []
        if matrix.command == nil {
            for name in matrix.toolchains { locks[name] = try NamedSandbox(name, context).lock() }
            shared = try CampaignWork.shared(
                glue: try? SharedFolder.path("Kernel/Glue"), selfTest: try SharedFolder.path("Kernel/SelfTest"))
        }
        let folder = file.removingLastComponent()
        let world = CampaignPlan.Surroundings(version: Bessemer.version, locks: locks, shared: shared) { text in
            let path = FilePath(text)
            return path.isAbsolute ? path : folder.pushing(path)
        }
        return (matrix, world)
    }
}

/// The formats that a plan can have.
enum CampaignPlanFormat: String, CaseIterable, ExpressibleByArgument {
    case text, json, html, markdown, gitlab
}

/// `bessemer campaign plan`.
struct CampaignPlanCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show a campaign's cells and the work that they share, and do nothing.",
        discussion: """
            With --format gitlab it is a child pipeline, a job a step, whose report shows the cells; the jobs pass steps on as \
            artifacts, so the runners need no shared disk. --prepare writes what the steps take.

            Examples:
              bessemer campaign plan matrix.yaml
              bessemer campaign plan matrix.yaml --format gitlab > campaign.yml
            """)

    @OptionGroup var options: CampaignOptions

    @Flag(help: "Write what the steps take into the campaign's folder.")
    var prepare = false

    @Option(help: "How to write the plan to standard output.")
    var format: CampaignPlanFormat = .text

    func run(_ context: Context) async throws {
        let plan = try options.plan(context)
        let folder = options.campaignFolder(context)
        if prepare {
            try plan.prepare(folder)
            for job in plan.jobs { try folder.add(job) }
        }
        try require(
            format != .gitlab || !options.matrix.contains(where: \.isNewline),
            "A file for a pipeline has no line break in its name.")
        let done = plan.jobs.map { job -> Bool in
            if case .good = folder.result(of: job.key) { true } else { false }
        }
        try context.show(
            CampaignOutline(
                name: plan.matrix.name, cells: plan.cells.map(\.cell),
                steps: zip(plan.jobs, done).map { .init(title: $0.title, key: $0.key, isDone: $1) }),
            as: format
        ) { GitLabCampaign(plan.jobs, matrix: options.matrix).text }
    }
}

/// `bessemer campaign run`.
struct CampaignRunCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Do what a campaign's cells need and nobody has done yet, and show the matrix.",
        discussion: """
            Each kernel is built once for all machines. A step that is done is taken over, whoever did it; a campaign that was \
            stopped or killed goes on. One bad cell stops nothing; what ends for other reasons than the kernel's is tried three \
            times.

            Exit status: 0 all cells passed, 1 one failed, 2 none failed and one is not decided.

            Example: bessemer campaign run matrix.yaml
            """)

    @OptionGroup var options: CampaignOptions

    @OptionGroup var executor: ExecutorOptions
    @OptionGroup var format: ResultFormatOption

    func run(_ context: Context) async throws {
        let plan = try options.plan(context)
        let folder = options.campaignFolder(context)
        try plan.prepare(folder)
        let start = Date()
        let clock = ContinuousClock.now
        let ends = try await CampaignRun(
            folder: folder, jobs: plan.jobs, executor: try executor.make(folder, context), progress: context.progress,
            say: context.say
        ).run()
        let report = plan.report(
            of: ends, folder, tool: try Bessemer.program(), startedAt: start,
            seconds: (ContinuousClock.now - clock).seconds)
        // What it came to first: a report that can't be written must not cost the answer.
        try context.show(report, as: format.format) { JUnitReport(report).text }
        try await context.record(report)
        try write(report, folder, context)
        try report.throwStatus()
    }

    /// Beside the steps, under the campaign's name.
    private func write(_ report: CampaignReport, _ folder: CampaignFolder, _ context: Context) throws {
        let place = folder.path.pushing("reports").appending(report.matrix.name)
        try Files.makeDirectory(place)
        for format in [OutputFormat.json, .html, .text] {
            let text = try format.text(of: report, for: Style.plain, book: .ofBessemer)
            let ending = format == .text ? "txt" : format.rawValue
            try AtomicFile.write(text, to: place.appending("report.\(ending)"))
        }
        try AtomicFile.write(JUnitReport(report).text, to: place.appending("report.junit.xml"))
        context.say("what it came to is in \(place)/report.html")
    }
}

/// `bessemer campaign show`.
struct CampaignShow: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show the matrix of what is there already, and do nothing.",
        discussion: """
            A cell whose steps have no result yet is unknown. Exit status as of `campaign run`.

            Example: bessemer campaign show matrix.yaml --format html > matrix.html
            """)

    @OptionGroup var options: CampaignOptions
    @OptionGroup var format: ResultFormatOption

    func run(_ context: Context) async throws {
        let plan = try options.plan(context)
        let folder = options.campaignFolder(context)
        let report = plan.report(
            of: CampaignRun.ends(of: plan.jobs, in: folder), folder, tool: try Bessemer.program(), startedAt: Date(),
            seconds: 0)
        try context.show(report, as: format.format) { JUnitReport(report).text }
        try report.throwStatus()
    }
}

/// `bessemer campaign step`: what executors start.
struct CampaignStepCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "step", abstract: "Do one step of a campaign, as its executors do.",
        discussion: """
            Exit status: 0 it has a result, 2 it could not be tried, 75 another process is at it.

            Example: bessemer campaign step --folder /shared/campaigns 5f3a…
            """, shouldDisplay: false)

    @Argument(help: .value("KEY", "The step's key."))
    var key: String

    @Option(help: .value("DIR", "Folder of steps and results."), completion: .directory)
    var folder: String

    @Option(name: .shortAndLong, help: .value("N", "Compilers at once."))
    var jobs = 1

    @Option(help: .value("NAME", "What tells this attempt from all others (default: the process)."))
    var attempt: String?

    func validate() throws {
        try require(!folder.isEmpty, "--folder names no folder.")
        try require((1...1024).contains(jobs), "--jobs takes a number from 1 to 1024.")
        try require(
            attempt.map(CampaignFolder.isAttempt) ?? true,
            "--attempt takes up to 64 letters, digits, `.`, `_` and `-`, and begins with a letter or a digit.")
    }

    func run(_ context: Context) async throws {
        guard let digest = Digest(hexadecimal: key) else {
            throw ValidationError("A step's key is 64 hexadecimal digits.")
        }
        let folder = CampaignFolder(context.path(folder))
        let job = try folder.job(digest)
        for need in job.needs {
            if case .good(let result, _) = folder.result(of: need), result.outcome != .done {
                return context.say("\(job.title): not tried: " + (result.fault?.text ?? "what it stands on has failed"))
            }
        }
        let node = ProcessInfo.processInfo.hostName
        let program = try Bessemer.program()
        let result: CampaignResult
        do {
            result = try await folder.perform(
                job, attempt: attempt ?? "\(getpid())-\(UInt64(Date().timeIntervalSince1970 * 1000)).0", tool: program,
                node: node
            ) { place in
                if case .command(let command) = job.work {
                    return try await command.perform(in: place)
                }
                return try await CampaignWork(
                    folder: folder, directories: context.directories, store: try context.store(),
                    version: Bessemer.version, program: program, glue: try? SharedFolder.path("Kernel/Glue"),
                    selfTest: try SharedFolder.path("Kernel/SelfTest"), jobs: jobs, progress: context.progress,
                    say: context.say
                ).perform(job, in: place)
            }
        } catch let failure as Failure where failure.code == "folder.busy" {
            throw ExitCode(LocalExecutor.busyStatus)
        }
        context.say("\(job.title): \(result.outcome.rawValue)" + (result.fault.map { ": \($0.text)" } ?? ""))
        if result.outcome == .infrastructure { throw ExitCode(2) }
    }
}

extension CampaignReport {
    /// 0 all passed, 1 a cell failed, 2 none failed and one is not decided.
    fileprivate func throwStatus() throws {
        switch verdict {
        case .passed: return
        case .failed: throw ExitCode(1)
        case .unknown: throw ExitCode(2)
        }
    }
}
