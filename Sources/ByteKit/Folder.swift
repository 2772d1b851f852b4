// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// What a folder of the file system holds.
public enum Folder {
    /// One name in a folder and what it stands for; a symbolic link is not followed.
    public struct Entry: Hashable, Sendable {
        /// The kinds that a reader of files tells apart.
        public enum Kind: Hashable, Sendable {
            case file
            case folder
            case symbolicLink
            /// A socket, a pipe, a device.
            case other
            /// Whatever it is: its name is not UTF-8, and no path of ours could say it again.
            case unnamable
        }

        public let name: String
        public let kind: Kind

        public init(name: String, kind: Kind) {
            self.name = name
            self.kind = kind
        }
    }

    /// The entries of a folder without `.` and `..`, sorted by the bytes of their names.
    ///
    /// What is not UTF-8 in the name of an `unnamable` entry is replaced.
    ///
    /// - Throws: `OpenError` with the error number of `opendir(3)`, `readdir(3)` or `fstatat(2)`.
    public static func entries(of path: String) throws(MappedFile.OpenError) -> [Entry] {
        guard let stream = unsafe opendir(path) else { throw .init(path: path, errorNumber: errno) }
        defer { unsafe closedir(stream) }
        var entries: [Entry] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                guard errno == 0 else { throw .init(path: path, errorNumber: errno) }
                break
            }
            let bytes = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { name in
                unsafe [UInt8](name.prefix { $0 != 0 })
            }
            guard let name = String(validating: bytes, as: UTF8.self) else {
                entries.append(Entry(name: String(decoding: bytes, as: UTF8.self), kind: .unnamable))
                continue
            }
            guard name != ".", name != ".." else { continue }
            let kind: Entry.Kind
            switch unsafe Int(entry.pointee.d_type) {
            case Int(DT_REG): kind = .file
            case Int(DT_DIR): kind = .folder
            case Int(DT_LNK): kind = .symbolicLink
            case Int(DT_UNKNOWN): kind = try Self.kind(of: "\(path)/\(name)")
            default: kind = .other
            }
            entries.append(Entry(name: name, kind: kind))
        }
        return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// What a path stands for, or where symbolic links are followed, what it leads to.
    ///
    /// - Throws: `OpenError` with the error number of `fstatat(2)`.
    public static func kind(of path: String, followingLinks: Bool = false) throws(MappedFile.OpenError) -> Entry.Kind {
        var status = stat()
        guard unsafe fstatat(AT_FDCWD, path, &status, followingLinks ? 0 : AT_SYMLINK_NOFOLLOW) == 0 else {
            throw .init(path: path, errorNumber: errno)
        }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .folder
        case S_IFLNK: .symbolicLink
        default: .other
        }
    }

    /// Whether a path leads to what lies below a folder, wherever links on its way lead.
    public static func holds(_ folder: String, _ path: String) -> Bool {
        guard let folder = resolved(folder), let path = resolved(path) else { return false }
        return path.hasPrefix(folder == "/" ? "/" : folder + "/")
    }

    private static func resolved(_ path: String) -> String? {
        guard let text = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(text) }
        return unsafe String(validatingCString: text)
    }

    /// The folder that a file lies in, as its path says it.
    public static func parent(of file: String) -> String {
        guard let slash = file.lastIndex(of: "/") else { return "." }
        return slash == file.startIndex ? "/" : String(file[..<slash])
    }

    /// The path that a name in a file means: from the file's own folder, unless it is absolute.
    public static func path(_ name: String, beside file: String) -> String {
        guard !name.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return name }
        return file[...slash] + name
    }
}
