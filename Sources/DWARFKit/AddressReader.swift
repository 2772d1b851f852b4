// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// Reads addresses by index and lists of address ranges (DWARF 5 § 2.17.3 and § 7.25, DWARF 4 § 2.17.3).
struct AddressReader {
    var sections: DWARFSections
    var sizes: Form.Sizes
    var addressBase: UInt64
    var rangeListsBase: UInt64

    /// The largest number of ranges in one list.
    static let limit = 1 << 20

    /// The largest address: the mark of a new base, and of what the linker threw away.
    private var largest: UInt64 { sizes.addressSize >= 8 ? .max : (1 << (UInt64(sizes.addressSize) * 8)) - 1 }

    func address(index: UInt64) throws(FormatError) -> UInt64 {
        do throws(FormatError) {
            let place = try tablePlace(index, size: sizes.addressSize, base: addressBase, "address index")
            var cursor = try ByteCursor(sections.addr, sections.order)
            try cursor.seek(to: place)
            return try cursor.address(sizes.addressSize)
        } catch { throw error.within(".debug_addr") }
    }

    /// An attribute's address; nil for a value that is none.
    func address(_ value: AttributeValue) throws(FormatError) -> UInt64? {
        switch value {
        case .address(let address): address
        case .addressIndex(let index): try address(index: index)
        default: nil
        }
    }

    /// The list that `DW_AT_ranges` names.
    func ranges(_ value: AttributeValue, base: UInt64) throws(FormatError) -> [Range<UInt64>] {
        switch value {
        case .listIndex(let index):
            do throws(FormatError) {
                let place = try tablePlace(index, size: sizes.offset, base: rangeListsBase, "list index")
                var cursor = try ByteCursor(sections.rnglists, sections.order)
                try cursor.seek(to: place)
                let (target, overflow) = rangeListsBase.addingReportingOverflow(
                    try cursor.offset(is64Bit: sizes.is64Bit))
                guard !overflow else { throw FormatError(.outOfRange, offset: place, "range list") }
                return try rangeList(at: target, base: base)
            } catch { throw error.within(".debug_rnglists") }
        default:
            guard let offset = value.number else { return [] }
            return sizes.version >= 5
                ? try rangeList(at: offset, base: base)
                : try oldRanges(at: offset, base: base)
        }
    }

    private func oldRanges(at offset: UInt64, base: UInt64) throws(FormatError) -> [Range<UInt64>] {
        do throws(FormatError) {
            var cursor = try ByteCursor(sections.ranges, sections.order)
            try cursor.seek(to: offset)
            var base = base
            var found: [Range<UInt64>] = []
            while true {
                let place = cursor.offset
                let low = try cursor.address(sizes.addressSize)
                let high = try cursor.address(sizes.addressSize)
                if low == 0, high == 0 { return found }
                if low == largest { base = high } else { try append(base &+ low, base &+ high, &found, place) }
            }
        } catch { throw error.within(".debug_ranges") }
    }

    private func append(
        _ low: UInt64, _ high: UInt64, _ found: inout [Range<UInt64>], _ place: Int
    ) throws(FormatError) {
        let low = low & largest
        let high = high & largest
        guard low <= high else { throw FormatError(.invalid, offset: place, "range that ends before it begins") }
        guard found.count < Self.limit else { throw FormatError(.tooLarge, offset: place, "ranges") }
        if low < high { found.append(low..<high) }
    }

    private func rangeList(at offset: UInt64, base: UInt64) throws(FormatError) -> [Range<UInt64>] {
        do throws(FormatError) {
            var cursor = try ByteCursor(sections.rnglists, sections.order)
            try cursor.seek(to: offset)
            var base = base
            var found: [Range<UInt64>] = []
            while true {
                let place = cursor.offset
                switch try cursor.u8() {
                case 0x00: return found
                case 0x01: base = try address(index: try cursor.uleb128())
                case 0x02:
                    let low = try address(index: try cursor.uleb128())
                    try append(low, try address(index: try cursor.uleb128()), &found, place)
                case 0x03:
                    let low = try address(index: try cursor.uleb128())
                    try append(low, low &+ (try cursor.uleb128()), &found, place)
                case 0x04:
                    let low = base &+ (try cursor.uleb128())
                    try append(low, base &+ (try cursor.uleb128()), &found, place)
                case 0x05: base = try cursor.address(sizes.addressSize)
                case 0x06:
                    let low = try cursor.address(sizes.addressSize)
                    try append(low, try cursor.address(sizes.addressSize), &found, place)
                case 0x07:
                    let low = try cursor.address(sizes.addressSize)
                    try append(low, low &+ (try cursor.uleb128()), &found, place)
                case let kind: throw FormatError(.unsupported, offset: place, "range list entry \(kind)")
                }
            }
        } catch { throw error.within(".debug_rnglists") }
    }
}
