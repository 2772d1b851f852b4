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

    /// Gives the pages of the relocations before one back to the system.
    func releasePages(before index: Int) { (try? entries.slice(0, count: index * entrySize))?.releasePages() }

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
}
