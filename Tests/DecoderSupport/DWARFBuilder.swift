// SPDX-License-Identifier: Apache-2.0
package import ByteKit

/// Writes `.debug_info`, `.debug_abbrev` and the string sections for tests, in any version, format and byte order.
///
/// A test says which entries there are; abbreviations, offsets and lengths follow. References go by labels.
package struct DWARFBuilder {
    /// A value with its form.
    package indirect enum Value {
        case addr(UInt64)
        case data1(UInt8), data2(UInt16), data4(UInt32), data8(UInt64), data16([UInt8])
        case sdata(Int64), udata(UInt64), implicitConst(Int64)
        case string(String), strp(String), lineStrp(String)
        case strx(UInt64), strx1(UInt8), strx2(UInt16), strx3(UInt32), strx4(UInt32), gnuStrIndex(UInt64)
        case addrx(UInt64), addrx1(UInt8), addrx2(UInt16), addrx3(UInt32), addrx4(UInt32), gnuAddrIndex(UInt64)
        case flag(Bool), flagPresent
        case ref1(String), ref2(String), ref4(String), ref8(String), refUdata(UInt64), refAddr(String)
        case refSig8(UInt64), refSup4(UInt32), refSup8(UInt64), gnuRefAlt(UInt64), strpSup(UInt64), gnuStrpAlt(UInt64)
        case secOffset(UInt64), loclistx(UInt64), rnglistx(UInt64)
        case block1([UInt8]), block2([UInt8]), block4([UInt8]), block([UInt8]), exprloc([UInt8])
        case indirect(Value)
        /// Any form number, with bytes as they are.
        case raw(UInt64, [UInt8])
    }

    /// An entry with its children.
    package struct DIE {
        package var tag: UInt64
        package var label: String?
        package var attributes: [(name: UInt64, value: Value)]
        package var children: [DIE]
        /// Whether the abbreviation says that there are children; by default it does where there are.
        package var hasChildren: Bool

        package init(
            _ tag: UInt64, label: String? = nil, _ attributes: [(name: UInt64, value: Value)] = [],
            children: [DIE] = [], hasChildren: Bool? = nil
        ) {
            self.tag = tag
            self.label = label
            self.attributes = attributes
            self.children = children
            self.hasChildren = hasChildren ?? !children.isEmpty
        }
    }

    /// The sections' bytes.
    package struct Sections {
        package var info: [UInt8] = []
        package var types: [UInt8] = []
        package var abbrev: [UInt8] = []
        package var str: [UInt8] = [0]
        package var lineStr: [UInt8] = [0]
    }

    package let order: ByteOrder
    package let version: UInt16
    package let is64Bit: Bool
    package let addressSize: UInt8
    package private(set) var sections = Sections()

    private struct Fixup {
        var label: String
        var offset: Int
        var size: Int
        /// Zero for references across units.
        var base: Int
    }

    private var labels: [String: Int] = [:]
    private var fixups: [Fixup] = []
    private var strings: [String: Int] = [:]
    private var lineStrings: [String: Int] = [:]

    package init(order: ByteOrder = .big, version: UInt16 = 5, is64Bit: Bool = false, addressSize: UInt8 = 8) {
        self.order = order
        self.version = version
        self.is64Bit = is64Bit
        self.addressSize = addressSize
    }

    private var offsetSize: Int { is64Bit ? 8 : 4 }

    /// Where a labelled entry begins in its section.
    package func offset(of label: String) -> UInt64 { UInt64(labels[label] ?? 0) }

    /// Adds a unit with its own abbreviations; returns where it begins. A type unit has a signature and a label.
    @discardableResult
    package mutating func unit(
        _ die: DIE, type: UInt8 = 1, signature: UInt64? = nil, typeLabel: String? = nil, inTypes: Bool = false
    ) -> UInt64 {
        var info = ByteWriter(order)
        info.bytes = inTypes ? sections.types : sections.info
        let start = info.bytes.count
        if is64Bit { info.integer(0xffff_ffff, size: 4) }
        let lengthAt = info.bytes.count
        info.integer(0, size: offsetSize)
        info.integer(UInt64(version), size: 2)
        let abbreviations = UInt64(sections.abbrev.count)
        if version >= 5 {
            info.integer(UInt64(type), size: 1)
            info.integer(UInt64(addressSize), size: 1)
            info.integer(abbreviations, size: offsetSize)
        } else {
            info.integer(abbreviations, size: offsetSize)
            info.integer(UInt64(addressSize), size: 1)
        }
        var typeAt: Int?
        if let signature {
            info.integer(signature, size: 8)
            if typeLabel != nil {
                typeAt = info.bytes.count
                info.integer(0, size: offsetSize)
            }
        }
        var table = ByteWriter(order)
        var codes: [[UInt8]: UInt64] = [:]
        fixups = []
        write(die, start, &info, &table, &codes)
        table.uleb128(0)
        sections.abbrev += table.bytes
        for fixup in fixups {
            info.patch(UInt64((labels[fixup.label] ?? 0) - fixup.base), at: fixup.offset, size: fixup.size)
        }
        if let typeAt, let typeLabel {
            info.patch(UInt64((labels[typeLabel] ?? 0) - start), at: typeAt, size: offsetSize)
        }
        info.patch(UInt64(info.bytes.count - lengthAt - offsetSize), at: lengthAt, size: offsetSize)
        if inTypes { sections.types = info.bytes } else { sections.info = info.bytes }
        return UInt64(start)
    }

    private mutating func write(
        _ die: DIE, _ start: Int, _ info: inout ByteWriter, _ table: inout ByteWriter, _ codes: inout [[UInt8]: UInt64]
    ) {
        var abbreviation = ByteWriter(order)
        abbreviation.uleb128(die.tag)
        abbreviation.integer(die.hasChildren ? 1 : 0, size: 1)
        for (name, value) in die.attributes {
            abbreviation.uleb128(name)
            abbreviation.uleb128(Self.form(value))
            if case .implicitConst(let number) = value { abbreviation.sleb128(number) }
        }
        abbreviation.bytes += [0, 0]
        let code: UInt64
        if let known = codes[abbreviation.bytes] {
            code = known
        } else {
            code = UInt64(codes.count + 1)
            codes[abbreviation.bytes] = code
            table.uleb128(code)
            table.bytes += abbreviation.bytes
        }
        if let label = die.label { labels[label] = info.bytes.count }
        info.uleb128(code)
        for (_, value) in die.attributes { write(value, start, &info) }
        guard die.hasChildren else { return }
        for child in die.children { write(child, start, &info, &table, &codes) }
        info.uleb128(0)
    }

    private static func form(_ value: Value) -> UInt64 {
        switch value {
        case .addr: 0x01
        case .block2: 0x03
        case .block4: 0x04
        case .data2: 0x05
        case .data4: 0x06
        case .data8: 0x07
        case .string: 0x08
        case .block: 0x09
        case .block1: 0x0a
        case .data1: 0x0b
        case .flag: 0x0c
        case .sdata: 0x0d
        case .strp: 0x0e
        case .udata: 0x0f
        case .refAddr: 0x10
        case .ref1: 0x11
        case .ref2: 0x12
        case .ref4: 0x13
        case .ref8: 0x14
        case .refUdata: 0x15
        case .indirect: 0x16
        case .secOffset: 0x17
        case .exprloc: 0x18
        case .flagPresent: 0x19
        case .strx: 0x1a
        case .addrx: 0x1b
        case .refSup4: 0x1c
        case .strpSup: 0x1d
        case .data16: 0x1e
        case .lineStrp: 0x1f
        case .refSig8: 0x20
        case .implicitConst: 0x21
        case .loclistx: 0x22
        case .rnglistx: 0x23
        case .refSup8: 0x24
        case .strx1: 0x25
        case .strx2: 0x26
        case .strx3: 0x27
        case .strx4: 0x28
        case .addrx1: 0x29
        case .addrx2: 0x2a
        case .addrx3: 0x2b
        case .addrx4: 0x2c
        case .gnuAddrIndex: 0x1f01
        case .gnuStrIndex: 0x1f02
        case .gnuRefAlt: 0x1f20
        case .gnuStrpAlt: 0x1f21
        case .raw(let form, _): form
        }
    }

    private mutating func write(_ value: Value, _ start: Int, _ info: inout ByteWriter) {
        func refer(_ label: String, _ size: Int, _ base: Int) {
            fixups.append(Fixup(label: label, offset: info.bytes.count, size: size, base: base))
            info.integer(0, size: size)
        }
        switch value {
        case .addr(let address): info.integer(address, size: Int(addressSize))
        case .data1(let number), .strx1(let number), .addrx1(let number): info.integer(UInt64(number), size: 1)
        case .data2(let number), .strx2(let number), .addrx2(let number): info.integer(UInt64(number), size: 2)
        case .strx3(let number), .addrx3(let number): info.integer(UInt64(number), size: 3)
        case .data4(let number), .strx4(let number), .addrx4(let number), .refSup4(let number):
            info.integer(UInt64(number), size: 4)
        case .data8(let number), .refSig8(let number), .refSup8(let number): info.integer(number, size: 8)
        case .data16(let bytes): info.bytes += bytes
        case .sdata(let number): info.sleb128(number)
        case .udata(let number), .strx(let number), .addrx(let number), .gnuStrIndex(let number),
            .gnuAddrIndex(let number), .refUdata(let number), .loclistx(let number), .rnglistx(let number):
            info.uleb128(number)
        case .implicitConst, .flagPresent: break
        case .string(let text): info.cString(text)
        case .strp(let text):
            info.integer(UInt64(Self.place(text, &strings, &sections.str)), size: offsetSize)
        case .lineStrp(let text):
            info.integer(UInt64(Self.place(text, &lineStrings, &sections.lineStr)), size: offsetSize)
        case .flag(let flag): info.integer(flag ? 1 : 0, size: 1)
        case .ref1(let label): refer(label, 1, start)
        case .ref2(let label): refer(label, 2, start)
        case .ref4(let label): refer(label, 4, start)
        case .ref8(let label): refer(label, 8, start)
        case .refAddr(let label): refer(label, offsetSize, 0)
        case .gnuRefAlt(let number), .strpSup(let number), .gnuStrpAlt(let number), .secOffset(let number):
            info.integer(number, size: offsetSize)
        case .block1(let bytes):
            info.integer(UInt64(bytes.count), size: 1)
            info.bytes += bytes
        case .block2(let bytes):
            info.integer(UInt64(bytes.count), size: 2)
            info.bytes += bytes
        case .block4(let bytes):
            info.integer(UInt64(bytes.count), size: 4)
            info.bytes += bytes
        case .block(let bytes), .exprloc(let bytes):
            info.uleb128(UInt64(bytes.count))
            info.bytes += bytes
        case .indirect(let inner):
            info.uleb128(Self.form(inner))
            write(inner, start, &info)
        case .raw(_, let bytes): info.bytes += bytes
        }
    }

    /// Where a string is in a section of strings; it is added where it is not there yet.
    private static func place(_ text: String, _ known: inout [String: Int], _ section: inout [UInt8]) -> Int {
        if let place = known[text] { return place }
        let place = section.count
        section += Array(text.utf8) + [0]
        known[text] = place
        return place
    }

    /// Where a string is in `.debug_str`, for tables of string offsets.
    package mutating func string(_ text: String) -> UInt64 { UInt64(Self.place(text, &strings, &sections.str)) }
}
