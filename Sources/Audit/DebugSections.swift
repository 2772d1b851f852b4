// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import DWARFKit
internal import ELFKit

/// The debug information of a file, with that of the file that its `.gnu_debugaltlink` names.
enum DebugSections {
    /// nil where the file has none.
    ///
    /// A file that is linked to and can't be found or read is left out: what refers into it is then told as an error
    /// where it is read.
    static func read(_ elf: ELFFile, path: String) throws -> DWARFFile? {
        guard let sections = try Self.sections(of: elf) else { return nil }
        var whole = sections
        if let link = try elf.alternateDebugLink(), let alternate = open(link, beside: path) {
            whole.alternate = try Self.sections(of: alternate)
        }
        return DWARFFile(whole)
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

    private static func open(_ link: AlternateDebugLink, beside path: String) -> ELFFile? {
        guard let bytes = try? MappedFile.open(Folder.path(link.name, beside: path)), let file = try? ELFFile(bytes),
            file.buildID()?.elementsEqual(link.buildID) ?? true
        else { return nil }
        return file
    }
}
