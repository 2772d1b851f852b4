// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// Reads single types of a file when they are asked for.
public struct TypeReader: TypeSource {
    public let file: DWARFFile

    public init(_ file: DWARFFile) { self.file = file }

    public var tellsAlignment: Bool { true }

    public var pointerSize: UInt64 { UInt64(file.units.first?.addressSize ?? 8) }

    /// The type whose entry is at a place.
    public func type(at die: DIEOffset) -> TypeReference { TypeReference(raw: die.raw) }

    /// Where a type's entry is; nil for `void`.
    public func die(of type: TypeReference) -> DIEOffset? { type.raw.map(DIEOffset.init(raw:)) }

    /// The layout of the record or the enumeration whose entry is at a place.
    public func layout(at die: DIEOffset) throws(FormatError) -> TypeLayout { try layout(of: type(at: die)) }

    /// A record that was found by a pass over all types. It has its typedef's name where it has none of its own.
    public func layout(of record: TypeRecord) throws(FormatError) -> TypeLayout {
        var layout = try layout(at: record.die)
        if layout.name == nil { layout.name = try file.sections.text(of: record.name) }
        return layout
    }

    public func requestedAlignment(of type: TypeReference) throws(FormatError) -> UInt64? {
        guard let die = die(of: type) else { return nil }
        var entry = try Entry(file, die)
        if let definition = try entry.definition { entry = definition }
        return entry[.alignment]?.number.flatMap { $0 > 0 ? $0 : nil }
    }

    public func node(_ type: TypeReference) throws(FormatError) -> TypeNode {
        guard let die = die(of: type) else { return .void }
        var entry = try Entry(file, die)
        if let definition = try entry.definition { entry = definition }
        switch entry.tag {
        case .baseType:
            let encoding = entry[.encoding]?.number.flatMap { UInt8(exactly: $0) }
            return .base(
                name: try entry.name ?? "", encoding: encoding.flatMap(TypeNode.Encoding.init(rawValue:)) ?? .unknown,
                byteSize: entry[.byteSize]?.number)
        case .pointerType, .referenceType, .rvalueReferenceType, .pointerToMember:
            return .pointer(
                to: try entry.type, byteSize: entry[.byteSize]?.number ?? UInt64(entry.context.unit.addressSize))
        case .typedef: return .typedef(name: try entry.name ?? "", try entry.type)
        case .constType: return .qualified(.const, try entry.type)
        case .volatileType: return .qualified(.volatile, try entry.type)
        case .restrictType: return .qualified(.restrict, try entry.type)
        case .atomicType: return .qualified(.atomic, try entry.type)
        case .packedType, .immutableType: return .qualified(.other, try entry.type)
        case .arrayType: return try array(&entry)
        case .subroutineType: return try function(&entry)
        case .structureType, .unionType, .classType, .enumerationType:
            return .record(
                TypeLayout.Kind(entry.tag), name: try entry.name, byteSize: entry[.byteSize]?.number,
                isDeclaration: entry[.declaration]?.isSet ?? false)
        default: return .unspecified(name: try entry.name ?? "?")
        }
    }

    private func array(_ entry: inout Entry) throws(FormatError) -> TypeNode {
        let element = try entry.type
        var counts: [UInt64?] = []
        try entry.forEachChild { child throws(FormatError) in
            if child.tag == .subrangeType { counts.append(Self.count(of: child)) }
        }
        return .array(
            of: element, counts: counts.isEmpty ? [nil] : counts, byteSize: entry[.byteSize]?.number,
            isVector: entry[.gnuVector]?.isSet ?? false)
    }

    private static func count(of subrange: Entry) -> UInt64? {
        if let count = subrange[.count] { return count.number }
        guard let bound = subrange[.upperBound] else { return nil }
        // The bound of an array without elements is -1, in whatever form.
        if let signed = bound.signedNumber, signed == -1 {
            if case .data(_, let width) = bound, width < 8 { return bound.number.map { $0 &+ 1 } }
            return 0
        }
        guard let upper = bound.number else { return nil }
        let lower = subrange[.lowerBound]?.number ?? 0
        return upper >= lower ? (upper &- lower).addingReportingOverflow(1).partialValue : 0
    }

    private func function(_ entry: inout Entry) throws(FormatError) -> TypeNode {
        let result = try entry.type
        var parameters: [TypeReference] = []
        var isVariadic = false
        try entry.forEachChild { child throws(FormatError) in
            switch child.tag {
            case .formalParameter: parameters.append(try child.type)
            case .unspecifiedParameters: isVariadic = true
            default: break
            }
        }
        return .function(returns: result, parameters: parameters, isVariadic: isVariadic)
    }

    public func layout(of type: TypeReference) throws(FormatError) -> TypeLayout {
        guard let die = die(of: type) else {
            throw FormatError(.invalid, section: ".debug_info", offset: 0, "void is not a record")
        }
        var entry = try Entry(file, die)
        if let definition = try entry.definition { entry = definition }
        switch entry.tag {
        case .structureType, .unionType, .classType, .enumerationType: break
        default:
            throw FormatError(.invalid, section: die.section.name, offset: die.offset, "this entry is not a record")
        }
        var layout = TypeLayout(
            kind: TypeLayout.Kind(entry.tag), name: try entry.name, byteSize: entry[.byteSize]?.number,
            alignment: entry[.alignment]?.number.flatMap { $0 > 0 ? $0 : nil },
            isDeclaration: entry[.declaration]?.isSet ?? false, declaredAt: place(of: entry))
        let isSigned = layout.kind == .enumeration ? try sign(of: entry) : nil
        var text = 0
        try entry.forEachChild { child throws(FormatError) in
            // Many members may have one long name.
            defer { text += (layout.members.last?.name ?? layout.enumerators.last?.name)?.utf8.count ?? 0 }
            guard text <= TypeLimits.text else {
                throw FormatError(
                    .tooLarge, section: child.die.section.name, offset: child.die.offset, "names of one type's members")
            }
            switch child.tag {
            case .member:
                if let field = try field(child) { layout.members.append(field) }
            case .inheritance:
                if let field = try field(child) { layout.members.append(field) }
            case .enumerator:
                if let value = Self.value(of: child, isSigned) {
                    layout.enumerators.append(TypeLayout.Enumerator(name: try child.name ?? "", value: value))
                }
            default: break
            }
        }
        return layout
    }

    /// Where the source declares the type; nil where the unit has no readable line table.
    private func place(of entry: Entry) -> TypeLayout.SourcePlace? {
        guard let number = entry[.declarationFile]?.number, let line = entry[.declarationLine]?.number else {
            return nil
        }
        do throws(FormatError) {
            let home = entry.die.section == .alternateInfo ? file.alternate : file
            guard let path = try home?.lineTable(of: entry.context)?.path(number) else { return nil }
            return TypeLayout.SourcePlace(file: path, line: line)
        } catch { return nil }
    }

    /// Whether an enumeration's type has a sign; nil where nothing tells.
    private func sign(of entry: Entry) throws(FormatError) -> Bool? {
        var encoding = entry[.encoding]?.number.flatMap { UInt8(exactly: $0) }.flatMap(
            TypeNode.Encoding.init(rawValue:))
        if encoding == nil, entry[.type] != nil, case .base(_, let own, _) = try node(try resolved(try entry.type)) {
            encoding = own
        }
        switch encoding {
        case .signed, .signedCharacter: return true
        case .unsigned, .unsignedCharacter, .boolean: return false
        default: return nil
        }
    }

    private static func value(of enumerator: Entry, _ isSigned: Bool?) -> TypeLayout.Value? {
        // Numbers of a fixed width have no sign here; those below zero are written as signed LEB128.
        switch enumerator[.constValue] {
        case .signed(let number):
            return isSigned ?? (number < 0) ? .signed(number) : .unsigned(UInt64(bitPattern: number))
        case let value?:
            guard let number = value.number else { return nil }
            return isSigned ?? false ? .signed(Int64(bitPattern: number)) : .unsigned(number)
        case nil: return nil
        }
    }

    private func field(_ entry: Entry) throws(FormatError) -> TypeLayout.Field? {
        // A member of the class, not of its objects.
        if entry[.external]?.isSet ?? false || entry[.declaration]?.isSet ?? false { return nil }
        let type = try entry.type
        let bytes: UInt64
        switch entry[.memberLocation] {
        case .expression(let expression), .block(let expression):
            guard let offset = MemberLocation.offset(expression, file.sections.order) else {
                throw FormatError(
                    .unsupported, section: entry.die.section.name, offset: entry.die.offset, "computed member location")
            }
            bytes = offset
        case let value: bytes = value?.number ?? 0
        }
        let (start, overflow) = bytes.multipliedReportingOverflow(by: 8)
        guard !overflow else {
            throw FormatError(
                .outOfRange, section: entry.die.section.name, offset: entry.die.offset, "member location")
        }
        let size = try byteSize(of: type)
        let typeBits = size.flatMap { size -> UInt64? in
            let (bits, overflow) = size.multipliedReportingOverflow(by: 8)
            return overflow ? nil : bits
        }
        var field = TypeLayout.Field(
            name: try entry.name, bitOffset: start, bitSize: typeBits,
            alignment: entry[.alignment]?.number.flatMap { $0 > 0 ? $0 : nil }, type: type)
        guard let bitSize = entry[.bitSize]?.number else {
            if let offset = entry[.dataBitOffset]?.number { field.bitOffset = offset }
            return field
        }
        field.bitSize = bitSize
        field.isBitField = true
        if let offset = entry[.dataBitOffset]?.number {
            let (sum, overflow) = start.addingReportingOverflow(offset)
            field.bitOffset = overflow ? offset : sum
        } else if let offset = entry[.bitOffset]?.signedNumber {
            // Counted from the most significant bit of a unit of storage at the member's location.
            let storage = Int64(clamping: (entry[.byteSize]?.number ?? size ?? 0)).multipliedReportingOverflow(by: 8)
            let fromStart: (partialValue: Int64, overflow: Bool) =
                file.sections.order == .big
                ? (offset, false)
                : storage.partialValue.subtractingReportingOverflow(offset)
            let inUnit =
                file.sections.order == .big
                ? fromStart : fromStart.partialValue.subtractingReportingOverflow(Int64(clamping: bitSize))
            let place = Int64(clamping: start).addingReportingOverflow(inUnit.partialValue)
            guard !storage.overflow, !fromStart.overflow, !inUnit.overflow, !place.overflow,
                let unsigned = UInt64(exactly: place.partialValue)
            else {
                throw FormatError(
                    .invalid, section: entry.die.section.name, offset: entry.die.offset, "bit-field's place")
            }
            field.bitOffset = unsigned
        }
        return field
    }
}
