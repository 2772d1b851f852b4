// SPDX-License-Identifier: Apache-2.0
import ByteKit
import S390xKit
import Testing

/// The instruction that some hexadecimal digits spell.
func instruction(_ digits: String) throws -> Instruction {
    try #require(Instruction.decode(code(digits), at: 0))
}

/// Machine code from hexadecimal digits; spaces are for people.
func code(_ digits: String) -> Bytes {
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in digits {
        guard let digit = character.hexDigitValue else { continue }
        if let known = high {
            bytes.append(known << 4 | UInt8(digit))
            high = nil
        } else {
            high = UInt8(digit)
        }
    }
    return Bytes(bytes)
}

@Suite struct InstructionTests {
    @Test(arguments: [
        ("c0e500000010", "brasl %r14,0x1020"), ("a7f4fffe", "j 0xffc"), ("07fe", "br %r14"), ("0707", "nopr %r7"),
        ("ebeff0880024", "stmg %r14,%r15,136(%r15)"), ("e3f0ffc0ff71", "lay %r15,-64(%r15)"),
        ("a7fbff60", "aghi %r15,-160"), ("af000000", "mc 0,0"), ("c004000000d0", "jgnop 0x11a0"),
        ("c01000000100", "larl %r1,0x1200"), ("d707f098f098", "xc 152(8,%r15),152(%r15)"),
        ("e548f0980000", "mvghi 152(%r15),0"), ("47f23000", "b 0(%r2,%r3)"), ("b9040012", "lgr %r1,%r2"),
        ("c60000000005", "exrl %r0,0x100a"), ("e7ff0000f8f3", "va %v31,%v15,%v0,15"),
        ("b2b20000", "lpswe 0"), ("0101", "pr"), ("e310f0a0ff04", "lg %r1,-3936(%r15)"),
        ("ec26fff06076", "crj %r2,%r6,6,0xfe0"),
    ])
    func `writes assembly as objdump does`(digits: String, text: String) throws {
        #expect(try instruction(digits).text(at: 0x1000) == text)
    }

    @Test func `tells the length from the first two bits`() {
        #expect([0x00, 0x3f, 0x40, 0xbf, 0xc0, 0xff].map { Instruction.length(firstByte: $0) } == [2, 2, 4, 4, 6, 6])
    }

    @Test func `gives operands with their signs`() throws {
        #expect(try instruction("e3e0ff98ff24").longDisplacement == -104)
        #expect(try instruction("5810f0a0").shortDisplacement == 160)
        #expect(try instruction("c0e5ffffffff").text(at: 0x1000) == "brasl %r14,0xffe")
    }

    @Test func `bytes that are no instruction have row zero`() throws {
        for digits in ["0000", "e300000000ff", "52000000"] {
            let undecoded = try instruction(digits)
            #expect(undecoded.row == 0)
            #expect(undecoded.text(at: 0) == ".insn 0x" + digits)
        }
    }

    @Test func `ends where the bytes end`() {
        for count in 0..<6 {
            let bytes = Bytes([UInt8]([0xc0, 0xe5, 0, 0, 0, 1].prefix(count)))
            #expect(Instruction.decode(bytes, at: 0) == nil)
        }
        #expect(Instruction.decode(code("07fe"), at: 2) == nil)
        #expect(Instruction.decode(code("07fe"), at: -1) == nil)
        #expect(Instruction.decode(code("07fe"), at: Int.max) == nil)
    }

    @Test func `an instruction at the end reads as one in the middle`() throws {
        let long = code("e7ff0000f8f3 0000 0000")
        let short = code("e7ff0000f8f3")
        #expect(Instruction.decode(long, at: 0) == Instruction.decode(short, at: 0))
    }

    @Test func `every row decodes to itself`() throws {
        let table = InstructionTable.standard
        for row in 1...UInt16(table.count) {
            let entry = try #require(table.entry(row))
            #expect(table.row(of: entry.opcode) == row, "\(entry.mnemonic)")
            #expect(entry.opcode & ~entry.opcodeMask == 0)
            #expect(entry.zeros & entry.opcodeMask == 0)
            #expect(!entry.mnemonic.isEmpty)
            let instruction = Instruction(word: entry.opcode, row: row)
            #expect(instruction.length == entry.length)
            #expect(!instruction.text(at: 0).isEmpty)
            for operand in entry.layout.operands {
                #expect(Int(operand.start) + Int(operand.width) <= 8 * entry.length)
            }
        }
        #expect(table.entry(0) == nil)
        #expect(table.entry(.max) == nil)
        #expect(table.classes(.max) == [])
    }

    @Test func `every two bytes decode or do not`() {
        for prefix in 0...UInt16.max {
            let bytes = Bytes([UInt8(prefix >> 8), UInt8(prefix & 255), 0x12, 0x34, 0x56, 0x78, 0x9a])
            let instruction = Instruction.decode(bytes, at: 0)
            #expect(instruction?.length == Instruction.length(firstByte: UInt8(prefix >> 8)))
        }
    }

    @Test(
        arguments: [
            ("b904", .z900, []), ("b90a", .z900, []), ("c0e5", .z900, [.relativeBranch, .call]),
            ("ec000000007c", .z10, [.relativeBranch]), ("ecff0000005d", .z196, []), ("b9800000", .z900, []),
            ("e70000000006", .z13, [.vectorRegister]), ("e700000020e3", .z14, [.vectorRegister, .vectorFloat]),
            ("e700000030e3", .z13, [.vectorRegister, .vectorFloat]),
            ("b3140000", .z900, [.binaryFloat, .floatRegister]), ("2800", .z900, [.floatRegister]),
            ("2a00", .z900, [.hexadecimalFloat, .floatRegister]), ("b3d20000", .z9EC, [.decimalFloat, .floatRegister]),
            ("b3840000", .z900, [.floatControl]), ("b3c10000", .z9EC, [.floatRegister]),
            ("af000000", .z900, [.monitorCall]),
            ("e3f0ffc0ff71", .z990, []), ("0a00", .z900, [.supervisorCall]), ("07fe", .z900, [.registerBranch]),
            ("c60000000000", .z10, [.execute]), ("b9e10000", .z196, []), ("b9e18000", .z15, []),
        ] as [(String, ArchitectureLevel, InstructionClass)])
    func `tells level and classes`(digits: String, level: ArchitectureLevel, classes: InstructionClass) throws {
        let padded = digits + String(repeating: "0", count: max(0, 12 - digits.count))
        let decoded = try instruction(padded)
        let table = InstructionTable.standard
        #expect(table.classes(decoded.row) == classes)
        #expect(table.level(decoded.row, of: decoded.word) == level)
    }

    @Test func `levels have the names of compilers`() {
        for level in ArchitectureLevel.allCases {
            #expect(ArchitectureLevel(name: level.name) == level)
            #expect(ArchitectureLevel(name: level.name.uppercased()) == level)
        }
        #expect(ArchitectureLevel(name: "arch15") == .z17)
        #expect(ArchitectureLevel(name: "power9") == nil)
        #expect(ArchitectureLevel.z9 < .z10 && ArchitectureLevel.z196 < .zEC12)
    }
}

@Suite struct InstructionSweepTests {
    private func told(_ sweep: InstructionSweep, _ bytes: Bytes) -> [String] {
        var told: [String] = []
        sweep.forEach(in: DecodedCode(bytes)) { told.append("\($0.offset) \($0.reason)") }
        return told
    }

    @Test func `tells what is too new and what is of a class`() {
        // lgr, vl, adbr, br, and a va whose elements are no newer than itself.
        let bytes = code("b9040012 e700000000 06 b31a0012 07fe e700000030f3")
        #expect(told(InstructionSweep(newest: .z13), bytes) == [])
        #expect(told(InstructionSweep(newest: .zEC12), bytes) == ["4 tooNew", "16 tooNew"])
        #expect(told(InstructionSweep(newest: nil, classes: .binaryFloat), bytes) == ["10 ofClass"])
        #expect(
            told(InstructionSweep(newest: .zEC12, classes: .floatingPoint), bytes)
                == ["4 ofClass", "4 tooNew", "10 ofClass", "16 ofClass", "16 tooNew"])
    }

    @Test func `an operand may be newer than its instruction`() {
        // popcnt, and popcnt of the whole register, which came with z15.
        let bytes = code("b9e10012 b9e18012")
        #expect(told(InstructionSweep(newest: .z196), bytes) == ["4 tooNew"])
        #expect(told(InstructionSweep(newest: .z15), bytes) == [])
    }

    @Test func `tells what does not decode and what is cut off`() {
        #expect(told(InstructionSweep(newest: nil), code("0000 07fe c0e5")) == ["0 undecoded", "4 truncated"])
        #expect(told(InstructionSweep(newest: nil), .empty) == [] && DecodedCode(.empty).count == 0)
    }

    @Test func `survives random bytes`() {
        var random = SmallRandom(state: 390)
        let sweep = InstructionSweep(newest: .z10, classes: .floatingPoint)
        for size in 0..<600 {
            let bytes = Bytes((0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) })
            var reader = FrameReader()
            sweep.forEach(in: DecodedCode(bytes)) { _ = $0.instruction.text(at: UInt64.max - 3) }
            _ = reader.read(DecodedCode(bytes), address: UInt64.max - 100)
            IndirectBranch.forEach(in: DecodedCode(bytes), address: UInt64.max - 100) { _ in }
            for offset in -7..<size { _ = ExpolineThunk(bytes, at: offset, address: 0) }
        }
    }
}

/// The same numbers in every run.
struct SmallRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}
