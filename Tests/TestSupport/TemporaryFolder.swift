// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import SystemPackage

/// Runs `body` with a fresh folder that is gone afterwards.
package func withTemporaryFolder<Result>(_ body: (FilePath) async throws -> Result) async throws -> Result {
    let folder = FilePath(NSTemporaryDirectory()).appending("bessemer-test-\(UUID().uuidString)")
    try Files.makeDirectory(folder)
    defer { try? Files.remove(folder) }
    return try await body(folder)
}
