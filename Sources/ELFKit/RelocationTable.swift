// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// The relocations of one `SHT_RELA` or `SHT_REL` section, read from the file each time they are asked for.
@frozen public struct RelocationTable: Sendable, RandomAccessCollection {
    @usableFromInline let entries: Bytes
    @usableFromInline let order: ByteOrder
    @usableFromInline let hasAddends: Bool
    /// The symbols that the relocations name.
    public let symbols: SymbolTable
    public let count: Int

    @usableFromInline var entrySize: Int { hasAddends ? 24 : 16 }

    init(entries: Bytes, order: ByteOrder, hasAddends: Bool, symbols: SymbolTable) throws(FormatError) {
        self.entries = entries
        self.order = order
        self.hasAddends = hasAddends
        self.symbols = symbols
        let size = hasAddends ? 24 : 16
        guard entries.count % size == 0 else {
            throw FormatError(.invalid, offset: entries.count, "relocation table of a broken size")
        }
        count = entries.count / size
    }

    @inlinable public var startIndex: Int { 0 }
    @inlinable public var endIndex: Int { count }

    @inlinable @inline(__always) public subscript(index: Int) -> Relocation {
        precondition(index >= 0 && index < count)
        // The table's size was checked, so none of these loads fails.
        let start = index &* entrySize
        let offset: UInt64 = entries.integer(at: start, order) ?? 0
        let information: UInt64 = entries.integer(at: start &+ 8, order) ?? 0
        let addend: Int64? = hasAddends ? entries.integer(at: start &+ 16, order) : nil
        return Relocation(
            offset: offset, type: UInt32(truncatingIfNeeded: information),
            symbol: UInt32(truncatingIfNeeded: information >> 32), addend: addend)
    }

    /// Where a relocated field points: the section that its symbol is defined in, and the offset there.
    ///
    /// This is how a rule tells apart where an address of a relocatable file leads: all sections begin at 0 there, so
    /// the relocated contents alone do not say which section an address is in.
    ///
    /// - Parameters:
    ///   - relocation: one of this table's.
    ///   - origin: the place, in the relocated section, that a PC-relative value counts from, where that is not the
    ///     field itself: the instruction's start on s390, its end on x86. Tables of data whose fields count from
    ///     themselves, and absolute fields, need none.
    /// - Returns: nil for a symbol that is not defined in a section of this file, a relocation without an addend of
    ///   its own, and an offset before the section's beginning.
    /// - Throws: `outOfRange` for a symbol that the table does not have.
    public func target(of relocation: Relocation, from origin: UInt64? = nil) throws(FormatError) -> SectionOffset? {
        let symbol = try symbols.symbol(at: relocation.symbol)
        guard let section = symbol.sectionIndex, let addend = relocation.addend else { return nil }
        var offset = symbol.value &+ UInt64(bitPattern: addend)
        if let origin { offset = offset &- relocation.offset &+ origin }
        return Int64(bitPattern: offset) < 0 ? nil : SectionOffset(section: section, offset: offset)
    }
}
