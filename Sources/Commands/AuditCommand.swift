// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Audit
internal import Foundation
internal import Host
internal import KernelTree
internal import Pilot
internal import Rendering
internal import S390xKit
internal import Sandbox
internal import SystemPackage

/// `bessemer audit`.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Prove on built files that C and Rust fit together in an s390x kernel.",
        discussion: """
            Takes kernels, modules, objects, archives and folders of them, also compressed (.xz, .zst, .gz). Reads nothing \
            but the files, and the configuration where there is one: beside the first file, or named with --config.

            Examples:
              bessemer audit vmlinux --rules LAY,TAB --format sarif
              bessemer audit driver.ko --c-types /sys/kernel/btf/vmlinux
            """)

    @Argument(help: ArgumentHelp("Files and folders.", valueName: "FILE"), completion: .file())
    var files: [String] = []

    @Option(help: ArgumentHelp("Rules and families to check, with commas; all where none is named.", valueName: "IDS"))
    var rules: String?

    @Option(
        help: ArgumentHelp(
            "The machine level that no instruction may be newer than: z10 … z17, or from-config.", valueName: "LEVEL"))
    var march = "from-config"

    @Option(help: ArgumentHelp("The kernel's configuration.", valueName: ".config"), completion: .file())
    var config: String?

    @Option(
        help: ArgumentHelp("Module.symvers, to look up what modules need.", valueName: "FILE"), completion: .file())
    var symvers: String?

    @Option(
        help: ArgumentHelp(
            "Take C types that a file does not define from this kernel: with debug information or BTF, or BTF itself.",
            valueName: "VMLINUX"),
        completion: .file())
    var cTypes: String?

    @Option(
        help: ArgumentHelp(
            "Compile the layout probe in this object folder of a built kernel, and audit it too.",
            valueName: "BUILD_DIR"),
        completion: .directory)
    var probe: String?

    @Option(
        help: ArgumentHelp("The source that BUILD_DIR was built from.", valueName: "TREE"), completion: .directory)
    var tree: String?

    @Option(
        help: ArgumentHelp(
            "A copy of /proc/cpuinfo of a machine that the kernel is meant for; may be given several times.",
            valueName: "FILE"), completion: .file())
    var cpuinfo: [String] = []

    @Option(
        help: ArgumentHelp("Accepted exceptions, as JSON.", valueName: "FILE"), completion: .file(extensions: ["json"]))
    var baseline: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Files that are read at once.", valueName: "N"))
    var jobs = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: ArgumentHelp("text, json or sarif.", valueName: "FORMAT"))
    var format: AuditFormat = .text

    @OptionGroup var sandbox: SandboxOptions

    func validate() throws {
        if files.isEmpty, probe == nil {
            throw ValidationError("Name a file or a folder, or --probe with a BUILD_DIR.")
        }
        if probe != nil, tree == nil { throw ValidationError("--probe needs the source too: --tree TREE.") }
        if jobs < 1 { throw ValidationError("--jobs is at least 1.") }
    }

    func run() async throws { try await run(.ofProcess()) }

    func run(_ context: Context) async throws {
        let accepted = try baseline.map { try JSON.read(Baseline.self, from: context.path($0)) }
        var paths = files.map { context.path($0) }
        let options = try options(context, beside: paths.first)
        if let probe, let tree {
            let folder = context.directories.cache.appending("probe").appending(
                Digest(of: context.path(probe).string).short)
            let layouts = LayoutProbe(
                tree: try KernelTree(at: context.path(tree)), objects: context.path(probe),
                sandbox: try sandbox.existing(context), folder: folder)
            _ = try await ProbeAudit(probe: layouts).make(progress: context.progress)
            paths.append(try layouts.made.file(LayoutProbe.objectName))
        }
        let progress = context.progress
        var report = try Audit(options: options, jobs: jobs).report(
            on: paths.map { AuditInput(path: $0.string, name: name(of: $0, context)) }
        ) { progress(WorkProgress("auditing", done: $0, total: $1, detail: $2)) }
        if let accepted { report = accepted.applied(to: report, at: Date()) }
        switch format {
        case .text: context.write(try context.printer(.text).text(of: report))
        case .json: context.write(try context.printer(.json).text(of: report))
        case .sarif: context.write(try SARIFPrinter(version: Bessemer.version).text(of: report))
        }
        if !report.isClean { throw ExitCode(1) }
    }

    /// As the user would write it: from the working directory where it lies below that.
    private func name(of path: FilePath, _ context: Context) -> String {
        var relative = path
        return relative.removePrefix(context.workingDirectory) && !relative.isEmpty ? relative.string : path.string
    }

    private func options(_ context: Context, beside first: FilePath?) throws -> AuditOptions {
        var options = AuditOptions()
        for name in (rules ?? "").split(separator: ",") {
            let wanted = name.trimmingCharacters(in: .whitespaces)
            _ = try ExplainCommand.rules(named: wanted)
            options.rules.insert(wanted.uppercased())
        }
        let build =
            probe.map { context.path($0) } ?? first.map { Files.isDirectory($0) ? $0 : $0.removingLastComponent() }
        func beside(_ name: String) throws -> FilePath? {
            guard let folder = build.map({ ForeignFolder($0) }), try folder.size(of: name) != nil else { return nil }
            return try folder.file(name)
        }
        if let file = try config.map({ context.path($0) }) ?? beside(".config") {
            options.configuration = try DotConfig(file: file).settings.mapValues(\.value)
        }
        if let symvers {
            options.exports = try Audit.exports(at: context.path(symvers).string)
        } else if let file = try beside("Module.symvers") {
            // Beside modules that were built outside of the tree it lists their own exports only.
            options.exports = try Audit.exports(at: file.string)
            if options.listsNoKernel { options.exports = nil }
        }
        if let build, try beside(KernelRelease.file) != nil {
            options.release = try KernelRelease.read(from: ForeignFolder(build))
        }
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
        if march != "from-config" {
            guard let level = ArchitectureLevel(name: march) else {
                throw ValidationError("--march takes z10 to z17 or from-config, not \(march).")
            }
            options.level = level
        }
        return options
    }
}

/// The formats that an audit can have.
enum AuditFormat: String, CaseIterable, ExpressibleByArgument {
    case text, json, sarif
}
