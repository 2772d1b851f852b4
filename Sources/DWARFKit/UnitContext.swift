// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// A unit with what reading its entries takes, and what its first entry says.
final class UnitContext: Sendable {
    let sections: DWARFSections
    var unit: UnitHeader { summary.header }
    /// Of a unit that a pass goes over, its first entry's alone.
    let table: Abbreviations
    let base: ValueBase
    let addressBase: UInt64
    let rangeListsBase: UInt64
    let lineOffset: UInt64?
    /// What its first entry says.
    let summary: UnitSummary

    /// Reads the first entry: from `head`, the bytes from there on, as many as are enough for an entry without strings in
    /// it, or from the section. `abbreviations` gives a table that has a code, nil where there is none.
    init(
        _ sections: DWARFSections, _ unit: UnitHeader, head: Bytes? = nil,
        _ abbreviations: (UInt64) throws(FormatError) -> Abbreviations?
    ) throws(FormatError) {
        do throws(FormatError) {
            self.sections = sections
            var cursor: ByteCursor
            if let head {
                cursor = try ByteCursor(head, sections.order)
            } else {
                cursor = try ByteCursor(
                    try sections.entries(unit.section).slice(0, count: unit.end), sections.order)
                try cursor.seek(to: unit.dieOffset)
            }
            let place = cursor.offset
            let code = try cursor.uleb128()
            guard let table = try abbreviations(code), let index = table.index(of: code) else {
                throw FormatError(.invalid, offset: place, "no abbreviation \(code)")
            }
            self.table = table
            let entry = table.entries[index]
            let specifications = table.specifications[
                Int(entry.attributes.lowerBound)..<Int(entry.attributes.upperBound)]

            // The bases may stand behind the values that count from them.
            var base = ValueBase(
                section: unit.section, unitOffset: unit.offset, unitEnd: unit.end, sizes: unit.sizes,
                stringOffsets: unit.version >= 5 ? (unit.is64Bit ? 16 : 8) : 0, strOffsets: sections.strOffsets)
            var addressBase: UInt64 = unit.version >= 5 ? (unit.is64Bit ? 16 : 8) : 0
            var rangeListsBase: UInt64 = unit.version >= 5 ? (unit.is64Bit ? 20 : 12) : 0
            var first = cursor
            for specification in specifications {
                switch specification.attribute {
                case .stringOffsetsBase, .addressBase, .gnuAddressBase, .rangeListsBase, .gnuRangesBase:
                    let value = try base.read(specification.form, implicit: specification.implicit, &first)
                    guard let number = value.number else { continue }
                    switch specification.attribute {
                    case .stringOffsetsBase: base.stringOffsets = number
                    case .rangeListsBase, .gnuRangesBase: rangeListsBase = number
                    default: addressBase = number
                    }
                default: try base.skip(specification.form, &first)
                }
            }
            self.base = base
            self.addressBase = addressBase
            self.rangeListsBase = rangeListsBase

            var summary = UnitSummary(header: unit, tag: entry.tag)
            var lineOffset: UInt64?
            var low: AttributeValue?
            var high: AttributeValue?
            var ranges: AttributeValue?
            for specification in specifications {
                let value = try base.read(specification.form, implicit: specification.implicit, &cursor)
                switch specification.attribute {
                case .language: summary.language = Language(rawValue: UInt16(truncatingIfNeeded: value.number ?? 0))
                case .producer: summary.producer = value.string ?? .none
                case .name: summary.name = value.string ?? .none
                case .compilationDirectory: summary.directory = value.string ?? .none
                case .splitName, .gnuSplitName: summary.splitName = value.string ?? .none
                case .lineProgram: lineOffset = value.number
                case .lowAddress: low = value
                case .highAddress: high = value
                case .ranges: ranges = value
                default: break
                }
            }
            self.lineOffset = lineOffset
            let reader = AddressReader(
                sections: sections, sizes: unit.sizes, addressBase: addressBase, rangeListsBase: rangeListsBase)
            do throws(FormatError) {
                let start = try low.flatMap { value throws(FormatError) in try reader.address(value) }
                summary.lowAddress = start
                if let ranges {
                    summary.ranges = try reader.ranges(ranges, base: start ?? 0)
                } else if let start, let high {
                    let end =
                        if let size = high.number { start.addingReportingOverflow(size) } else {
                            (try reader.address(high) ?? start, false)
                        }
                    if !end.1, end.0 > start { summary.ranges = [start..<end.0] }
                }
            } catch { summary.rangesDefect = error }
            self.summary = summary
        } catch { throw error.within(unit.section.name) }
    }
}

extension Optional {
    /// `flatMap` that throws its closure's own kind of error.
    func flatMap<Result, Failure: Error>(
        _ body: (Wrapped) throws(Failure) -> Result?
    ) throws(Failure) -> Result? {
        guard case .some(let value) = self else { return nil }
        return try body(value)
    }
}

extension ValueBase {
    /// Goes over one value of a form.
    func skip(_ form: Form, _ cursor: inout ByteCursor) throws(FormatError) {
        if let size = form.fixedSize(sizes) { return try cursor.skip(size) }
        switch form {
        case .strx, .addrx, .gnuStrIndex, .gnuAddrIndex, .sdata, .udata, .refUdata, .loclistx, .rnglistx:
            try cursor.skipLEB128()
        case .indirect:
            try skip(try cursor.indirectForm(), &cursor)
        case .string: try cursor.skipCString()
        case .block1: try cursor.skip(try cursor.u8())
        case .block2: try cursor.skip(try cursor.u16())
        case .block4: try cursor.skip(try cursor.u32())
        default: try cursor.skip(try cursor.uleb128())
        }
    }
}
