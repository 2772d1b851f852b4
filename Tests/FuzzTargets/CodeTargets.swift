// SPDX-License-Identifier: Apache-2.0
internal import Audit
internal import ByteKit
internal import S390xKit

extension FuzzTarget {
    func readCode(_ bytes: Bytes) {
        let table = InstructionTable.standard
        // The bytes as the kernel's addresses have them, and where addresses overflow.
        for address: UInt64 in [0x10_0000, .max - 15] {
            InstructionSweep(newest: .z13, classes: .floatingPoint).forEach(in: DecodedCode(bytes)) { occurrence in
                let place = address &+ UInt64(occurrence.offset)
                _ = occurrence.instruction.text(at: place)
            }
            var offset = 0
            while let instruction = Instruction.decode(bytes, at: offset) {
                let place = address &+ UInt64(offset)
                _ = instruction.text(at: place)
                _ = table.level(instruction.row, of: instruction.word)
                offset += instruction.length
            }
            var thunks = ExpolineThunks()
            for offset in stride(from: 0, to: min(bytes.count, 256), by: 2) {
                if let thunk = ExpolineThunk(bytes, at: offset, address: address &+ UInt64(offset)) {
                    thunks.insert(thunk)
                }
            }
            IndirectBranch.forEach(in: DecodedCode(bytes), address: address, thunks: thunks) {
                _ = $0.instruction.text(at: address)
            }
            var reader = FrameReader(thunks: thunks)
            let fixups = (0..<min(bytes.count, 8)).map { FaultFixup(instruction: $0 * 2, target: bytes.count - $0) }
            _ = reader.read(DecodedCode(bytes), address: address, fixups: fixups)
            for exit in reader.exits.prefix(4) {
                _ = reader.read(DecodedCode(bytes), address: address, entry: exit.state)
            }
        }
    }

    func audit(_ bytes: Bytes) {
        var options = AuditOptions()
        options.release = "7.3.4"
        options.exports = [:]
        options.configuration = ["MODULE_SIG_FORCE": "y", "RUSTC_VERSION_TEXT": "rustc 1.96.1"]
        let audit = Audit(options: options, jobs: 1)
        _ = audit.report(on: bytes, name: "input", decompressionLimit: Self.decompressionLimit)
    }
}
