// SPDX-License-Identifier: Apache-2.0
internal import Foundation
public import SystemPackage

/// Where Bessemer keeps things (XDG Base Directory Specification 0.8).
public struct Directories: Sendable, Hashable {
    /// Can be made again: packages, sandboxes, compiler cache.
    public let cache: FilePath
    /// Can't be made again: the evidence store and the runs' folders.
    public let state: FilePath

    public init(environment: [String: String]) {
        let home = FilePath(environment["HOME"] ?? "/root")
        func base(_ variable: String, _ fallback: String) -> FilePath {
            if let value = environment[variable], value.hasPrefix("/") { return FilePath(value) }
            return home.appending(fallback)
        }
        cache = base("XDG_CACHE_HOME", ".cache").appending("bessemer")
        state = base("XDG_STATE_HOME", ".local/state").appending("bessemer")
    }

    public init(cache: FilePath, state: FilePath) {
        self.cache = cache
        self.state = state
    }
}
