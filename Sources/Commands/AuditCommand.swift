// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Audit
internal import Documents
internal import Foundation
internal import Host
internal import KernelTree
internal import Policy
internal import Records
internal import S390xKit
internal import SystemPackage
internal import Workflows

/// `bessemer audit`.
struct AuditCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Check built files: C and Rust agree on layouts, frames, tables and instructions.",
        discussion: """
            Takes kernels, modules, objects, archives and folders of them, also compressed (.xz, .zst, .gz); of a folder \
            that a kernel was built in, the vmlinux and its modules. Beside the \
            first file, or in the folder that is named first, it also reads .config, Module.symvers and \
            include/config/kernel.release where they are regular files, and for a file that dwz shares debug information \
            of, the shared file. What was read besides the files is listed.

            Examples:
              bessemer audit vmlinux --rules LAY,TAB --format sarif
              bessemer audit driver.ko --c-types /sys/kernel/btf/vmlinux

            A file of accepted findings (--waivers) is a list; a location is a file and a symbol, * stands for any text:
              [{"rule": "LAY005", "location": "vmlinux bindings::foo", "reason": "TEXT", "owner": "TEAM", \
            "expires": "2027-05-31"}]

            Exit status: 0 clean; 1 findings, or a file or family that could not be decided; 2 bad usage, or nothing at \
            all could be decided.
            """)

    @Argument(help: .value("FILE", "Files and folders."), completion: .file())
    var files: [String] = []

    @Option(help: .value("IDS", "Rules and families to check, comma-separated (default: all)."))
    var rules: String?

    @Option(
        help: .value("LEVEL", "The machine level that no instruction may be newer than: z10 to z17, or from-config."),
        completion: .list(["from-config"] + ArchitectureLevel.allCases.filter { $0 >= .z10 }.map(\.name)))
    var march = "from-config"

    @Option(help: .value(".config", "The kernel's configuration."), completion: .file())
    var config: String?

    @Option(help: .value("FILE", "Module.symvers, to look up what modules need."), completion: .file())
    var symvers: String?

    @Option(
        help: .value(
            "VMLINUX",
            "Take C types that a file does not define from this kernel: with debug information or BTF, or BTF itself."),
        completion: .file())
    var cTypes: String?

    @Option(
        help: .value(
            "BUILD_DIR", "Compile the layout probe in this object folder of a built kernel, and audit it too."),
        completion: .directory)
    var probe: String?

    @Option(help: .value("TREE", "The source that BUILD_DIR was built from."), completion: .directory)
    var tree: String?

    @Option(
        help: .value(
            "FILE", "A copy of /proc/cpuinfo of a machine that the kernel is meant for; may be given several times."),
        completion: .file())
    var cpuinfo: [String] = []

    @OptionGroup var waivers: WaiverOptions

    @Flag(help: "Put the audit, with the digests of its files, into the evidence log.")
    var record = false

    @Option(name: .shortAndLong, help: .value("N", "Files that are read at once."))
    var jobs = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: "How to write the findings to standard output.")
    var format: FindingFormat = .text

    @OptionGroup var sandbox: SandboxOptions

    func validate() throws {
        try require(!files.contains(""), "A FILE has no name: the argument is empty.")
        try require(
            march == "from-config" || machineLevel != nil, "--march takes z10 to z17 or from-config, not \(march).")
        try require(probe == nil || tree != nil, "--probe needs the source too: --tree TREE.")
        try require(tree == nil || probe != nil, "--tree goes with --probe BUILD_DIR, which is not named.")
        try require(jobs >= 1, "--jobs is at least 1.")
    }

    private var machineLevel: ArchitectureLevel? {
        ArchitectureLevel(name: march).flatMap { $0 >= .z10 ? $0 : nil }
    }

    func run(_ context: Context) async throws {
        // Not in validate(), which comes before options that nobody knows are told.
        if files.isEmpty, probe == nil {
            throw Failure(
                "audit.file", "no file or folder is named",
                advice: "name some, or --probe with a BUILD_DIR; `bessemer audit --help` has examples")
        }
        let waivers = try waivers.read(context)
        var paths = try files.flatMap { try kernel(builtIn: context.path($0), context) }
        let options = try options(context, beside: paths.first)
        if let probe, let tree {
            let folder = context.directories.cache.appending("probe").appending(
                Digest(of: context.path(probe).string).short)
            let layouts = LayoutProbe(
                tree: try KernelTree(at: context.path(tree)), objects: context.path(probe),
                sandbox: try sandbox.choice.existing(context), folder: folder)
            _ = try await ProbeAudit(making: layouts, progress: context.progress)
            paths.append(try layouts.made.file(LayoutProbe.objectName))
        }
        var report = try Audit(options: options, jobs: jobs).report(
            on: paths.map { AuditInput(path: $0.string, name: name(of: $0, context)) }
        ) { context.progress(WorkProgress("auditing", done: $0, total: $1, detail: $2)) }
        // One of a rule that is not checked here is not known to be needed or not.
        let checked = waivers.filter { waiver in
            RuleCatalogue.book.rules.contains { $0.identifier == waiver.rule } && options.wants(waiver.rule)
        }
        if !checked.isEmpty { report = Waivers(checked, at: Date()).appliedAlone(to: report) }
        if record {
            try await context.record(report, about: try subjects(of: report, context))
        }
        try context.show(report, as: format) { try context.sarif(RuleCatalogue.book.families).text(of: report) }
        switch report.verdict {
        case .clean: break
        case .findings: throw ExitCode(1)
        case .undecided: throw ExitCode(2)
        }
    }

    /// The files that were read, by their digests: those that were audited, archives whole, and what was read beside them.
    private func subjects(of report: AuditReport, _ context: Context) throws -> [Subject] {
        let audited = report.files.filter { $0.error == nil }.map { file in
            Files.isRegularFile(context.path(file.name))
                ? file.name : String(file.name[..<(file.name.lastIndex(of: "(") ?? file.name.endIndex)])
        }
        let beside = (report.alsoRead ?? []) + report.files.flatMap { $0.alsoRead ?? [] }
        var seen: Set<String> = []
        return try (audited + beside.filter { Files.isRegularFile(context.path($0)) }).filter {
            seen.insert($0).inserted
        }
        .map { Subject($0, try Digest(ofFile: context.path($0))) }
    }

    /// Of a folder that a kernel was built in, the kernel and its modules; another path as it is.
    private func kernel(builtIn path: FilePath, _ context: Context) throws -> [FilePath] {
        guard Files.isDirectory(path), let files = try BuildFolder(path).kernelFiles() else { return [path] }
        context.say(
            "\(name(of: path, context)) is a kernel's build folder: its vmlinux and the \(files.count - 1) modules of "
                + "modules.order are audited; name a folder or a file inside to audit what is in it")
        return files
    }

    /// As the user would write it: from the working directory where it lies below that.
    private func name(of path: FilePath, _ context: Context) -> String {
        if path == context.workingDirectory { return "" }
        var relative = path
        return relative.removePrefix(context.workingDirectory) && !relative.isEmpty ? relative.string : path.string
    }

    private func options(_ context: Context, beside first: FilePath?) throws -> AuditOptions {
        let rules = (rules ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        for rule in rules { _ = try RuleCatalogue.book.rules(named: rule) }
        let build =
            probe.map { context.path($0) } ?? first.map { Files.isDirectory($0) ? $0 : $0.removingLastComponent() }
        var options = try AuditOptions(
            build: build.map { BuildFolder($0) }, configuration: config.map { context.path($0) },
            symvers: symvers.map { context.path($0) }
        ) { name(of: $0, context) }
        options.rules = Set(rules.map { $0.uppercased() })
        if let cTypes { options.cTypes = try CTypes(path: context.path(cTypes).string, jobs: jobs) }
        options.machines = try cpuinfo.map { name in
            guard
                let facts = MachineFacts(
                    name: name, cpuinfo: try Files.text(context.path(name), limit: ForeignFolder.Limit.list))
            else {
                throw Failure(
                    "audit.cpuinfo", "\(name) has no line `facilities`",
                    advice: "copy /proc/cpuinfo from a machine of IBM Z")
            }
            return facts
        }
        options.level = march == "from-config" ? nil : machineLevel
        return options
    }
}
