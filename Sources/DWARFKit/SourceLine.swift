// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// The line of the source that an instruction was made from.
public struct SourceLine: Hashable, Sendable {
    /// As the line number table says it: relative to the compilation directory wherever it is below it.
    public var file: String
    /// Counted from 1.
    public var line: UInt32
    /// Counted from 1; 0 where the table tells none.
    public var column: UInt64
}

extension DWARFFile {
    /// The header of a unit's line number table; nil for a unit without one.
    public func lineTable(of unit: UnitHeader) throws(FormatError) -> LineTable? {
        try lineTable(of: try context(of: unit))
    }

    /// The lines that instructions come from, by address.
    ///
    /// An address that no row covers, whose row has no line, or whose table can't be read is left out. Each table's
    /// program runs once, and the tables that are read have no more bytes together than the section: sound ones share
    /// none.
    ///
    /// - Parameter addresses: each with the unit whose code it lies in.
    /// - Returns: the lines that were found.
    public func sourceLines(of addresses: [(address: UInt64, unit: UnitHeader)]) -> [UInt64: SourceLine] {
        var tables: [UInt64: (context: UnitContext, addresses: [UInt64])] = [:]
        var lastUnit: Int?
        var lastOffset: UInt64?
        for (address, unit) in addresses {
            if lastUnit != unit.index {
                lastUnit = unit.index
                let context = try? context(of: unit)
                lastOffset = context?.lineOffset
                if let context, let offset = context.lineOffset, tables[offset] == nil {
                    tables[offset] = (context, [])
                }
            }
            if let lastOffset { tables[lastOffset]?.addresses.append(address) }
        }
        var room = sections.line.count
        var found: [UInt64: SourceLine] = [:]
        for (offset, wanted) in tables.sorted(by: { $0.key < $1.key }) {
            guard var cursor = try? ByteCursor(sections.line, sections.order), (try? cursor.seek(to: offset)) != nil,
                let length = try? cursor.initialLength().0, length <= UInt64(room)
            else { continue }
            room -= Int(length)
            guard let table = try? LineTable(wanted.context, at: offset) else { continue }
            table.find(wanted.addresses.sorted(), &found)
        }
        return found
    }
}

extension LineTable {
    /// Adds the lines of sorted addresses to those that were found. Rows before a program's defect count.
    fileprivate func find(_ addresses: [UInt64], _ found: inout [UInt64: SourceLine]) {
        guard var program = try? LineProgram(self) else { return }
        var paths: [UInt64: String] = [:]
        // Each address is filled in once, however often rows cover it; this leads to the next one that is left.
        var next = Array(0...addresses.count)
        func left(from index: Int) -> Int {
            var end = index
            while next[end] != end { end = next[end] }
            var index = index
            while next[index] != end { (index, next[index]) = (next[index], end) }
            return end
        }
        var last: LineRow?
        while let row = (try? program.next()) ?? nil {
            // A row covers what lies before the next one; of rows with one address the last one covers it.
            if let start = last, start.address < row.address {
                var index = left(from: addresses.indices.partitioningIndex { addresses[$0] >= start.address })
                while index < addresses.count, addresses[index] < row.address {
                    if start.line > 0, paths[start.file] == nil {
                        paths[start.file] = (try? program.table.relativePath(start.file)) ?? nil ?? ""
                    }
                    if start.line > 0, let path = paths[start.file], !path.isEmpty {
                        found[addresses[index]] = SourceLine(file: path, line: start.line, column: start.column)
                    }
                    next[index] = index + 1
                    index = left(from: index + 1)
                }
            }
            last = row.isEndOfSequence ? nil : row
        }
    }
}
