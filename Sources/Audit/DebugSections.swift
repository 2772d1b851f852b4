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
        let info = try contents(".debug_info")
        let types = try contents(".debug_types")
        guard !info.isEmpty || !types.isEmpty else { return nil }
        return DWARFSections(
            info: info, types: types, abbrev: try contents(".debug_abbrev"), str: try contents(".debug_str"),
            lineStr: try contents(".debug_line_str"), strOffsets: try contents(".debug_str_offsets"),
            addr: try contents(".debug_addr"), ranges: try contents(".debug_ranges"),
            rnglists: try contents(".debug_rnglists"), line: try contents(".debug_line"), order: elf.order)
    }

    private static func open(_ link: AlternateDebugLink, beside path: String) -> ELFFile? {
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let place = link.name.hasPrefix("/") ? link.name : folder.isEmpty ? link.name : folder + "/" + link.name
        guard let bytes = try? MappedFile.open(place), let file = try? ELFFile(bytes),
            file.buildID()?.elementsEqual(link.buildID) ?? true
        else { return nil }
        return file
    }
}
