// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
package import Records
internal import Synchronization
internal import SystemPackage

extension SandboxRoot {
    /// Compares every file with its package's checksum (dpkg's `.md5sums` files), and every file that no package
    /// brought with the record made when the sandbox was.
    package func verify(
        progress: @escaping ProgressSink = { _ in }
    ) throws -> (files: Int, differences: [SandboxDifference]) {
        var owned: [String: (package: String, sum: String)] = [:]
        let information = path.appending("var/lib/dpkg/info")
        for name in Files.names(in: information) where name.hasSuffix(".md5sums") {
            let package = String(name.dropLast(".md5sums".count))
            for line in try Files.text(information.appending(name)).split(separator: "\n") {
                let parts = line.split(separator: " ", maxSplits: 1)
                guard parts.count == 2 else { continue }
                owned[parts[1].trimmingCharacters(in: .whitespaces)] = (package, String(parts[0]))
            }
        }
        let diverted = try diversions()
        let manifest = try FileManifest(contentsOf: path.removingLastComponent().appending("manifest.json"))
        let owners = owned
        let root = path
        let done = Atomic<Int>(0)
        let total = owned.count
        let packaged = try owned.keys.sorted().mapConcurrently { name -> SandboxDifference? in
            let count = done.wrappingAdd(1, ordering: .relaxed).newValue
            if count.isMultiple(of: 256) {
                progress(WorkProgress("comparing files", done: count, total: total, detail: name))
            }
            guard let owner = owners[name] else { return nil }
            let file = root.appending(diverted[name] ?? name)
            func differs(_ kind: SandboxDifference.Kind) -> SandboxDifference {
                SandboxDifference(kind: kind, path: name, package: owner.package)
            }
            if Self.isHidden(file) { return differs(.unreadable) }
            guard Files.exists(file) else { return differs(.missing) }
            var checksum = PackageChecksum()
            try readPieces(of: file) { checksum.add($0) }
            return checksum.finish() == owner.sum ? nil : differs(.modified)
        }.compactMap { $0 }

        let resolved = Set(owned.keys.map { diverted[$0] ?? $0 })
        let present = try FileManifest.listing(of: root)
        let others = present.filter { !resolved.contains($0.name) }
        let unowned = try others.mapConcurrently { listed -> SandboxDifference? in
            let name = listed.name
            let entry = FileManifest.entry(listed, in: root)
            let file = root.appending(name)
            func differs(_ kind: SandboxDifference.Kind) -> SandboxDifference {
                SandboxDifference(kind: kind, path: name, package: nil)
            }
            if entry.kind == "folder", Self.isHidden(file) { return differs(.unreadable) }
            guard let recorded = manifest.entries[name] else { return differs(.added) }
            if recorded == entry { return nil }
            // Of a file that can't be read the rest still has to be as it was.
            let isUnread = entry.kind == "file" && entry.sha256 == nil && Self.isHidden(file)
            let isSame = recorded.kind == entry.kind && recorded.mode == entry.mode
            return differs(isUnread && isSame ? .unreadable : .changed)
        }.compactMap { $0 }
        let presentNames = Set(present.map(\.name))
        let vanished = manifest.entries.keys.filter { !presentNames.contains($0) && !resolved.contains($0) }.sorted()
            .compactMap { name -> SandboxDifference? in
                // What lies in a folder that can't be read is as unknown as the folder itself.
                Self.isHidden(root.appending(name)) ? nil : SandboxDifference(kind: .missing, path: name, package: nil)
            }
        return (present.count, (packaged + unowned + vanished).sorted { $0.path < $1.path })
    }

    /// Whether it is for want of permission that a file or a folder can't be read.
    private static func isHidden(_ path: FilePath) -> Bool {
        let status: stat
        do {
            status = try Files.status(of: path.string, followingLinks: false)
        } catch {
            return error == .permissionDenied
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return unsafe access(path.string, R_OK | X_OK) != 0 && errno == EACCES
        case S_IFREG: return unsafe access(path.string, R_OK) != 0 && errno == EACCES
        default: return false
        }
    }

    /// Files that one package moved aside for another's (dpkg-divert(1)): owned name to the name it has now.
    private func diversions() throws -> [String: String] {
        let file = path.appending("var/lib/dpkg/diversions")
        guard Files.exists(file) else { return [:] }
        let lines = try Files.text(file).split(separator: "\n").map { String($0.drop { $0 == "/" }) }
        return Dictionary(
            stride(from: 0, to: lines.count - 2, by: 3).map { (lines[$0], lines[$0 + 1]) }, uniquingKeysWith: { $1 })
    }
}
