// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import SystemPackage

/// A name below a folder, and what it stood for when the folder was listed.
package struct FolderEntry: Sendable {
    /// Relative to the folder. What is not UTF-8 in it is replaced.
    package let name: String
    /// Of the name itself where it is a link (lstat(2)).
    package let status: stat

    /// The kind alone: `S_IFREG` and its like.
    package var kind: mode_t { status.st_mode & S_IFMT }
}

extension Files {
    /// Everything below a folder in the order of the names' bytes; links are not followed.
    ///
    /// `isEntered` tells by a folder's name whether what is in it is listed, too. What can't be read, and a name that is
    /// not UTF-8 (`EILSEQ`), is handed to `onFailure`, which throws or has it passed over. Throws that, `Failure` with code
    /// `file.too-many`, and `CancellationError`.
    package static func entries(
        below root: FilePath, atMost most: Int = 4_000_000, isEntered: (String) -> Bool = { _ in true },
        onFailure: (FilePath, Errno) throws -> Void
    ) throws -> [FolderEntry] {
        var found: [FolderEntry] = []
        var folders = [""]
        while let folder = folders.popLast() {
            try Interruption.check()
            let path = folder.isEmpty ? root : root.appending(folder)
            do {
                let flags = Descriptor.toFind | (folder.isEmpty ? 0 : O_NOFOLLOW)
                let stream = try Descriptor.EntryStream(of: Descriptor(unsafe Foundation.open(path.string, flags)))
                while let entry = try stream.next() {
                    let text = entry.text
                    let last =
                        text ?? String(decoding: entry.name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
                    let name = folder.isEmpty ? last : "\(folder)/\(last)"
                    if text == nil { try onFailure(root.appending(name), .illegalByteSequence) }
                    found.append(FolderEntry(name: name, status: entry.status))
                    if entry.kind == S_IFDIR, isEntered(name) { folders.append(name) }
                    guard found.count <= most else {
                        throw Failure(
                            "file.too-many", "\(root) holds more than \(most) names",
                            advice: "look at the folder: no folder of its kind holds that many")
                    }
                }
            } catch let error as Errno {
                try onFailure(path, error)
            }
        }
        // Numbers are moved, not entries: each has all that stat(2) says.
        let names = found.map(\.name)
        return found.indices.sorted { names[$0].precedes(names[$1]) }.map { found[$0] }
    }
}

extension [FolderEntry] {
    /// Tells an unchanged folder from a changed one without reading its files.
    ///
    /// Names, inodes, sizes, modes, owners and times are in it. Whatever is written to a file changes a time that no
    /// program can set (stat(2), `st_ctim`).
    package var fingerprint: Digest {
        var digester = Digester()
        var bytes: [UInt8] = []
        for entry in self {
            bytes.removeAll(keepingCapacity: true)
            bytes += entry.name.utf8
            let status = entry.status
            for number in [
                0, Int(bitPattern: UInt(status.st_ino)), Int(status.st_size), Int(status.st_mode), Int(status.st_uid),
                Int(status.st_gid), status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
                status.st_ctim.tv_nsec,
            ] {
                unsafe Swift.withUnsafeBytes(of: number.littleEndian) { unsafe bytes.append(contentsOf: $0) }
            }
            digester.add(bytes)
        }
        return digester.finish()
    }
}
