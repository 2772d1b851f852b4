// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import SystemPackage

/// An open file or folder; closed when it goes out of use.
struct Descriptor: ~Copyable {
    let number: Int32

    /// Opens a folder to find names in it, for which it need not be readable: `O_PATH` (asm-generic/fcntl.h), which
    /// glibc's headers show to GNU programs only.
    static let toFind = O_DIRECTORY | O_CLOEXEC | 0o10000000

    /// Takes what open(2) or openat(2) returned. Throws what they left in `errno`.
    init(_ number: Int32) throws(Errno) {
        try check(number)
        self.number = number
    }

    deinit { close(number) }

    /// fstat(2).
    func status() throws(Errno) -> stat {
        var status = stat()
        try check(unsafe fstat(number, &status))
        return status
    }

    /// What a name in this folder is, links not followed (fstatat(2)); nil where there is nothing.
    func status(of name: [CChar]) throws(Errno) -> stat? {
        var status = stat()
        if unsafe fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 { return status }
        let error = Errno(rawValue: errno)
        guard error == .noSuchFileOrDirectory else { throw error }
        return nil
    }

    /// One name in a folder, as its bytes and a NUL: names need not be text.
    struct Entry {
        let name: [CChar]
        let status: stat

        var text: String? { String(validating: name.dropLast().lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self) }
        var kind: mode_t { status.st_mode & S_IFMT }
    }

    /// In the order of their bytes.
    static func sorted(_ entries: [Entry]) -> [Entry] {
        entries.sorted {
            $0.name.lazy.map { UInt8(bitPattern: $0) }.lexicographicallyPrecedes(
                $1.name.lazy.map { UInt8(bitPattern: $0) })
        }
    }

    /// At most `most` of the entries, without `.` and `..`, in no order.
    func entries(atMost most: Int) throws(Errno) -> [Entry] {
        let stream = try EntryStream(of: self)
        var entries: [Entry] = []
        while entries.count < most, let entry = try stream.next() { entries.append(entry) }
        return entries
    }

    /// The entries of a folder one by one, in no order, for folders that hold more names than memory.
    @safe struct EntryStream: ~Copyable {
        private let folder: Int32
        private let stream: OpaquePointer

        /// The folder has to stay open.
        init(of folder: borrowing Descriptor) throws(Errno) {
            // A stream closes its descriptor, and one that was opened for its place alone can't be read.
            let readable = unsafe openat(folder.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            try check(readable)
            guard let stream = unsafe fdopendir(readable) else {
                let error = Errno(rawValue: errno)
                close(readable)
                throw error
            }
            unsafe self.stream = stream
            self.folder = readable
        }

        deinit { unsafe closedir(stream) }

        /// Nil after the last.
        func next() throws(Errno) -> Entry? {
            while true {
                errno = 0
                guard let entry = unsafe readdir(stream) else {
                    guard errno == 0 else { throw Errno(rawValue: errno) }
                    return nil
                }
                let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    unsafe bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
                }
                if name == [46, 0] || name == [46, 46, 0] { continue }
                var status = stat()
                if unsafe fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 {
                    return Entry(name: name, status: status)
                }
                guard errno == ENOENT else { throw Errno(rawValue: errno) }
            }
        }
    }
}

extension Descriptor {
    /// Hands over a file's content in pieces of 1 MiB, and asks between them whether the work shall end.
    ///
    /// Waits for what is not there yet (a pipe), and is ended by a cancellation then, too. Throws `Failure` with codes
    /// `file.unreadable` and, where there are more than `limit` bytes, `file.too-large`; and `CancellationError`.
    func readPieces(named path: FilePath, limit: Int, _ body: ([UInt8]) throws -> Void) throws {
        let descriptor = FileDescriptor(rawValue: number)
        var total = 0
        while true {
            try Interruption.check()
            let piece: [UInt8]
            do {
                piece = unsafe try [UInt8](unsafeUninitializedCapacity: 1 << 20) { buffer, count in
                    count = unsafe try descriptor.read(into: UnsafeMutableRawBufferPointer(buffer))
                }
            } catch Errno.resourceTemporarilyUnavailable, Errno.wouldBlock {
                _ = awaited()
                continue
            } catch let error as Errno {
                throw Failure(
                    "file.unreadable", "could not read \(path)", advice: "check that the file exists and may be read",
                    underlying: error)
            }
            if piece.isEmpty {
                guard isAwaited else { return }
                continue
            }
            total += piece.count
            guard total <= limit else { throw tooLarge(path, nil, limit: limit) }
            try body(piece)
        }
    }

    /// Waits a moment for something to read, and returns what there is (poll(2)).
    private func awaited() -> Int32 {
        var wanted = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&wanted, 1, 100)
        return Int32(wanted.revents)
    }

    /// Whether an end of a named pipe only means that nobody has opened its other end yet.
    private var isAwaited: Bool {
        guard let status = try? status(), status.st_mode & S_IFMT == S_IFIFO else { return false }
        let events = awaited()
        return events & POLLHUP == 0 || events & POLLIN != 0
    }
}

/// Throws what a system call that failed left in `errno`.
func check(_ result: Int32) throws(Errno) {
    if result < 0 { throw Errno(rawValue: errno) }
}

/// `size` is nil where no more is known than that it is over the limit.
func tooLarge(_ path: FilePath, _ size: Int?, limit: Int) -> Failure {
    Failure(
        "file.too-large",
        "\(path) is too large: it has \(size.map { "\($0) bytes, and \(limit) are read at most" } ?? "more than \(limit) bytes")",
        advice: "look at the file: no file of its kind is that large")
}
