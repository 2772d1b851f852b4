// SPDX-License-Identifier: Apache-2.0

/// What instructions that do not branch do to what is known of the stack.
extension FrameState {
    /// Changes the state as the instruction does.
    mutating func apply(_ instruction: Instruction, _ action: FrameAction) {
        let first = instruction.r1
        switch action.effect {
        case .write:
            let written = action.written(by: instruction.word)
            if written &>> 15 != 0 { overwrite(15) }
            forget(written & 0x7fff)
        case .writeSeveral:
            overwrite(from: first, through: instruction.r2)
        case .addHalfword:
            add(instruction.signedField(16, 16), to: first)
        case .addWord:
            add(instruction.signedField(16, 32), to: first)
        case .addUnsigned:
            // ALGFI of a number that wraps lowers; the kernel has none.
            add(Int64(instruction.field(16, 32)), to: first)
        case .subtractUnsigned:
            add(-Int64(instruction.field(16, 32)), to: first)
        case .addToOther:
            copy(address(instruction.r2, instruction.signedField(16, 16)), to: first)
        case .lowerByRegister:
            lower(Int(instruction.field(24, 4)))
        case .lowerByRegisters:
            let result = Int(instruction.field(24, 4))
            if result == 15, instruction.field(28, 4) == 15 || instruction.field(16, 4) == 15 {
                lower(result)
            } else {
                overwrite(result)
            }
        case .lowerByStorage:
            lower(first)
        case .move:
            move(Int(instruction.field(28, 4)), to: Int(instruction.field(24, 4)))
        case .loadAddress:
            loadAddress(
                instruction, instruction.length == 4 ? instruction.shortDisplacement : instruction.longDisplacement)
        case .clear:
            // XC of a doubleword with itself.
            if instruction.field(8, 8) == 7, instruction.field(16, 16) == instruction.field(32, 16),
                instruction.base == 15
            {
                storeZero(instruction.shortDisplacement)
            }
        case .storeHalfword:
            if instruction.base == 15, instruction.field(32, 16) == 0 { storeZero(instruction.shortDisplacement) }
        case .store:
            if instruction.r2 == 0 { store(first, base: instruction.base, instruction.longDisplacement) }
        case .load:
            load(instruction)
        case .storeMultiple:
            storeMultiple(instruction)
        case .loadMultiple:
            loadMultiple(instruction)
        case .branchByRegister, .callByRegister, .countByRegister, .branchSettingMode, .programReturn, .callByStorage,
            .branchByStorage, .countByStorage, .branchThroughStorage, .compareByStorage, .loadPSW, .jumpThenWrite,
            .writeThenJump, .compareAndJump, .branch, .monitorCall, .executeRelative, .execute:
            // See FrameBranches.swift.
            break
        }
    }

    /// The register gets an address in the stack, or something that is not followed.
    private mutating func copy(_ address: Int32?, to register: Int) {
        if let address { set(register, to: address) } else { overwrite(register) }
    }

    private mutating func add(_ number: Int64, to register: Int) {
        if register == 15, stack == Self.variable || stack == Self.lowered && number < 0 {
            moveStack(to: Self.variable)
        } else {
            copy(address(register, number), to: register)
        }
    }

    /// The register is lowered by a number in a register or in storage.
    private mutating func lower(_ register: Int) {
        if register == 15, isAllocated { moveStack(to: Self.variable) } else { overwrite(register) }
    }

    /// LGR.
    private mutating func move(_ source: Int, to register: Int) {
        if register == source { return }
        let isReturner = isReturner(source)
        if let address = address(source, 0) {
            set(register, to: address)
        } else if isReturner, register != 15 {
            overwrite(register)
            returners |= 1 &<< UInt16(register)
        } else if register == 15, stack == Self.variable {
            moveStack(to: Self.variable)
        } else {
            overwrite(register)
        }
    }

    private mutating func loadAddress(_ instruction: Instruction, _ displacement: Int64) {
        let register = instruction.r1
        if instruction.r2 != 0, instruction.base != 0 {
            if register == 15, instruction.r2 == 15 || instruction.base == 15 {
                lower(register)
            } else {
                overwrite(register)
            }
            return
        }
        let base = instruction.base != 0 ? instruction.base : instruction.r2
        if register == 15, base == 15 {
            add(displacement, to: register)
        } else {
            copy(base == 0 ? nil : address(base, displacement), to: register)
        }
    }

    private mutating func load(_ instruction: Instruction) {
        let register = instruction.r1
        let base = instruction.base
        let displacement = instruction.longDisplacement
        guard instruction.r2 == 0 else {
            overwrite(register)
            return
        }
        let address = address(base, displacement)
        if base == 15, let place = Backchain(at: displacement), place == backchain {
            set(register, to: 0)
        } else if let address, address == stackSlot || address == chainSlot {
            set(register, to: 0)
        } else if let address, address == returnSlot {
            overwrite(register)
            if register != 15 { returners |= 1 &<< UInt16(register) }
        } else {
            overwrite(register)
        }
    }

    private mutating func storeMultiple(_ instruction: Instruction) {
        var register = instruction.r1
        var displacement = instruction.longDisplacement
        while true {
            // Others say nothing but where the backchain was.
            if tracked &>> UInt16(register) & 1 != 0 || displacement == StackFrame.Packed.backchain {
                store(register, base: instruction.base, displacement)
            }
            if register == instruction.r2 { break }
            register = (register &+ 1) & 15
            displacement &+= 8
        }
    }

    private mutating func loadMultiple(_ instruction: Instruction) {
        let first = instruction.r1
        let last = (instruction.r2 &- first) & 15
        let before = self
        let registers = UInt32(1) &<< UInt32(last &+ 1) &- 1
        let around = registers &<< UInt32(first)
        forget(UInt16(truncatingIfNeeded: around | around &>> 16) & 0x7fff)
        if before.returnSlot != Self.nowhere, let base = before.address(instruction.base, 0) {
            let distance = Int64(before.returnSlot) &- Int64(base) &- instruction.longDisplacement
            let register = (first &+ Int(distance >> 3)) & 15
            if distance & 7 == 0, distance >= 0, distance >> 3 <= last, register != 15 {
                returners |= 1 &<< UInt16(register)
            }
        }
        let place15 = (15 &- first) & 15
        guard place15 <= last else { return }
        let address = before.address(instruction.base, instruction.longDisplacement &+ 8 &* Int64(place15))
        let isRestored =
            if let address { address == before.stackSlot } else { before.isSavedStack(instruction.base) }
        moveStack(to: isRestored ? 0 : Self.lost)
    }

    /// Whether %r15 is loaded back from a frame whose size is not known, through a register that points into it.
    private func isSavedStack(_ base: Int) -> Bool {
        stack == Self.variable && stackSlot != Self.nowhere && base >= StackFrame.firstSavedRegister
    }

    private mutating func storeZero(_ displacement: Int64) {
        guard Backchain(at: displacement) != nil else { return }
        backchain = .zero
        chainSlot = Self.nowhere
    }
}
