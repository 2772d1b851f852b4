// SPDX-License-Identifier: Apache-2.0
package import ByteKit
internal import DWARFKit
internal import ELFKit

/// The debug information of a real object, one section of which a target replaces.
package struct RealObject: Sendable {
    let file: ELFFile
    let sections: DWARFSections

    /// nil for what is no ELF file, or one whose sections can't be read.
    package init?(_ bytes: Bytes) {
        guard let file = try? ELFFile(bytes, decompressionLimit: FuzzTarget.decompressionLimit),
            let sections = try? DWARFSections(file)
        else { return nil }
        self.file = file
        self.sections = sections
    }

    /// The contents of each section of code.
    var code: [Bytes] { file.sections.filter(\.isExecutable).compactMap { try? file.contents(of: $0) } }
}

extension DWARFSections {
    init(_ elf: ELFFile) throws(FormatError) {
        func contents(_ name: String) throws(FormatError) -> Bytes { try elf.contents(ofSectionNamed: name) ?? .empty }
        self.init(
            info: try contents(".debug_info"), types: try contents(".debug_types"),
            abbrev: try contents(".debug_abbrev"), str: try contents(".debug_str"),
            lineStr: try contents(".debug_line_str"), strOffsets: try contents(".debug_str_offsets"),
            addr: try contents(".debug_addr"), ranges: try contents(".debug_ranges"),
            rnglists: try contents(".debug_rnglists"), line: try contents(".debug_line"), order: elf.order)
    }
}
