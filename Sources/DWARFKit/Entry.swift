// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// One debugging information entry with all its attributes, for types that are read one at a time.
struct Entry {
    let file: DWARFFile
    let context: UnitContext
    let die: DIEOffset
    let tag: Tag
    let hasChildren: Bool
    private(set) var attributes: [(attribute: Attribute, value: AttributeValue)]
    private var cursor: ByteCursor

    init(_ file: DWARFFile, _ die: DIEOffset) throws(FormatError) {
        let context = try file.context(holding: die)
        do throws(FormatError) {
            var cursor = try ByteCursor(
                try context.sections.entries(context.unit.section).slice(0, count: context.unit.end),
                context.sections.order)
            try cursor.seek(to: die.offset)
            let code = try cursor.uleb128()
            guard code != 0 else { throw FormatError(.invalid, offset: die.offset, "no entry is here") }
            try self.init(file, context, die, code, cursor)
        } catch { throw error.within(die.section.name) }
    }

    /// The entry whose code was just read.
    private init(
        _ file: DWARFFile, _ context: UnitContext, _ die: DIEOffset, _ code: UInt64, _ cursor: ByteCursor
    ) throws(FormatError) {
        self.file = file
        self.context = context
        self.die = die
        self.cursor = cursor
        let table = context.table
        guard let index = table.index(of: code) else {
            throw FormatError(.invalid, offset: die.offset, "no abbreviation \(code)")
        }
        let entry = table.entries[index]
        tag = entry.tag
        hasChildren = entry.hasChildren
        attributes = []
        attributes.reserveCapacity(entry.attributes.count)
        for place in entry.attributes {
            let specification = table.specifications[Int(place)]
            attributes.append(
                (
                    specification.attribute,
                    try context.base.read(specification.form, implicit: specification.implicit, &self.cursor)
                ))
        }
    }

    subscript(attribute: Attribute) -> AttributeValue? {
        for known in attributes where known.attribute == attribute { return known.value }
        return nil
    }

    /// Its name as text; nil for none.
    var name: String? {
        get throws(FormatError) {
            guard let string = self[.name]?.string else { return nil }
            return try context.sections.text(of: string)
        }
    }

    /// Where an attribute points; nil for an attribute that is no reference to an entry.
    func reference(_ attribute: Attribute) throws(FormatError) -> DIEOffset? {
        guard case .reference(let target)? = self[attribute] else { return nil }
        // Entries of the alternate file count in its own section.
        return die.section == .alternateInfo ? DIEOffset(.alternateInfo, target.offset) : target
    }

    /// The type that it refers to; `void` where it refers to none. A type in a type unit is named by its signature.
    var type: TypeReference {
        get throws(FormatError) {
            if case .signature(let signature)? = self[.type] {
                return TypeReference(raw: try file.type(signature: signature).raw)
            }
            return TypeReference(raw: try reference(.type)?.raw)
        }
    }

    /// The entry in a type unit that this declaration stands for; nil for an entry that stands for itself.
    var definition: Entry? {
        get throws(FormatError) {
            guard case .signature(let signature)? = self[.signature] else { return nil }
            let target = try file.type(signature: signature)
            return target == die ? nil : try Entry(file, target)
        }
    }

    /// Reads the children, not theirs.
    mutating func forEachChild(
        _ body: (Entry) throws(FormatError) -> Void
    ) throws(FormatError) {
        guard hasChildren else { return }
        do throws(FormatError) {
            var depth = 1
            var count = 0
            while depth > 0, !cursor.isAtEnd {
                let place = cursor.offset
                count &+= 1
                guard count < TypeLimits.members * 16 else {
                    throw FormatError(.tooLarge, offset: place, "children of one type")
                }
                let code = try cursor.uleb128()
                if code == 0 {
                    depth -= 1
                    continue
                }
                let child = try Entry(file, context, DIEOffset(die.section, UInt64(place)), code, cursor)
                cursor = child.cursor
                if depth == 1 { try body(child) }
                guard child.hasChildren else { continue }
                if let sibling = try child.reference(.sibling), sibling.offset >= UInt64(cursor.offset) {
                    try cursor.seek(to: sibling.offset)
                } else {
                    depth += 1
                }
            }
        } catch { throw error.within(die.section.name) }
    }
}
