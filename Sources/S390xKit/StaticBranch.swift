// SPDX-License-Identifier: Apache-2.0

/// What a static branch is in a kernel at rest, where it is off: a branch that never branches and yet names a place.
///
/// It is `brcl 0,target`. What the tracer and hot patches replace has a distance of zero.
///
/// Source: arch/s390/include/asm/jump_label.h, arch/s390/kernel/jump_label.c.
public enum StaticBranch {
    /// BRCL's.
    static let row = InstructionTable.standard.row(of: 0xc004_0000_0000_0000)

    /// Tells where each begins, in bytes from the start of the code, in the order of addresses.
    public static func forEach(in decoded: DecodedCode, _ body: (Int) -> Void) {
        let rows = decoded.rows.span
        let row = row
        for place in decoded.toldPlaces.lazy.map(Int.init) where rows[place] == row {
            guard let word = Instruction.word(decoded.code, at: place &* 2), word >> 48 == 0xc004, word << 16 != 0
            else {
                continue
            }
            body(place &* 2)
        }
    }
}
