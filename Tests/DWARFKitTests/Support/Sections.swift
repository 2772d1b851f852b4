// SPDX-License-Identifier: Apache-2.0
import ByteKit
import DWARFKit
import DecoderSupport

extension DWARFBuilder {
    /// What was written, as the decoder takes it.
    func dwarf(
        strOffsets: [UInt8] = [], addr: [UInt8] = [], ranges: [UInt8] = [], rnglists: [UInt8] = [],
        line: [UInt8] = [], alternate: DWARFSections? = nil
    ) -> DWARFSections {
        DWARFSections(
            info: Bytes(sections.info), types: Bytes(sections.types), abbrev: Bytes(sections.abbrev),
            str: Bytes(sections.str), lineStr: Bytes(sections.lineStr), strOffsets: Bytes(strOffsets),
            addr: Bytes(addr), ranges: Bytes(ranges), rnglists: Bytes(rnglists), line: Bytes(line), order: order,
            alternate: alternate)
    }
}

/// Tags and attributes by their numbers in DWARF 5 § 7.5, so that tests do not lean on the decoder's own table.
enum DW {
    static let array: UInt64 = 0x01
    static let enumeration: UInt64 = 0x04
    static let member: UInt64 = 0x0d
    static let pointer: UInt64 = 0x0f
    static let compileUnit: UInt64 = 0x11
    static let structure: UInt64 = 0x13
    static let subroutine: UInt64 = 0x15
    static let typedef: UInt64 = 0x16
    static let union: UInt64 = 0x17
    static let variant: UInt64 = 0x19
    static let subrange: UInt64 = 0x21
    static let baseType: UInt64 = 0x24
    static let const: UInt64 = 0x26
    static let enumerator: UInt64 = 0x28
    static let subprogram: UInt64 = 0x2e
    static let variantPart: UInt64 = 0x33
    static let namespace: UInt64 = 0x39
    static let partialUnit: UInt64 = 0x3c
    static let importedUnit: UInt64 = 0x3d
    static let typeUnit: UInt64 = 0x41
    static let skeletonUnit: UInt64 = 0x4a

    static let sibling: UInt64 = 0x01
    static let name: UInt64 = 0x03
    static let byteSize: UInt64 = 0x0b
    static let bitOffset: UInt64 = 0x0c
    static let bitSize: UInt64 = 0x0d
    static let lowPC: UInt64 = 0x11
    static let highPC: UInt64 = 0x12
    static let language: UInt64 = 0x13
    static let discr: UInt64 = 0x15
    static let discrValue: UInt64 = 0x16
    static let imported: UInt64 = 0x18
    static let compDir: UInt64 = 0x1b
    static let constValue: UInt64 = 0x1c
    static let producer: UInt64 = 0x25
    static let upperBound: UInt64 = 0x2f
    static let count: UInt64 = 0x37
    static let location: UInt64 = 0x38
    static let declaration: UInt64 = 0x3c
    static let encoding: UInt64 = 0x3e
    static let type: UInt64 = 0x49
    static let ranges: UInt64 = 0x55
    static let signature: UInt64 = 0x69
    static let dataBitOffset: UInt64 = 0x6b
    static let strOffsetsBase: UInt64 = 0x72
    static let addrBase: UInt64 = 0x73
    static let rnglistsBase: UInt64 = 0x74
    static let splitName: UInt64 = 0x76
    static let alignment: UInt64 = 0x88
}

typealias DIE = DWARFBuilder.DIE

/// Entries that many tests need.
enum Make {
    static func base(_ name: String, _ size: UInt8, encoding: UInt8 = 7) -> DIE {
        DIE(
            DW.baseType, label: name,
            [(DW.name, .string(name)), (DW.byteSize, .data1(size)), (DW.encoding, .data1(encoding))])
    }

    static func member(
        _ name: String?, at offset: UInt8, type: String, _ more: [(name: UInt64, value: DWARFBuilder.Value)] = []
    ) -> DIE {
        DIE(
            DW.member,
            (name.map { [(DW.name, .strp($0))] } ?? []) + [(DW.type, .ref4(type)), (DW.location, .data1(offset))] + more
        )
    }

    static func structure(
        _ name: String?, _ size: UInt8, tag: UInt64 = DW.structure, label: String? = nil, _ members: [DIE]
    ) -> DIE {
        DIE(
            tag, label: label ?? name, (name.map { [(DW.name, .strp($0))] } ?? []) + [(DW.byteSize, .data1(size))],
            children: members)
    }

    static func unit(language: UInt8 = 0x1d, _ children: [DIE]) -> DIE {
        DIE(
            DW.compileUnit,
            [
                (DW.producer, .strp("GNU C11 14.2.0 -mbackchain")), (DW.language, .data1(language)),
                (DW.name, .strp("a.c")), (DW.compDir, .strp("/src")),
            ], children: children)
    }
}
