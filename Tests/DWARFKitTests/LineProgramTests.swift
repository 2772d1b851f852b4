// SPDX-License-Identifier: Apache-2.0
import ByteKit
import DWARFKit
import DecoderSupport
import Testing

/// Line number programs, written opcode by opcode.
struct LineProgramTests {
    /// A table with one unit that has it.
    private struct Table {
        var version: UInt16 = 5
        var order = ByteOrder.big
        var is64Bit = false
        var minimumInstructionLength: UInt8 = 2
        var maximumOperations: UInt8 = 1
        var lineBase: Int8 = -5
        var lineRange: UInt8 = 14
        var opcodeBase: UInt8 = 13
        /// Bytes that the header has behind its lists.
        var padding = 0
        var program: [UInt8] = []

        var line: [UInt8] {
            var header = ByteWriter(order)
            header.integer(UInt64(minimumInstructionLength), size: 1)
            if version >= 4 { header.integer(UInt64(maximumOperations), size: 1) }
            header.append([1, UInt8(bitPattern: lineBase), lineRange, opcodeBase])
            header.append(Array([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 2, 0].prefix(max(Int(opcodeBase) - 1, 0))))
            if version >= 5 {
                // Folders, then files: a name in place, and for files a folder.
                header.append([1, 1, 0x08, 2])
                header.cString("/src")
                header.cString("include")
                header.append([2, 1, 0x08, 2, 0x0b, 3])
                header.cString("a.c")
                header.append([0])
                header.cString("b.h")
                header.append([1])
                header.cString("/src/generated/c.h")
                header.append([0])
            } else {
                header.cString("include")
                header.append([0])
                header.cString("a.c")
                header.append([0, 0, 0])
                header.cString("b.h")
                header.append([1, 0, 0])
                header.cString("/src/generated/c.h")
                header.append([0, 0, 0, 0])
            }
            header.append([UInt8](repeating: 0, count: padding))
            var body = ByteWriter(order)
            body.integer(UInt64(version), size: 2)
            if version >= 5 { body.append([8, 0]) }
            body.integer(UInt64(header.count), size: is64Bit ? 8 : 4)
            body.append(header.bytes + program)
            var whole = ByteWriter(order)
            if is64Bit { whole.integer(0xffff_ffff, size: 4) }
            whole.integer(UInt64(body.count), size: is64Bit ? 8 : 4)
            whole.append(body.bytes)
            return whole.bytes
        }

        func file(line: [UInt8]? = nil) -> DWARFFile {
            var builder = DWARFBuilder(order: order, version: version)
            builder.unit(
                DIE(
                    DW.compileUnit,
                    [(DW.compDir, .strp("/src")), (0x10, version >= 4 ? .secOffset(0) : .data4(0))]))
            return DWARFFile(builder.dwarf(line: line ?? self.line))
        }

        func rows() throws -> [LineRow] {
            let file = file()
            let table = try #require(try file.lineTable(of: file.units[0]))
            var program = try LineProgram(table)
            var rows: [LineRow] = []
            while let row = try program.next() { rows.append(row) }
            return rows
        }

        /// The special opcode of some operations and lines.
        func special(_ operations: Int, _ lines: Int) -> UInt8 {
            UInt8(lines - Int(lineBase) + Int(lineRange) * operations + Int(opcodeBase))
        }

        func setAddress(_ address: UInt64) -> [UInt8] {
            var writer = ByteWriter(order)
            writer.append([0, 9, 2])
            writer.integer(address, size: 8)
            return writer.bytes
        }

        static let end: [UInt8] = [0, 1, 1]
    }

    private func brief(_ rows: [LineRow]) -> [String] {
        rows.map { row in
            "\(String(row.address, radix: 16)).\(row.operation) \(row.file):\(row.line):\(row.column)"
                + (row.isStatement ? "" : " no statement") + (row.isEndOfSequence ? " end" : "")
        }
    }

    @Test(arguments: [2, 3, 4, 5] as [UInt16], [ByteOrder.big, .little])
    func everyOpcodeChangesWhatItShould(_ version: UInt16, _ order: ByteOrder) throws {
        var table = Table(version: version, order: order)
        table.program =
            table.setAddress(0x1000) + [1] + [2, 3, 3, 0x7f, 1] + [3, 0x80, 0x01, 4, 2, 5, 7, 1] + [6, 7, 10, 11]
            + [table.special(1, 3)] + [8, 1] + (order == .big ? [9, 0x01, 0x00] : [9, 0x00, 0x01]) + [
                12, 0x85, 0x01, 1,
            ]
            + [0, 2, 4, 9] + [0, 3, 0x80, 1, 2] + [2, 1] + Table.end + [1] + Table.end
        #expect(
            brief(try table.rows()) == [
                "1000.0 1:1:0", "1006.0 1:0:0", "1006.0 2:128:7", "1008.0 2:131:7 no statement",
                "102a.0 2:131:7 no statement", "112a.0 2:131:7 no statement", "112c.0 2:131:7 no statement end",
                "0.0 1:1:0", "0.0 1:1:0 end",
            ])
    }

    @Test func instructionsOfSeveralOperationsAreCounted() throws {
        var table = Table(minimumInstructionLength: 16, maximumOperations: 3)
        table.program =
            table.setAddress(0x100) + [table.special(2, 0), table.special(2, 1), 8, 1, 2, 4, 1, 9, 0, 8, 1] + Table.end
        #expect(
            brief(try table.rows()) == [
                "100.2 1:1:0", "110.1 1:2:0", "170.0 1:2:0", "180.1 1:2:0", "188.0 1:2:0", "188.0 1:2:0 end",
            ])
    }

    @Test func unknownStandardOpcodesAreGoneOverByTheirOperands() throws {
        var table = Table(opcodeBase: 15)
        table.program = [13, 0x80, 0x01, 5, 14, 1] + Table.end
        #expect(brief(try table.rows()) == ["0.0 1:1:0", "0.0 1:1:0 end"])
        // A small base makes special ones of the opcodes from there on.
        table.opcodeBase = 4
        table.program = [9] + Table.end
        #expect(brief(try table.rows()) == ["0.0 1:1:0", "0.0 1:1:0 end"])
    }

    @Test func theProgramBeginsWhereTheHeaderEnds() throws {
        var table = Table(is64Bit: true, padding: 5)
        table.program = [1] + Table.end
        #expect(brief(try table.rows()) == ["0.0 1:1:0", "0.0 1:1:0 end"])
    }

    @Test(arguments: [4, 5] as [UInt16]) func anAddressHasTheLineOfTheLastRowBeforeIt(_ version: UInt16) throws {
        var table = Table(version: version)
        table.program =
            table.setAddress(0x1000) + [1, 4, version == 4 ? 2 : 1] + [table.special(0, 4)] + [table.special(4, 2)]
            + [3, 0x79, 4, version == 4 ? 3 : 2, 2, 4, 1, 2, 4] + Table.end + table.setAddress(0x2000)
            + [4, version == 4 ? 1 : 0, 1, 2, 1] + Table.end
        let file = table.file()
        let lines = file.sourceLines(
            of: [0x2001, 0xfff, 0x1000, 0x1007, 0x1008, 0x100f, 0x1010, 0x1018, 0x2002].map { ($0, file.units[0]) })
        #expect(
            lines.mapValues { "\($0.file):\($0.line)" } == [
                0x1000: "include/b.h:5", 0x1007: "include/b.h:5", 0x1008: "include/b.h:7", 0x100f: "include/b.h:7",
                0x2001: "a.c:1",
            ])
    }

    @Test func pathsBelowTheCompilationDirectoryAreRelative() throws {
        let file = Table().file()
        let table = try #require(try file.lineTable(of: file.units[0]))
        #expect(try (0..<4).map { try table.relativePath($0) } == ["a.c", "include/b.h", "generated/c.h", nil])
        #expect(try table.path(2) == "/src/generated/c.h")
    }

    @Test func aFileThatTheProgramDefinesIsFound() throws {
        var table = Table(version: 3)
        table.program =
            [0, 8, 3] + Array("d.h".utf8) + [0, 1, 0, 0] + [0, 9, 2, 0, 0, 0, 0, 0, 0, 0x10, 0, 4, 4, 1, 2, 1]
            + Table.end
        let file = table.file()
        #expect(file.sourceLines(of: [(0x1000, file.units[0])])[0x1000]?.file == "include/d.h")
    }

    @Test func brokenProgramsSayWhere() throws {
        func error(_ program: [UInt8], _ change: (inout Table) -> Void = { _ in }) throws -> FormatError? {
            var table = Table()
            change(&table)
            let start = table.line.count
            table.program = program
            do {
                _ = try table.rows()
                return nil
            } catch let error as FormatError {
                #expect(error.section == ".debug_line")
                #expect(error.offset >= UInt64(start))
                return error
            }
        }
        #expect(try error([1])?.code == nil)
        #expect(try error([0, 0, 1])?.code == .invalid)
        #expect(try error([0, 9, 2])?.code == .invalid)
        #expect(try error([0, 4, 2, 1, 2, 3])?.code == .invalid)
        #expect(try error([2, 0x80])?.code == .truncated)
        #expect(try error([9, 1])?.code == .truncated)
        #expect(try error([8]) { $0.lineRange = 0 }?.code == .invalid)
        #expect(try error([200]) { $0.lineRange = 0 }?.code == .invalid)
        var bytes = Table(program: Table.end).line
        bytes[10] = 0xff
        let file = Table().file(line: bytes)
        let table = try #require(try file.lineTable(of: file.units[0]))
        #expect(throws: FormatError.self) { try LineProgram(table) }
    }

    @Test func rowsBeforeADefectCount() throws {
        var table = Table()
        table.program = table.setAddress(0x1000) + [1, 2, 8, 1, 0, 0]
        let file = table.file()
        #expect(file.sourceLines(of: [(0x1004, file.units[0])])[0x1004]?.line == 1)
    }

    /// Where the line changes, by `llvm-dwarfdump --debug-line`; addresses count from 0x1000000.
    @Test(
        arguments: [
            ("gcc-s390x-5", "layouts.c", [(0xe8, 90), (0xf4, 94), (0x100, 95), (0x112, 97)], 0x120),
            (
                "clang-s390x-4", "layouts.c",
                [(0xf0, 90), (0xfa, 94), (0x100, 95), (0x110, 94), (0x116, 95), (0x118, 96)],
                0x126
            ),
            ("rustc-s390x-5", "layouts.rs", [(0xb0, 54), (0xcc, 59), (0xd2, 60)], 0xd8),
        ] as [(String, String, [(UInt64, UInt32)], UInt64)])
    func compilersProgramsGiveTheirLines(_ name: String, _ source: String, _ starts: [(UInt64, UInt32)], _ end: UInt64)
        throws
    {
        let file = DWARFFile(try Fixture(name).dwarf)
        let unit = try #require(file.units.first { $0.kind == .compile })
        let lines = file.sourceLines(of: ((starts[0].0 - 2)..<(end + 2)).map { (0x100_0000 + $0, unit) })
        #expect(lines.count == Int(end - starts[0].0))
        for (address, line) in lines {
            let expected = starts.last { 0x100_0000 + $0.0 <= address }?.1
            #expect(line.line == expected && line.file == source, "\(String(address, radix: 16)): \(line)")
        }
    }
}
