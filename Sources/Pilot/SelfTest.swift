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

    /// Of the .ko file; nil where it could not be built.
    let sha256: Digest?
    /// Why it could not be built.
    let problem: String?

    /// Builds it in `folder` from the sources in `sources`. A kernel that lacks what the module needs is no error here.
    ///
    /// Throws `Failure` where the sources can't be read, and `CancellationError`.
    static func build(_ module: ModuleBuild, from sources: FilePath) async throws -> SelfTest {
        try module.take(sources: sources)
        do {
            try await module.run()
            return SelfTest(sha256: try Digest(ofFile: module.folder.appending(fileName)), problem: nil)
        } catch let failure as Failure where failure.code == "module.failed" {
            return SelfTest(sha256: nil, problem: failure.underlying.map { "\($0)" } ?? failure.message)
        }
    }

    /// What tells one state of the sources from another. Throws `Failure` where one can't be read.
    static func digests(of sources: FilePath) throws -> [String] {
        try ModuleBuild.sources(in: sources).flatMap { [$0, try Digest(ofFile: sources.appending($0)).hexadecimal] }
    }

    /// As the guest inserts it; nil where it could not be built.
    func module(in folder: FilePath) -> GuestModule? {
        guard sha256 != nil else { return nil }
        return GuestModule(
            name: Self.name, path: folder.appending(Self.fileName),
            parameters: GuestPlan.isEmulated ? ["emulated=1"] : [])
    }
}
