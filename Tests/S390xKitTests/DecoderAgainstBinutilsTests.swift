// SPDX-License-Identifier: Apache-2.0
import ByteKit
import Host
import S390xKit
import Sandbox
import SystemPackage
import TestSupport
import Testing

@Suite(.integration) struct DecoderAgainstBinutilsTests {
    private static let aliases: [String: [String]] = [
        "vgbm": ["vone", "vzero"], "cu21": ["cuutf"], "cu12": ["cutfu"], "risbhg": ["lhhr", "lhlr"],
        "risblg": ["llhfr"], "vstebrg": ["stdrv"], "vstebrf": ["sterv"], "vllebrz": ["lerv", "ldrv"],
    ]

    /// One line per instruction: address, name, operands; `.` names what does not decode.
    private func disassemble(_ code: [UInt8]) async throws -> [Int: (name: String, operands: String)] {
        let sandbox = try await RealThings.sandbox()
        return try await withTemporaryFolder { folder in
            try AtomicFile.write(code, to: folder.appending("code"))
            let outcome = try await sandbox.command(
                Command("s390x-linux-gnu-objdump", ["-D", "-z", "-b", "binary", "-m", "s390:64-bit", "/mnt/a/code"]),
                mounts: [Mount(folder, at: "/mnt/a")]
            ).capture()
            #expect(outcome.succeeded, "\(outcome.error)")
            var lines: [Int: (name: String, operands: String)] = [:]
            for line in outcome.output.split(separator: "\n") {
                let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
                let place = fields[0].drop { $0 == " " }.dropLast()
                guard fields.count >= 3, let address = Int(place, radix: 16) else { continue }
                let name = fields[2].drop { $0 == " " }
                lines[address] = (String(name.prefix { $0 != " " }), fields.count > 3 ? String(fields[3]) : "")
            }
            return lines
        }
    }

    @Test func `objdump gives each row of the table its name and its length`() async throws {
        let table = InstructionTable.standard
        // Each instruction, then nops up to 16 bytes: what objdump does not know can't put it out of step.
        var code: [UInt8] = []
        for row in 1...UInt16(table.count) {
            let entry = try #require(table.entry(row))
            code += (0..<entry.length).map { UInt8(truncatingIfNeeded: entry.opcode >> (56 - 8 * UInt64($0))) }
            while code.count % 16 != 0 { code += [0x07, 0x00] }
        }
        let lines = try await disassemble(code)
        for row in 1...UInt16(table.count) {
            let entry = try #require(table.entry(row))
            let start = 16 * (Int(row) - 1)
            let name = try #require(lines[start]).name
            if entry.classes.contains(.unprinted) {
                #expect(name.hasPrefix(".") || name == entry.mnemonic)
                continue
            }
            let own = Instruction(word: entry.opcode, row: row).text(at: UInt64(start)).prefix { $0 != " " }
            #expect(
                name.hasPrefix(entry.mnemonic) || name == own
                    || Self.aliases[entry.mnemonic, default: []].contains(name),
                "\(entry.mnemonic) is \(name)")
            #expect(lines[start + entry.length]?.name == "nopr", "\(entry.mnemonic)")
        }
    }

    @Test func `what does not decode, objdump does not know either`() async throws {
        let table = InstructionTable.standard
        var random = SmallRandom(state: 17)
        var code: [UInt8] = []
        for _ in 0..<20_000 {
            let word = random.next() & ~0xffff
            let length = Instruction.length(firstByte: UInt8(word >> 56))
            code += (0..<length).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
            repeat { code += [0x07, 0x00] } while code.count % 16 != 0
        }
        let lines = try await disassemble(code)
        let bytes = Bytes(code)
        for start in stride(from: 0, to: code.count, by: 16) {
            let instruction = try #require(Instruction.decode(bytes, at: start))
            let isKnown = !(try #require(lines[start]).name.hasPrefix("."))
            if table.classes(instruction.row).contains(.unprinted) { continue }
            #expect(isKnown == (instruction.row != 0), "\(instruction.text(at: 0))")
        }
    }

    @Test func `the assembler refuses each instruction below its level and takes it from there on`() async throws {
        let table = InstructionTable.standard
        let sandbox = try await RealThings.sandbox()
        var code: [UInt8] = []
        let rows = try (1...UInt16(table.count)).filter { row in
            let entry = try #require(table.entry(row))
            // What has no name, and what objdump prints under another instruction's name.
            return !entry.classes.contains(.unprinted)
        }
        for row in rows {
            let entry = try #require(table.entry(row))
            code += (0..<entry.length).map { UInt8(truncatingIfNeeded: entry.opcode >> (56 - 8 * UInt64($0))) }
            while code.count % 16 != 0 { code += [0x07, 0x00] }
        }
        let lines = try await disassemble(code)
        let source = rows.indices.map { index -> String in
            guard let line = lines[16 * index] else { return "" }
            return line.name + " " + line.operands.replacing(/0x[0-9a-f]+/, with: ".")
        }.joined(separator: "\n")
        try await withTemporaryFolder { folder in
            try AtomicFile.write(source + "\n", to: folder.appending("source.s"))
            for level in ArchitectureLevel.allCases {
                let march = level == .z17 ? "arch15" : level.name
                let outcome = try await sandbox.command(
                    Command(
                        "s390x-linux-gnu-as",
                        ["-m64", "-mzarch", "-march=" + march, "-o", "/dev/null", "/mnt/a/source.s"]),
                    mounts: [Mount(folder, at: "/mnt/a")]
                ).capture()
                var refused: Set<Int> = []
                for line in outcome.error.split(separator: "\n") {
                    let fields = line.split(separator: ":")
                    if fields.count > 2, let number = Int(fields[1]) { refused.insert(number - 1) }
                }
                for (index, row) in rows.enumerated() {
                    let word = try #require(table.entry(row)).opcode
                    #expect(
                        refused.contains(index) == (table.level(row, of: word) > level),
                        "\(table.mnemonic(row)) at \(march)")
                }
            }
        }
    }
}
