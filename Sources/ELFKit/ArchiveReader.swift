// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// Gives the ELF files that an archive holds or, being thin, names, in their order.
struct ArchiveReader {
    /// The archive that the user's path leads to.
    let path: String
    /// The most bytes that a compressed member may turn into.
    let limit: Int
    private(set) var entries: [ELFEntry] = []
    /// Files of a thin archive that are something else.
    private(set) var passedOver: [ELFInput.PassedOver] = []
    /// Archives that thin ones name members of.
    private var nested: [String: Archive] = [:]
    private var count = 0

    /// How deep thin archives may name each other: one that names itself ends here.
    private static let mostDepth = 16
    /// The most members of an archive and of those that it names.
    private static let mostMembers = 1 << 20

    init(path: String, limit: Int) {
        self.path = path
        self.limit = limit
    }

    /// Adds the members of an archive that lies at `place`. The prefix stands before their names, so that these lead
    /// from the first archive's folder to their files.
    ///
    /// Throws `FormatError`, or `ELFInputError` for a member's file that is not there.
    mutating func read(_ archive: Archive, at place: String, prefix: String = "", depth: Int = 0) throws {
        for member in archive.members {
            try read(member, of: archive, at: place, prefix: prefix, depth: depth)
        }
    }

    private mutating func read(
        _ member: Archive.Member, of archive: Archive, at place: String, prefix: String, depth: Int
    ) throws {
        count += 1
        guard depth < Self.mostDepth, count <= Self.mostMembers else {
            throw FormatError(
                .tooLarge, section: "archive", offset: member.offset,
                depth < Self.mostDepth
                    ? "members" : "\(place): thin archives that name each other, \(depth) deep")
        }
        guard archive.isThin else {
            if Self.isELF(member.contents) { add(prefix + member.name, .view(member.contents)) }
            return
        }
        let file = Folder.path(member.name, beside: place)
        let name = Folder.path(member.name, beside: prefix)
        do {
            // Nothing but a regular file below the archive's folder is opened for a name that somebody else wrote.
            let kind = try Folder.kind(of: file)
            guard kind == .file, Folder.holds(Folder.parent(of: path), file) else {
                throw ELFInputError(
                    path: "\(path)(\(name))",
                    cause: .notELF(
                        kind == .file
                            ? "the thin archive's member is outside of the archive's folder"
                            : "the thin archive's member is not a regular file: \(file)"))
            }
            let start = try MappedFile.prefix(of: file, count: 16)
            if member.nestedOffset != nil || Archive.isArchive(start) {
                let archive = try nested[file] ?? Archive(MappedFile.open(file))
                nested[file] = archive
                let prefix = archive.isThin ? name : "\(name):"
                guard let offset = member.nestedOffset else {
                    return try read(archive, at: file, prefix: prefix, depth: depth + 1)
                }
                guard let inner = archive.member(at: offset) else {
                    throw FormatError(
                        .outOfRange, section: "archive", offset: member.offset, "no member at \(offset) of \(name)")
                }
                return try read(inner, of: archive, at: file, prefix: prefix, depth: depth + 1)
            }
            let format = CompressionFormat(magicOf: start)
            if try ELFFile.isELF(start) || format != nil && Self.isELF(MappedFile.open(file)) {
                add(name, .file(file))
            } else {
                passedOver.append(.init(path: "\(path)(\(name))", reason: .notELF))
            }
        } catch let error as MappedFile.OpenError {
            throw ELFInputError(path: "\(path)(\(name))", cause: .member(error))
        }
    }

    private mutating func add(_ name: String, _ contents: ELFEntry.Contents) {
        entries.append(ELFEntry(path: path, member: name, contents: contents, limit: limit))
    }

    private static func isELF(_ bytes: Bytes) -> Bool {
        let format = CompressionFormat(ofFile: bytes)
        return ELFFile.isELF(format.flatMap { try? bytes.decompressedPrefix(as: $0, count: 4) } ?? bytes)
    }
}
