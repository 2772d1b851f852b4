// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import SystemPackage

/// Which objects that were compiled before a build may take over.
///
/// A build can write whatever it likes into its compiler cache, entries and configuration, so a cache is shared by those
/// alone who already decide each other's bytes.
package enum CompilerCache: Sendable, Hashable {
    /// One for each source's content and each sandbox: a pilot's two kernels share it, another tree never sees it.
    case perSource
    /// One for all trees that somebody names so, and thereby trusts alike.
    case shared(String)
    case none

    /// What the record says of it.
    var text: String {
        switch self {
        case .perSource: "of this source and sandbox alone"
        case .shared(let name): "shared by every tree that is built with the cache \(name)"
        case .none: "none"
        }
    }

    /// The folder of the cache; nil for none. `source` is the digest of the source's content.
    func folder(in cache: FilePath, source: String, sandbox: Digest) -> FilePath? {
        let domain: String
        switch self {
        case .perSource: domain = "source \(source)"
        case .shared(let name): domain = "shared \(name)"
        case .none: return nil
        }
        return Self.folder(in: cache).appending(Digest(of: "\(domain)\u{0}\(sandbox)").hexadecimal)
    }

    /// So many caches are kept, the ones that were used last.
    private static let kept = 6

    private static func folder(in cache: FilePath) -> FilePath { cache.appending("compiler") }

    /// Marks the cache as used, and removes those that have not been used for longest.
    static func use(_ folder: FilePath, in cache: FilePath) throws {
        try Files.makeDirectory(folder)
        let now = Date()
        try? FileManager.default.setAttributes([.modificationDate: now], ofItemAtPath: folder.string)
        let all = Files.names(in: Self.folder(in: cache)).map { name -> (path: FilePath, used: Date) in
            let path = Self.folder(in: cache).appending(name)
            let attributes = try? FileManager.default.attributesOfItem(atPath: path.string)
            return (path, attributes?[.modificationDate] as? Date ?? .distantPast)
        }
        for old in all.sorted(by: { $0.used > $1.used }).dropFirst(kept) where old.path != folder {
            try Files.remove(old.path)
        }
        // One cache for all trees, as it was before each had its own.
        try Files.remove(cache.appending("ccache"))
    }
}
