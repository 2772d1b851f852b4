// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import SystemPackage

/// A folder for the time of some work, which nobody else can enter.
enum ScratchFolder {
    static func with<Result: Sendable>(_ work: (FilePath) async throws -> Result) async throws -> Result {
        let folder = FilePath(NSTemporaryDirectory()).appending("bessemer-git-\(UUID().uuidString)")
        guard unsafe mkdir(folder.string, 0o700) == 0 else {
            let error = Errno(rawValue: errno)
            throw Failure(
                error == .noSpace ? "disk.full" : "file.unwritable", "could not make the folder \(folder)",
                advice: "look at TMPDIR and its free space", underlying: error)
        }
        defer { try? Files.remove(folder) }
        return try await work(folder)
    }
}
