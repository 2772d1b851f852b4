// SPDX-License-Identifier: Apache-2.0

/// The operands of an instruction in the order of assembly: what they are and in which bits they lie.
public struct OperandLayout: Sendable {
    /// What an operand is.
    public enum Kind: Character, Sendable {
        /// A general register: `%r`.
        case general = "r"
        /// A floating-point register: `%f`.
        case float = "f"
        /// A vector register: `%v`. Its fifth bit is in the RXB field, bits 36 to 39.
        case vector = "v"
        /// An access register: `%a`.
        case access = "a"
        /// `%c`
        case control = "c"
        /// An unsigned number, or a mask.
        case unsigned = "u"
        /// A signed number.
        case signed = "s"
        /// A signed number of halfwords from the instruction on.
        case relative = "p"
        /// A displacement of 12 bits; what follows in brackets belongs to it.
        case displacement = "d"
        /// A displacement of 20 signed bits: DL, then DH.
        case longDisplacement = "e"
        /// In brackets: an index register; zero is none.
        case index = "x"
        /// In brackets: a base register; zero is none.
        case base = "b"
        /// In brackets: a length less one.
        case length = "l"
    }

    /// One operand, or one part of an operand in storage.
    public struct Operand: Sendable {
        /// What it is.
        public let kind: Kind
        /// First bit, from the left.
        public let start: UInt8
        /// Width in bits.
        public let width: UInt8
        /// Whether it stands in the brackets of the displacement before it.
        public let isInBrackets: Bool
    }

    /// The operands, and the parts of those in storage, from left to right.
    public let operands: [Operand]

    /// Reads `r8,e20(x12,b16)`: a letter, the first bit and, after a point, the width where it is not the usual one.
    init(_ text: String) {
        var operands: [Operand] = []
        var isInBrackets = false
        var rest = text[...]
        while let letter = rest.popFirst() {
            guard let kind = Kind(rawValue: letter) else {
                // Between operands; `)` ends the brackets that `(` begins.
                isInBrackets = letter == "(" || letter == "," && isInBrackets
                continue
            }
            let numbers = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(numbers.count)
            let parts = numbers.split(separator: ".").compactMap { UInt8($0) }
            let usual: UInt8 = kind == .displacement ? 12 : kind == .longDisplacement ? 20 : 4
            operands.append(
                Operand(
                    kind: kind, start: parts[0], width: parts.dropFirst().first ?? usual, isInBrackets: isInBrackets))
        }
        self.operands = operands
    }
}
