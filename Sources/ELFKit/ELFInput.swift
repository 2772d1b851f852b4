// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// Walks the paths that a user names and gives the ELF files they lead to, one after the other, unopened.
///
/// A path is a file, a folder, or an archive. A thin archive leads to the files beside it that it names. Folders are
/// walked in the order of their names; symbolic links in them are not followed; files in them that are neither ELF nor
/// archives are passed over, and counted. A file that is named itself and is no ELF is an error. Files compressed with gzip, zstd or xz are known by their first bytes, whatever their name.
///
/// Of a file no more is read here than its first bytes, of an archive the headers of its members.
public struct ELFInput: Sendable {
    private var pending: [Item]
    /// Members of an archive, the next one last.
    private var members: [ELFEntry] = []
    private let limit: Int
    /// What a walk met and did not read, in its order: files with the name of a kernel's file that are something else.
    public private(set) var passedOver: [PassedOver] = []
    /// How many other files, links, pipes, … a walk met and did not read.
    public private(set) var otherCount = 0

    /// A file that a walk did not read.
    public struct PassedOver: Hashable, Sendable {
        public enum Reason: String, Sendable {
            case empty = "empty"
            case notELF = "not an ELF file"
            case symbolicLink = "a symbolic link, which is not followed"
            case notRegular = "a pipe, a socket or a device"
            case thinArchive = "a thin archive, whose members lie beside it"
            case split = "split debug information (.dwo), a part of another file"
        }

        public let path: String
        public let reason: Reason
    }

    private struct Item: Sendable {
        let path: String
        /// Nil for a path that the user has named.
        let kind: Folder.Entry.Kind?
    }

    /// - Parameters:
    ///   - paths: files, folders and archives.
    ///   - decompressionLimit: the most bytes that a compressed file may turn into.
    public init(_ paths: [String], decompressionLimit: Int = ELFFile.standardDecompressionLimit) {
        pending = paths.reversed().map { Item(path: $0, kind: nil) }
        limit = decompressionLimit
    }

    /// The first ELF file that a path leads to, decompressed where it has to be.
    ///
    /// - Throws: `FormatError` where there is none or it is damaged, or as `next()`.
    public static func first(at path: String) throws -> ELFFile {
        var input = ELFInput([path])
        guard let entry = try input.next() else {
            throw FormatError(.notThisFormat, offset: 0, "\(path) holds no ELF file")
        }
        return try entry.open()
    }

    /// The next entry; nil at the end.
    ///
    /// - Throws: what is wrong with a path. The walk can go on with the next call.
    public mutating func next() throws(ELFInputError) -> ELFEntry? {
        while true {
            if let member = members.popLast() { return member }
            guard let item = pending.popLast() else { return nil }
            do {
                let kind = try item.kind ?? Folder.kind(of: item.path, followingLinks: true)
                switch kind {
                case .folder:
                    let prefix = item.path.hasSuffix("/") ? item.path : item.path + "/"
                    for entry in try Folder.entries(of: item.path).reversed() {
                        pending.append(Item(path: prefix + entry.name, kind: entry.kind))
                    }
                case .symbolicLink where item.kind != nil: pass(item.path, .symbolicLink)
                case .other where item.kind != nil: pass(item.path, .notRegular)
                case .unnamable:
                    throw ELFInputError(path: item.path, cause: .unnamable)
                case .file, .other, .symbolicLink:
                    if let entry = try look(at: item.path, isNamed: item.kind == nil) { return entry }
                }
            } catch {
                throw ELFInputError(path: item.path, error)
            }
        }
    }

    /// Notes a file that is passed over, for which there is no entry.
    @discardableResult
    private mutating func pass(_ path: String, _ reason: PassedOver.Reason) -> ELFEntry? {
        if Self.isKernelName(path), passedOver.count < Self.mostPassedOver {
            passedOver.append(PassedOver(path: path, reason: reason))
        } else {
            otherCount += 1
        }
        return nil
    }

    private static let mostPassedOver = 1 << 16

    /// Whether a name is one that kernels, modules and objects have: somebody expects it to be read.
    private static func isKernelName(_ path: String) -> Bool {
        let name = path.split(separator: "/").last ?? ""
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        let plain =
            parts.count > 1 && ["xz", "zst", "gz", "debug"].contains(parts[parts.count - 1])
            ? parts.dropLast() : parts[...]
        guard let last = plain.last else { return false }
        return plain.count > 1 && ["ko", "o", "a"].contains(last)
            || name.hasPrefix("vmlinux")
                && plain.count == 1
    }

    /// What a file is; nil for one that is passed over, and for an archive, whose members then wait.
    private mutating func look(at path: String, isNamed: Bool) throws -> ELFEntry? {
        // In a folder, most files are known from their first bytes.
        if !isNamed {
            let start = try MappedFile.prefix(of: path, count: 16)
            if ELFFile.isELF(start) {
                if path.hasSuffix(".dwo") { return pass(path, .split) }
                return ELFEntry(path: path, member: nil, contents: .file(path), limit: limit)
            }
            guard CompressionFormat(magicOf: start) != nil || Archive.isArchive(start) else {
                return pass(path, start.isEmpty ? .empty : .notELF)
            }
        }
        let bytes = try MappedFile.open(path)
        let compression = CompressionFormat(ofFile: bytes)
        var start = bytes
        if let compression {
            do {
                start = try bytes.decompressedPrefix(as: compression, count: 16)
            } catch {
                // Who walks a folder asked for the ELF files in it, and this is not known to be one.
                if isNamed { throw error.within("\(compression.rawValue) data") }
                return pass(path, .notELF)
            }
        }
        if ELFFile.isELF(start) {
            return ELFEntry(path: path, member: nil, contents: .file(path), limit: limit)
        }
        if Archive.isArchive(start) {
            let whole = try bytes.decompressedIfNeeded(limit: limit)
            // The files of a thin archive lie in the folder that is walked, as a rule.
            if !isNamed, Archive.isThin(whole) { return pass(path, .thinArchive) }
            let archive: Archive
            do { archive = try Archive(whole) } catch {
                if !isNamed, error.code == .unsupported { return pass(path, .notELF) }
                throw error
            }
            var reader = ArchiveReader(path: path, limit: limit)
            try reader.read(archive, at: path)
            members = reader.entries.reversed()
            passedOver += reader.passedOver
            return nil
        }
        if !isNamed { return pass(path, .notELF) }
        throw ELFInputError(path: path, cause: .notELF(Self.description(of: start, whole: bytes)))
    }

    /// What a file that is no ELF seems to be, and what to name instead.
    private static func description(of start: Bytes, whole: Bytes) -> String {
        let advice = "name the vmlinux that it was made from"
        if whole.isEmpty { return "it is empty" }
        // Documentation/arch/x86/boot.rst; arch/s390/boot/head.S.
        if whole.holds("HdrS".utf8, at: 0x202) { return "a bootable x86 kernel image; \(advice)" }
        if whole.holds("S390EP".utf8, at: 0x10008) { return "a bootable s390 kernel image; \(advice)" }
        if whole.holds("ARM\u{64}".utf8, at: 0x38) { return "a bootable arm64 kernel image; \(advice)" }
        let bytes = (try? start.slice(0, count: min(start.count, 8)))?.array ?? []
        let text = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
        return "it begins with \(text)"
    }
}
