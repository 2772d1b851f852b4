// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import DWARFKit

/// Turns what debug information says of one type into the form that both languages share.
struct RecordReader {
    let source: any TypeSource
    let alignment: ABIAlignment
    /// The nested types that bindgen made (`…__bindgen_ty_N`) and that a parent led to.
    private(set) var reached: Set<String> = []
    /// bindgen's nested types by name, for those that only the name of a generic type leads to.
    private let nested: [String: TypeReference]

    init(_ source: any TypeSource, _ alignment: ABIAlignment, nested: [String: TypeReference] = [:]) {
        self.source = source
        self.alignment = alignment
        self.nested = nested
    }

    private static let depth = 32
    /// What one record may still show, in bytes of its paths and types' names, 256 more a member (some 12,000 members): a
    /// record inside of itself, twice, shows more than there is time or memory for.
    private var budget = 0
    private static let budget = 1 << 22
    private var name = ""

    private mutating func start(_ name: String) {
        self.name = name
        budget = Self.budget
    }

    private func error(_ code: FormatError.Code, _ offset: UInt64, _ words: String) -> FormatError {
        FormatError(code, section: "layout of \(name.prefix(200))", offset: offset / 8, words)
    }

    /// Where a member's bits lie in its outermost record.
    private mutating func bits(_ base: UInt64, _ field: TypeLayout.Field) throws(FormatError) -> Range<UInt64> {
        let (start, overflow) = base.addingReportingOverflow(field.bitOffset)
        let (end, overflow2) = start.addingReportingOverflow(field.bitSize ?? 0)
        guard !overflow, !overflow2, end < .max else { throw error(.outOfRange, base, "a member's place") }
        try pay(256, start)
        return start..<end
    }

    private mutating func pay(_ cost: Int, _ offset: UInt64) throws(FormatError) {
        budget -= cost
        guard budget > 0 else { throw error(.tooLarge, offset, "members inside of each other") }
    }

    private mutating func append(_ leaf: RecordLayout.Leaf, to record: inout RecordLayout) throws(FormatError) {
        try pay(leaf.path.utf8.count + leaf.type.utf8.count, leaf.bitOffset)
        record.leaves.append(leaf)
    }

    // MARK: C

    /// A C type under the name by which Rust knows it.
    mutating func cRecord(_ type: TypeReference, name: String) throws(FormatError) -> RecordLayout {
        start(name)
        let layout = try source.layout(of: type)
        var record = Self.head(layout, name)
        if layout.kind == .enumeration {
            record.enumerators = layout.enumerators.map { .init(name: $0.name, value: $0.value.bits) }
            return record
        }
        // GCC leaves the members of a transparent union out: then nothing but the size is known.
        record.isOpaque = layout.members.isEmpty && record.size > 0
        if source.tellsAlignment, !layout.isDeclaration, !record.isOpaque {
            let natural = try source.naturalAlignment(of: layout, alignment)
            record.naturalAlignment = natural.bytes
            record.isPacked = natural.mustBePacked
        }
        try addC(layout, "", 0, Self.depth, &record)
        return record
    }

    private mutating func addC(
        _ layout: TypeLayout, _ prefix: String, _ base: UInt64, _ depth: Int, _ record: inout RecordLayout,
        holder: String? = nil
    ) throws(FormatError) {
        for field in layout.members {
            let offset = try bits(base, field).lowerBound
            guard let name = field.name else {
                // With -fms-extensions a member without a name may be of a type that has one.
                let type = try source.resolved(field.type)
                if !field.isBitField, depth > 0, case .record(let kind, let tag, _, false) = try source.node(type),
                    kind != .enumeration
                {
                    try addC(
                        try source.layout(of: type), prefix, offset, depth - 1, &record,
                        holder: holder ?? tag.map { "\(kind.word) \($0)" })
                }
                continue
            }
            try append(
                .init(
                    path: prefix + name, bitOffset: offset, bitSize: field.bitSize, isBitField: field.isBitField,
                    type: try source.describe(field.type), holder: holder), to: &record)
            if !field.isBitField, depth > 0, let (inner, isArray) = try anonymous(field.type) {
                try addC(
                    inner, prefix + name + (isArray ? "[]." : "."), isArray ? 0 : offset, depth - 1, &record,
                    holder: holder)
            }
        }
    }

    /// The record without a name that a type is, or that its elements are.
    private func anonymous(_ type: TypeReference) throws(FormatError) -> (TypeLayout, isArray: Bool)? {
        let (type, isArray) = try element(type)
        guard case .record(let kind, nil, _, false) = try source.node(type), kind != .enumeration else { return nil }
        return (try source.layout(of: type), isArray)
    }

    /// What an array is made of, or the type itself; a typedef stays, since its record has a name.
    private func element(_ type: TypeReference) throws(FormatError) -> (TypeReference, isArray: Bool) {
        var type = type
        var isArray = false
        for _ in 0..<16 {
            switch try source.node(type) {
            case .qualified(_, let inner): type = inner
            case .array(let inner, _, _, _):
                type = inner
                isArray = true
            default: return (type, isArray)
            }
        }
        return (type, isArray)
    }

    // MARK: Rust

    /// A Rust type as bindgen wrote it.
    mutating func rustRecord(_ type: TypeReference, name: String) throws(FormatError) -> RecordLayout {
        start(name)
        let layout = try source.layout(of: type)
        var record = Self.head(layout, name)
        record.enumerators = layout.enumerators.map { .init(name: $0.name, value: $0.value.bits) }
        try addRust(layout, "", 0, Self.depth, &record)
        // All that bindgen writes for a type that it saw declared only: `_unused: [u8; 0]`, or `_address: u8`.
        record.isDeclaration =
            record.isDeclaration
            || (layout.members.count == 1
                && layout.members.contains {
                    $0.name == "_unused" && ($0.bitSize ?? 0) == 0 || $0.name == "_address" && $0.bitSize == 8
                })
        return record
    }

    private mutating func addRust(
        _ layout: TypeLayout, _ prefix: String, _ base: UInt64, _ depth: Int, _ record: inout RecordLayout
    ) throws(FormatError) {
        for field in layout.members {
            let name = field.name ?? ""
            let bits = try bits(base, field)
            let offset = bits.lowerBound
            let (type, isArray) = try element(field.type)
            var spelling = ""
            var inner: TypeLayout?
            if case .record(_, let recordName?, _, false) = try source.node(type) {
                spelling = recordName
                if Self.isNested(recordName), depth > 0 {
                    inner = try unwrapped(type, recordName)
                    if inner == nil { record.isPartial = true }
                }
            }
            if name == "_bindgen_opaque_blob" {
                if prefix.isEmpty { record.isOpaque = true }
                continue
            }
            if let own = BindgenMember(name) {
                switch own {
                case .padding: record.paddings.append(bits)
                case .bitFieldUnit: record.bitFieldUnits.append(.init(parent: prefix, bits: bits))
                case .marker: break
                }
                try append(
                    .init(
                        path: prefix + name, bitOffset: offset, bitSize: field.bitSize,
                        type: try source.describe(field.type), looksLikeBindgen: true), to: &record)
                continue
            }
            if let inner, let innerName = inner.name { reached.insert(innerName) }
            if name.hasPrefix("__bindgen_anon_") {
                if inner == nil, !isArray, depth > 0, !spelling.isEmpty, spelling.last != ">" {
                    inner = try source.layout(of: type)
                }
                if let inner { try addRust(inner, prefix, offset, depth - 1, &record) }
                continue
            }
            let isFlexible = spelling.hasPrefix("__IncompleteArrayField<")
            let isMarker = isFlexible || spelling.hasPrefix("__BindgenUnionField<")
            try append(
                .init(
                    path: prefix + name, bitOffset: offset, bitSize: isMarker ? nil : field.bitSize,
                    type: try source.describe(field.type)), to: &record)
            if let inner {
                let isElement = isArray || isFlexible
                try addRust(
                    inner, prefix + name + (isElement ? "[]." : "."), isElement ? 0 : offset, depth - 1, &record)
            }
        }
    }

    /// Whether a name ends as bindgen ends those of C types without one (`foo__bindgen_ty_1`), inside of a generic type
    /// or not.
    static func isNested(_ name: String) -> Bool {
        let bytes = name.utf8.prefix { $0 != UInt8(ascii: ">") }
        guard let end = bytes.lastIndex(where: { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return false
        }
        let stem = bytes[...end]
        return stem.count < bytes.count && stem.suffix(nestedMark.count).elementsEqual(nestedMark)
    }

    private static let nestedMark = Array("__bindgen_ty_".utf8)

    /// The nested type that a member has, or that stands in the name of its generic type: `__BindgenUnionField<…>`,
    /// `ManuallyDrop<…>`, `__IncompleteArrayField<…>`; nil where it is not described.
    private func unwrapped(_ type: TypeReference, _ name: String) throws(FormatError) -> TypeLayout? {
        guard name.last == ">" else { return try source.layout(of: type) }
        let end = name.firstIndex(of: ">") ?? name.endIndex
        let inside = name[..<end]
        let last = inside.lastIndex { !($0.isLetter || $0.isNumber || $0 == "_") } ?? inside.startIndex
        guard let inner = nested[String(inside[inside.index(after: last)...])] else { return nil }
        return try source.layout(of: inner)
    }

    private static func head(_ layout: TypeLayout, _ name: String) -> RecordLayout {
        let kind: RecordLayout.Kind =
            switch layout.kind {
            case .structure, .class: .structure
            case .union: .union
            case .enumeration: .enumeration
            }
        var record = RecordLayout(name: name, kind: kind, size: layout.byteSize ?? 0)
        record.alignment = layout.alignment
        record.isDeclaration = layout.isDeclaration
        record.declaredAt = layout.declaredAt
        return record
    }
}

/// A member that bindgen makes for itself, by its name.
private enum BindgenMember {
    /// Bits that it fills (`__bindgen_padding_0`).
    case padding
    /// A run of bytes with bit-fields in it (`_bitfield_1`).
    case bitFieldUnit
    /// What has no counterpart: `_bitfield_align_1`, `_unused`, `_address`, `_phantom_0`, `bindgen_union_field`, `__0` (the
    /// value of an enumeration without a name, by `--default-enum-style newtype`).
    case marker

    init?(_ name: String) {
        func isNumbered(_ prefix: String) -> Bool {
            name.hasPrefix(prefix) && name.utf8.count > prefix.utf8.count
                && name.utf8.dropFirst(prefix.utf8.count).allSatisfy {
                    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                }
        }
        if isNumbered("__bindgen_padding_") {
            self = .padding
        } else if isNumbered("_bitfield_") {
            self = .bitFieldUnit
        } else if ["_unused", "_address", "bindgen_union_field", "__0"].contains(name) || isNumbered("_bitfield_align_")
            || isNumbered("_phantom_")
        {
            self = .marker
        } else {
            return nil
        }
    }
}

extension TypeLayout.Value {
    var bits: Int64 {
        switch self {
        case .signed(let value): value
        case .unsigned(let value): Int64(bitPattern: value)
        }
    }
}
