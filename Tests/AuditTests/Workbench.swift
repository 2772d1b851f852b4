// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import Sandbox
import SystemPackage
import TestSupport
import Testing

@testable import Audit

/// A folder in which the sandbox's own compilers make the files that a test audits.
struct Workbench {
    /// The flags by which the kernel compiles C for s390x.
    static let cFlags = [
        "-m64", "-mpacked-stack", "-mbackchain", "-msoft-float", "-march=z13", "-O2", "-ffreestanding", "-fno-pic",
        "-fno-asynchronous-unwind-tables",
    ]
    /// The flags by which the kernel compiles Rust for s390x.
    static let rustFlags = [
        "--edition=2021", "--target=s390x-unknown-none-softfloat", "-Zpacked-stack", "-Ctarget-feature=+backchain",
        "-Ctarget-cpu=z13", "-Cpanic=abort", "-Copt-level=2", "-Crelocation-model=static", "--crate-type=lib",
    ]

    let folder: FilePath
    let sandbox: SandboxRoot

    /// Runs in a new folder, which is removed afterwards.
    static func run<Result>(_ body: (Workbench) async throws -> Result) async throws -> Result {
        let sandbox = try await RealThings.sandbox()
        return try await withTemporaryFolder { try await body(Workbench(folder: $0, sandbox: sandbox)) }
    }

    @discardableResult
    func command(_ program: String, _ arguments: [String]) async throws -> String {
        var command = Command(program, arguments, workingDirectory: "/mnt/bench")
        command.environment = ["RUSTC_BOOTSTRAP": "1", "CCACHE_DISABLE": "1"]
        return try await sandbox.command(command, mounts: [Mount(folder, at: "/mnt/bench", writable: true)])
            .output("test.compile", doing: "running \(program)", advice: "look at the source in the test")
    }

    /// Compiles C with the kernel's flags and `flags` behind them.
    func c(_ source: String, _ flags: [String] = [], name: String = "c") async throws -> FilePath {
        try AtomicFile.write(source, to: folder.appending("\(name).c"))
        try await command("s390x-linux-gnu-gcc", Self.cFlags + flags + ["-c", "\(name).c", "-o", "\(name).o"])
        return folder.appending("\(name).o")
    }

    /// What a crate without `core` needs, which would take long to compile.
    private static let prelude = """
        #![feature(no_core, lang_items, rustc_attrs, decl_macro)]
        #![no_core]
        #![allow(internal_features, dead_code)]
        #[lang = "pointee_sized"] pub trait PointeeSized {}
        #[lang = "meta_sized"] pub trait MetaSized: PointeeSized {}
        #[lang = "sized"] pub trait Sized: MetaSized {}
        #[lang = "copy"] pub trait Copy {}
        impl Copy for u64 {}
        #[rustc_builtin_macro] pub macro asm("assembly template", $(operands,)* $(options($(option),*))?) {}

        """

    /// Compiles Rust with the kernel's flags, those named in `without` left out, and `flags` behind them.
    func rust(_ source: String, without: [String] = [], _ flags: [String] = [], name: String = "rust") async throws
        -> FilePath
    {
        try AtomicFile.write(Self.prelude + source, to: folder.appending("\(name).rs"))
        try await command(
            "rustc", Self.rustFlags.filter { !without.contains($0) } + flags + ["--emit=obj=\(name).o", "\(name).rs"])
        return folder.appending("\(name).o")
    }

    /// Assembles with no flag but the level.
    func assemble(_ source: String, march: String = "z13", name: String = "asm") async throws -> FilePath {
        try AtomicFile.write(source, to: folder.appending("\(name).s"))
        try await command("s390x-linux-gnu-as", ["-m64", "-march=\(march)", "\(name).s", "-o", "\(name).o"])
        return folder.appending("\(name).o")
    }

    /// Links for an address of the kernel's, with the tables kept as sections.
    func link(_ objects: [FilePath], to name: String = "image") async throws -> FilePath {
        let names = objects.map { $0.lastComponent?.string ?? "" }
        try await command(
            "s390x-linux-gnu-ld",
            ["-Ttext=0x100000", "-e", "0x100000", "--unresolved-symbols=ignore-all", "-o", name] + names)
        return folder.appending(name)
    }

    /// Expects that just these rules speak of a file.
    func expect(
        _ expected: Set<String>, in file: FilePath, _ options: AuditOptions = AuditOptions(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try findings(file, options).filter { $0.severity != .note }
        #expect(
            Set(found.map(\.rule)) == expected,
            "\(found.map { "\($0.rule) \($0.location?.text ?? "") \($0.found ?? "")" })",
            sourceLocation: sourceLocation)
    }

    func findings(_ file: FilePath, _ options: AuditOptions = AuditOptions()) throws -> [Finding] {
        try report(file, options).findings
    }

    func report(_ file: FilePath, _ options: AuditOptions = AuditOptions()) throws -> AuditReport {
        try Audit(options: options, jobs: 2).report(
            on: [AuditInput(path: file.string, name: file.lastComponent?.string ?? "")])
    }
}
