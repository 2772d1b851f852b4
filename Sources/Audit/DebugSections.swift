// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import DWARFKit
internal import ELFKit

/// The debug information of a file, with that of the file that its `.gnu_debugaltlink` names.
enum DebugSections {
    /// The file that a `.gnu_debugaltlink` names.
    struct Alternate: Sendable {
        /// Where it was found and read; nil where it was not.
        let path: String?
        /// As the link has it.
        let name: String
    }

    /// nil where the file has none.
    static func read(_ elf: ELFFile, path: String) throws -> DWARFFile? { try readBoth(elf, path: path)?.file }

    /// The same with the file that it is linked to; one that can't be found or read is left out: what refers into it is
    /// then reported as an error where it is read.
    static func readBoth(_ elf: ELFFile, path: String) throws -> (file: DWARFFile, alternate: Alternate?)? {
        guard let sections = try Self.sections(of: elf) else { return nil }
        var whole = sections
        var alternate: Alternate?
        if let link = try elf.alternateDebugLink() {
            let found = open(link, beside: path)
            if let found { whole.alternate = try Self.sections(of: found.file) }
            alternate = Alternate(path: found?.path, name: link.name)
        }
        return (DWARFFile(whole), alternate)
    }

    private static func sections(of elf: ELFFile) throws -> DWARFSections? {
        func contents(_ name: String) throws -> Bytes { try elf.contents(ofSectionNamed: name) ?? .empty }
        let info = try units(elf, ".debug_info")
        let types = try units(elf, ".debug_types")
        guard !info.isEmpty || !types.isEmpty else { return nil }
        return DWARFSections(
            info: info, types: types, abbrev: try contents(".debug_abbrev"), str: try contents(".debug_str"),
            lineStr: try contents(".debug_line_str"), strOffsets: try contents(".debug_str_offsets"),
            addr: try contents(".debug_addr"), ranges: try contents(".debug_ranges"),
            rnglists: try contents(".debug_rnglists"), line: try contents(".debug_line"), order: elf.order)
    }

    /// All sections of a name that hold units, one behind the other: an object that is not linked yet has each type unit
    /// in a section of its own. What is in no group comes first, so that offsets into it stay what they are.
    private static func units(_ elf: ELFFile, _ name: String) throws -> Bytes {
        let sections = elf.sections.filter { $0.name == name && $0.size > 0 }
        guard let first = sections.first else { return .empty }
        guard elf.type == .relocatable, sections.count > 1 else { return try elf.contents(of: first) }
        // Sections of a sound file share no bytes; compressed ones take more than the file.
        let room = sections.contains { $0.flags.contains(.compressed) } ? 1 << 28 : elf.bytes.count
        var whole: [UInt8] = []
        for isGrouped in [false, true] {
            for section in sections where section.flags.contains(.group) == isGrouped {
                let bytes = try elf.contents(of: section)
                guard bytes.count <= room - whole.count else {
                    throw FormatError(.tooLarge, section: name, offset: whole.count, "sections of one name")
                }
                whole += bytes.array
            }
        }
        return Bytes(whole)
    }

    /// The linked file: of the build ID that the link has, in a place that whoever wrote the link could not choose freely.
    private static func open(_ link: AlternateDebugLink, beside path: String) -> (path: String, file: ELFFile)? {
        guard !link.buildID.isEmpty else { return nil }
        for place in places(link.name, beside: path) {
            guard (try? Folder.kind(of: place)) == .file,
                let bytes = try? MappedFile.open(place, followingLinks: false), let file = try? ELFFile(bytes),
                file.buildID()?.elementsEqual(link.buildID) == true
            else { continue }
            return (place, file)
        }
        return nil
    }

    /// Where a linked file may be: below the file's own folder, by its name alone in that folder or its `.dwz`, or in the
    /// system's folder of debug information. Anywhere else a link of a stranger's leads to nothing.
    private static func places(_ name: String, beside path: String) -> [String] {
        let parts = name.split(separator: "/", omittingEmptySubsequences: true)
        guard let last = parts.last, last != "..", last != "." else { return [] }
        let folder = Folder.parent(of: path)
        var places: [String] = []
        if !parts.contains("..") {
            if !name.hasPrefix("/") {
                let inside = "\(folder)/\(name)"
                if Folder.holds(folder, inside) { places.append(inside) }
            } else if name.hasPrefix(system), Folder.holds(system, name) {
                places.append(name)
            }
        }
        return places + ["\(folder)/\(last)", "\(folder)/.dwz/\(last)"].filter { Folder.holds(folder, $0) }
    }

    /// Where distributions put what `dwz` shares among files.
    private static let system = "/usr/lib/debug/.dwz/"
}
