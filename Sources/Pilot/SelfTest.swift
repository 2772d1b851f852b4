// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Guest
internal import Host
internal import KernelTree
internal import Sandbox
internal import SystemPackage

/// The guest self-test module (`GuestModule/`), built against a kernel with Rust.
struct SelfTest: Codable, Hashable, Sendable {
    static let name = "bessemer_selftest"
    static var fileName: String { "\(name).ko" }
    /// The program that looks whether the registers of user space stay what they were.
    static let registers = "registers"

    /// Of the .ko file; nil where it could not be built.
    let sha256: Digest?
    /// Why it could not be built.
    let problem: String?
    /// Of the program `registers`; nil where the module could not be built, and in results of before it was there.
    var registers: Digest?

    /// Builds it in `folder` from the sources in `sources`. A kernel that lacks what the module needs is no error here.
    ///
    /// Throws `Failure` where the sources can't be read, and `CancellationError`.
    static func build(_ module: ModuleBuild, from sources: FilePath) async throws -> SelfTest {
        try module.take(sources: sources)
        do {
            try await module.run()
            try await module.buildProgram(registers)
            return SelfTest(
                sha256: try Digest(ofFile: module.folder.appending(fileName)), problem: nil,
                registers: try Digest(ofFile: module.folder.appending(registers)))
        } catch let failure as Failure where failure.code == "module.failed" {
            return SelfTest(sha256: nil, problem: failure.underlying.map { "\($0)" } ?? failure.message)
        }
    }

    /// What tells one state of the sources from another. Throws `Failure` where one can't be read.
    static func digests(of sources: FilePath) throws -> [String] {
        try ModuleBuild.sources(in: sources).flatMap { [$0, try Digest(ofFile: sources.appending($0)).hexadecimal] }
    }

    /// What the files in `folder` came to is what was recorded. Throws `Failure` where one can't be read.
    func holds(in folder: FilePath) throws -> Bool {
        try sha256 == Digest(ofFile: folder.appending(Self.fileName))
            && registers == Digest(ofFile: folder.appending(Self.registers))
    }

    /// As the guest inserts it; nil where it could not be built.
    func module(in folder: FilePath) -> GuestModule? {
        guard sha256 != nil else { return nil }
        return GuestModule(
            name: Self.name, path: folder.appending(Self.fileName),
            parameters: GuestPlan.isEmulated ? ["emulated=1"] : [],
            steps: registers == nil ? [] : [GuestStep("fill registers", ["/\(Self.place)"])])
    }

    /// What the guest runs beside the module.
    func files(in folder: FilePath) -> [GuestFile] {
        registers == nil
            ? [] : [GuestFile(name: Self.place, path: folder.appending(Self.registers), isExecutable: true)]
    }

    private static let place = "selftest/registers"
}
