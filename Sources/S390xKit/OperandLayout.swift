// SPDX-License-Identifier: Apache-2.0

/// The operands of an instruction in the order of assembly: what they are and in which bits they lie.
public struct OperandLayout: Sendable {
    /// What an operand is.
    public enum Kind: UInt8, Sendable {
        /// A general register: `%r`.
        case general
        /// A floating-point register: `%f`.
        case float
        /// A vector register: `%v`. Its fifth bit is in the RXB field, bits 36 to 39.
        case vector
        /// An access register: `%a`.
        case access
        /// `%c`
        case control
        /// An unsigned number, or a mask.
        case unsigned
        /// A signed number.
        case signed
        /// A signed number of halfwords from the instruction on.
        case relative
        /// A displacement of 12 bits; what follows in brackets belongs to it.
        case displacement
        /// A displacement of 20 signed bits: DL, then DH.
        case longDisplacement
        /// In brackets: an index register; zero is none.
        case index
        /// In brackets: a base register; zero is none.
        case base
        /// In brackets: a length less one.
        case length
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
        var kind: Kind?
        var start: UInt8 = 0
        var width: UInt8?
        func finish() {
            guard let kind else { return }
            let usual: UInt8 = kind == .displacement ? 12 : kind == .longDisplacement ? 20 : 4
            operands.append(Operand(kind: kind, start: start, width: width ?? usual, isInBrackets: isInBrackets))
        }
        for character in text.utf8 {
            switch character {
            case UInt8(ascii: ","), UInt8(ascii: "("), UInt8(ascii: ")"):
                finish()
                kind = nil
                if character == UInt8(ascii: "(") { isInBrackets = true }
                if character == UInt8(ascii: ")") { isInBrackets = false }
            case UInt8(ascii: "."): width = 0
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let digit = character - UInt8(ascii: "0")
                if let known = width { width = known &* 10 &+ digit } else { start = start &* 10 &+ digit }
            default:
                kind =
                    switch character {
                    case UInt8(ascii: "r"): .general
                    case UInt8(ascii: "f"): .float
                    case UInt8(ascii: "v"): .vector
                    case UInt8(ascii: "a"): .access
                    case UInt8(ascii: "c"): .control
                    case UInt8(ascii: "u"): .unsigned
                    case UInt8(ascii: "s"): .signed
                    case UInt8(ascii: "p"): .relative
                    case UInt8(ascii: "d"): .displacement
                    case UInt8(ascii: "e"): .longDisplacement
                    case UInt8(ascii: "x"): .index
                    case UInt8(ascii: "b"): .base
                    default: .length
                    }
                start = 0
                width = nil
            }
        }
        finish()
        self.operands = operands
    }
}
