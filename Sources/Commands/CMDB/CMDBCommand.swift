// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import CMDB
internal import Documents
internal import Evidence
internal import EvidenceSQLite
internal import Foundation
internal import Host
internal import Records
internal import SystemPackage
internal import Workflows

/// `bessemer cmdb`: a configuration management database that knows which machine runs which kernel.
struct CMDBCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cmdb", abstract: "Keep a CMDB in step with what machines run: Nautobot, ServiceNow, CSV files.",
        discussion: "Example: bessemer cmdb plan nautobot --output nautobot.plan",
        subcommands: [CMDBInit.self, CMDBShow.self, CMDBPlanCommand.self, CMDBApply.self, CMDBStatus.self])
}

/// By which settings a command finds a CMDB.
struct CMDBOptions: ParsableArguments {
    @Option(
        help: .value("FILE", "The CMDBs (default: cmdb.yaml in this folder; `bessemer cmdb init` writes one)."),
        completion: .file())
    var settings: String?

    /// Throws `Failure` with code `cmdb.settings`.
    func read(_ context: Context) throws -> CMDBSettings {
        let file = context.path(settings ?? CMDBSettings.name)
        guard Files.isRegularFile(file) else {
            throw Failure(
                "cmdb.settings", "there is no file \(file)",
                advice: "`bessemer cmdb init` writes one with comments; --settings names another")
        }
        return try CMDBSettings(
            try Files.bytes(file, limit: CMDBSettings.largest), named: settings ?? CMDBSettings.name)
    }

    /// nil where none is named and none is in this folder. Throws as `read` does.
    func readIfThere(_ context: Context) throws -> CMDBSettings? {
        settings == nil && !Files.exists(context.path(CMDBSettings.name)) ? nil : try read(context)
    }

    /// Throws `Failure` with codes `cmdb.settings`, `cmdb.target`.
    func target(_ name: String, _ context: Context) throws -> (target: CMDBSettings.Target, settings: CMDBSettings) {
        let settings = try read(context)
        guard let target = settings.targets[name] else {
            throw Failure(
                "cmdb.target",
                "\(self.settings ?? CMDBSettings.name) has no target “\(name)”; it has "
                    + settings.targets.keys.sorted().joined(separator: ", "),
                advice: "name one of these, or add it to the file (take the `#` away before one in a comment)")
        }
        return (target, settings)
    }

    /// The folder that the settings' paths start from.
    func folder(_ context: Context) -> FilePath {
        context.path(settings ?? CMDBSettings.name).removingLastComponent()
    }
}

extension Context {
    /// A CMDB that can be read and written. Throws `Failure` with codes `cmdb.credential`, `cmdb.address`.
    func cmdb(_ target: CMDBSettings.Target, from folder: FilePath) throws -> any CMDBTarget {
        guard let credential = target.credential else { return CSVTarget(folder.pushing(FilePath(target.location))) }
        let secret = try secret(credential, from: folder)
        let authorization: String
        switch (target.type, target.user) {
        case (.nautobot, _): authorization = "Token \(secret)"
        case (_, let user?): authorization = "Basic " + Data("\(user):\(secret)".utf8).base64EncodedString()
        case (_, nil): authorization = "Bearer \(secret)"
        }
        let client = try WebClient(target.location, authorization: authorization)
        guard let settings = target.serviceNow else { return NautobotTarget(client) }
        return ServiceNowTarget(client, settings, at: Date().formatted(.iso8601))
    }

    private func secret(_ source: CMDBSettings.CredentialSource, from folder: FilePath) throws -> String {
        func refuse(_ reason: String, _ advice: String) -> Failure {
            Failure("cmdb.credential", reason, advice: advice)
        }
        let text: String
        switch source {
        case .variable(let name):
            guard let value = environment[name], !value.isEmpty else {
                throw refuse("the variable \(name) is not set", "set it to the token, and export it")
            }
            text = value
        case .file(let name):
            let file = folder.pushing(FilePath(name))
            guard let status = Files.status(file), status.st_mode & S_IFMT == S_IFREG else {
                throw refuse("there is no file \(file)", "write the token into it, and `chmod 600` it")
            }
            guard status.st_mode & 0o077 == 0 else {
                throw refuse("others can read \(file), which holds a token", "chmod 600 \(file)")
            }
            text = try Files.text(file, limit: 64 << 10)
        }
        let secret = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !secret.isEmpty else { throw refuse("the token is empty", "write the token into its file") }
        return secret
    }

    /// What a CMDB is to know, from the log, and by which policy. Throws `Failure` with codes `machine.none`, `evidence.altered`.
    func cmdbModel(
        _ list: MachineListOptions, _ settings: CMDBSettings?, from folder: FilePath
    ) async throws -> (model: CMDBModel, policy: Digest?, store: SQLiteEvidenceStore) {
        guard try evidence() != nil else { throw MachineListOptions.none }
        let store = try await wholeStore()
        var list = list
        if list.policy.policy == nil, let named = settings?.policy {
            list.policy.policy = folder.pushing(FilePath(named)).string
        }
        let machines = try await list.machines(self, in: store, judging: true)
        let model = CMDBModel(
            machines, retireAfter: settings?.retireAfter ?? CMDBModel.sweepsToRetire,
            head: try await store.trees().last?.head())
        guard !model.items.isEmpty else { throw MachineListOptions.none }
        return (model, machines.policy, store)
    }
}

/// `bessemer cmdb init`.
struct CMDBInit: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write cmdb.yaml, with a target that writes CSV files and others in comments.",
        discussion: "Example: bessemer cmdb init")

    @Option(help: .value("FILE", "The file to write."), completion: .file())
    var output = CMDBSettings.name

    func run(_ context: Context) async throws {
        let targets = try CMDBSettings(Array(CMDBSettings.standard.utf8)).targets
        try context.writeNew(CMDBSettings.standard, to: output, "cmdb", saying: targets.keys.sorted())
    }
}

/// `bessemer cmdb show`.
struct CMDBShow: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what a CMDB is to know: machines, kernels, what they were built with.",
        discussion: """
            The same for every CMDB, from the log alone; --format json has all of it.

            Example: bessemer cmdb show
            """)

    @OptionGroup var options: CMDBOptions
    @OptionGroup var list: MachineListOptions
    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        let settings = try options.readIfThere(context)
        try context.show(
            try await context.cmdbModel(list, settings, from: options.folder(context)).model, as: format.format)
    }
}

/// `bessemer cmdb plan`.
struct CMDBPlanCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show every change that brings a CMDB in step, and write it to a file.",
        discussion: """
            Nothing is changed. What differs is read from the CMDB, so a second plan behind `cmdb apply` has no change.

            Exit status: 1 where retirements are held back, or the CMDB would refuse something.

            Example: bessemer cmdb plan nautobot --output nautobot.plan
            """)

    @Argument(help: .value("TARGET", "A target of cmdb.yaml."))
    var target: String

    @Option(help: .value("FILE", "Where to write the plan, for `cmdb apply`."), completion: .file())
    var output: String?

    @Flag(help: "Retire more than three machines, and than a tenth of those there, at once.")
    var allowRetire = false

    @OptionGroup var options: CMDBOptions
    @OptionGroup var list: MachineListOptions
    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        let (found, settings) = try options.target(target, context)
        if let output { try Self.refuseForeign(context.path(output)) }
        let cmdb = try context.cmdb(found, from: options.folder(context))
        let (model, policy, store) = try await context.cmdbModel(list, settings, from: options.folder(context))
        let reports = try await store.all(CMDBReport.self).map(\.body).filter { $0.target == target }
        let plan = try await CMDBPlan(
            found, named: target, reading: cmdb, model: model, retired: reports.retired, policy: policy,
            notes: try note(of: policy, after: reports.last), allowsRetiring: allowRetire,
            at: Date().formatted(.iso8601), toolVersion: Bessemer.version, progress: context.progress)
        try context.show(plan, as: format.format)
        if let output {
            let file = context.path(output)
            try AtomicFile.write(json: plan, to: file, permissions: AtomicFile.own)
            if !plan.operations.isEmpty { context.say("`bessemer cmdb apply \(output)` makes these changes") }
        }
        if !plan.held.isEmpty || !plan.refusals.isEmpty { throw ExitCode(1) }
    }

    /// A plan may take the place of a plan, and of nothing else. Throws `Failure` with code `cmdb.output`.
    private static func refuseForeign(_ file: FilePath) throws {
        guard Files.status(file, followingLinks: false) != nil else { return }
        let isPlan =
            Files.isRegularFile(file)
            && (try? JSON.read(CMDBPlan.self, from: file))?.schema == CMDBPlan.schema
        guard !isPlan else { return }
        throw Failure(
            "cmdb.output", "\(file) is there, and is not a plan", advice: "name another file with --output")
    }

    /// Where the last one was made by another policy. Throws `Failure` with code `cmdb.policy` where it was made by one, and
    /// this one has none: stages and waivers would be taken out.
    private func note(of policy: Digest?, after last: CMDBReport?) throws -> [String] {
        guard let before = last?.policy, before != policy else { return [] }
        guard let policy else {
            throw Failure(
                "cmdb.policy",
                "there is no policy here, and what stands in \(target) was judged by one: stages and waivers would be taken out",
                advice: "name it with --policy, or with `policy:` in cmdb.yaml")
        }
        return ["by the policy \(policy.short); what stands there was judged by another, \(before.short)"]
    }
}

/// `bessemer cmdb apply`.
struct CMDBApply: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Make a plan's changes, and go on where an earlier attempt stopped.",
        discussion: """
            Each operation is written down before and after it is sent; what is not known to be done is looked at again, so \
            nothing is made twice. What was changed there since the plan is refused. The outcome is an entry of the log.

            Exit status: 1 where something was refused or is not known to be done; the same command tries that again.

            Example: bessemer cmdb apply nautobot.plan
            """)

    @Argument(help: .value("PLAN", "A file of `cmdb plan --output`."), completion: .file())
    var plan: String

    @OptionGroup var options: CMDBOptions
    @OptionGroup var format: FormatOption

    private static let largest = 256 << 20

    func run(_ context: Context) async throws {
        let bytes = try Files.bytes(context.path(plan), limit: Self.largest)
        let read = try JSON.decode(
            CMDBPlan.self, from: bytes, named: plan, advice: "make it again with `bessemer cmdb plan --output`")
        guard read.schema == CMDBPlan.schema, read.isNumbered else {
            throw Failure(
                "cmdb.plan", "\(plan) is not a plan as `cmdb plan` writes it",
                advice: "make it again with `bessemer cmdb plan --output`")
        }
        let (found, _) = try options.target(read.target, context)
        guard found.type == read.type, found.location == read.location else {
            throw Failure(
                "cmdb.plan", "\(plan) is for \(read.location), and the target \(read.target) is \(found.location) now",
                advice: "make it again with `bessemer cmdb plan --output`")
        }
        let cmdb = try context.cmdb(found, from: options.folder(context))
        let digest = Digest(of: bytes)
        let journals = context.directories.state.appending("cmdb")
        let held = try FolderLock(journals.appending(read.target), doing: "writing to this CMDB")
        defer { withExtendedLifetime(held) {} }
        guard !read.operations.isEmpty else {
            context.say(
                "there is nothing to do"
                    + (read.held.isEmpty
                        ? "" : "; \(read.held.count) retirements are held back: `bessemer cmdb plan --allow-retire`"))
            throw ExitCode(read.held.isEmpty ? 0 : 1)
        }
        let store = try await context.wholeStore()
        let journal = try CMDBJournal(journals, plan: digest)
        let wasDone = read.operations.allSatisfy { journal.states[$0.number]?.state == .done }
        let report = try await read.apply(to: cmdb, journal, digest: digest, progress: context.progress)
        if wasDone {
            context.say("all of it was done before")
        } else {
            let kept = Subject("plan.json", try await store.put(bytes))
            let entry = try await store.append(try Entry.Draft(report, blobs: [kept]))
            context.say("recorded as entry \(entry.sequence) of the evidence log")
        }
        try context.show(report, as: format.format)
        if !report.isComplete { throw ExitCode(1) }
    }
}

/// `bessemer cmdb status`.
struct CMDBStatus: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what was written to a CMDB last, and what was not.",
        discussion: """
            Exit status: 1 where something is not done.

            Example: bessemer cmdb status nautobot
            """)

    @Argument(help: .value("TARGET", "A target of cmdb.yaml."))
    var target: String

    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        guard try context.evidence() != nil else { throw MachineListOptions.none }
        guard let last = try await context.store().all(CMDBReport.self).last(where: { $0.body.target == target }) else {
            throw Failure(
                "cmdb.status", "nothing was written to a target “\(target)”",
                advice: "`bessemer cmdb plan \(target) --output FILE`, then `bessemer cmdb apply FILE`")
        }
        try context.show(last.body, as: format.format)
        if !last.body.isComplete { throw ExitCode(1) }
    }
}
