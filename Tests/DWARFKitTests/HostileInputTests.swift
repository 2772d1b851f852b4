// SPDX-License-Identifier: Apache-2.0
import ByteKit
import DWARFKit
import DecoderSupport
import TestSupport
import Testing

/// Bytes that nobody's compiler wrote: nothing may trap, hang or take memory without end.
struct HostileInputTests {
    /// Reads all that can be read.
    private func readEverything(_ sections: DWARFSections) {
        let file = DWARFFile(sections)
        for unit in file.units.prefix(50) {
            guard let summary = try? file.summary(of: unit) else { continue }
            _ = file.sourceLines(of: summary.ranges.prefix(4).map { ($0.lowerBound, unit) })
        }
        guard let scan = try? TypeScan(file, .init(workers: 1, includesFunctions: true)) else { return }
        let reader = TypeReader(file)
        for record in scan.records.prefix(100) {
            guard let layout = try? reader.layout(of: record) else { continue }
            _ = try? reader.naturalAlignment(of: layout, .s390x)
            for member in layout.members.prefix(100) {
                _ = try? reader.describe(member.type)
                _ = try? reader.byteSize(of: member.type)
            }
        }
    }

    @Test(.integration, arguments: ["gcc-s390x-4", "clang-x86_64-5", "rustc-s390x-5"])
    func everyPrefixOfTheEntriesIsRead(
        _ name: String
    ) throws {
        var sections = try Fixture(name).dwarf
        let info = sections.info
        for count in 0..<info.count {
            sections.info = try info.slice(0, count: count)
            readEverything(sections)
        }
        sections.info = info
        let abbrev = sections.abbrev
        for count in 0..<abbrev.count {
            sections.abbrev = try abbrev.slice(0, count: count)
            readEverything(sections)
        }
    }

    /// A small generator with a fixed seed.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) ^ (state << 31)
        }
    }

    @Test(.integration, arguments: Fixture.all) func changedBytesAreRead(_ name: String) throws {
        let sections = try Fixture(name).dwarf
        var generator = Generator(state: 20_261_122)
        let parts: [WritableKeyPath<DWARFSections, Bytes>] = [
            \.info, \.info, \.info, \.abbrev, \.abbrev, \.types, \.strOffsets, \.addr, \.rnglists, \.ranges, \.line,
        ]
        let arrays = parts.map { sections[keyPath: $0].array }
        for _ in 0..<1430 {
            let part = Int.random(in: 0..<parts.count, using: &generator)
            var bytes = arrays[part]
            guard !bytes.isEmpty else { continue }
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            var changed = sections
            changed[keyPath: parts[part]] = Bytes(bytes)
            readEverything(changed)
        }
    }

    /// A unit of one structure whose abbreviation has children, over and over: each inside of the one before.
    @Test(.integration) func aTreeTenMillionDeepEndsInAnError() throws {
        let depth = 10_000_000
        for tag: UInt8 in [0x13, 0x0b, 0x39, 0x2e, 0x15] {
            // Unit, and a nested entry without attributes.
            let abbrev: [UInt8] = [1, 0x11, 1, 0, 0, 2, tag, 1, 0, 0, 0]
            var writer = ByteWriter(.big)
            writer.integer(UInt64(depth + 9), size: 4)
            writer.bytes += [0, 5, 1, 8, 0, 0, 0, 0, 1]
            writer.bytes += Array(repeating: 2, count: depth)
            let file = DWARFFile(
                DWARFSections(info: Bytes(writer.bytes), abbrev: Bytes(abbrev), order: .big))
            #expect(file.units.count == 1)
            let scan = try TypeScan(file, .init(includesFunctions: true))
            #expect(scan.records.isEmpty)
            // Entries that are only gone over take no memory for their depth.
            #expect(scan.defects.map(\.code) == (tag == 0x15 ? [] : [.tooLarge]))
            _ = try? TypeReader(file).layout(at: DIEOffset(.info, 13))
        }
    }

    @Test func numbersWithoutEndAreErrors() throws {
        let long = Array(repeating: UInt8(0xff), count: 1000)
        for (info, abbrev): ([UInt8], [UInt8]) in [
            (long, [1, 0x11, 0, 0, 0, 0]), ([1] + long, [1, 0x11, 0, 3, 0x0f, 0, 0, 0]), ([1], long), ([1], [1] + long),
            ([1], [1, 0x11, 0, 3, 0x21] + long), ([1] + long, [1, 0x11, 0, 3, 0x18, 0, 0, 0]),
        ] {
            var writer = ByteWriter(.little)
            writer.integer(UInt64(info.count + 8), size: 4)
            writer.bytes += [5, 0, 1, 8, 0, 0, 0, 0] + info
            let scan = try TypeScan(
                DWARFFile(DWARFSections(info: Bytes(writer.bytes), abbrev: Bytes(abbrev), order: .little)))
            #expect(scan.defects.count == 1)
        }
    }

    @Test func attributesWithoutBytesDoNotMultiplyTheWork() throws {
        // A hundred thousand flags that take no bytes and a number of any length, in as many entries.
        let count = 100_000
        let flags = Array(repeatElement([UInt8(0x3f), 0x19], count: count).joined())
        let abbrev = [1, 0x11, 1, 0, 0, 2, 0x34, 0] + flags + [0x1c, 0x0f, 0, 0, 0]
        var writer = ByteWriter(.big)
        writer.integer(UInt64(2 * count + 10), size: 4)
        writer.bytes += [0, 5, 1, 8, 0, 0, 0, 0, 1] + Array(repeatElement([UInt8(2), 0], count: count).joined()) + [0]
        let scan = try TypeScan(DWARFFile(DWARFSections(info: Bytes(writer.bytes), abbrev: Bytes(abbrev), order: .big)))
        #expect(scan.defects.isEmpty && scan.records.isEmpty)
    }

    @Test func anEntryOfSixtyFourKilobytesIsRead() throws {
        let numbers = Array(repeatElement([UInt8(0x1c), 0x1e], count: 4096).joined())
        let abbrev = [1, 0x11, 0, 0, 0, 2, 0x13, 0, 0x3c, 0x19] + numbers + [0, 0, 0]
        var writer = ByteWriter(.big)
        writer.integer(9, size: 4)
        writer.bytes += [0, 5, 1, 8, 0, 0, 0, 0, 1]
        let scan = try TypeScan(DWARFFile(DWARFSections(info: Bytes(writer.bytes), abbrev: Bytes(abbrev), order: .big)))
        #expect(scan.defects.isEmpty)
    }

    @Test func lengthsBeyondTheFileAreErrors() throws {
        for header: [UInt8] in [
            [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0xf0],
            [0x7f, 0xff, 0xff, 0xff, 0, 5], [0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1, 0],
        ] {
            let file = DWARFFile(DWARFSections(info: Bytes(header), order: .big))
            #expect(file.units.isEmpty)
            #expect(!file.defects.isEmpty)
        }
    }

    @Test func anonymousRecordsThatShareAndNestDoNotMultiplyTheWork() throws {
        // Forty records, each twice in the one before: two to the fortieth paths.
        var builder = DWARFBuilder()
        let records = (0..<40).map { index in
            Make.structure(
                index == 0 ? "outer" : nil, 8, label: "r\(index)",
                index == 39
                    ? []
                    : [Make.member(nil, at: 0, type: "r\(index + 1)"), Make.member(nil, at: 4, type: "r\(index + 1)")])
        }
        for records in [records, records.reversed()] {
            builder.unit(Make.unit(records))
        }
        let types = try Types(builder.dwarf())
        #expect(types.scan.records.count >= 1)
        let layout = try types.layout("outer")
        _ = try? types.reader.naturalAlignment(of: layout, .s390x)
    }

    @Test func tablesInsideOfOneLargeTableAreNotCompiledWithoutEnd() throws {
        // 4,000 units, each beginning one abbreviation further in 200 kilobytes of them.
        let abbreviation: [UInt8] = [1, 0x11, 0, 0, 0]
        let abbrev = Array(repeatElement(abbreviation, count: 40_000).joined()) + [0]
        var writer = ByteWriter(.big)
        for index in 0..<4_000 {
            writer.integer(9, size: 4)
            writer.bytes += [0, 5, 1, 8]
            writer.integer(UInt64(index * 5), size: 4)
            writer.bytes += [1]
        }
        let file = DWARFFile(DWARFSections(info: Bytes(writer.bytes), abbrev: Bytes(abbrev), order: .big))
        #expect(file.units.count == 4_000)
        let scan = try TypeScan(file)
        #expect(scan.defects.contains { $0.code == .tooLarge })
    }
}
