// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import ELFKit

/// What lies at which address of an image: sections that are loaded, and functions.
///
/// The sections of a relocatable file get addresses of their own (`ELFFile.placed()`), so that every rule can ask by
/// address.
struct AddressSpace: Sendable {
    struct Region: Sendable {
        let name: String
        let start: UInt64
        let end: UInt64
        let isCode: Bool
        /// Empty for a section that is all zeros (`SHT_NOBITS`).
        let bytes: Bytes

        var size: UInt64 { end - start }
    }

    let regions: [Region]
    /// Where each region starts: what every look-up searches.
    private let starts: [UInt64]
    /// The place of the largest region, the kernel's `.text`, in which most addresses are.
    private let largest: Int
    // Not the image itself, which keeps this: neither would ever be freed.
    private let elf: ELFFile
    private let functions: FunctionTable

    init(_ elf: ELFFile, _ functions: FunctionTable) throws {
        self.elf = elf
        self.functions = functions
        var regions: [Region] = []
        // Sections of a sound file share no bytes: a view of each, relocated or not, takes no more than the file.
        var room = elf.bytes.count
        for section in elf.sections where section.flags.contains(.allocate) && section.size > 0 {
            let start = section.address
            guard !start.addingReportingOverflow(section.size).overflow else { continue }
            guard section.type == .noBits || !section.flags.contains(.compressed) else {
                throw FormatError(.invalid, section: section.name, offset: 0, "loaded and compressed")
            }
            let bytes = try elf.contents(of: section)
            guard bytes.count <= room else {
                throw FormatError(.invalid, section: section.name, offset: 0, "bytes that other sections have, too")
            }
            room -= bytes.count
            regions.append(
                Region(
                    name: section.name, start: start, end: start + section.size, isCode: section.isExecutable,
                    bytes: bytes))
        }
        regions.sort { ($0.start, $0.end) < ($1.start, $1.end) }
        self.regions = regions
        starts = regions.map(\.start)
        largest = regions.indices.max { regions[$0].size < regions[$1].size } ?? 0
    }

    func region(at address: UInt64) -> Region? { place(at: address).map { regions[$0] } }

    /// The place in `regions` of the one that an address is in.
    private func place(at address: UInt64) -> Int? {
        if largest + 1 < starts.count, starts[largest] <= address, address < starts[largest + 1],
            address < regions[largest].end
        {
            return largest
        }
        let place = starts.indices.partitioningIndex { starts[$0] > address } - 1
        return place >= 0 && address < regions[place].end ? place : nil
    }

    /// Six bytes of code, the instruction's first byte highest, zeros behind the section's end; nil outside of code.
    func code(at address: UInt64) -> UInt64? {
        guard let place = place(at: address), regions[place].isCode, address & 1 == 0 else { return nil }
        let offset = Int(address - regions[place].start)
        if let eight = regions[place].bytes.integer(at: offset, .big, as: UInt64.self) { return eight >> 16 }
        var value: UInt64 = 0
        for index in 0..<6 { value = value << 8 | UInt64(regions[place].bytes[offset + index] ?? 0) }
        return value
    }

    /// The place in `regions` of the section that a function lies in, and the function's bytes; nil where there are none.
    func code(of function: FunctionTable.Entry) -> (region: Int, code: Bytes)? {
        guard let place = place(at: function.start), !regions[place].bytes.isEmpty else { return nil }
        let start = regions[place].start
        let end = min(function.end, regions[place].end)
        guard let code = try? regions[place].bytes.slice(function.start - start, count: end - function.start) else {
            return nil
        }
        return (place, code)
    }

    func isCode(_ address: UInt64, count: Int) -> Bool {
        guard let region = region(at: address), region.isCode else { return false }
        return region.end - address >= UInt64(count)
    }

    func isData(_ address: UInt64) -> Bool {
        guard let place = place(at: address) else { return false }
        return !regions[place].isCode
    }

    /// Whether a text of at most 4,095 bytes without control characters stands there.
    func isText(at address: UInt64) -> Bool {
        guard let place = place(at: address), !regions[place].isCode,
            let bytes = try? regions[place].bytes.cStringBytes(at: address - regions[place].start), bytes.count < 4096
        else { return false }
        func isReadable(_ value: UInt32) -> Bool {
            value >= 0x20 && value != 0x7f && value != 0xfffd || value == 0x0a || value == 0x09 || value == 1
        }
        for offset in 0..<bytes.count {
            guard let byte = bytes[offset], byte < 0x80 else {
                return bytes.text.unicodeScalars.allSatisfy { isReadable($0.value) }
            }
            guard isReadable(UInt32(byte)) else { return false }
        }
        return true
    }

    func function(containing address: UInt64) -> Image.Function? { functions.function(containing: address) }

    /// The first address of the function there.
    func functionStart(containing address: UInt64) -> UInt64? {
        functions.place(containing: address).map { functions.entries[$0].start }
    }

    /// Whether a function or a section of code ends there: where the fix-up of a last instruction may point.
    func isFunctionEnd(_ address: UInt64) -> Bool {
        regions.contains { $0.isCode && $0.end == address }
    }

    func describe(_ address: UInt64) -> String {
        guard let region = region(at: address) else { return "0x\(String(address, radix: 16)) in no section" }
        return "0x\(String(address, radix: 16)) in \(region.name)"
    }

    /// The instruction's bytes, for a finding.
    func instruction(at address: UInt64) -> String {
        guard let code = code(at: address) else { return describe(address) }
        let length = [2, 4, 4, 6][Int(code >> 46 & 3)]
        let hex = String(code, radix: 16)
        let padded = String(repeating: "0", count: max(0, 12 - hex.count)) + hex
        return "\(padded.prefix(length * 2)) in \(region(at: address)?.name ?? "")"
    }

    /// Where faults are sent, sorted by the faulting instruction's address.
    func exceptions() throws -> [ExceptionEntry] {
        try [.exceptions, .lowExceptions].flatMap { name in
            try tables(name).flatMap { try $0.entries(of: ExceptionEntry.size, ExceptionEntry.init) }
        }.sorted { ($0.instruction, $0.fixup) < ($1.instruction, $1.fixup) }
    }

    /// The offsets in a relocatable file's section whose values stand in another file.
    private static func undefined(in section: Section, _ elf: ELFFile) throws -> Set<UInt64> {
        var offsets: Set<UInt64> = []
        for table in try elf.relocations(of: section) {
            for relocation in table where try table.symbols.symbol(at: relocation.symbol).isUndefined {
                offsets.insert(relocation.offset)
            }
        }
        return offsets
    }

    /// The table of that name: its section, or what lies between `__start_NAME` and `__stop_NAME` in a linked image.
    func tables(_ name: KernelTable.Name) throws -> [KernelTable] {
        if let section = elf.section(named: name.rawValue), section.size > 0 {
            let known = regions.first { $0.start == section.address && $0.name == name.rawValue }
            return [
                KernelTable(
                    address: section.address, bytes: try known?.bytes ?? elf.contents(of: section),
                    undefined: try Self.undefined(in: section, elf))
            ]
        }
        guard let start = functions.boundaries["__start_\(name.stem)"],
            let stop = functions.boundaries["__stop_\(name.stem)"], start < stop,
            let region = region(at: start), stop <= region.end, !region.bytes.isEmpty
        else { return [] }
        let bytes = try region.bytes.slice(start - region.start, count: stop - start)
        return [KernelTable(address: start, bytes: bytes, undefined: [])]
    }
}
