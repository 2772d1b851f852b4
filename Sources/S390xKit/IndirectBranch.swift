// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// A branch whose target only the running machine knows, and whether an expoline stands between it and the branch
/// predictor.
///
/// Source: arch/s390/include/asm/nospec-insn.h, arch/s390/kernel/nospec-branch.c; GCC's `-mindirect-branch=` and
/// `-mfunction-return=`.
@frozen public struct IndirectBranch: Hashable, Sendable {
    /// What a branch is for.
    @frozen public enum Kind: UInt8, Hashable, Sendable {
        /// Leaves a return address.
        case call
        /// Leaves none: a tail call, or a jump table's.
        case jump
        /// A jump to the return address, in %r14 or in the register that it was loaded back into.
        case `return`
    }

    /// What stands between a branch and the branch predictor.
    @frozen public enum Protection: UInt8, Hashable, Sendable {
        /// The machine predicts this branch.
        case none
        /// Goes through a thunk `__s390_indirect_jump_rN`.
        case thunk
        /// EX or EXRL executes the branch, right here.
        case executed
        /// The branch that a thunk executes: harmless where only the thunk reaches it.
        case target
    }

    /// Bytes from the start of the code.
    public let offset: Int
    /// The branch; where an expoline protects it, the jump or call to the thunk, or the EXRL.
    public let instruction: Instruction
    /// Whether it calls, jumps or returns.
    public let kind: Kind
    /// Whether an expoline protects it.
    public let protection: Protection
    /// The register with the target; nil where storage or a sum of registers has it.
    public let register: UInt8?
}

/// A thunk `__s390_indirect_jump_rN`: EXRL of a branch, and a jump to itself that stops speculation.
///
/// Source: arch/s390/include/asm/nospec-insn.h.
@frozen public struct ExpolineThunk: Hashable, Sendable {
    /// The address of its EXRL.
    public let address: UInt64
    /// The number of the register it branches to.
    public let register: UInt8
    /// The address of the executed branch.
    public let branch: UInt64

    /// The thunk at an offset in bytes; nil if there is none.
    ///
    /// `address` is that of the byte at the offset. The executed branch has to be in the code as well.
    public init?(_ code: Bytes, at offset: Int, address: UInt64) {
        guard let execute = Instruction.word(code, at: offset), execute >> 48 == 0xc600,
            let trap = Instruction.word(code, at: offset &+ 6), trap >> 32 == 0xa7f4_0000
        else { return nil }
        let distance = Int(Instruction(word: execute, row: 0).signedField(16, 32)) &* 2
        let (target, overflow) = offset.addingReportingOverflow(distance)
        guard !overflow, let branch = Instruction.word(code, at: target), branch >> 52 == 0x07f, branch >> 48 & 15 != 0
        else { return nil }
        self.address = address
        register = UInt8(branch >> 48 & 15)
        self.branch = address &+ UInt64(bitPattern: Int64(distance))
    }
}

/// The thunks of a kernel or a module by address.
public struct ExpolineThunks: Sendable {
    private var registers: [UInt64: UInt8] = [:]
    private var branches: Set<UInt64> = []
    private var lowest = UInt64.max
    private var highest = UInt64.min

    /// No thunks.
    public init() {}

    /// Whether there are no thunks.
    public var isEmpty: Bool { registers.isEmpty }
    /// The number of thunks.
    public var count: Int { registers.count }

    /// Adds a thunk with the branch that it executes; it replaces another one at its address.
    public mutating func insert(_ thunk: ExpolineThunk) {
        insert(address: thunk.address, register: thunk.register)
        branches.insert(thunk.branch)
    }

    /// Adds a thunk that only its name tells, as in a module: `__s390_indirect_jump_r1` is 1.
    public mutating func insert(address: UInt64, register: UInt8) {
        registers[address] = register
        lowest = min(lowest, address)
        highest = max(highest, address)
    }

    /// The number of the register that the thunk at an address branches to; nil if there is none.
    public func register(at address: UInt64) -> UInt8? {
        address < lowest || address > highest ? nil : registers[address]
    }

    /// Whether a thunk executes the branch at an address.
    func executes(_ address: UInt64) -> Bool { branches.contains(address) }
}

extension IndirectBranch {
    /// Tells each indirect branch in a piece of code, in the order of addresses.
    ///
    /// Branches that never branch (a mask or a register of zero) are none; `bc` without base and index is direct. A jump
    /// to the register that the return address was loaded into while the stack was restored, is a return as one to
    /// %r14 is: GCC 14 writes `lg %r3,160(%r15)`, `lmg %r14,%r15,160(%r15)`, `br %r3`.
    ///
    /// - Parameters:
    ///   - decoded: A piece of code.
    ///   - address: The address of its first byte.
    ///   - thunks: Without any, no branch is `thunk` or `target`.
    ///   - body: Gets each branch.
    public static func forEach(
        in decoded: DecodedCode, address: UInt64, thunks: ExpolineThunks = ExpolineThunks(),
        _ body: (IndirectBranch) -> Void
    ) {
        var epilogue = Epilogue(0)
        let isIndirect = isIndirect
        let rows = decoded.rows
        func look(_ place: Int) {
            guard let word = Instruction.word(decoded.code, at: place &* 2) else { return }
            if let branch = at(
                place &* 2, Instruction(word: word, row: rows[place]), decoded, address, thunks, &epilogue)
            {
                body(branch)
            }
            if word >> 52 == 0x07f { epilogue = Epilogue(place &+ 1) }
        }
        // Only a thunk makes a branch to a distance one of these.
        var direct = thunks.isEmpty ? [] : decoded.directPlaces
        for place in decoded.toldPlaces where isIndirect[Int(rows[Int(place)])] {
            while let earlier = direct.first, earlier < place {
                look(Int(earlier))
                direct.removeFirst()
            }
            look(Int(place))
        }
        for place in direct { look(Int(place)) }
    }

    /// Why the walk looks at an instruction.
    private enum Interest: UInt8 {
        case none
        /// LG and LMG: may load the return address.
        case load
        /// May branch to a thunk.
        case direct
        case indirect

        init(opcode: UInt64) {
            let last = opcode >> 16 & 0xff
            let isIndirect =
                switch opcode >> 56 {
                case 0x05...0x07, 0x0b...0x0d, 0x45...0x47, 0x4d, 0x86, 0x87: true
                case 0xb9: opcode >> 48 & 0xff == 0x46
                case 0xc6: opcode >> 48 & 15 == 0
                case 0xe3: last == 0x46 || last == 0x47
                case 0xeb: last & 0xfe == 0x44
                case 0xec: last >= 0xe4
                default: false
                }
            self =
                switch opcode >> 56 {
                case 0xa7 where opcode >> 49 & 7 == 2, 0xc0 where opcode >> 49 & 7 == 2: .direct
                case 0xe3 where last == 0x04, 0xeb where last == 0x04: .load
                default: isIndirect ? .indirect : .none
                }
        }
    }

    /// By row; the last is no row at all.
    private static let interests: [Interest] = {
        let table = InstructionTable.standard
        return (0...table.count + 1).map { Interest(opcode: table.entry(UInt16($0))?.opcode ?? 0) }
    }()

    /// By row.
    static let isIndirect = interests.map { $0 == .indirect }
    static let isDirect = interests.map { $0 == .direct }

    /// Which registers get the return address from the place that the stack pointer's restoring tells.
    ///
    /// Read where somebody asks: nearly all returns are to %r14.
    private struct Epilogue {
        /// Up to where it was read, in halfwords from the start of the code.
        private var end: Int
        /// The last two loads from %r15 and a displacement, with a bit for the register.
        private var loads: (register: UInt16, displacement: Int64) = (0, 0)
        private var earlier: (register: UInt16, displacement: Int64) = (0, 0)
        /// A bit a register.
        private var registers: UInt16 = 1 << 14

        init(_ start: Int) { end = start }

        /// Whether a jump to a register is a return; places come in ascending order.
        mutating func isReturn(_ register: Int, _ decoded: DecodedCode, at offset: Int) -> Bool {
            if register == 14 { return true }
            let place = offset >> 1
            // Nearly always it was loaded just before.
            var near = Epilogue(max(end, place - 16))
            near.look(decoded, until: place)
            if near.isLoaded(register) { return true }
            look(decoded, until: place)
            return isLoaded(register)
        }

        private func isLoaded(_ register: Int) -> Bool { registers &>> UInt16(register) & 1 != 0 }

        private mutating func look(_ decoded: DecodedCode, until place: Int) {
            let rows = decoded.rows.span
            let interests = interests
            for here in end..<max(end, place) {
                let interest = interests[Int(rows[here])]
                guard interest == .load || interest == .direct,
                    let word = Instruction.word(decoded.code, at: here &* 2)
                else { continue }
                if interest == .load {
                    see(word)
                } else if word >> 48 == 0xa7f4 || word >> 48 == 0xc0f4 {
                    // What follows a jump without a condition was not loaded before it.
                    self = Epilogue(here &+ 1)
                }
            }
            end = place
        }

        private mutating func see(_ word: UInt64) {
            let instruction = Instruction(word: word, row: 0)
            guard instruction.base == 15 else { return }
            let slot: Int64
            if word >> 56 == 0xe3, instruction.r2 == 0 {
                if instruction.r1 != 15 {
                    earlier = loads
                    loads = (1 &<< UInt16(instruction.r1), instruction.longDisplacement)
                    return
                }
                slot = instruction.longDisplacement &- 8
            } else if word >> 56 == 0xeb, instruction.r2 == 15, instruction.r1 < 15 {
                slot = instruction.longDisplacement &+ 8 &* Int64(14 &- instruction.r1)
            } else {
                return
            }
            if loads.displacement == slot { registers |= loads.register }
            if earlier.displacement == slot { registers |= earlier.register }
        }
    }

    private static func at(
        _ offset: Int, _ instruction: Instruction, _ decoded: DecodedCode, _ start: UInt64, _ thunks: ExpolineThunks,
        _ epilogue: inout Epilogue
    ) -> IndirectBranch? {
        func isReturn(_ register: Int) -> Bool { epilogue.isReturn(register, decoded, at: offset) }
        let word = instruction.word
        let address = start &+ UInt64(bitPattern: Int64(offset))
        func made(_ kind: Kind, _ protection: Protection, _ register: Int?) -> IndirectBranch {
            IndirectBranch(
                offset: offset, instruction: instruction, kind: kind, protection: protection,
                register: register.map { UInt8(truncatingIfNeeded: $0) })
        }
        switch word >> 56 {
        case 0x07:
            guard instruction.r1 != 0, instruction.r2 != 0 else { return nil }
            return made(
                isReturn(instruction.r2) ? .return : .jump, thunks.executes(address) ? .target : .none, instruction.r2)
        case 0x05, 0x0c, 0x0d:
            return instruction.r2 == 0 ? nil : made(.call, .none, instruction.r2)
        case 0x0b, 0x06:
            return instruction.r2 == 0 ? nil : made(.jump, .none, instruction.r2)
        case 0x47:
            guard instruction.r1 != 0, instruction.r2 != 0 || instruction.base != 0 else { return nil }
            return made(instruction.r2 == 0 && isReturn(instruction.base) ? .return : .jump, .none, only(instruction))
        case 0x45, 0x4d:
            return instruction.r2 == 0 && instruction.base == 0 ? nil : made(.call, .none, only(instruction))
        case 0x46:
            return instruction.r2 == 0 && instruction.base == 0 ? nil : made(.jump, .none, only(instruction))
        case 0x86, 0x87:
            return instruction.base == 0 ? nil : made(.jump, .none, instruction.base)
        case 0xb9:
            // BCTGR
            let target = Int(instruction.field(28, 4))
            return word >> 48 == 0xb946 && target != 0 ? made(.jump, .none, target) : nil
        case 0xe3:
            switch word >> 16 & 0xff {
            case 0x47: return instruction.r1 == 0 ? nil : made(.jump, .none, nil)
            case 0x46:
                return instruction.r2 == 0 && instruction.base == 0 ? nil : made(.jump, .none, only(instruction))
            default: return nil
            }
        case 0xeb:
            guard word >> 16 & 0xfe == 0x44, instruction.base != 0 else { return nil }
            return made(.jump, .none, instruction.base)
        case 0xec:
            // Compare and branch to base and displacement: E4, E5, F6, F7, FC to FF. The others are relative.
            guard word >> 16 & 0xff >= 0xe4, instruction.base != 0 else { return nil }
            return made(.jump, .none, instruction.base)
        case 0xc0, 0xa7:
            guard !thunks.isEmpty, word >> 49 & 7 == 2 else { return nil }
            let distance = instruction.signedField(16, instruction.length == 4 ? 16 : 32)
            guard let register = thunks.register(at: address &+ UInt64(bitPattern: distance &* 2)) else { return nil }
            if word >> 48 & 15 == 5 { return made(.call, .thunk, Int(register)) }
            return made(isReturn(Int(register)) ? .return : .jump, .thunk, Int(register))
        case 0xc6:
            guard thunks.register(at: address) == nil,
                let thunk = ExpolineThunk(decoded.code, at: offset, address: address)
            else { return nil }
            return made(isReturn(Int(thunk.register)) ? .return : .jump, .executed, Int(thunk.register))
        default: return nil
        }
    }

    /// The one register of base and index.
    private static func only(_ instruction: Instruction) -> Int? {
        if instruction.r2 == 0 { return instruction.base }
        return instruction.base == 0 ? instruction.r2 : nil
    }
}
