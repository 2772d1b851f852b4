// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
internal import Records
internal import SystemPackage

/// Does steps on the nodes of a Slurm cluster, as elements of job arrays (sbatch(1)).
///
/// What is queued is asked of Slurm, by one squeue(1) a look for the whole campaign, so another controller goes on with it.
/// Neither accounting nor `srun` is needed, and what Slurm says of a job's end decides nothing: a job that is gone may have
/// been lost, and its result says whether the step is done.
package actor SlurmExecutor: CampaignExecutor {
    private let folder: CampaignFolder
    /// The command that does the step whose key follows it.
    private let worker: Command
    private let options: [String]
    /// Of a build.
    private let cores: Int
    private let clock: HostClock
    private let say: @Sendable (String) -> Void

    private struct Queued {
        var seen = false
        /// Looks in which Slurm did not know it.
        var absences = 0
        var node = ""
    }

    private var tasks: [Digest: Queued] = [:]
    private var isAdopted = false
    private var losses: [String: Int] = [:]
    private var mostElements: Int?
    private var failures = 0

    /// `options` are more of sbatch's: a partition, an account.
    package init(
        folder: CampaignFolder, worker: Command, options: [String], cores: Int, clock: HostClock = .system,
        say: @escaping @Sendable (String) -> Void
    ) {
        self.folder = folder
        self.worker = worker
        self.options = options
        self.cores = cores
        self.clock = clock
        self.say = say
    }

    /// Elements of one array.
    private static let mostInArray = 500
    private static let deadline = Duration.seconds(60)
    /// Between two looks.
    private static let pause = Duration.seconds(5)
    /// Looks without a job after which it is gone: Slurm forgets a job that ended some time ago (`MinJobAge`), and a result
    /// may come late on a shared disk.
    private static let mostAbsences = 3
    /// Looks that may fail one after the other: the controller of the cluster may be restarted.
    private static let mostFailures = 60
    /// Steps that a node may lose before it is left out.
    private static let mostLosses = 2

    /// All jobs of this folder have it.
    private var jobName: String { "bessemer-\(Digest(of: folder.path.string).short)" }
    private var place: FilePath { folder.path.appending("slurm") }

    /// Slurm's own variables in the environment would change the jobs (`SBATCH_PARTITION`, …).
    private func command(_ program: String, _ arguments: [String]) -> Command {
        let environment = ProcessInfo.processInfo.environment.filter { name, _ in
            !["SBATCH_", "SLURM_", "SQUEUE_", "SCANCEL_"].contains { name.hasPrefix($0) && name != "SLURM_CONF" }
        }
        return Command(program, arguments, environment: environment)
    }

    // MARK: Starting

    package func start(_ ready: [CampaignJob]) async throws -> [Digest] {
        var started: [Digest] = []
        if !isAdopted {
            // Another controller may have submitted some, and died before it could say so.
            let queued = try await queue()
            for job in ready where queued?[job.key].map({ $0.state.isOpen }) == true {
                tasks[job.key] = Queued()
                started.append(job.key)
            }
            isAdopted = queued != nil
            guard isAdopted else { return [] }
        }
        let fresh = ready.filter { tasks[$0.key] == nil }
        let most = try await arraySize()
        for (need, jobs) in Dictionary(grouping: fresh, by: { Need($0, cores) }).sorted(by: { $0.key < $1.key }) {
            for start in stride(from: 0, to: jobs.count, by: most) {
                let chunk = Array(jobs[start..<min(start + most, jobs.count)])
                guard try await submit(chunk, need) else { return started }
                for job in chunk { tasks[job.key] = Queued() }
                started += chunk.map(\.key)
            }
        }
        return started
    }

    private struct Need: Hashable, Comparable {
        let cores: Int
        let memoryMiB: Int
        let seconds: Int

        init(_ job: CampaignJob, _ cores: Int) {
            (self.cores, memoryMiB) = job.need(cores: cores)
            seconds =
                switch job.work {
                case .build: 6 * 3600
                case .boot(let boot): boot.timeLimit + 600
                case .command(let command): command.timeLimit + 60
                }
        }

        static func < (left: Need, right: Need) -> Bool {
            (left.cores, left.memoryMiB, left.seconds) < (right.cores, right.memoryMiB, right.seconds)
        }
    }

    /// False where Slurm did not take it now.
    private func submit(_ jobs: [CampaignJob], _ need: Need) async throws -> Bool {
        try Files.makeDirectory(place)
        let list = jobs.map { $0.key.hexadecimal + "\n" }.joined()
        let name = Digest(of: list + UUID().uuidString).short
        try AtomicFile.write(list, to: place.appending("\(name).keys"))
        let variables = ["HOME", "PATH", "XDG_STATE_HOME", "XDG_CACHE_HOME", "BESSEMER_DATA"].compactMap { variable in
            (worker.environment?[variable] ?? ProcessInfo.processInfo.environment[variable]).map {
                "export \(variable)=\($0.shellQuoted)\n"
            }
        }
        let script = """
            #!/bin/sh
            \(variables.joined())key=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" \(place.appending("\(name).keys").string.shellQuoted))
            exec \(worker.shellText) --jobs "${SLURM_CPUS_PER_TASK:-1}" \\
                --attempt "$SLURM_ARRAY_JOB_ID-$SLURM_ARRAY_TASK_ID.${SLURM_RESTART_COUNT:-0}" "$key"

            """
        let excluded = losses.filter { $0.value >= Self.mostLosses }.keys.sorted()
        let arguments =
            [
                "--parsable", "--requeue", "--export=NONE", "--job-name=\(jobName)", "--comment=\(name)",
                "--array=0-\(jobs.count - 1)", "--ntasks=1", "--cpus-per-task=\(need.cores)",
                "--mem=\(need.memoryMiB)M", "--time=\(max(1, (need.seconds + 59) / 60))", "--chdir=/",
                "--output=\(place)/%A_%a.log",
            ] + (excluded.isEmpty ? [] : ["--exclude=\(excluded.joined(separator: ","))"]) + options
        let outcome = try await command("sbatch", arguments).capture(deadline: Self.deadline, input: script)
        if outcome.succeeded {
            failures = 0
            return true
        }
        try? Files.remove(place.appending("\(name).keys"))
        let words = outcome.error.split(separator: "\n").last.map(String.init) ?? outcome.ending.text
        // What is wrong with the job stays wrong; a busy or absent controller does not.
        guard Self.isPassing(words) else {
            throw Failure(
                "slurm.refused", "Slurm does not take the campaign's jobs: \(words)",
                advice: "give sbatch's options with --slurm, e.g. --slurm \"--partition=batch --cpus-per-task=8\"")
        }
        try await wait(after: words)
        return false
    }

    private static func isPassing(_ words: String) -> Bool {
        [
            "Unable to contact", "Socket timed out", "Zero Bytes", "temporarily", "try again", "Connection refused",
            "queue limit", "MaxSubmit", "Transport endpoint",
        ].contains(where: words.contains)
    }

    /// Waits longer each time. Throws `Failure` with code `slurm.unreachable` after many times.
    private func wait(after words: String) async throws {
        failures += 1
        if failures == 1 { say("Slurm does not answer now: \(words)") }
        guard failures < Self.mostFailures else {
            throw Failure(
                "slurm.unreachable", "Slurm did not answer \(failures) times: \(words)",
                advice: "look at the cluster's controller (`scontrol ping`); the same command goes on with the campaign"
            )
        }
        try await clock.sleep(for: .seconds(min(60, 5 * failures)))
    }

    private func arraySize() async throws -> Int {
        if let mostElements { return mostElements }
        let outcome = try await command("scontrol", ["show", "config"]).capture(deadline: Self.deadline)
        let line = outcome.output.split(separator: "\n").first { $0.hasPrefix("MaxArraySize") }
        let size = line?.split(separator: "=").last.flatMap { Int($0.trimmingCharacters(in: .whitespaces)) } ?? 1001
        let most = max(1, min(size - 1, Self.mostInArray))
        if outcome.succeeded { mostElements = most }
        return most
    }

    // MARK: Looking

    enum State: Sendable, Hashable {
        case pending, running
        case ended(String)
        /// It would wait for ever.
        case held(String)

        var isOpen: Bool {
            switch self {
            case .pending, .running: true
            default: false
            }
        }

        /// A job's state and its reason, as squeue(1) prints them.
        init(_ state: String, reason: String) {
            switch state {
            case "PENDING", "REQUEUED", "REQUEUE_FED", "RESIZING", "SPECIAL_EXIT":
                let isHeld = reason.hasPrefix("JobHeld") || reason.contains("launch failed")
                self = isHeld ? .held(reason) : .pending
            case "REQUEUE_HOLD": self = .held(reason)
            case "RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED", "STAGE_OUT", "SIGNALING", "STOPPED":
                self = .running
            default: self = .ended(state)
            }
        }
    }

    struct Element: Sendable, Hashable {
        /// `4711_3`.
        let identifier: String
        let state: State
        let node: String
    }

    /// Lines of `%i|%T|%r|%N|%k`; `keys` are those of a list by its name. The newest job of a key counts.
    static func elements(_ text: String, keys: (String) -> [Digest]?) -> [Digest: Element] {
        var elements: [Digest: Element] = [:]
        var lists: [String: [Digest]] = [:]
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 5, let index = fields[0].split(separator: "_").last.flatMap({ Int($0) }) else {
                continue
            }
            let list = lists[fields[4]] ?? keys(fields[4]) ?? []
            lists[fields[4]] = list
            guard list.indices.contains(index) else { continue }
            let element = Element(
                identifier: fields[0], state: State(fields[1], reason: fields[2]), node: fields[3])
            // What is open outweighs an end: an older job of the same step may have failed.
            if let other = elements[list[index]], other.state.isOpen || !element.state.isOpen { continue }
            elements[list[index]] = element
        }
        return elements
    }

    /// nil where Slurm does not answer.
    private func queue() async throws -> [Digest: Element]? {
        let outcome = try await command(
            "squeue",
            ["--noheader", "--array", "--states=all", "--name=\(jobName)", "--format=%i|%T|%r|%N|%k"]
        ).capture(limit: 64 << 20, deadline: Self.deadline)
        guard outcome.succeeded else {
            try await wait(after: outcome.error.split(separator: "\n").last.map(String.init) ?? outcome.ending.text)
            return nil
        }
        failures = 0
        return Self.elements(outcome.output) { name in
            guard SandboxSpecification.isName(name) else { return nil }
            let lines = try? ForeignFolder(place).text(of: "\(name).keys", limit: ForeignFolder.Limit.list)
            return lines?.split(separator: "\n").compactMap { Digest(hexadecimal: String($0)) }
        }
    }

    package func look() async throws -> [Digest: CampaignProcess] {
        try await clock.sleep(for: Self.pause)
        guard let queued = try await queue() else { return tasks.mapValues { .running(node: $0.node) } }
        var processes: [Digest: CampaignProcess] = [:]
        for (key, task) in tasks {
            var task = task
            guard let element = queued[key] else {
                task.absences += 1
                let isGone = task.absences >= Self.mostAbsences
                tasks[key] = isGone ? nil : task
                processes[key] = isGone ? lost(task, "Slurm no longer knows its job") : .running(node: task.node)
                continue
            }
            task.absences = 0
            if !element.node.isEmpty { task.node = element.node }
            tasks[key] = task
            if element.state.isOpen, folder.hasResult(key) {
                // It is done, by an attempt whose node was lost afterwards, or by somebody else.
                if case .pending = element.state { try await withdraw(element) }
                tasks[key] = nil
                processes[key] = .ended("done")
                continue
            }
            switch element.state {
            case .pending: processes[key] = .waiting
            case .running: processes[key] = .running(node: task.node)
            case .held(let reason):
                try await withdraw(element)
                tasks[key] = nil
                processes[key] = lost(task, "Slurm holds its job: \(reason)")
            case .ended(let state):
                // Its result may come a moment later on a shared disk.
                if case .none = folder.result(of: key), task.seen == false {
                    tasks[key]?.seen = true
                    processes[key] = .running(node: task.node)
                    continue
                }
                tasks[key] = nil
                if case .good = folder.result(of: key) {
                    processes[key] = .ended(state)
                } else {
                    processes[key] = lost(task, "its job ended as \(state) on \(task.node)")
                }
            }
        }
        return processes
    }

    private func withdraw(_ element: Element) async throws {
        _ = try await command("scancel", [element.identifier]).capture(deadline: Self.deadline)
    }

    private func lost(_ task: Queued, _ words: String) -> CampaignProcess {
        if !task.node.isEmpty {
            losses[task.node, default: 0] += 1
            if losses[task.node] == Self.mostLosses { say("node \(task.node) is left out from now on") }
        }
        return .ended(words)
    }

    /// Nothing: what is queued goes on, and whoever runs the campaign next takes it over.
    package func cancel() {
        if !tasks.isEmpty {
            say("\(tasks.count) steps stay in Slurm's queue; `scancel --name=\(jobName)` takes them out")
        }
    }
}
