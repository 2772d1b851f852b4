// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// Where instructions go, and what is known there.
extension FrameReader {
    /// What follows an instruction.
    enum Sequel {
        case next
        /// The next one, if the call returns.
        case perhapsNext
        case nothing
    }

    /// What an instruction does to the stack, and where it may go.
    @inline(never)
    mutating func step(
        _ code: Bytes, _ address: UInt64, _ offset: Int, _ instruction: Instruction, _ action: FrameAction,
        _ state: inout FrameState
    ) -> Sequel {
        let first = instruction.r1
        switch action.effect {
        case .branch:
            return branch(
                code, address, offset, instruction,
                instruction.signedField(16, instruction.length == 4 ? 16 : 32), &state)
        case .compareAndJump:
            jump(code.count, address, offset, instruction.signedField(16, 16), state)
        case .jumpThenWrite:
            jump(code.count, address, offset, instruction.signedField(16, instruction.length == 4 ? 16 : 32), state)
            state.overwrite(first)
        case .writeThenJump:
            state.overwrite(first)
            jump(code.count, address, offset, instruction.signedField(16, 16), state)
        case .branchByRegister:
            if first == 0 || instruction.r2 == 0 { return .next }
            leave(through: instruction.r2, state)
            return first != 15 ? .next : .nothing
        case .branchSettingMode:
            if instruction.r2 == 0 { return .next }
            leave(through: instruction.r2, state)
            return .nothing
        case .branchByStorage:
            if first == 0 { return .next }
            if instruction.r2 == 0 { leave(through: instruction.base, state) } else { leaveIndirectly(state) }
            return first != 15 ? .next : .nothing
        case .branchThroughStorage:
            leaveIndirectly(state)
            return first != 15 ? .next : .nothing
        case .compareByStorage:
            leaveIndirectly(state)
        case .countByRegister:
            if instruction.r2 != 0 { leaveIndirectly(state) }
            state.overwrite(first)
        case .countByStorage:
            leaveIndirectly(state)
            state.overwrite(first)
        case .callByRegister:
            if instruction.r2 == 0 {
                state.overwrite(first)
                return .next
            }
            call(offset, first, &state)
            return .perhapsNext
        case .callByStorage:
            call(offset, first, &state)
            return .perhapsNext
        case .monitorCall:
            // BUG does not go on behind its monitor call; WARN does.
            return .perhapsNext
        case .executeRelative:
            if let thunk = ExpolineThunk(code, at: offset, address: address) {
                leave(through: Int(thunk.register), state)
                return .nothing
            }
            traits.insert(.executes)
        case .execute:
            traits.insert(.executes)
        case .programReturn:
            leave(state)
            return .nothing
        case .loadPSW:
            traits.insert(.loadsPSW)
            return .nothing
        default:
            // All that do not branch.
            state.apply(instruction, action)
        }
        return .next
    }

    /// BRC, BRCL, BRAS and BRASL.
    private mutating func branch(
        _ code: Bytes, _ address: UInt64, _ offset: Int, _ instruction: Instruction, _ distance: Int64,
        _ state: inout FrameState
    ) -> Sequel {
        if instruction.word >> 48 & 15 == 4 {
            if distance == 1, instruction.r1 == 15 {
                // LLVM's trap: a jump into its own middle, which is no instruction.
                return .nothing
            }
            if distance == 0 {
                // A nop for the tracer, a jump that has not been linked, or one to itself: the end of a path.
                if instruction.r1 == 0 {
                    if offset == 0 { traits.insert(.traceable) }
                } else if instruction.length == 6 {
                    exit(offset, to: address &+ UInt64(bitPattern: Int64(offset)), state)
                }
                return instruction.r1 != 15 ? .next : .nothing
            }
            // A mask of zero is a static branch, which the kernel turns into a jump.
            if offset == 0, instruction.r1 == 0 { traits.insert(.traceable) }
            jump(code.count, address, offset, distance, state)
            return instruction.r1 != 15 ? .next : .nothing
        }
        let (target, overflow) = offset.addingReportingOverflow(Int(truncatingIfNeeded: distance &* 2))
        // A distance of zero is a call that has not been linked.
        if !overflow, target > 0, target < code.count, distance != 0 {
            // Skips over literals, whose address is left in the register.
            state.overwrite(instruction.r1)
            addPath(at: target, state)
            return .nothing
        }
        if instruction.r1 == 0, offset <= 8 {
            traits.insert(.traceable)
            return .next
        }
        call(offset, instruction.r1, &state)
        return .perhapsNext
    }

    /// A jump to a distance; `state` is what the target finds.
    private mutating func jump(_ count: Int, _ address: UInt64, _ offset: Int, _ distance: Int64, _ state: FrameState) {
        let (target, overflow) = offset.addingReportingOverflow(Int(truncatingIfNeeded: distance &* 2))
        if !overflow, target >= 0, target < count {
            addPath(at: target, state)
            return
        }
        let destination = address &+ UInt64(bitPattern: Int64(offset)) &+ UInt64(bitPattern: distance &* 2)
        if let register = thunks.register(at: destination) {
            leave(through: Int(register), state)
        } else {
            exit(offset, to: destination, state)
        }
    }

    /// A call that leaves the return address in a register.
    private mutating func call(_ offset: Int, _ link: Int, _ state: inout FrameState) {
        calls.append(offset)
        state.forget(StackFrame.volatileRegisters | (link == 15 ? 0 : 1 &<< UInt16(link)))
    }

    /// A jump out of the function: a tail call, or on to another part of it.
    private mutating func exit(_ offset: Int, to target: UInt64, _ state: FrameState) {
        exits.append(FrameExit(offset: offset, target: target, state: state))
        traits.insert(state.isReleased ? .tailCalls : .continuesElsewhere)
        if state.isReleased { hasReleasedReturn = true }
    }

    /// A jump to the address in a register.
    private mutating func leave(through register: Int, _ state: FrameState) {
        if state.isReturner(register) { leave(state) } else { leaveIndirectly(state) }
    }

    /// A return.
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
}
