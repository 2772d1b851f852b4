// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import SystemPackage

/// Where Bessemer keeps things (XDG Base Directory Specification 0.8).
package struct Directories: Sendable, Hashable {
    /// Can be made again: packages, sandboxes, compiler cache.
    package let cache: FilePath
    /// Can't be made again: the evidence store and the runs' folders.
    package let state: FilePath

    /// Where the environment names no home, it is `/root`.
    package init(environment: [String: String]) {
        self.init(environment: environment, home: FilePath(environment["HOME"] ?? "/root"))
    }

    private init(environment: [String: String], home: FilePath) {
        // A relative path is to be ignored (§ Environment variables).
        func base(_ variable: String, _ fallback: String) -> FilePath {
            if let value = environment[variable], value.hasPrefix("/") { return FilePath(value) }
            return home.pushing(FilePath(fallback))
        }
        cache = base("XDG_CACHE_HOME", ".cache").appending("bessemer")
        state = base("XDG_STATE_HOME", ".local/state").appending("bessemer")
    }

    package init(cache: FilePath, state: FilePath) {
        self.cache = cache
        self.state = state
    }

    /// The folders of the user that this process runs as. Home is `HOME`, or, where that is not set, what the user
    /// database says (getpwuid_r(3)).
    ///
    /// Throws `Failure` with code `home.unknown` where `HOME` is empty or relative and a folder depends on it.
    package static func ofUser(environment: [String: String]) throws -> Directories {
        let variables = ["XDG_CACHE_HOME", "XDG_STATE_HOME"]
        let isHomeNeeded = !variables.allSatisfy { environment[$0]?.hasPrefix("/") ?? false }
        guard let given = environment["HOME"] else {
            let home = FileManager.default.homeDirectoryForCurrentUser.path
            return Directories(environment: environment, home: FilePath(home))
        }
        guard given.hasPrefix("/") || !isHomeNeeded else {
            throw Failure(
                "home.unknown", given.isEmpty ? "HOME is empty" : "HOME is “\(given)”, which is not an absolute path",
                advice: "set HOME to your home folder, or XDG_CACHE_HOME and XDG_STATE_HOME to absolute paths")
        }
        return Directories(environment: environment, home: FilePath(given.hasPrefix("/") ? given : "/"))
    }
}
