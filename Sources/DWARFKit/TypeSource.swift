// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// Something that describes types one step at a time: DWARF or BTF.
///
/// What follows from the steps alone (spelling, sizes, alignment, fields without their anonymous parents) is the same
/// for all of them. No function here goes deeper than `TypeLimits` allows, whatever the types say.
public protocol TypeSource: Sendable {
    /// Bytes in a pointer.
    var pointerSize: UInt64 { get }

    /// Whether alignments that the source code asked for are told at all.
    var tellsAlignment: Bool { get }

    /// What a type is, one step.
    func node(_ type: TypeReference) throws(FormatError) -> TypeNode

    /// A record's or an enumeration's layout; an error for other types.
    func layout(of type: TypeReference) throws(FormatError) -> TypeLayout

    /// The alignment in bytes that the source asked for on this type itself; nil where it did not or where the format
    /// does not tell.
    func requestedAlignment(of type: TypeReference) throws(FormatError) -> UInt64?
}

/// Limits that types of others' making cannot exceed.
enum TypeLimits {
    /// Steps from a type to what it is made of.
    static let depth = 64
    /// Fields, enumerators or parameters of one type.
    static let members = 1 << 16
    /// Bytes of the names of one type's members.
    static let text = 1 << 24
    /// Characters of a spelling, about.
    static let spelling = 4096
}

/// What a platform's ABI says about alignment.
public struct ABIAlignment: Sendable {
    /// The largest alignment that a base type has, in bytes.
    public var maximum: UInt64

    public init(maximum: UInt64) { self.maximum = maximum }

    /// s390x ELF ABI, § 1.2.2: doublewords are the largest, also for `long double` and `__int128`.
    public static var s390x: ABIAlignment { ABIAlignment(maximum: 8) }
    /// System V ABI for x86-64, § 3.1.2.
    public static var amd64: ABIAlignment { ABIAlignment(maximum: 16) }
}

/// A record's alignment as its members ask for it.
public struct NaturalAlignment: Hashable, Sendable {
    /// Bytes.
    public var bytes: UInt64
    /// Whether a member's place or the record's size contradicts it: only a packed record lies so.
    public var mustBePacked: Bool

    public init(bytes: UInt64, mustBePacked: Bool) {
        self.bytes = bytes
        self.mustBePacked = mustBePacked
    }
}

extension TypeSource {
    private func tooDeep(_ type: TypeReference) -> FormatError {
        FormatError(.tooLarge, section: "types", offset: type.raw ?? 0, "type nested too deep or inside of itself")
    }

    /// A type without the typedefs and qualifiers around it.
    public func resolved(_ type: TypeReference) throws(FormatError) -> TypeReference {
        var type = type
        for _ in 0..<TypeLimits.depth {
            switch try node(type) {
            case .typedef(_, let inner), .qualified(_, let inner): type = inner
            default: return type
            }
        }
        throw tooDeep(type)
    }

    /// A type's size in bytes; nil for one without: `void`, functions, flexible arrays, incomplete types.
    public func byteSize(of type: TypeReference) throws(FormatError) -> UInt64? {
        var type = type
        var factor: UInt64 = 1
        for _ in 0..<TypeLimits.depth {
            let size: UInt64?
            switch try node(type) {
            case .typedef(_, let inner), .qualified(_, let inner):
                type = inner
                continue
            case .array(let element, let counts, let byteSize, _):
                guard let byteSize else {
                    for count in counts {
                        guard let count else { return nil }
                        let (product, overflow) = factor.multipliedReportingOverflow(by: count)
                        guard !overflow else { return nil }
                        factor = product
                    }
                    type = element
                    continue
                }
                size = byteSize
            case .base(_, _, let byteSize), .record(_, _, let byteSize, _): size = byteSize
            case .pointer(_, let byteSize): size = byteSize ?? pointerSize
            case .void, .function, .unspecified: size = nil
            }
            guard let size else { return nil }
            let (product, overflow) = factor.multipliedReportingOverflow(by: size)
            return overflow ? nil : product
        }
        throw tooDeep(type)
    }

    /// A type's spelling, as C has it: `struct list_head *`, `u64[4]`, `int (*)(void *)`.
    public func describe(_ type: TypeReference) throws(FormatError) -> String {
        var budget = TypeLimits.spelling
        return try spell(type, "", TypeLimits.depth, &budget)
    }

    /// The spelling of a declaration: `inner` is what stands where C has the name.
    private func spell(
        _ type: TypeReference, _ inner: String, _ depth: Int, _ budget: inout Int
    ) throws(FormatError) -> String {
        func joined(_ base: String) -> String {
            inner.isEmpty ? base : base + (inner.hasPrefix("[") ? "" : " ") + inner
        }
        guard depth > 0, budget > 0 else { return joined("…") }
        budget -= 8
        switch try node(type) {
        case .void: return joined("void")
        case .base(let name, _, _), .typedef(let name, _), .unspecified(let name): return joined(name)
        case .record(let kind, let name, _, _):
            return joined("\(kind.word) \(name ?? "{…}")")
        case .qualified(let first, let next):
            var found = [first]
            var target = next
            // Compilers write a chain of qualifiers in whatever order.
            while found.count < TypeLimits.depth, case .qualified(let qualifier, let inner) = try node(target) {
                found.append(qualifier)
                target = inner
            }
            let order: [TypeNode.Qualifier] = [.const, .volatile, .restrict, .atomic]
            let words = order.filter(found.contains).map(\.rawValue).joined(separator: " ")
            if words.isEmpty { return try spell(target, inner, depth - 1, &budget) }
            if case .pointer = try node(target) {
                return try spell(target, words + (inner.isEmpty ? "" : " " + inner), depth - 1, &budget)
            }
            return try words + " " + spell(target, inner, depth - 1, &budget)
        case .pointer(let target, _):
            var word = "*" + inner
            var behind = target
            // What binds tighter than the star needs parentheses.
            for _ in 0..<4 {
                guard case .qualified(_, let next) = try node(behind) else { break }
                behind = next
            }
            switch try node(behind) {
            case .array, .function: word = "(" + word + ")"
            default: break
            }
            return try spell(target, word, depth - 1, &budget)
        case .array(let element, let counts, _, _):
            let dimensions = counts.map { "[" + ($0.map { String($0) } ?? "") + "]" }.joined()
            return try spell(element, inner + dimensions, depth - 1, &budget)
        case .function(let result, let parameters, let isVariadic):
            var names: [String] = []
            for parameter in parameters where budget > 0 {
                names.append(try spell(parameter, "", depth - 1, &budget))
            }
            if isVariadic { names.append("...") }
            let list = "(" + (names.isEmpty ? "void" : names.joined(separator: ", ")) + ")"
            return try spell(result, inner + list, depth - 1, &budget)
        }
    }

    /// The alignment that a C record has without attributes, and whether it can only be packed.
    public func naturalAlignment(of layout: TypeLayout, _ abi: ABIAlignment) throws(FormatError) -> NaturalAlignment {
        var known: [TypeReference: UInt64] = [:]
        return try naturalAlignment(of: layout, abi, TypeLimits.depth, &known)
    }

    private func naturalAlignment(
        of layout: TypeLayout, _ abi: ABIAlignment, _ depth: Int, _ known: inout [TypeReference: UInt64]
    ) throws(FormatError) -> NaturalAlignment {
        if layout.kind == .enumeration {
            return NaturalAlignment(bytes: Self.clamped(layout.byteSize, abi), mustBePacked: false)
        }
        var bytes: UInt64 = 1
        var isPacked = false
        for field in layout.members {
            guard depth > 0 else { throw tooDeep(field.type) }
            let own =
                if let asked = field.alignment { asked } else { try alignment(of: field.type, abi, depth - 1, &known) }
            bytes = max(bytes, own)
            if field.isBitField {
                // A bit-field lies within one unit of its type unless the record is packed.
                let (unit, overflow) = own.multipliedReportingOverflow(by: 8)
                let size = field.bitSize ?? 0
                if !overflow, unit > 0, size <= unit, field.bitOffset % unit > unit - size { isPacked = true }
            } else if own > 0, field.bitOffset % 8 != 0 || field.bitOffset / 8 % own != 0 {
                isPacked = true
            }
        }
        if let size = layout.byteSize, size % bytes != 0 { isPacked = true }
        return NaturalAlignment(bytes: bytes, mustBePacked: isPacked)
    }

    private static func clamped(_ size: UInt64?, _ abi: ABIAlignment) -> UInt64 {
        guard let size, size > 0 else { return 1 }
        // The largest power of two that divides the size, as a complex number is aligned as its part is.
        return min(size & (~size &+ 1), abi.maximum)
    }

    private func alignment(
        of type: TypeReference, _ abi: ABIAlignment, _ depth: Int, _ known: inout [TypeReference: UInt64]
    ) throws(FormatError) -> UInt64 {
        guard depth > 0 else { throw tooDeep(type) }
        if let bytes = known[type] { return bytes }
        // A record may be met again while it is being looked at only where it contains itself.
        known[type] = 1
        let bytes =
            if let asked = try requestedAlignment(of: type) { asked } else {
                try unaskedAlignment(of: type, abi, depth, &known)
            }
        known[type] = bytes
        return bytes
    }

    private func unaskedAlignment(
        of type: TypeReference, _ abi: ABIAlignment, _ depth: Int, _ known: inout [TypeReference: UInt64]
    ) throws(FormatError) -> UInt64 {
        switch try node(type) {
        case .typedef(_, let inner), .qualified(_, let inner):
            return try alignment(of: inner, abi, depth - 1, &known)
        case .array(let element, _, _, let isVector):
            if isVector, let size = try self.byteSize(of: type) { return Self.clamped(size, abi) }
            return try alignment(of: element, abi, depth - 1, &known)
        case .base(_, let encoding, let size):
            return Self.clamped(encoding == .complexFloat ? size.map { $0 / 2 } : size, abi)
        case .pointer(_, let size): return size ?? pointerSize
        case .record(let kind, _, let size, let isDeclaration):
            if kind == .enumeration { return Self.clamped(size, abi) }
            if isDeclaration { return 1 }
            let layout = try self.layout(of: type)
            let natural = try naturalAlignment(of: layout, abi, depth - 1, &known)
            return natural.mustBePacked ? 1 : natural.bytes
        case .void, .function, .unspecified: return 1
        }
    }
}
