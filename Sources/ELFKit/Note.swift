// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// One entry of a note section (`Elf64_Nhdr`).
public struct Note: Sendable {
    /// Who defines the type, without its NUL: `GNU`, `Linux`.
    public let name: String
    public let type: UInt32
    public let contents: Bytes

    /// The notes of a section's contents.
    ///
    /// - Parameters:
    ///   - bytes: the contents.
    ///   - order: the file's byte order.
    ///   - alignment: the section's; 8 pads to eight bytes, anything else to four.
    /// - Returns: the notes in their order; less than a header at the end is padding.
    /// - Throws: `truncated` for a note that is longer than what is left.
    public static func read(_ bytes: Bytes, _ order: ByteOrder, alignment: UInt64) throws(FormatError) -> [Note] {
        let unit = alignment == 8 ? 8 : 4
        var notes: [Note] = []
        var cursor = try ByteCursor(bytes, order)
        func padding() -> Int { min((unit - cursor.offset % unit) % unit, cursor.remaining) }
        while cursor.remaining >= 12 {
            let nameSize = try cursor.u32()
            let size = try cursor.u32()
            let type = try cursor.u32()
            let name = try cursor.take(nameSize)
            try cursor.skip(padding())
            let contents = try cursor.take(size)
            try cursor.skip(padding())
            let text = name[name.count - 1] == 0 ? try name.slice(0, count: name.count - 1).text : name.text
            notes.append(Note(name: text, type: type, contents: contents))
        }
        return notes
    }
}

extension ELFFile {
    /// The build ID that the linker gave this file: 20 bytes as a rule; nil where there is none.
    ///
    /// Looks at one note section after the other and ignores broken ones. `NT_GNU_BUILD_ID`.
    public func buildID() -> Bytes? {
        for section in sections where section.type == .note {
            guard let contents = try? contents(of: section),
                let notes = try? Note.read(contents, order, alignment: section.alignment),
                let note = notes.first(where: { $0.type == 3 && $0.name == "GNU" })
            else { continue }
            return note.contents
        }
        return nil
    }
}
