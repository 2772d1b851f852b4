// SPDX-License-Identifier: Apache-2.0
internal import Guest
internal import Host
internal import KernelTree
internal import SystemPackage

/// The guest self-test module (`Kernel/SelfTest/`), built against a kernel with Rust.
struct SelfTest: Codable, Hashable, Sendable {
    static let name = "bessemer_selftest"
    static var fileName: String { "\(name).ko" }
    /// Looks whether the registers of user space stay what they were.
    private static let registers = "registers"
    /// Tells the module where a function is that modules may not call.
    private static let reliable = "reliable.sh"
    /// Inserts and removes the module again and again.
    private static let loads = "loads.sh"
    /// So many CPUs `loads.sh` can have online.
    static let cpus = 4

    /// The module and what the guest runs beside it, by their names; empty where the module could not be built.
    let files: [String: Digest]
    /// Why it could not be built.
    let problem: String?

    /// Builds it from the sources in `sources`, with the layouts of the types that are `complete` in C. A kernel that lacks
    /// what the module needs is no error here.
    ///
    /// Throws `Failure` where the sources can't be read, and `CancellationError`.
    static func build(_ module: ModuleBuild, from sources: FilePath, complete: Set<String>) async throws -> SelfTest {
        try module.take(sources: sources)
        try module.addLayouts(complete: complete)
        do {
            try await module.run()
            try await module.buildProgram(registers)
            var files: [String: Digest] = [:]
            for name in [fileName, registers, reliable, loads] {
                files[name] = try module.made.digest(of: name)
            }
            return SelfTest(files: files, problem: nil)
        } catch let failure as Failure where failure.code == "module.failed" {
            return SelfTest(files: [:], problem: failure.underlying.map { "\($0)" } ?? failure.message)
        }
    }

    /// What tells one state of the sources from another. Throws `Failure` where one can't be read.
    static func digests(of sources: FilePath) throws -> [String] {
        try ModuleBuild.sources(in: sources).flatMap { [$0, try Digest(ofFile: sources.appending($0)).hexadecimal] }
    }

    /// What is in `folder` is what was recorded. Throws `Failure` where a file can't be read.
    func holds(in folder: FilePath) throws -> Bool {
        try files.allSatisfy { try ForeignFolder(folder).digest(of: $0.key) == $0.value }
    }

    /// As the guest inserts it; nil where it could not be built.
    func module(in folder: FilePath) throws -> GuestModule? {
        guard !files.isEmpty else { return nil }
        return GuestModule(
            name: Self.name, path: try ForeignFolder(folder).file(Self.fileName),
            parameters: GuestPlan.isEmulated ? ["emulated=1"] : [],
            steps: [
                GuestStep("fill registers", [Self.place(Self.registers)]),
                GuestStep("trace a sleeping thread", [Self.place(Self.reliable)]),
            ])
    }

    /// What the guest does once the module has gone.
    func lastSteps(slow: Bool) -> [GuestStep] {
        files.isEmpty ? [] : [GuestStep("load and unload", [Self.place(Self.loads), slow ? "1000" : "250"])]
    }

    /// What the guest runs beside the module.
    func programs(in folder: FilePath) throws -> [GuestFile] {
        try files.keys.filter { $0 != Self.fileName }.sorted().map { name in
            GuestFile(
                name: String(Self.place(name).dropFirst()), path: try ForeignFolder(folder).file(name),
                isExecutable: true)
        }
    }

    private static func place(_ name: String) -> String { "/selftest/\(name)" }
}
