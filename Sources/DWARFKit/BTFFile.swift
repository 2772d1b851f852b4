// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// The types of a kernel's `.BTF` section, for kernels that carry no DWARF.
///
/// The byte order is the section's own. Split BTF, that counts on from another section's types, is not read.
/// Source: `include/uapi/linux/btf.h` and `Documentation/bpf/btf.rst` of the kernel.
public struct BTFFile: TypeSource {
    /// A named record or enumeration.
    public struct Record: Sendable {
        public let type: TypeReference
        public let kind: TypeLayout.Kind
        public let isNamedByTypedef: Bool
        public let isDeclaration: Bool
        /// Where its name is among the strings.
        public let name: UInt32
    }

    public let order: ByteOrder
    public var pointerSize: UInt64 { 8 }
    public var tellsAlignment: Bool { false }
    /// How many types there are; their numbers begin at 1.
    public var count: Int { places.count }
    private let types: Bytes
    private let strings: Bytes
    private let places: [UInt32]

    private enum Kind: UInt8 {
        case integer = 1
        case pointer, array, structure, union, enumeration, forward, typedef, volatile, const, restrict, function
        case prototype, variable, section, float, declarationTag, typeTag, wideEnumeration
    }

    /// The twelve bytes that each type begins with.
    private struct Head {
        var name: UInt32
        var kind: Kind
        var flag: Bool
        var length: Int
        /// A size in bytes or a type's number.
        var value: UInt32
    }

    public init(_ section: Bytes) throws(FormatError) {
        do throws(FormatError) {
            guard let order = try Self.order(of: section) else { throw FormatError(.notThisFormat, offset: 0) }
            self.order = order
            var cursor = try ByteCursor(section, order, at: 2)
            let version = try cursor.u8()
            guard version == 1 else { throw FormatError(.unsupported, offset: 2, "version \(version)") }
            try cursor.skip(1)
            let body = try section.suffix(from: try cursor.u32())
            let typesAt = try cursor.u32()
            types = try body.slice(typesAt, count: try cursor.u32())
            let stringsAt = try cursor.u32()
            strings = try body.slice(stringsAt, count: try cursor.u32())
            // The first string is the empty one, but for what counts on from another section.
            guard try strings.load(at: 0, order) == (0 as UInt8) else {
                throw FormatError(.unsupported, offset: 20, "a module's BTF, which counts on from the kernel's")
            }
            var places: [UInt32] = []
            var walk = try ByteCursor(types, order)
            while !walk.isAtEnd {
                guard let place = UInt32(exactly: walk.offset) else { break }
                let head = try Self.head(&walk)
                try walk.skip(Self.size(of: head))
                places.append(place)
            }
            self.places = places
        } catch { throw error.within(".BTF") }
    }

    /// Whether data begins like such a section, of either byte order.
    public static func isBTF(_ bytes: Bytes) -> Bool { ((try? order(of: bytes)) ?? nil) != nil }

    private static func order(of bytes: Bytes) throws(FormatError) -> ByteOrder? {
        let magic: UInt16 = try bytes.load(at: 0, .little)
        return magic == 0xeb9f ? .little : magic == 0x9feb ? .big : nil
    }

    private static func head(_ cursor: inout ByteCursor) throws(FormatError) -> Head {
        let place = cursor.offset
        let name = try cursor.u32()
        let info = try cursor.u32()
        let number = UInt8(truncatingIfNeeded: info >> 24 & 0x7f)
        guard let kind = Kind(rawValue: number) else {
            throw FormatError(.unsupported, offset: place, "type of kind \(number)")
        }
        return Head(
            name: name, kind: kind, flag: info >> 31 == 1, length: Int(info & 0xff_ffff), value: try cursor.u32())
    }

    /// Bytes behind the head.
    private static func size(of head: Head) -> Int {
        switch head.kind {
        case .integer, .variable, .declarationTag: 4
        case .array: 12
        case .structure, .union, .section, .wideEnumeration: 12 * head.length
        case .enumeration, .prototype: 8 * head.length
        case .pointer, .forward, .typedef, .volatile, .const, .restrict, .function, .float, .typeTag: 0
        }
    }

    private func open(_ type: TypeReference) throws(FormatError) -> (head: Head, cursor: ByteCursor) {
        guard let raw = type.raw, raw >= 1, raw <= UInt64(places.count) else {
            throw FormatError(.outOfRange, section: ".BTF", offset: type.raw ?? 0, "type number")
        }
        do throws(FormatError) {
            var cursor = try ByteCursor(types, order)
            try cursor.seek(to: places[Int(raw - 1)])
            return (try Self.head(&cursor), cursor)
        } catch { throw error.within(".BTF") }
    }

    private func reference(_ number: UInt32) -> TypeReference {
        number == 0 ? .void : TypeReference(raw: UInt64(number))
    }

    /// A name as text; nil for none.
    public func text(_ name: UInt32) throws(FormatError) -> String? {
        guard name != 0 else { return nil }
        do throws(FormatError) { return try strings.cString(at: name) } catch { throw error.within(".BTF strings") }
    }

    /// All named records and enumerations, in the order of their numbers; also nameless ones that a typedef names.
    public func records() throws(FormatError) -> [Record] {
        var found: [Record] = []
        for index in places.indices {
            let type = TypeReference(raw: UInt64(index + 1))
            let head = try open(type).head
            var target = (type: type, head: head)
            if head.kind == .typedef, head.value != 0 {
                target = (reference(head.value), try open(reference(head.value)).head)
                guard target.head.name == 0 else { continue }
            }
            guard [.structure, .union, .enumeration, .wideEnumeration, .forward].contains(target.head.kind) else {
                continue
            }
            guard head.name != 0 else { continue }
            found.append(
                Record(
                    type: target.type, kind: Self.kind(of: target.head), isNamedByTypedef: head.kind == .typedef,
                    isDeclaration: target.head.kind == .forward, name: head.name))
        }
        return found
    }

    public func requestedAlignment(of type: TypeReference) throws(FormatError) -> UInt64? { nil }

    public func node(_ type: TypeReference) throws(FormatError) -> TypeNode {
        if type.isVoid { return .void }
        var (head, cursor) = try open(type)
        do throws(FormatError) {
            switch head.kind {
            case .integer:
                let encoding: TypeNode.Encoding =
                    switch try cursor.u32() >> 24 & 0xf {
                    case 1: .signed
                    case 2: .unsignedCharacter
                    case 3: .signedCharacter
                    case 4: .boolean
                    default: .unsigned
                    }
                return .base(name: try text(head.name) ?? "", encoding: encoding, byteSize: UInt64(head.value))
            case .float: return .base(name: try text(head.name) ?? "", encoding: .float, byteSize: UInt64(head.value))
            case .pointer: return .pointer(to: reference(head.value), byteSize: pointerSize)
            case .typedef: return .typedef(name: try text(head.name) ?? "", reference(head.value))
            case .const: return .qualified(.const, reference(head.value))
            case .volatile: return .qualified(.volatile, reference(head.value))
            case .restrict: return .qualified(.restrict, reference(head.value))
            case .typeTag: return .qualified(.other, reference(head.value))
            case .array:
                var element = reference(try cursor.u32())
                _ = try cursor.u32()
                let count = try cursor.u32()
                // No count and a count of zero are the same here.
                var counts: [UInt64?] = [count == 0 ? nil : UInt64(count)]
                for _ in 0..<TypeLimits.depth {
                    guard !element.isVoid else { break }
                    var (inner, next) = try open(element)
                    guard inner.kind == .array else { break }
                    element = reference(try next.u32())
                    _ = try next.u32()
                    counts.append(UInt64(try next.u32()))
                }
                return .array(of: element, counts: counts, byteSize: nil, isVector: false)
            case .structure, .union, .enumeration, .wideEnumeration, .forward:
                return .record(
                    Self.kind(of: head), name: try text(head.name),
                    byteSize: head.kind == .forward ? nil : UInt64(head.value), isDeclaration: head.kind == .forward)
            case .function:
                // Of any other type a function could be its own.
                let prototype = reference(head.value)
                guard try open(prototype).head.kind == .prototype else {
                    throw FormatError(.invalid, offset: cursor.offset, "a function without a prototype")
                }
                return try node(prototype)
            case .prototype:
                var parameters: [TypeReference] = []
                var isVariadic = false
                for index in 0..<head.length {
                    let name = try cursor.u32()
                    let type = reference(try cursor.u32())
                    if index == head.length - 1, name == 0, type.isVoid {
                        isVariadic = true
                    } else {
                        parameters.append(type)
                    }
                }
                return .function(returns: reference(head.value), parameters: parameters, isVariadic: isVariadic)
            case .variable, .section, .declarationTag: return .unspecified(name: try text(head.name) ?? "?")
            }
        } catch { throw error.within(".BTF") }
    }

    private static func kind(of head: Head) -> TypeLayout.Kind {
        switch head.kind {
        case .union: .union
        case .forward: head.flag ? .union : .structure
        case .enumeration, .wideEnumeration: .enumeration
        default: .structure
        }
    }

    public func layout(of type: TypeReference) throws(FormatError) -> TypeLayout {
        var (head, cursor) = try open(type)
        do throws(FormatError) {
            var layout = TypeLayout(kind: Self.kind(of: head), name: try text(head.name), byteSize: UInt64(head.value))
            switch head.kind {
            case .forward:
                layout.byteSize = nil
                layout.isDeclaration = true
            case .structure, .union:
                for _ in 0..<head.length { layout.members.append(try field(&cursor, hasBitFields: head.flag)) }
            case .enumeration, .wideEnumeration:
                for _ in 0..<head.length {
                    let name = try text(try cursor.u32()) ?? ""
                    let low = try cursor.u32()
                    // A narrow value has the sign of its own 32 bits.
                    let high = head.kind == .enumeration ? (head.flag && low >> 31 == 1 ? .max : 0) : try cursor.u32()
                    let value = UInt64(high) << 32 | UInt64(low)
                    layout.enumerators.append(
                        TypeLayout.Enumerator(
                            name: name, value: head.flag ? .signed(Int64(bitPattern: value)) : .unsigned(value)))
                }
            default:
                throw FormatError(.invalid, offset: cursor.offset, "this type is not a record")
            }
            return layout
        } catch { throw error.within(".BTF") }
    }

    private func field(_ cursor: inout ByteCursor, hasBitFields: Bool) throws(FormatError) -> TypeLayout.Field {
        let name = try text(try cursor.u32())
        let type = reference(try cursor.u32())
        let place = try cursor.u32()
        let size = try byteSize(of: type).flatMap { size -> UInt64? in
            let (bits, overflow) = size.multipliedReportingOverflow(by: 8)
            return overflow ? nil : bits
        }
        var field = TypeLayout.Field(name: name, bitOffset: UInt64(place), bitSize: size, type: type)
        if hasBitFields {
            field.bitOffset = UInt64(place & 0xff_ffff)
            if place >> 24 != 0 {
                field.bitSize = UInt64(place >> 24)
                field.isBitField = true
            }
        } else {
            let bare = try resolved(type)
            guard !bare.isVoid else { return field }
            var (head, integer) = try open(bare)
            if head.kind == .integer {
                // Older encoders tell a bit-field's width by an integer type of its own.
                let bits = try integer.u32()
                if UInt64(bits & 0xff) != UInt64(head.value) * 8 {
                    field.bitOffset += UInt64(bits >> 16 & 0xff)
                    field.bitSize = UInt64(bits & 0xff)
                    field.isBitField = true
                }
            }
        }
        return field
    }
}
