// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import SystemPackage

/// A folder that somebody else's code has written: a kernel tree, a build's objects, what a guest left.
///
/// Everything in it is opened from the folder downwards, one part of the name after the other, and no link is followed
/// at any of them; what openat2(2) does with `RESOLVE_BENEATH`, `RESOLVE_NO_SYMLINKS` and `RESOLVE_NO_MAGICLINKS`, and
/// by openat(2) alone, so that it is the same where a kernel or a filter of system calls has no openat2. Only regular
/// files are read, and each only up to a limit. The path of the folder itself is a person's or Bessemer's own, and may
/// hold links.
///
/// Names are relative to the folder. They throw `Failure` with code `file.name` where they are absolute, or one of their
/// parts is empty, `.` or `..`.
package struct ForeignFolder: Sendable, Hashable {
    package let path: FilePath

    package init(_ path: FilePath) { self.path = path }

    /// What a name stands for.
    package enum Kind: Sendable, Hashable {
        /// With its size in bytes.
        case file(size: Int)
        case folder
        /// A symbolic link, or a name below one.
        case link
        /// A socket, a pipe or a device.
        case special
    }

    /// So many bytes are read at most of a file of each kind.
    package enum Limit {
        /// A file of one line: a release, a version.
        package static let line = 4 << 10
        /// Lists and settings: `modules.order`, `.config`, a command that was saved.
        package static let list = 16 << 20
        /// A source, also one that was generated.
        package static let source = 64 << 20
        /// An image that is held in memory as a whole: a boot image, a module.
        package static let image = 1 << 30
        /// What is read in pieces or mapped: `vmlinux` with its debug information.
        package static let stream = 8 << 30
    }

    // MARK: What is there

    /// What a name stands for; nil where there is nothing. Throws `Failure` with code `file.unreadable`.
    package func kind(of name: String) throws -> Kind? {
        try at(name) { open, last in
            do {
                return try open().status(of: last).map(Self.kind)
            } catch Obstacle.absent {
                return nil
            } catch Obstacle.link {
                return .link
            }
        }
    }

    /// Whether there is a regular file of that name, behind no link.
    package func hasFile(_ name: String) -> Bool {
        if case .file = try? kind(of: name) { true } else { false }
    }

    /// Whether there is a folder of that name, behind no link.
    package func hasFolder(_ name: String) -> Bool { (try? kind(of: name)) == .folder }

    /// The size in bytes of a regular file; nil where there is nothing of that name.
    ///
    /// Throws `Failure` with codes `file.link`, `file.kind` and `file.unreadable`.
    package func size(of name: String) throws -> Int? {
        let kind = try kind(of: name)
        return try telling(name) { try kind.map(Self.size) }
    }

    /// The permissions of a file or folder and the three bits above them, as chmod(2) takes them.
    ///
    /// Throws `Failure` with codes `file.link` and `file.unreadable`.
    package func permissions(of name: String) throws -> Int {
        try at(name) { open, last in
            guard let status = try open().status(of: last) else { throw Obstacle.absent }
            guard status.st_mode & S_IFMT != S_IFLNK else { throw Obstacle.link }
            return Int(status.st_mode) & 0o7777
        }
    }

    /// The names in a folder, sorted by their bytes, without those that are not UTF-8; none where it is not there.
    ///
    /// Throws `Failure` with codes `file.link`, `file.kind` and `file.unreadable`.
    package func names(in folder: String = "") throws -> [String] {
        try entries(of: folder).compactMap(\.text)
    }

    /// The names of the regular files in a folder and below it that `isWanted` takes by their last part, sorted within
    /// each folder. Folders of the name `.git` are left out, as is what is deeper than 40 folders.
    ///
    /// None where the folder is not there, is a link, or can't be read.
    package func files(
        under folder: String = "", atMost most: Int = 100_000, where isWanted: (String) -> Bool
    ) -> [String] {
        var found: [String] = []
        var seen = 0
        func walk(_ folder: String, _ depth: Int) {
            guard depth < 40 else { return }
            for entry in (try? entries(of: folder)) ?? [] where seen < most {
                seen += 1
                guard let name = entry.text else { continue }
                let relative = folder.isEmpty ? name : "\(folder)/\(name)"
                if entry.kind == S_IFDIR {
                    if name != ".git" { walk(relative, depth + 1) }
                } else if entry.kind == S_IFREG, isWanted(name) {
                    found.append(relative)
                }
            }
        }
        walk(folder, 0)
        return found
    }

    /// Where a symbolic link leads, as it says. Throws `Failure` with code `file.unreadable` where it is none.
    package func target(ofLink name: String) throws -> String {
        try at(name) { open, last in
            var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
            let folder = try open()
            let count = unsafe readlinkat(folder.number, last, &buffer, buffer.count)
            try check(Int32(clamping: count))
            return String(decoding: buffer.prefix(count).lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    // MARK: Reading

    /// Hands over the content of a regular file in pieces, as `readPieces` does.
    ///
    /// Throws `Failure` with codes `file.unreadable`, `file.link`, `file.kind` and `file.too-large`; and
    /// `CancellationError`.
    package func readPieces(
        of name: String, limit: Int = Limit.stream, _ body: ([UInt8]) throws -> Void
    ) throws {
        let file = try open(name, limit: limit)
        try file.readPieces(named: path.appending(name), limit: limit, body)
    }

    /// The content of a regular file. Throws as `readPieces` does.
    package func bytes(of name: String, limit: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try readPieces(of: name, limit: limit) { bytes += $0 }
        return bytes
    }

    /// The content of a regular file as text; what is not UTF-8 in it is replaced. Throws as `readPieces` does.
    package func text(of name: String, limit: Int) throws -> String {
        String(decoding: try bytes(of: name, limit: limit), as: UTF8.self)
    }

    /// The digest of a regular file. Throws as `readPieces` does.
    package func digest(of name: String, limit: Int = Limit.stream) throws -> Digest {
        var digester = Digester()
        try readPieces(of: name, limit: limit) { digester.add($0) }
        return digester.finish()
    }

    /// Both digests of a regular file, which is read once. Throws as `readPieces` does.
    package func digests(of name: String, limit: Int = Limit.stream) throws -> (short: Digest, long: LongDigest) {
        var (short, long) = (Digester(), LongDigester())
        try readPieces(of: name, limit: limit) {
            short.add($0)
            long.add($0)
        }
        return (short.finish(), long.finish())
    }

    /// Opens a regular file for a decoder that maps it; the descriptor is closed afterwards.
    ///
    /// Throws `Failure` as `readPieces` does, and what `body` throws.
    package func withFile<Result>(
        _ name: String, limit: Int = Limit.stream, _ body: (FileDescriptor) throws -> Result
    ) throws -> Result {
        let file = try open(name, limit: limit)
        return try body(FileDescriptor(rawValue: file.number))
    }

    /// The path of a regular file behind no link, for a program or a decoder that takes a path. It stays what it is as
    /// long as nobody writes to the folder: what is in a sandbox has ended when its command has.
    ///
    /// Throws `Failure` as `readPieces` does.
    package func file(_ name: String, limit: Int = Limit.stream) throws -> FilePath {
        _ = try open(name, limit: limit)
        return path.appending(name)
    }

    /// A folder in this one, behind no link. Throws `Failure` with codes `file.unreadable`, `file.link` and `file.kind`.
    package func folder(_ name: String) throws -> ForeignFolder {
        _ = try telling(name) { try folder(Self.parts(of: name)[...]) }
        return ForeignFolder(path.appending(name))
    }

    // MARK: Writing

    /// Writes a file that is either whole or not there, as `AtomicFile.write` does; what had the name is replaced and
    /// never written to. The folders of the name have to be there. What is not flushed may be lost or cut off where the power
    /// fails; who writes it has to find that out.
    ///
    /// Throws `Failure` with codes `file.unwritable`, `file.link` and `disk.full`.
    package func write(
        _ data: some Sequence<UInt8>, to name: String, permissions: FilePermissions = AtomicFile.readable,
        flushing: Bool = true
    ) throws {
        try at(name, AtomicFile.failure) { open, last in
            let folder = try open()
            try AtomicFile.write(
                Array(data), to: last, in: folder.number, permissions: permissions, flushing: flushing)
        }
    }

    /// The same with text.
    package func write(_ text: String, to name: String) throws { try write(text.utf8, to: name) }

    /// Makes a folder and those that it lies in; one that is there is taken as it is.
    ///
    /// Throws `Failure` with codes `file.unwritable`, `file.link`, `file.kind` and `disk.full`.
    @discardableResult
    package func makeFolder(_ name: String) throws -> ForeignFolder {
        let parts = try Self.parts(of: name)
        try telling(name, AtomicFile.failure) {
            for (index, part) in parts.enumerated() {
                let folder = try folder(parts.prefix(index))
                let isMade = unsafe mkdirat(folder.number, part, 0o755) == 0
                guard isMade || errno == EEXIST else { throw Errno(rawValue: errno) }
            }
        }
        return try folder(name)
    }

    /// Removes a file, a link, or a folder with all that is in it; nothing there is fine.
    ///
    /// Throws `Failure` with codes `file.unremovable` and `file.link`.
    package func remove(_ name: String) throws {
        try at(name, Removal.failure) { open, last in
            do {
                let folder = try open()
                try Removal.remove(last, in: folder.number)
            } catch Obstacle.absent {
                return
            }
        }
    }

    /// Refuses what a build has no use for and what would be a danger on this machine. Sockets, pipes and devices are
    /// removed; files lose the bits that make who runs them somebody else.
    ///
    /// Throws `Failure` with code `file.special` where something was removed, and `file.unreadable` where a folder can't
    /// be read or lies deeper than 200 others.
    package func refuseSpecialFiles() throws {
        var removed = Removed()
        try telling("") { try Self.refuse(in: folder([]), "", 0, &removed) }
        guard let first = removed.first else { return }
        let others = removed.count > 1 ? ", and \(removed.count - 1) more" : ""
        throw Failure(
            "file.special", "a command in the sandbox made \(first.text) in \(path)\(others); removed",
            advice: "look at what the kernel tree's build does: it makes files, folders and links, and nothing else")
    }

    /// Does work that lets commands write to the folder, and looks at what they left, however they ended.
    ///
    /// Throws what `work` and `refuseSpecialFiles` throw.
    package func refusingSpecialFiles<Result>(after work: () async throws -> Result) async throws -> Result {
        let result: Result
        do {
            result = try await work()
        } catch {
            try? refuseSpecialFiles()
            throw error
        }
        try refuseSpecialFiles()
        return result
    }

    /// What was taken away: how many, and of these the first by name.
    private struct Removed {
        var count = 0
        var first: (name: String, text: String)?

        mutating func add(_ name: String, _ kind: mode_t) {
            count += 1
            if let first, !name.precedes(first.name) { return }
            first = (name, "\(ForeignFolder.word(kind)) \(name)")
        }
    }

    private static let deepest = 200

    private static func refuse(
        in folder: borrowing Descriptor, _ name: String, _ depth: Int, _ removed: inout Removed
    ) throws {
        guard depth < deepest else { throw Obstacle.kind("nested too deeply") }
        let stream = try Descriptor.EntryStream(of: folder)
        while let entry = try stream.next() {
            let inner = name + (entry.text ?? "?")
            switch entry.kind {
            case S_IFLNK: break
            case S_IFREG where entry.status.st_mode & (S_ISUID | S_ISGID) != 0:
                try check(
                    unsafe fchmodat(folder.number, entry.name, entry.status.st_mode & 0o1777, AT_SYMLINK_NOFOLLOW))
            case S_IFREG: break
            case S_IFDIR:
                let below = try Descriptor(
                    unsafe openat(folder.number, entry.name, Descriptor.toFind | O_NOFOLLOW))
                try refuse(in: below, inner + "/", depth + 1, &removed)
            default:
                try check(unsafe unlinkat(folder.number, entry.name, 0))
                removed.add(inner, entry.kind)
            }
        }
    }

    /// The bytes on disk of everything below, links not followed; nil where there are more than `most` names, or folders
    /// nested more than 200 deep. Others may write meanwhile: what goes between two looks is left out.
    package func bytesOnDisk(atMost most: Int) -> Int? {
        var names = 0
        var bytes = 0
        /// False where the limit is passed.
        func add(_ folder: borrowing Descriptor, _ depth: Int) throws -> Bool {
            guard depth < Self.deepest else { return false }
            let stream = try Descriptor.EntryStream(of: folder)
            while let entry = try stream.next() {
                names += 1
                guard names <= most else { return false }
                bytes = bytes.addingReportingOverflow(Int(entry.status.st_blocks) &* 512).partialValue
                guard entry.kind == S_IFDIR else { continue }
                guard
                    let below = try? Descriptor(
                        unsafe openat(folder.number, entry.name, Descriptor.toFind | O_NOFOLLOW))
                else { continue }
                // What can't be read any more has gone.
                if (try? add(below, depth + 1)) == false { return false }
            }
            return true
        }
        guard let top = try? folder([]), (try? add(top, 0)) != false else { return nil }
        return bytes
    }

    private static func word(_ kind: mode_t) -> String {
        switch kind {
        case S_IFBLK: "the block device"
        case S_IFCHR: "the character device"
        case S_IFIFO: "the pipe"
        case S_IFSOCK: "the socket"
        default: "the special file"
        }
    }

    // MARK: The way down

    /// Why a name can't be opened.
    private enum Obstacle: Error {
        case absent
        case link
        /// What it is instead, with its article.
        case kind(String)
        case system(Errno)
    }

    /// Whether a text can be a name in a folder. By bytes: a slash may be a part of a longer character.
    package static func isName(_ text: some StringProtocol) -> Bool {
        text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && !part.elementsEqual(".".utf8) && !part.elementsEqual("..".utf8) && !part.contains(0)
        }
    }

    /// The parts of a name, each with its NUL.
    private static func parts(of name: String) throws -> [[CChar]] {
        guard isName(name) else {
            throw Failure(
                "file.name", "“\(name.prefix(200))” can't be the name of a file in a folder",
                advice: "give a name relative to the folder, without empty parts, . and ..")
        }
        return name.utf8.split(separator: UInt8(ascii: "/")).map { $0.map { CChar(bitPattern: $0) } + [0] }
    }

    /// Opens a folder below this one. Throws `Obstacle`.
    private func folder(_ parts: ArraySlice<[CChar]>) throws -> Descriptor {
        var current = try Self.opened(unsafe Foundation.open(path.string, Descriptor.toFind))
        for part in parts {
            let number = unsafe openat(current.number, part, Descriptor.toFind | O_NOFOLLOW)
            if number < 0, errno == ENOTDIR || errno == ELOOP {
                let status = try current.status(of: part)
                throw status.map { $0.st_mode & S_IFMT } == S_IFLNK ? Obstacle.link : Obstacle.absent
            }
            current = try Self.opened(number)
        }
        return current
    }

    private static func opened(_ number: Int32) throws -> Descriptor {
        do {
            return try Descriptor(number)
        } catch {
            throw error == .noSuchFileOrDirectory ? Obstacle.absent : Obstacle.system(error)
        }
    }

    private static let mostNames = 1_000_000

    private func entries(of name: String) throws -> [Descriptor.Entry] {
        try telling(name) {
            do {
                let folder = try self.folder(name.isEmpty ? [] : Self.parts(of: name)[...])
                let entries = try folder.entries(atMost: Self.mostNames + 1)
                guard entries.count <= Self.mostNames else {
                    throw Failure(
                        "file.too-many", "\(path.appending(name)) holds more than \(Self.mostNames) names",
                        advice: "look at the folder: no folder of its kind holds that many")
                }
                return Descriptor.sorted(entries)
            } catch Obstacle.absent {
                return []
            }
        }
    }

    /// Opens a regular file of at most `limit` bytes. What is none is not opened: opening a device can do something.
    private func open(_ name: String, limit: Int) throws -> Descriptor {
        try at(name) { open, last in
            let folder = try open()
            guard let status = try folder.status(of: last) else { throw Obstacle.absent }
            _ = try Self.size(Self.kind(status))
            let file = try Descriptor(
                unsafe openat(folder.number, last, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC))
            let size = try Self.size(Self.kind(file.status()))
            guard size <= limit else { throw tooLarge(path.appending(name), size, limit: limit) }
            return file
        }
    }

    private static func kind(_ status: stat) -> Kind {
        switch status.st_mode & S_IFMT {
        case S_IFREG: .file(size: Int(status.st_size))
        case S_IFDIR: .folder
        case S_IFLNK: .link
        default: .special
        }
    }

    /// Of what has to be a regular file. Throws `Obstacle`.
    private static func size(_ kind: Kind) throws -> Int {
        switch kind {
        case .file(let size): return size
        case .folder: throw Obstacle.kind("a folder")
        case .link: throw Obstacle.link
        case .special: throw Obstacle.kind("a socket, a pipe or a device")
        }
    }

    /// Does something in the folder that a name lies in, which `open` opens, with the last part of the name.
    private func at<Result: ~Copyable>(
        _ name: String, _ failure: (FilePath, Errno) -> Failure = unreadable,
        _ work: (_ open: () throws -> Descriptor, _ last: [CChar]) throws -> Result
    ) throws -> Result {
        let parts = try Self.parts(of: name)
        return try telling(name, failure) { try work({ try folder(parts.dropLast()) }, parts[parts.count - 1]) }
    }

    /// Makes a `Failure` of an `Obstacle`, and of what the system said by `failure`.
    private func telling<Result: ~Copyable>(
        _ name: String, _ failure: (FilePath, Errno) -> Failure = unreadable, _ work: () throws -> Result
    ) throws -> Result {
        var file: FilePath { name.isEmpty ? path : path.appending(name) }
        let again = "remove \(path) and make it again; what another program made there is not believed"
        do {
            return try work()
        } catch Obstacle.absent {
            throw Failure(
                "file.unreadable", "could not read \(file)", advice: "check that the file exists and may be read",
                underlying: Errno.noSuchFileOrDirectory)
        } catch Obstacle.link {
            throw Failure(
                "file.link", "\(file) is a symbolic link, or lies behind one, and is not followed", advice: again)
        } catch Obstacle.kind(let found) {
            throw Failure("file.kind", "\(file) is \(found), not a regular file", advice: again)
        } catch Obstacle.system(let error) {
            throw Self.unreadable(file, error)
        } catch let error as Errno {
            throw failure(file, error)
        }
    }

    private static func unreadable(_ file: FilePath, _ error: Errno) -> Failure {
        Failure("file.unreadable", "could not read \(file)", advice: "check that it may be read", underlying: error)
    }
}
