// SPDX-License-Identifier: Apache-2.0

/// One pass over machine code that stops at what a rule asks about.
///
/// A verdict per row of the table is worked out once, so that an instruction costs one look-up.
public struct InstructionSweep: Sendable {
    /// Why an instruction is told.
    @frozen public enum Reason: UInt8, Hashable, Sendable {
        /// The bytes are no instruction.
        case undecoded
        /// It is of one of the classes that were asked for.
        case ofClass
        /// It came with a later generation than the one that was asked for.
        case tooNew
        /// The code ends within it.
        case truncated
    }

    /// One instruction that is told.
    @frozen public struct Occurrence: Hashable, Sendable {
        /// Bytes from the start of the code.
        public let offset: Int
        /// What stands there; all zero where the code ends within it.
        public let instruction: Instruction
        /// Why it is told.
        public let reason: Reason
    }

    /// Generation above which an instruction is too new; nil asks nothing.
    public let newest: ArchitectureLevel?
    /// Classes to tell.
    public let classes: InstructionClass
    /// By row: whether to look closer.
    let isTold: [Bool]

    /// A sweep that tells what was asked for.
    ///
    /// - Parameters:
    ///   - newest: Generation above which an instruction is too new; nil asks nothing.
    ///   - classes: Classes to tell.
    public init(newest: ArchitectureLevel?, classes: InstructionClass = []) {
        self.newest = newest
        self.classes = classes
        let table = InstructionTable.standard
        // The last is no row at all.
        isTold =
            (0...table.count).map { index in
                let row = UInt16(index)
                if row == 0 || !table.classes(row).isDisjoint(with: classes) { return true }
                return newest.map { table.latestLevel(row) > $0 } ?? false
            } + [false]
    }

    /// Tells each instruction that was asked for, in the order of addresses; an instruction may be told for its class
    /// and for its generation.
    public func forEach(in decoded: DecodedCode, _ body: (Occurrence) -> Void) {
        let isTold = isTold
        let rows = decoded.rows
        func look(_ place: Int) {
            guard isTold[Int(rows[place])], let word = Instruction.word(decoded.code, at: place &* 2) else { return }
            tell(Instruction(word: word, row: rows[place]), place &* 2, body)
        }
        if let known = decoded.sweep, newest == known.newest, classes == known.classes {
            for place in decoded.toldPlaces { look(Int(place)) }
        } else {
            rows.indices.forEach(look)
        }
        if decoded.isTruncated, let start = rows.lastIndex(where: { $0 != decoded.nothing }) {
            body(
                Occurrence(offset: start &* 2, instruction: Instruction(word: 0, row: 0), reason: .truncated))
        }
    }

    @inline(never) private func tell(_ instruction: Instruction, _ offset: Int, _ body: (Occurrence) -> Void) {
        if instruction.row == 0 {
            body(Occurrence(offset: offset, instruction: instruction, reason: .undecoded))
            return
        }
        let table = InstructionTable.standard
        if !table.classes(instruction.row).isDisjoint(with: classes) {
            body(Occurrence(offset: offset, instruction: instruction, reason: .ofClass))
        }
        if let newest, table.level(instruction.row, of: instruction.word) > newest {
            body(Occurrence(offset: offset, instruction: instruction, reason: .tooNew))
        }
    }
}
