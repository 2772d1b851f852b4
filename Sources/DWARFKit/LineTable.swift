// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// The header of a line number table: its folders and files, and what its program is read by (DWARF 5 § 6.2.4, DWARF 4
/// § 6.2.4).
public struct LineTable: Sendable {
    /// One file; which folder is its own is a place in `folders`.
    public struct File: Sendable {
        public let name: StringReference
        public let folder: UInt64
    }

    /// Where it begins in `.debug_line`.
    public let offset: UInt64
    public let version: UInt16
    /// Folders by number; number 0 is the compilation directory.
    public let folders: [StringReference]
    /// Files by number; up to DWARF 4 number 0 stands for none.
    public internal(set) var files: [File]
    let sections: DWARFSections
    let program: ProgramHeader

    /// What the line number program is read by.
    struct ProgramHeader: Sendable {
        var minimumInstructionLength: UInt64
        /// Operations in an instruction, more than one on VLIW machines alone.
        var maximumOperations: UInt64
        var startsAsStatement: Bool
        var lineBase: Int8
        var lineRange: UInt8
        var opcodeBase: UInt8
        /// How many LEB128 operands each standard opcode takes, from opcode 1 on.
        var operandCounts: Bytes
        /// Where the program begins and ends, in bytes from the section's start.
        var start: UInt64
        var end: Int
    }

    static let limit = 1 << 20

    init(_ context: UnitContext, at offset: UInt64) throws(FormatError) {
        do throws(FormatError) {
            sections = context.sections
            self.offset = offset
            var cursor = try ByteCursor(sections.line, sections.order)
            try cursor.seek(to: offset)
            let (length, is64Bit) = try cursor.initialLength()
            let content = try cursor.take(length)
            let start = cursor.offset - content.count
            cursor = try ByteCursor(try sections.line.slice(0, count: start + content.count), sections.order, at: start)
            let place = cursor.offset
            version = try cursor.u16()
            guard (2...5).contains(version) else {
                throw FormatError(.unsupported, offset: place, "line table version \(version)")
            }
            var addressSize = context.unit.addressSize
            if version >= 5 {
                addressSize = try cursor.u8()
                try cursor.skip(1)
            }
            let headerLength = try cursor.offset(is64Bit: is64Bit)
            let (programStart, overflow) = headerLength.addingReportingOverflow(UInt64(cursor.offset))
            guard !overflow else { throw FormatError(.outOfRange, offset: place, "header length") }
            let minimumInstructionLength = try cursor.u8()
            let maximumOperations = version >= 4 ? try cursor.u8() : 1
            let startsAsStatement = try cursor.u8() != 0
            let lineBase = Int8(bitPattern: try cursor.u8())
            let lineRange = try cursor.u8()
            let opcodeBase = try cursor.u8()
            program = ProgramHeader(
                minimumInstructionLength: UInt64(minimumInstructionLength),
                maximumOperations: UInt64(max(maximumOperations, 1)), startsAsStatement: startsAsStatement,
                lineBase: lineBase, lineRange: lineRange, opcodeBase: opcodeBase,
                operandCounts: opcodeBase > 0 ? try cursor.take(opcodeBase - 1) : .empty, start: programStart,
                end: start + content.count)
            var folders: [StringReference] = []
            var files: [File] = []
            if version >= 5 {
                var base = context.base
                base.sizes = Form.Sizes(addressSize: addressSize, is64Bit: is64Bit, version: version)
                let reader = EntryReader(base: base)
                folders = try reader.entries(&cursor).map(\.name)
                files = try reader.entries(&cursor)
            } else {
                folders.append(context.summary.directory)
                while let name = try Self.inlineName(&cursor, folders.count) { folders.append(name) }
                files.append(File(name: .none, folder: 0))
                while let name = try Self.inlineName(&cursor, files.count) {
                    files.append(File(name: name, folder: try cursor.uleb128()))
                    try cursor.skipLEB128()
                    try cursor.skipLEB128()
                }
            }
            self.folders = folders
            self.files = files
        } catch { throw error.within(".debug_line") }
    }

    private static func inlineName(_ cursor: inout ByteCursor, _ count: Int) throws(FormatError) -> StringReference? {
        let place = cursor.offset
        guard count < limit else { throw FormatError(.tooLarge, offset: place, "names") }
        try cursor.skipCString()
        return cursor.offset == place + 1 ? nil : StringReference(.line, UInt64(place))
    }

    /// A file's path: its name, after its folder and the compilation directory where they are relative. Nil for a
    /// number that the table lacks.
    public func path(_ number: UInt64) throws(FormatError) -> String? {
        guard let index = Int(exactly: number), index < files.count, !files[index].name.isNone else { return nil }
        let file = files[index]
        var path = try text(of: file.name) ?? ""
        if path.hasPrefix("/") { return path }
        if let folder = Int(exactly: file.folder), folder < folders.count, folder > 0,
            let name = try text(of: folders[folder]), !name.isEmpty
        {
            path = name + (name.hasSuffix("/") ? "" : "/") + path
        }
        if !path.hasPrefix("/"), let root = folders.first, let name = try text(of: root), !name.isEmpty {
            path = name + "/" + path
        }
        return path
    }

    /// A file's path as the table says it: its name after its folder, without the compilation directory where they
    /// are relative to it or below it. Nil for a number that the table lacks.
    public func relativePath(_ number: UInt64) throws(FormatError) -> String? {
        guard let path = try path(number) else { return nil }
        guard let root = folders.first, var folder = try text(of: root), !folder.isEmpty else { return path }
        if !folder.hasSuffix("/") { folder += "/" }
        return path.hasPrefix(folder) && path.utf8.count > folder.utf8.count
            ? String(path.dropFirst(folder.count)) : path
    }

    /// A name of at most `PATH_MAX` bytes.
    private func text(of string: StringReference) throws(FormatError) -> String? {
        guard !string.isNone else { return nil }
        do throws(FormatError) {
            let all = sections.strings(string.place)
            guard string.offset < UInt64(all.count) else { throw FormatError(.outOfRange, offset: string.offset) }
            let window = try all.slice(string.offset, count: min(UInt64(all.count) - string.offset, 4096))
            let length: Int
            do throws(FormatError) { length = try window.lengthOfCString(at: 0) } catch {
                throw FormatError(
                    window.count < 4096 ? .truncated : .tooLarge, offset: string.offset, "a file's name")
            }
            return try window.slice(0, count: length).text
        } catch { throw error.within(string.place.section) }
    }

    /// Reads the self-describing lists of DWARF 5.
    private struct EntryReader {
        var base: ValueBase

        func entries(_ cursor: inout ByteCursor) throws(FormatError) -> [File] {
            var formats: [(content: UInt64, form: Form)] = []
            for _ in 0..<(try cursor.u8()) {
                let content = try cursor.uleb128()
                let place = cursor.offset
                let number = try cursor.uleb128()
                let form = try Form(number, at: place, except: [.implicitConst])
                formats.append((content, form))
            }
            let place = cursor.offset
            let count = try cursor.uleb128()
            // An entry without formats takes no bytes: a count of them would be believed without end.
            guard count <= UInt64(LineTable.limit), count == 0 || !formats.isEmpty else {
                throw FormatError(.tooLarge, offset: place, "\(count) names")
            }
            var found: [File] = []
            for _ in 0..<count {
                var name = StringReference.none
                var folder: UInt64 = 0
                let before = cursor.offset
                for format in formats {
                    let at = cursor.offset
                    let value = try base.read(format.form, implicit: 0, &cursor)
                    switch format.content {
                    case 1:
                        name = value.string ?? .none
                        if format.form == .string { name = StringReference(.line, UInt64(at)) }
                    case 2: folder = value.number ?? 0
                    default: break
                    }
                }
                guard cursor.offset > before else { throw FormatError(.invalid, offset: before, "names without bytes") }
                found.append(File(name: name, folder: folder))
            }
            return found
        }
    }
}
