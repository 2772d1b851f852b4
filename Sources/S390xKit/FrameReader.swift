// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// Reads the frames of functions, one after the other, in memory that it uses again.
///
/// It follows every path from a function's first byte and keeps what is known of the stack at each instruction; where
/// paths meet, what holds on both. Code that nothing jumps to but a jump table is read with what is known at the
/// indirect jumps.
///
/// Objects and modules that have not been linked have a distance of zero in each call or jump with a relocation: a
/// call of that kind is a call, a long jump leaves the function. To tell expolines in them, relocate the code first.
public struct FrameReader {
    /// The expolines of the kernel or module: a jump to `__s390_indirect_jump_r14` is a return.
    public var thunks: ExpolineThunks
    /// Jumps out of the function that was read last.
    public private(set) var exits: [FrameExit] = []

    private let table: InstructionTable
    /// By row: where the number of the register lies that it writes; 255 if it writes none, 128 more if it writes the
    /// next one too.
    private let written: [UInt8]
    private var known: [Known] = []
    private var visit: UInt32 = 0
    private var pending: [(offset: Int, state: FrameState)] = []
    private var doubtful: [(offset: Int, state: FrameState)] = []
    private var afterMonitorCalls: [(offset: Int, state: FrameState)] = []
    private var calls: [Int] = []
    private var steps = 0
    private var indirect: FrameState?
    private var cause = FrameFacts.Cause.none
    private var causeOffset = 0
    private var frameSize: Int32 = 0
    private var hasReleasedReturn = false
    private var unreachedCall = 0
    private var traits: FrameFacts.Traits = []

    /// What is known at a halfword, if this function's visit was there.
    private struct Known {
        var state: FrameState
        var visit: UInt32
    }

    public init(thunks: ExpolineThunks = ExpolineThunks(), table: InstructionTable = .standard) {
        self.thunks = thunks
        self.table = table
        written = Self.written
    }

    /// Worked out once, since it looks at every mnemonic; there is one table only.
    private static let written: [UInt8] = {
        let table = InstructionTable.standard
        return (0...table.count).map { index in
            let row = UInt16(index)
            let start = table.firstRegister[index]
            if start == 255 || keepsFirstRegister(table.mnemonic(row)) { return 255 }
            return start | (table.classes(row).contains(.writesPair) ? 128 : 0)
        }
    }()

    /// Compares, tests and stores name a register first and leave it as it is.
    private static func keepsFirstRegister(_ name: String) -> Bool {
        if name.hasPrefix("st") || name.hasPrefix("tm") { return true }
        return [
            "c", "cy", "cr", "cg", "cgr", "cgf", "cgfr", "ch", "chy", "chi", "cghi", "cgh", "cl", "cly", "clr", "clg",
            "clgr", "clgf", "clgfr", "cfi", "cgfi", "clfi", "clgfi", "crl", "cgrl", "cgfrl", "chrl", "cghrl", "clrl",
            "clgrl", "clgfrl", "clhrl", "clghrl", "crj", "cgrj", "clrj", "clgrj", "cij", "cgij", "clij", "clgij",
            "crb", "cgrb", "clrb", "clgrb", "cib", "cgib", "clib", "clgib", "crt", "cgrt", "clrt", "clgrt", "cit",
            "cgit", "clfit", "clgit", "clt", "clgt", "clm", "clmy", "clmh", "sar", "ntstg",
        ].contains(name)
    }

    /// Reads one function.
    ///
    /// - Parameters:
    ///   - code: The function's bytes and nothing else.
    ///   - address: Where they lie.
    ///   - state: What is known on entry; for a `.cold` part, the state of an exit of the function it belongs to.
    ///   - fixups: Where the exception table sends a fault in this function.
    /// - Returns: The facts; `exits` has the jumps out of the function until the next one is read.
    public mutating func read(
        _ code: Bytes, address: UInt64, entry state: FrameState = FrameState(), fixups: [FaultFixup] = []
    ) -> FrameFacts {
        start(code.count / 2 + 1)
        guard code.count >= 2 else {
            return FrameFacts(
                verdict: .unknown, cause: .empty, offset: 0, frameSize: 0, returnSlot: nil, callCount: 0, traits: [])
        }
        pending.append((0, state))
        follow(code, address)
        for fixup in fixups where fixup.instruction >= 0 && fixup.instruction < code.count {
            let index = fixup.instruction >> 1
            guard known[index].visit == visit, fixup.target >= 0, fixup.target < code.count, fixup.target & 1 == 0
            else {
                continue
            }
            pending.append((fixup.target, known[index].state))
            follow(code, address)
        }
        readUnreached(code, address)
        return judge()
    }

    private mutating func start(_ halfwords: Int) {
        if known.count < halfwords || visit == UInt32.max {
            known = [Known](repeating: Known(state: FrameState(), visit: 0), count: max(halfwords, known.count))
            visit = 0
        }
        visit += 1
        pending.removeAll(keepingCapacity: true)
        doubtful.removeAll(keepingCapacity: true)
        afterMonitorCalls.removeAll(keepingCapacity: true)
        calls.removeAll(keepingCapacity: true)
        exits.removeAll(keepingCapacity: true)
        steps = 64 &* halfwords &+ 1024
        indirect = nil
        cause = .none
        causeOffset = 0
        frameSize = 0
        hasReleasedReturn = false
        traits = []
    }

    private mutating func note(_ new: FrameFacts.Cause, _ offset: Int) {
        guard cause == .none else { return }
        cause = new
        causeOffset = offset
    }

    /// Follows all that is pending; what lies behind calls waits for what is reached for certain, and what lies behind
    /// monitor calls, which do not return where they are BUG, for both.
    private mutating func follow(_ code: Bytes, _ address: UInt64) {
        while true {
            if let next = pending.popLast() {
                path(code, address, next.offset, next.state)
            } else if let next = doubtful.popLast() {
                path(code, address, next.offset, next.state)
            } else if let next = afterMonitorCalls.popLast() {
                path(code, address, next.offset, next.state)
            } else {
                return
            }
        }
    }

    /// Follows one path until it ends or meets one that was followed with the same knowledge.
    private mutating func path(_ code: Bytes, _ address: UInt64, _ start: Int, _ entered: FrameState) {
        var offset = start
        var state = entered
        while true {
            guard offset < code.count else {
                traits.insert(.runsOut)
                return
            }
            guard steps > 0 else {
                note(.tooComplex, offset)
                return
            }
            steps &-= 1
            let index = offset >> 1
            if known[index].visit == visit {
                let before = known[index].state
                if state == before { return }
                if state.isDoubtful, state.stack != before.stack, !before.isDoubtful { return }
                // A doubtful path that disagrees with a certain one did not fall through here after all.
                if !before.isDoubtful || state.stack == before.stack || state.isDoubtful {
                    let met = before.meeting(state)
                    if met == before { return }
                    if met.stack == FrameState.lost, before.stack != FrameState.lost { note(.pathsDisagree, offset) }
                    state = met
                }
                known[index].state = state
            } else {
                known[index] = Known(state: state, visit: visit)
            }
            state.isDoubtful = false
            guard let word = Instruction.word(code, at: offset) else {
                note(.truncated, offset)
                return
            }
            let row = table.row(of: word)
            if row == 0 {
                note(.undecoded, offset)
                return
            }
            let instruction = Instruction(word: word, row: row)
            let next = offset &+ instruction.length
            let stack = state.stack
            let backchain = state.backchain
            guard step(code, address, offset, next, instruction, &state) else { return }
            if state.stack != stack, state.stack < 0, state.stack > Int32.min / 2 {
                frameSize = min(frameSize, state.stack)
            }
            if state.backchain != backchain { traits.insert(.storesBackchain) }
            offset = next
            if state.isDoubtful {
                if word >> 56 == 0xaf {
                    afterMonitorCalls.append((offset, state))
                } else {
                    doubtful.append((offset, state))
                }
                return
            }
        }
    }

    /// A jump to a distance; `state` is what the target finds.
    private mutating func jump(_ count: Int, _ address: UInt64, _ offset: Int, _ distance: Int64, _ state: FrameState) {
        let (target, overflow) = offset.addingReportingOverflow(Int(truncatingIfNeeded: distance &* 2))
        if !overflow, target >= 0, target < count {
            pending.append((target, state))
            return
        }
        let destination = address &+ UInt64(bitPattern: Int64(offset)) &+ UInt64(bitPattern: distance &* 2)
        if let register = thunks.register(at: destination) {
            if state.isReturner(Int(register)) { leave(state) } else { leaveIndirectly(state) }
            return
        }
        exits.append(FrameExit(offset: offset, target: destination, state: state))
        traits.insert(state.isReleased ? .tailCalls : .continuesElsewhere)
        if state.isReleased { hasReleasedReturn = true }
    }

    private mutating func leave(_ state: FrameState) {
        traits.insert(.returns)
        if state.stackSlot == FrameState.nowhere, state.isReleased { hasReleasedReturn = true }
    }

    /// A jump that may be a tail call or may take a target from a jump table; behind the latter, the frame stays.
    private mutating func leaveIndirectly(_ state: FrameState) {
        traits.insert(.indirectJump)
        guard let known = indirect else {
            indirect = state
            return
        }
        if known.isReleased == state.isReleased {
            indirect = known.meeting(state)
        } else if known.isReleased {
            indirect = state
        }
    }

    private mutating func call(_ offset: Int, _ link: Int, _ state: inout FrameState) {
        calls.append(offset)
        for register in 0...5 { state.overwrite(register) }
        state.overwrite(14)
        if link != 15 { state.overwrite(link) }
        state.isDoubtful = true
    }

    /// What an instruction does to the stack, and where it may go.
    ///
    /// - Returns: whether it may go on with the next instruction.
    private mutating func step(
        _ code: Bytes, _ address: UInt64, _ offset: Int, _ next: Int, _ instruction: Instruction,
        _ state: inout FrameState
    ) -> Bool {
        let word = instruction.word
        let low = Int(word >> 48 & 15)
        switch word >> 56 {
        case 0x07:
            if instruction.r1 == 0 || instruction.r2 == 0 { return true }
            if state.isReturner(instruction.r2) { leave(state) } else { leaveIndirectly(state) }
            return instruction.r1 != 15
        case 0x05, 0x0c, 0x0d:
            if low == 0 { state.overwrite(instruction.r1) } else { call(offset, instruction.r1, &state) }
            return true
        case 0x06:
            if low != 0 { leaveIndirectly(state) }
            state.overwrite(instruction.r1)
            return true
        case 0x0b:
            if low == 0 { return true }
            if state.isReturner(low) { leave(state) } else { leaveIndirectly(state) }
            return false
        case 0x01:
            if word >> 48 == 0x0101 {
                leave(state)
                return false
            }
            return true
        case 0x45, 0x4d:
            call(offset, instruction.r1, &state)
            return true
        case 0x46:
            leaveIndirectly(state)
            state.overwrite(instruction.r1)
            return true
        case 0x47:
            if instruction.r1 == 0 { return true }
            if low == 0, state.isReturner(instruction.base) { leave(state) } else { leaveIndirectly(state) }
            return instruction.r1 != 15
        case 0x82:
            traits.insert(.loadsPSW)
            return false
        case 0x84, 0x85:
            jump(code.count, address, offset, instruction.signedField(16, 16), state)
            state.overwrite(instruction.r1)
            return true
        case 0x86, 0x87:
            leaveIndirectly(state)
            state.overwrite(instruction.r1)
            return true
        case 0xa7:
            switch low {
            case 4, 5:
                return branch(code, address, offset, instruction, instruction.signedField(16, 16), &state)
            case 6, 7:
                state.overwrite(instruction.r1)
                jump(code.count, address, offset, instruction.signedField(16, 16), state)
                return true
            case 0xb:
                add(instruction.r1, instruction.signedField(16, 16), &state)
                return true
            default: break
            }
        case 0xaf:
            // BUG does not go on behind its monitor call; WARN does.
            state.isDoubtful = true
            return true
        case 0xb2:
            if word >> 48 == 0xb2b2 {
                traits.insert(.loadsPSW)
                return false
            }
        case 0xb9:
            return moveOrAdd(instruction, &state)
        case 0xc0:
            if low == 4 || low == 5 {
                return branch(code, address, offset, instruction, instruction.signedField(16, 32), &state)
            }
        case 0xc2:
            if low == 8 || low == 0xa || low == 4 {
                let number = low == 8 ? instruction.signedField(16, 32) : Int64(instruction.field(16, 32))
                // ALGFI of a number that wraps lowers; the kernel has none.
                add(instruction.r1, low == 4 ? -number : number, &state)
                return true
            }
        case 0xc6:
            if low == 0 {
                if let thunk = ExpolineThunk(code, at: offset, address: address) {
                    if state.isReturner(Int(thunk.register)) { leave(state) } else { leaveIndirectly(state) }
                    return false
                }
                traits.insert(.executes)
                return true
            }
        case 0x44:
            traits.insert(.executes)
            return true
        case 0xcc:
            if low == 6 {
                jump(code.count, address, offset, instruction.signedField(16, 32), state)
                state.overwrite(instruction.r1)
                return true
            }
        case 0x41:
            loadAddress(instruction, instruction.shortDisplacement, &state)
            return true
        case 0xd7:
            // XC of a doubleword with itself.
            if word >> 48 & 0xff == 7, instruction.field(16, 16) == instruction.field(32, 16), instruction.base == 15 {
                zero(instruction.shortDisplacement, &state)
            }
            return true
        case 0xe5:
            // MVGHI
            if word >> 48 == 0xe548, instruction.base == 15, instruction.field(32, 16) == 0 {
                zero(instruction.shortDisplacement, &state)
            }
            return true
        case 0xe3:
            switch word >> 16 & 0xff {
            case 0x24:
                if instruction.r2 == 0 {
                    state.store(instruction.r1, base: instruction.base, instruction.longDisplacement)
                }
                return true
            case 0x71:
                loadAddress(instruction, instruction.longDisplacement, &state)
                return true
            case 0x04:
                load(instruction.r1, instruction, &state)
                return true
            case 0x08, 0x0a, 0x09, 0x0b, 0x18, 0x19, 0x1a, 0x1b:
                lower(instruction.r1, &state)
                return true
            case 0x46:
                leaveIndirectly(state)
                state.overwrite(instruction.r1)
                return true
            case 0x47:
                leaveIndirectly(state)
                return instruction.r1 != 15
            default: break
            }
        case 0xeb:
            switch word >> 16 & 0xff {
            case 0x24:
                storeMultiple(instruction, &state)
                return true
            case 0x04:
                loadMultiple(instruction, &state)
                return true
            case 0x44, 0x45:
                leaveIndirectly(state)
                state.overwrite(instruction.r1)
                return true
            case 0x71:
                traits.insert(.loadsPSW)
                return false
            case 0x96:
                state.overwrite(from: instruction.r1, through: instruction.r2)
                return true
            default: break
            }
        case 0xec:
            let last = word >> 16 & 0xff
            switch last {
            case 0x44, 0x45:
                state.overwrite(instruction.r1)
                jump(code.count, address, offset, instruction.signedField(16, 16), state)
                return true
            case 0x64, 0x65, 0x76, 0x77, 0x7c...0x7f:
                jump(code.count, address, offset, instruction.signedField(16, 16), state)
                return true
            case 0xe4...0xff:
                leaveIndirectly(state)
                return true
            case 0xd9:
                // AGHIK
                if let sum = state.address(instruction.r2, instruction.signedField(16, 16)) {
                    state.set(instruction.r1, to: sum)
                } else {
                    state.overwrite(instruction.r1)
                }
                return true
            default: break
            }
        case 0x98:
            state.overwrite(from: instruction.r1, through: instruction.r2)
            return true
        default: break
        }
        overwriteFirst(instruction, &state)
        return true
    }

    @inline(__always) private func overwriteFirst(_ instruction: Instruction, _ state: inout FrameState) {
        let place = written[Int(instruction.row)]
        guard place != 255 else { return }
        let register = Int(instruction.field(Int(place & 127), 4))
        state.overwrite(register)
        if place & 128 != 0 { state.overwrite(register | 1) }
    }

    /// BRC, BRCL, BRAS and BRASL.
    private mutating func branch(
        _ code: Bytes, _ address: UInt64, _ offset: Int, _ instruction: Instruction, _ distance: Int64,
        _ state: inout FrameState
    ) -> Bool {
        if instruction.word >> 48 & 15 == 4 {
            if distance == 1, instruction.r1 == 15 {
                // LLVM's trap: a jump into its own middle, which is no instruction.
                return false
            }
            if distance == 0 {
                // A nop for the tracer, a jump that has not been linked, or one to itself: the end of a path.
                if instruction.r1 == 0 {
                    if offset == 0 { traits.insert(.traceable) }
                } else if instruction.length == 6 {
                    let place = address &+ UInt64(bitPattern: Int64(offset))
                    exits.append(FrameExit(offset: offset, target: place, state: state))
                    traits.insert(state.isReleased ? .tailCalls : .continuesElsewhere)
                    if state.isReleased { hasReleasedReturn = true }
                }
                return instruction.r1 != 15
            }
            // A mask of zero is a static branch, which the kernel turns into a jump.
            if offset == 0, instruction.r1 == 0 { traits.insert(.traceable) }
            jump(code.count, address, offset, distance, state)
            return instruction.r1 != 15
        }
        let (target, overflow) = offset.addingReportingOverflow(Int(truncatingIfNeeded: distance &* 2))
        // A distance of zero is a call that has not been linked.
        if !overflow, target > 0, target < code.count, distance != 0 {
            // Skips over literals, whose address is left in the register.
            state.overwrite(instruction.r1)
            pending.append((target, state))
            return false
        }
        if instruction.r1 == 0, offset <= 8 {
            traits.insert(.traceable)
            return true
        }
        call(offset, instruction.r1, &state)
        return true
    }

    private func add(_ register: Int, _ number: Int64, _ state: inout FrameState) {
        if register == 15, state.stack == FrameState.variable || state.stack == FrameState.lowered && number < 0 {
            state.moveStack(to: FrameState.variable)
        } else if let sum = state.address(register, number) {
            state.set(register, to: sum)
        } else {
            state.overwrite(register)
        }
    }

    /// A register lowers the stack pointer by a number in a register or in storage.
    private func lower(_ register: Int, _ state: inout FrameState) {
        if register == 15, state.isAllocated {
            state.moveStack(to: FrameState.variable)
        } else {
            state.overwrite(register)
        }
    }

    /// The instructions of B9 that make addresses in the stack: LGR, AGR, SGR and their like.
    private func moveOrAdd(_ instruction: Instruction, _ state: inout FrameState) -> Bool {
        let first = Int(instruction.field(24, 4))
        let second = Int(instruction.field(28, 4))
        switch instruction.word >> 48 & 0xff {
        case 0x04:
            if first == second { return true }
            let isReturner = state.isReturner(second)
            if let address = state.address(second, 0) {
                state.set(first, to: address)
            } else if isReturner, first != 15 {
                state.overwrite(first)
                state.returners |= 1 &<< UInt16(first)
            } else if first == 15, state.stack == FrameState.variable {
                state.moveStack(to: FrameState.variable)
            } else {
                state.overwrite(first)
            }
        case 0x08, 0x0a, 0x09, 0x0b: lower(first, &state)
        case 0xe8, 0xe9, 0xea, 0xeb:
            if first == 15, second == 15 || Int(instruction.field(16, 4)) == 15 {
                lower(first, &state)
            } else {
                state.overwrite(first)
            }
        default: overwriteFirst(instruction, &state)
        }
        return true
    }

    private func loadAddress(_ instruction: Instruction, _ displacement: Int64, _ state: inout FrameState) {
        let register = instruction.r1
        if instruction.r2 != 0, instruction.base != 0 {
            if register == 15, instruction.r2 == 15 || instruction.base == 15 {
                lower(15, &state)
            } else {
                state.overwrite(register)
            }
            return
        }
        let base = instruction.base != 0 ? instruction.base : instruction.r2
        if register == 15, base == 15,
            state.stack == FrameState.variable || state.stack == FrameState.lowered && displacement < 0
        {
            state.moveStack(to: FrameState.variable)
        } else if base != 0, let address = state.address(base, displacement) {
            state.set(register, to: address)
        } else {
            state.overwrite(register)
        }
    }

    private mutating func load(_ register: Int, _ instruction: Instruction, _ state: inout FrameState) {
        let displacement = instruction.longDisplacement
        let base = instruction.base
        guard instruction.r2 == 0 else {
            state.overwrite(register)
            return
        }
        if base == 15,
            displacement == 152 && state.backchain == .packed
                || displacement == 0 && state.backchain == .ordinary
        {
            state.set(register, to: 0)
        } else if let address = state.address(base, displacement), address != FrameState.nowhere,
            address == state.stackSlot || address == state.chainSlot
        {
            state.set(register, to: 0)
        } else if let address = state.address(base, displacement), address == state.returnSlot {
            state.overwrite(register)
            if register != 15 { state.returners |= 1 &<< UInt16(register) }
        } else {
            state.overwrite(register)
        }
    }

    private mutating func storeMultiple(_ instruction: Instruction, _ state: inout FrameState) {
        var register = instruction.r1
        var displacement = instruction.longDisplacement
        while true {
            state.store(register, base: instruction.base, displacement)
            if register == instruction.r2 { break }
            register = (register &+ 1) & 15
            displacement &+= 8
        }
    }

    private mutating func loadMultiple(_ instruction: Instruction, _ state: inout FrameState) {
        let before = state
        var register = instruction.r1
        var displacement = instruction.longDisplacement
        var stack: Int32?
        while true {
            if register == 15 {
                let address = before.address(instruction.base, displacement)
                stack =
                    address != nil && address == before.stackSlot || isSavedStack(before, instruction, address)
                    ? 0 : FrameState.lost
            } else {
                state.overwrite(register)
                if before.returnSlot != FrameState.nowhere,
                    before.address(instruction.base, displacement) == before.returnSlot
                {
                    state.returners |= 1 &<< UInt16(register)
                }
            }
            if register == instruction.r2 { break }
            register = (register &+ 1) & 15
            displacement &+= 8
        }
        if let stack { state.moveStack(to: stack) }
    }

    /// Whether %r15 is loaded back from a frame whose size is not known, through a register that points into it.
    private func isSavedStack(_ state: FrameState, _ instruction: Instruction, _ address: Int32?) -> Bool {
        address == nil && state.stack == FrameState.variable && state.stackSlot != FrameState.nowhere
            && instruction.base >= 6
    }

    private func zero(_ displacement: Int64, _ state: inout FrameState) {
        guard displacement == 152 || displacement == 0 else { return }
        state.backchain = .zero
        state.chainSlot = FrameState.nowhere
    }

    /// Code that no path reached: with an indirect jump, what a jump table leads to; else, told.
    private mutating func readUnreached(_ code: Bytes, _ address: UInt64) {
        var offset = 0
        var reported = false
        // The unconditional long jump before, which compilers use for places that the kernel turns into nops.
        var patched: FrameState?
        while let first = code[offset] {
            let length = Instruction.length(firstByte: first)
            let isVisited = known[offset >> 1].visit == visit
            guard !isVisited || first == 0xc0 else {
                patched = nil
                offset &+= length
                continue
            }
            guard let word = Instruction.word(code, at: offset) else { return }
            if !isVisited { readUnreached(code, address, offset, word, patched, &reported) }
            patched = nil
            if word >> 48 == 0xc0f4, known[offset >> 1].visit == visit {
                let distance = Int(Instruction(word: word, row: 0).signedField(16, 32)) &* 2
                if offset &+ distance > 0, offset &+ distance < code.count { patched = known[offset >> 1].state }
            }
            offset &+= length
        }
    }

    /// Tells each call that paths of the function read last reach, in the order of addresses, with what is known there.
    public func forEachCall(_ body: (_ offset: Int, _ state: FrameState) -> Void) {
        var last = -1
        for call in calls where call != last {
            last = call
            body(call, known[call >> 1].state)
        }
    }

    private mutating func readUnreached(
        _ code: Bytes, _ address: UInt64, _ offset: Int, _ word: UInt64, _ patched: FrameState?, _ reported: inout Bool
    ) {
        let row = table.row(of: word)
        // nopr, and bytes that are no instruction.
        if row == 0 || word >> 56 == 0x07 && (word >> 48 & 15 == 0 || word >> 52 & 15 == 0) { return }
        traits.insert(.unreachedCode)
        if let entered = patched ?? indirect {
            pending.append((offset, entered))
            let before = cause
            follow(code, address)
            // Literals between functions' parts are no code that a jump table leads to.
            if before == .none, cause == .undecoded || cause == .truncated { cause = .none }
        } else if !reported, table.classes(row).contains(.call), word >> 52 & 15 != 0 {
            traits.insert(.unreachedCall)
            unreachedCall = offset
            reported = true
        }
    }

    /// What a state at a call amounts to.
    public func verdict(_ state: FrameState) -> FrameFacts.Verdict {
        if state.isLost {
            // On another stack, or on one of two: the backchain leads out of it.
            if state.backchain == .packed, state.returnSlot == 136 { return .packedWithBackchain }
            return state.backchain == .zero ? .endOfChain : .unknown
        }
        guard state.isAllocated else { return state.backchain == .zero ? .endOfChain : .callWithoutFrame }
        switch (state.backchain, state.returnSlot) {
        case (.zero, _): return .endOfChain
        case (.packed, 136): return .packedWithBackchain
        case (.ordinary, 112): return .ordinaryWithBackchain
        case (.none, 136), (.none, 144): return .packedWithoutBackchain
        case (.none, 112): return .ordinaryWithoutBackchain
        default: return .returnAddressNotSaved
        }
    }

    private mutating func judge() -> FrameFacts {
        var worst: FrameFacts.Verdict?
        var place = causeOffset
        var slot: Int32 = FrameState.nowhere
        var count = 0
        calls.sort()
        var last = -1
        for call in calls where call != last {
            last = call
            count += 1
            let state = known[call >> 1].state
            let verdict = verdict(state)
            if state.stack == FrameState.variable { traits.insert(.variableFrame) }
            if state.stack == FrameState.lost { traits.insert(.otherStack) }
            if verdict == .unknown, state.stack == FrameState.lowered { note(.pathsDisagree, call) }
            if slot == FrameState.nowhere { slot = state.returnSlot }
            if worst.map({ verdict > $0 }) ?? true {
                worst = verdict
                if verdict != .unknown || cause == .none { place = call }
            }
        }
        var result = worst ?? (frameSize < 0 ? .leafWithFrame : .leaf)
        if result <= .unknown, cause != .none, cause != .pathsDisagree || result == .unknown {
            result = .unknown
            place = causeOffset
        } else if result == .unknown, cause == .none {
            cause = .stackReplaced
        }
        if result <= .unknown, cause == .none, traits.contains(.unreachedCall) {
            result = .unknown
            cause = .unreachedCall
            place = unreachedCall
        }
        if frameSize < 0, hasReleasedReturn { traits.insert(.shrinkWrapped) }
        return FrameFacts(
            verdict: result, cause: cause, offset: place, frameSize: Int(-Int64(frameSize)),
            returnSlot: slot == FrameState.nowhere ? nil : Int(slot), callCount: count, traits: traits)
    }
}
