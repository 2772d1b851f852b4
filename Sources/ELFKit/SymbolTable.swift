// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// A symbol table as a collection of its entries, which are read from the file each time they are asked for.
@frozen public struct SymbolTable: Sendable, RandomAccessCollection {
    @usableFromInline let entries: Bytes
    /// The string table that the names are in.
    @usableFromInline let strings: Bytes
    /// `SHT_SYMTAB_SHNDX`: a 32-bit section index for each symbol; empty where there is none.
    @usableFromInline let extendedIndexes: Bytes
    @usableFromInline let order: ByteOrder
    /// Symbols in the table, with the null symbol.
    public let count: Int

    @usableFromInline static var entrySize: Int { 24 }

    /// No symbols.
    public static let empty = SymbolTable()

    private init() {
        entries = .empty
        strings = .empty
        extendedIndexes = .empty
        order = .big
        count = 0
    }

    init(entries: Bytes, strings: Bytes, extendedIndexes: Bytes, order: ByteOrder) throws(FormatError) {
        guard entries.count % Self.entrySize == 0 else {
            throw FormatError(.invalid, offset: entries.count, "symbol table of a broken size")
        }
        count = entries.count / Self.entrySize
        guard extendedIndexes.isEmpty || extendedIndexes.count / 4 >= count else {
            throw FormatError(.truncated, offset: extendedIndexes.count, "extended section indexes")
        }
        self.entries = entries
        self.strings = strings
        self.extendedIndexes = extendedIndexes
        self.order = order
    }

    @inlinable public var startIndex: Int { 0 }
    @inlinable public var endIndex: Int { count }

    /// A symbol of the table; an index of the collection's own, not one from a file.
    @inlinable @inline(__always) public subscript(index: Int) -> Symbol {
        precondition(index >= 0 && index < count)
        // The table's size was checked, so none of these loads fails.
        let start = index &* Self.entrySize
        let name: UInt32 = entries.integer(at: start, order) ?? 0
        let information = entries[start &+ 4] ?? 0
        let section: UInt16 = entries.integer(at: start &+ 6, order) ?? 0
        let value: UInt64 = entries.integer(at: start &+ 8, order) ?? 0
        let size: UInt64 = entries.integer(at: start &+ 16, order) ?? 0
        var number = UInt32(section)
        if section >= 0xff00 {
            number =
                section == 0xffff
                ? extendedIndexes.integer(at: index &* 4, order) ?? Symbol.firstReserved
                : Symbol.firstReserved | UInt32(section & 0xff)
        }
        return Symbol(
            value: value, size: size, index: index, nameOffset: name, sectionNumber: number, information: information)
    }

    /// The symbol of an index that a file gives.
    ///
    /// - Throws: `outOfRange`.
    @inlinable public func symbol(at index: some BinaryInteger) throws(FormatError) -> Symbol {
        guard let index = Int(exactly: index), index >= 0, index < count else {
            throw FormatError(.outOfRange, section: "symbol table", offset: index, "symbol of \(count)")
        }
        return self[index]
    }

    /// A symbol's name; what is not UTF-8 in it is replaced. Section symbols have an empty one.
    public func name(of symbol: Symbol) throws(FormatError) -> String {
        try nameBytes(of: symbol).text
    }

    /// A symbol's name as it is in the string table, without a NUL.
    @inlinable public func nameBytes(of symbol: Symbol) throws(FormatError) -> Bytes {
        if symbol.nameOffset == 0 { return .empty }
        do {
            return try strings.cStringBytes(at: symbol.nameOffset)
        } catch {
            throw error.within("string table")
        }
    }

    /// The first eight bytes of a symbol's name as one number, the first byte highest; nil at the string table's end.
    @inlinable @inline(__always) public func nameStart(of symbol: Symbol) -> UInt64? {
        strings.integer(at: Int(symbol.nameOffset), .big)
    }

    /// A symbol's name where it has fewer than 64 bytes, however long the string table is.
    public func shortName(of symbol: Symbol) -> String? {
        guard let rest = try? strings.suffix(from: symbol.nameOffset),
            let name = try? rest.slice(0, count: Swift.min(rest.count, 64)).cStringBytes(at: 0)
        else { return nil }
        return name.text
    }

    /// The first symbol of this name; looks at all of them.
    public func first(named name: String) -> Symbol? {
        guard !name.isEmpty else { return nil }
        let wanted = Array(name.utf8) + [0]
        return first { strings.holds(wanted, at: Int($0.nameOffset)) }
    }
}
