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
public struct FrameReader: Sendable {
    /// The expolines of the kernel or module: a jump to `__s390_indirect_jump_r14` is a return.
    public var thunks: ExpolineThunks
    /// Jumps out of the function that was read last.
    public private(set) var exits: [FrameExit] = []

    private let table: InstructionTable
    private let actions: [FrameAction]
    /// By halfword: what is known there.
    private var known: [Mark] = []
    /// What is known somewhere. The first is nobody's.
    private var states: [FrameState] = []
    /// By fingerprint: where the last state of it stands in `states`, if it does.
    private var places = [UInt32](repeating: 0, count: 256)
    /// The last two states that met: in most functions the same two do again and again.
    private var meeting = Meeting()
    private var pending: [Entrance] = []
    private var doubtful: [Entrance] = []
    private var afterMonitorCalls: [Entrance] = []
    private var calls: [Int] = []
    private var steps = 0
    private var limit = 0
    private var indirect: FrameState?
    private var cause = FrameFacts.Cause.none
    private var causeOffset = 0
    private var frameSize: Int32 = 0
    private var hasReleasedReturn = false
    /// How many instructions a path has reached, those alone that stand one behind the other.
    private var reached = 0
    private var unreachedCall = 0
    private var traits: FrameFacts.Traits = []

    /// A place in `states`, and whether it was reached by falling through behind a call that might not return.
    private struct Mark: Equatable {
        private var number: UInt32

        /// Where no path was.
        static let none = Mark(0, isDoubtful: false)

        init(_ place: UInt32, isDoubtful: Bool) { number = place &<< 1 | (isDoubtful ? 1 : 0) }

        var place: UInt32 { number &>> 1 }
        var isDoubtful: Bool { number & 1 != 0 }
        mutating func settle() { number &= ~1 }
    }

    /// Two states by their places, and that of what holds in both.
    private struct Meeting {
        var before: UInt32 = 0
        var own: UInt32 = 0
        var met: UInt32 = 0
        /// Whether %r15 is the same in both.
        var agree = true
    }

    /// Where a path begins.
    private struct Entrance {
        let offset: Int
        let mark: Mark
    }

    /// What follows an instruction.
    private enum Sequel {
        case next
        /// The next one, if the call returns.
        case perhapsNext
        case nothing
    }

    public init(thunks: ExpolineThunks = ExpolineThunks(), table: InstructionTable = .standard) {
        self.thunks = thunks
        self.table = table
        actions = FrameAction.byRow
    }

    /// Reads one function.
    ///
    /// - Parameters:
    ///   - decoded: The function's code and nothing else.
    ///   - address: Where they lie.
    ///   - state: What is known on entry; for a `.cold` part, the state of an exit of the function it belongs to.
    ///   - fixups: Where the exception table sends a fault in this function.
    /// - Returns: The facts; `exits` has the jumps out of the function until the next one is read.
    public mutating func read(
        _ decoded: DecodedCode, address: UInt64, entry state: FrameState = FrameState(), fixups: [FaultFixup] = []
    ) -> FrameFacts {
        let code = decoded.code
        start(code.count / 2 + 1)
        guard code.count >= 2 else { return FrameFacts(verdict: .unknown, cause: .empty) }
        // In a variable of its own, so that a step may change both it and the reader.
        var marks: [Mark] = []
        swap(&marks, &known)
        readPaths(decoded, address, state, fixups, marks.mutableSpan)
        swap(&marks, &known)
        return judge()
    }

    /// The same for code that nobody else looks at.
    public mutating func read(
        _ code: Bytes, address: UInt64, entry state: FrameState = FrameState(), fixups: [FaultFixup] = []
    ) -> FrameFacts {
        read(DecodedCode(code), address: address, entry: state, fixups: fixups)
    }

    private mutating func readPaths(
        _ decoded: DecodedCode, _ address: UInt64, _ state: FrameState, _ fixups: [FaultFixup],
        _ marks: consuming MutableSpan<Mark>
    ) {
        var known = marks
        let code = decoded.code
        pending.append(Entrance(offset: 0, mark: mark(of: state)))
        follow(decoded, address, &known)
        for fixup in fixups where fixup.instruction >= 0 && fixup.instruction < code.count {
            let mark = known[fixup.instruction >> 1]
            guard mark != .none, fixup.target >= 0, fixup.target < code.count, fixup.target & 1 == 0 else { continue }
            pending.append(Entrance(offset: fixup.target, mark: mark))
            follow(decoded, address, &known)
        }
        readUnreached(decoded, address, &known)
    }

    private mutating func start(_ halfwords: Int) {
        known.fill(halfwords, with: .none)
        states.removeAll(keepingCapacity: true)
        states.append(FrameState())
        meeting = Meeting()
        pending.removeAll(keepingCapacity: true)
        doubtful.removeAll(keepingCapacity: true)
        afterMonitorCalls.removeAll(keepingCapacity: true)
        calls.removeAll(keepingCapacity: true)
        exits.removeAll(keepingCapacity: true)
        steps = 64 &* halfwords &+ 1024
        // A state for every other halfword is far more than compilers' code needs.
        limit = min(4 &* halfwords &+ 1024, 1 << 30)
        indirect = nil
        cause = .none
        causeOffset = 0
        frameSize = 0
        hasReleasedReturn = false
        reached = 0
        traits = []
    }

    /// What is known at a halfword where a path was.
    private func known(at index: Int) -> FrameState { states[Int(known[index].place)] }

    /// Keeps a state; mostly it is one of those that are kept already.
    private mutating func place(of state: FrameState) -> UInt32 {
        let fingerprint = state.fingerprint
        let last = places[fingerprint]
        if last != 0, last < states.count, states[Int(last)] == state { return last }
        let place = UInt32(truncatingIfNeeded: states.count)
        states.append(state)
        places[fingerprint] = place
        return place
    }

    private mutating func mark(of state: FrameState) -> Mark { Mark(place(of: state), isDoubtful: false) }

    private mutating func note(_ new: FrameFacts.Cause, _ offset: Int) {
        guard cause == .none else { return }
        cause = new
        causeOffset = offset
    }

    /// Follows each path that is pending until it ends or meets one that was followed with the same knowledge; what lies
    /// behind calls waits for what is reached for certain, and what lies behind monitor calls, which do not return where
    /// they are BUG, for both.
    private mutating func follow(_ decoded: DecodedCode, _ address: UInt64, _ known: inout MutableSpan<Mark>) {
        let code = decoded.code
        let rows = decoded.rows.span
        let nothing = decoded.nothing
        let actions = actions
        let registers = RegisterSieve.registers
        let bits = registers.span
        // Spares a check of each byte.
        guard bits.count == 256 else { return }
        // Places are halfwords.
        let end = (code.count &+ 1) >> 1
        var steps = steps
        var reached = reached
        defer {
            self.steps = steps
            self.reached = reached
        }
        paths: while let next = pending.popLast() ?? doubtful.popLast() ?? afterMonitorCalls.popLast() {
            var place = next.offset >> 1
            var mark = next.mark
            if known[place] == mark { continue }
            var state = states[Int(mark.place)]
            var tracked = RegisterSieve.wide(state.tracked)
            while true {
                guard place < end else {
                    traits.insert(.runsOut)
                    continue paths
                }
                guard steps > 0, states.count <= limit else {
                    note(.tooComplex, place &* 2)
                    continue paths
                }
                steps &-= 1
                let before = known[place]
                if before != .none {
                    if before == mark { continue paths }
                    guard meet(before, &mark, &state, place &* 2) else { continue paths }
                    tracked = RegisterSieve.wide(state.tracked)
                }
                known[place] = mark
                mark.settle()
                let offset = place &* 2
                // Bytes behind the instruction do no harm to what is asked of it before it is looked at whole.
                guard
                    let bytes = code.integer(at: offset, .big, as: UInt64.self)
                        ?? Instruction.lastWord(code, at: offset)
                else {
                    note(.truncated, offset)
                    continue paths
                }
                var row = rows[place]
                if row == nothing {
                    row = table.row(of: Instruction.first(of: bytes))
                } else {
                    reached &+= before == .none ? 1 : 0
                }
                let following = place &+ Instruction.length(firstByte: UInt8(truncatingIfNeeded: bytes &>> 56)) >> 1
                // Nearly all instructions end here: they change nothing that is known, and go nowhere else.
                guard actions[Int(row)].sieve.names(tracked, bytes, bits) else {
                    place = following
                    continue
                }
                if row == 0 {
                    note(.undecoded, offset)
                    continue paths
                }
                let action = actions[Int(row)]
                let instruction = Instruction(word: Instruction.first(of: bytes), row: row)
                if action.distanceWidth != 0 {
                    let isBranch = action.effect == .branch
                    let distance = Int(instruction.signedField(16, Int(action.distanceWidth)))
                    let target = place &+ distance
                    // The others mean something else, or leave the function.
                    if target >= 0, target < end, !isBranch || place != 0 && distance != 0 && distance != 1 {
                        if isBranch, instruction.r1 == 15 {
                            place = target
                            continue
                        }
                        if known[target] != mark { pending.append(Entrance(offset: target &* 2, mark: mark)) }
                        place = following
                        continue
                    }
                }
                place = following
                if action.effect == .store, Self.changesNothing(instruction, tracked) { continue }
                if action.effect == .load, Self.changesNothing(instruction, tracked, state) { continue }
                if action.keepsState {
                    guard step(code, address, offset, instruction, action, &state) != .nothing else { continue paths }
                    continue
                }
                let unchanged = state
                let sequel = step(code, address, offset, instruction, action, &state)
                if sequel == .nothing { continue paths }
                if state != unchanged {
                    mark = self.mark(of: state)
                    tracked = RegisterSieve.wide(state.tracked)
                    if state.stack != unchanged.stack, state.stack < 0, state.stack > Int32.min / 2 {
                        frameSize = min(frameSize, state.stack)
                    }
                    if state.backchain != unchanged.backchain { traits.insert(.storesBackchain) }
                }
                if sequel == .perhapsNext {
                    mark = Mark(mark.place, isDoubtful: true)
                    let isMonitorCall = action.effect == .monitorCall
                    // Where nothing else waits, this is the next path.
                    if pending.isEmpty, !isMonitorCall || doubtful.isEmpty { continue }
                    let entrance = Entrance(offset: place &* 2, mark: mark)
                    if isMonitorCall { afterMonitorCalls.append(entrance) } else { doubtful.append(entrance) }
                    continue paths
                }
            }
        }
    }

    /// Whether a store of a doubleword is none of a register that something is known of, nor to the backchain's place.
    private static func changesNothing(_ store: Instruction, _ tracked: UInt32) -> Bool {
        tracked &>> UInt32(store.r1) & 1 == 0 && store.shortDisplacement != StackFrame.Packed.backchain
    }

    /// Whether a load of a doubleword is into a register that nothing is known of, from a place that nothing is known of.
    private static func changesNothing(_ load: Instruction, _ tracked: UInt32, _ state: FrameState) -> Bool {
        guard tracked &>> UInt32(load.r1) & 1 == 0 else { return false }
        guard load.r2 == 0 else { return true }
        let displacement = load.longDisplacement
        if load.base == 15, FrameState.Backchain(at: displacement) != nil { return false }
        guard let address = state.address(load.base, displacement) else { return true }
        return address != state.stackSlot && address != state.chainSlot && address != state.returnSlot
    }

    /// A path comes to where another one was; it goes on with what holds on both.
    ///
    /// - Returns: whether that is new.
    @inline(never)
    private mutating func meet(_ mark: Mark, _ own: inout Mark, _ state: inout FrameState, _ offset: Int) -> Bool {
        if meeting.before != mark.place || meeting.own != own.place { meeting = meeting(of: mark.place, own.place) }
        if own.isDoubtful, !meeting.agree, !mark.isDoubtful { return false }
        // A doubtful path that disagrees with a certain one did not fall through here after all.
        guard !mark.isDoubtful || meeting.agree || own.isDoubtful else { return true }
        let isDoubtful = own.isDoubtful && mark.isDoubtful
        if meeting.met == mark.place, isDoubtful == mark.isDoubtful { return false }
        state = states[Int(meeting.met)]
        if state.stack == FrameState.lost, states[Int(mark.place)].stack != FrameState.lost {
            note(.pathsDisagree, offset)
        }
        own = Mark(meeting.met, isDoubtful: isDoubtful)
        return true
    }

    /// What holds in both of two states.
    private mutating func meeting(of before: UInt32, _ own: UInt32) -> Meeting {
        let (first, second) = (states[Int(before)], states[Int(own)])
        let met = first.meeting(second)
        return Meeting(
            before: before, own: own, met: met == first ? before : met == second ? own : place(of: met),
            agree: first.stack == second.stack)
    }

    /// A jump to a distance; `state` is what the target finds.
    private mutating func jump(_ count: Int, _ address: UInt64, _ offset: Int, _ distance: Int64, _ state: FrameState) {
        let (target, overflow) = offset.addingReportingOverflow(Int(truncatingIfNeeded: distance &* 2))
        if !overflow, target >= 0, target < count {
            pending.append(Entrance(offset: target, mark: mark(of: state)))
            return
        }
        let destination = address &+ UInt64(bitPattern: Int64(offset)) &+ UInt64(bitPattern: distance &* 2)
        if let register = thunks.register(at: destination) {
            if state.isReturner(Int(register)) { leave(state) } else { leaveIndirectly(state) }
            return
        }
        exit(offset, to: destination, state)
    }

    /// A jump out of the function: a tail call, or on to another part of it.
    private mutating func exit(_ offset: Int, to target: UInt64, _ state: FrameState) {
        exits.append(FrameExit(offset: offset, target: target, state: state))
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
        state.forget(StackFrame.volatileRegisters | (link == 15 ? 0 : 1 &<< UInt16(link)))
    }

    /// What an instruction does to the stack, and where it may go.
    @inline(never)
    private mutating func step(
        _ code: Bytes, _ address: UInt64, _ offset: Int, _ instruction: Instruction, _ action: FrameAction,
        _ state: inout FrameState
    ) -> Sequel {
        let first = instruction.r1
        switch action.effect {
        case .write:
            overwriteFirst(instruction, action, &state)
        case .branchByRegister:
            if first == 0 || instruction.r2 == 0 { return .next }
            if state.isReturner(instruction.r2) { leave(state) } else { leaveIndirectly(state) }
            return first != 15 ? .next : .nothing
        case .callByRegister:
            if instruction.r2 != 0 {
                call(offset, first, &state)
                return .perhapsNext
            }
            state.overwrite(first)
        case .countByRegister:
            if instruction.r2 != 0 { leaveIndirectly(state) }
            state.overwrite(first)
        case .branchSettingMode:
            if instruction.r2 == 0 { return .next }
            if state.isReturner(instruction.r2) { leave(state) } else { leaveIndirectly(state) }
            return .nothing
        case .programReturn:
            leave(state)
            return .nothing
        case .callByStorage:
            call(offset, first, &state)
            return .perhapsNext
        case .branchByStorage:
            if first == 0 { return .next }
            if instruction.r2 == 0, state.isReturner(instruction.base) { leave(state) } else { leaveIndirectly(state) }
            return first != 15 ? .next : .nothing
        case .countByStorage:
            leaveIndirectly(state)
            state.overwrite(first)
        case .branchThroughStorage:
            leaveIndirectly(state)
            return first != 15 ? .next : .nothing
        case .compareByStorage:
            leaveIndirectly(state)
        case .loadPSW:
            traits.insert(.loadsPSW)
            return .nothing
        case .jumpThenWrite:
            jump(code.count, address, offset, instruction.signedField(16, instruction.length == 4 ? 16 : 32), state)
            state.overwrite(first)
        case .writeThenJump:
            state.overwrite(first)
            jump(code.count, address, offset, instruction.signedField(16, 16), state)
        case .compareAndJump:
            jump(code.count, address, offset, instruction.signedField(16, 16), state)
        case .branch:
            return branch(
                code, address, offset, instruction,
                instruction.signedField(16, instruction.length == 4 ? 16 : 32), &state)
        case .addHalfword:
            add(first, instruction.signedField(16, 16), &state)
        case .addWord:
            add(first, instruction.signedField(16, 32), &state)
        case .addUnsigned:
            // ALGFI of a number that wraps lowers; the kernel has none.
            add(first, Int64(instruction.field(16, 32)), &state)
        case .subtractUnsigned:
            add(first, -Int64(instruction.field(16, 32)), &state)
        case .monitorCall:
            // BUG does not go on behind its monitor call; WARN does.
            return .perhapsNext
        case .move:
            move(Int(instruction.field(24, 4)), Int(instruction.field(28, 4)), &state)
        case .lowerByRegister:
            lower(Int(instruction.field(24, 4)), &state)
        case .lowerByRegisters:
            let result = Int(instruction.field(24, 4))
            if result == 15, instruction.field(28, 4) == 15 || instruction.field(16, 4) == 15 {
                lower(result, &state)
            } else {
                state.overwrite(result)
            }
        case .lowerByStorage:
            lower(first, &state)
        case .executeRelative:
            if let thunk = ExpolineThunk(code, at: offset, address: address) {
                if state.isReturner(Int(thunk.register)) { leave(state) } else { leaveIndirectly(state) }
                return .nothing
            }
            traits.insert(.executes)
        case .execute:
            traits.insert(.executes)
        case .loadAddress:
            loadAddress(
                instruction, instruction.length == 4 ? instruction.shortDisplacement : instruction.longDisplacement,
                &state)
        case .clear:
            // XC of a doubleword with itself.
            if instruction.field(8, 8) == 7, instruction.field(16, 16) == instruction.field(32, 16),
                instruction.base == 15
            {
                zero(instruction.shortDisplacement, &state)
            }
        case .storeHalfword:
            if instruction.base == 15, instruction.field(32, 16) == 0 { zero(instruction.shortDisplacement, &state) }
        case .store:
            if instruction.r2 == 0 { state.store(first, base: instruction.base, instruction.longDisplacement) }
        case .load:
            load(first, instruction, &state)
        case .storeMultiple:
            storeMultiple(instruction, &state)
        case .loadMultiple:
            loadMultiple(instruction, &state)
        case .writeSeveral:
            state.overwrite(from: first, through: instruction.r2)
        case .addToOther:
            if let sum = state.address(instruction.r2, instruction.signedField(16, 16)) {
                state.set(first, to: sum)
            } else {
                state.overwrite(first)
            }
        }
        return .next
    }

    private func overwriteFirst(_ instruction: Instruction, _ action: FrameAction, _ state: inout FrameState) {
        let written = action.written(by: instruction.word)
        if written &>> 15 != 0 { state.overwrite(15) }
        state.forget(written & 0x7fff)
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
            pending.append(Entrance(offset: target, mark: mark(of: state)))
            return .nothing
        }
        if instruction.r1 == 0, offset <= 8 {
            traits.insert(.traceable)
            return .next
        }
        call(offset, instruction.r1, &state)
        return .perhapsNext
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

    /// LGR.
    private func move(_ first: Int, _ second: Int, _ state: inout FrameState) {
        if first == second { return }
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
        if base == 15, let backchain = FrameState.Backchain(at: displacement), backchain == state.backchain {
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
            // Others say nothing but where the backchain was.
            if state.tracked &>> UInt16(register) & 1 != 0 || displacement == StackFrame.Packed.backchain {
                state.store(register, base: instruction.base, displacement)
            }
            if register == instruction.r2 { break }
            register = (register &+ 1) & 15
            displacement &+= 8
        }
    }

    private mutating func loadMultiple(_ instruction: Instruction, _ state: inout FrameState) {
        let first = instruction.r1
        let last = (instruction.r2 &- first) & 15
        let before = state
        let registers = UInt32(1) &<< UInt32(last &+ 1) &- 1
        let around = registers &<< UInt32(first)
        state.forget(UInt16(truncatingIfNeeded: around | around &>> 16) & 0x7fff)
        if before.returnSlot != FrameState.nowhere, let base = before.address(instruction.base, 0) {
            let distance = Int64(before.returnSlot) &- Int64(base) &- instruction.longDisplacement
            let register = (first &+ Int(distance >> 3)) & 15
            if distance & 7 == 0, distance >= 0, distance >> 3 <= last, register != 15 {
                state.returners |= 1 &<< UInt16(register)
            }
        }
        let place15 = (15 &- first) & 15
        guard place15 <= last else { return }
        let address = before.address(instruction.base, instruction.longDisplacement &+ 8 &* Int64(place15))
        let isRestored = address != nil && address == before.stackSlot || isSavedStack(before, instruction, address)
        state.moveStack(to: isRestored ? 0 : FrameState.lost)
    }

    /// Whether %r15 is loaded back from a frame whose size is not known, through a register that points into it.
    private func isSavedStack(_ state: FrameState, _ instruction: Instruction, _ address: Int32?) -> Bool {
        address == nil && state.stack == FrameState.variable && state.stackSlot != FrameState.nowhere
            && instruction.base >= StackFrame.firstSavedRegister
    }

    private func zero(_ displacement: Int64, _ state: inout FrameState) {
        guard FrameState.Backchain(at: displacement) != nil else { return }
        state.backchain = .zero
        state.chainSlot = FrameState.nowhere
    }

    /// Code that no path reached: with an indirect jump, what a jump table leads to; else, told.
    private mutating func readUnreached(
        _ decoded: DecodedCode, _ address: UInt64, _ known: inout MutableSpan<Mark>
    ) {
        if reached == decoded.count, !decoded.isTruncated { return }
        let code = decoded.code
        let rows = decoded.rows.span
        let nothing = decoded.nothing
        var reported = false
        var last = 0
        for place in rows.indices where rows[place] != nothing {
            if known[place] == .none {
                guard let word = Instruction.word(code, at: place &* 2) else { return }
                let patched = Self.isPatched(code, last) && known[last] != .none ? known[last] : nil
                readUnreached(decoded, address, place &* 2, word, patched, &reported, &known)
            }
            last = place
        }
    }

    /// Whether an unconditional long jump within the function stands there, which compilers use for places that the
    /// kernel turns into nops.
    private static func isPatched(_ code: Bytes, _ place: Int) -> Bool {
        guard let word = Instruction.word(code, at: place &* 2), word >> 48 == 0xc0f4 else { return false }
        let target = place &+ Int(Instruction(word: word, row: 0).signedField(16, 32))
        return target > 0 && target < (code.count &+ 1) >> 1
    }

    /// Tells each call that paths of the function read last reach, in the order of addresses, with what is known there.
    public func forEachCall(_ body: (_ offset: Int, _ state: FrameState) -> Void) {
        var last = -1
        for call in calls where call != last {
            last = call
            body(call, known(at: call >> 1))
        }
    }

    private mutating func readUnreached(
        _ decoded: DecodedCode, _ address: UInt64, _ offset: Int, _ word: UInt64, _ patched: Mark?,
        _ reported: inout Bool,
        _ known: inout MutableSpan<Mark>
    ) {
        let row = table.row(of: word)
        // nopr, and bytes that are no instruction.
        if row == 0 || word >> 56 == 0x07 && (word >> 48 & 15 == 0 || word >> 52 & 15 == 0) { return }
        traits.insert(.unreachedCode)
        if let entered = patched ?? indirect.map({ mark(of: $0) }) {
            pending.append(Entrance(offset: offset, mark: entered))
            let before = cause
            follow(decoded, address, &known)
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
            if state.backchain == .packed, state.returnSlot == StackFrame.Packed.returnAddress {
                return .packedWithBackchain
            }
            return state.backchain == .zero ? .endOfChain : .unknown
        }
        guard state.isAllocated else { return state.backchain == .zero ? .endOfChain : .callWithoutFrame }
        switch (state.backchain, state.returnSlot) {
        case (.zero, _): return .endOfChain
        case (.packed, StackFrame.Packed.returnAddress): return .packedWithBackchain
        case (.ordinary, StackFrame.Ordinary.returnAddress): return .ordinaryWithBackchain
        case (.none, StackFrame.Packed.returnAddress), (.none, StackFrame.Packed.returnAddressWithoutBackchain):
            return .packedWithoutBackchain
        case (.none, StackFrame.Ordinary.returnAddress): return .ordinaryWithoutBackchain
        default: return .returnAddressNotSaved
        }
    }

    private mutating func judge() -> FrameFacts {
        var worst: FrameFacts.Verdict?
        var place = causeOffset
        var slot: Int32 = FrameState.nowhere
        var count = 0
        // Mostly they are in order.
        if !zip(calls, calls.dropFirst()).allSatisfy({ $0 <= $1 }) { calls.sort() }
        var last = -1
        // What was known at the call before; the first state is nobody's.
        var stated: UInt32 = 0
        for call in calls where call != last {
            last = call
            count += 1
            let known = known[call >> 1].place
            // It says what the one before said.
            if known == stated { continue }
            stated = known
            let state = states[Int(known)]
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
            verdict: result, cause: cause, offset: place, lowest: frameSize, slot: slot, callCount: count,
            traits: traits)
    }
}
