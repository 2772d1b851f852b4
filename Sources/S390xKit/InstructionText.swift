// SPDX-License-Identifier: Apache-2.0

extension Instruction {
    private static let conditions = [
        "", "o", "h", "nle", "l", "nhe", "lh", "ne", "e", "nlh", "he", "nl", "le", "nh", "no", "",
    ]

    /// Assembly as binutils write it, with the plain name of the instruction: `brasl %r14,0x1234`.
    ///
    /// Branches on a condition get the name of their condition (`jhe 0x20`, `br %r14`); other names that stand for one
    /// value of an operand do not: `va %v1,%v2,%v3,2`.
    public func text(at address: UInt64) -> String {
        guard row != 0 else {
            let digits = String(word >> (64 - 8 * UInt64(length)), radix: 16)
            return ".insn 0x" + String(repeating: "0", count: max(0, 2 * length - digits.count)) + digits
        }
        let table = InstructionTable.standard
        var name = table.mnemonic(row)
        var operands = table.layout(row).operands[...]
        if let (stem, suffix, none) = Self.branchNames[name] {
            let mask = Int(field(8, 4))
            name = mask == 0 ? none : stem + Self.conditions[mask] + suffix
            operands = operands.dropFirst()
        }
        var result = ""
        var isOpen = false
        for operand in operands {
            let text: String
            let start = Int(operand.start)
            let number = field(start, Int(operand.width))
            switch operand.kind {
            case .general: text = "%r\(number)"
            case .float: text = "%f\(number)"
            case .access: text = "%a\(number)"
            case .control: text = "%c\(number)"
            case .vector:
                // Nibbles at 8, 12, 16 and 32 have their fifth bits at 36 to 39.
                let bit = start == 32 ? 39 : 36 + (start - 8) / 4
                text = "%v\(number | field(bit, 1) << 4)"
            case .unsigned: text = "\(number)"
            case .signed: text = "\(signedField(start, Int(operand.width)))"
            case .relative:
                let distance = UInt64(bitPattern: signedField(start, Int(operand.width)) &<< 1)
                text = "0x" + String(address &+ distance, radix: 16)
            case .displacement: text = "\(number)"
            case .longDisplacement: text = "\(longDisplacement)"
            case .index, .base:
                if number == 0 { continue }
                text = "%r\(number)"
            case .length: text = "\(number + 1)"
            }
            if operand.isInBrackets {
                result += (isOpen ? "," : "(") + (operand.kind == .vector || !text.isEmpty ? text : "")
                isOpen = true
            } else {
                result += (isOpen ? ")" : "") + (result.isEmpty ? "" : ",") + text
                isOpen = false
            }
        }
        if isOpen { result += ")" }
        return result.isEmpty ? name : name + " " + result
    }

    /// Stem and ending around the condition, and the name of the one that never branches.
    private static let branchNames: [String: (String, String, String)] = [
        "bcr": ("b", "r", "nopr"), "bc": ("b", "", "nop"), "brc": ("j", "", "jnop"), "brcl": ("jg", "", "jgnop"),
        "bic": ("bi", "", "bic"),
    ]
}
