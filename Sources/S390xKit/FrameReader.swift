// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// Reads the frames of functions, one after the other, in memory that it uses again.
///
/// It follows every path from a function's first byte and keeps what is known of the stack at each instruction; where
/// paths meet, what holds on both. Code that nothing jumps to but a jump table is read with what is known at the
/// indirect jumps.
///
/// This file has the order of the paths; FrameBranches.swift where each instruction goes, FrameEffects.swift what it
/// does to what is known, FrameVerdict.swift what the calls amount to.
///
/// Objects and modules that have not been linked have a distance of zero in each call or jump with a relocation: a
/// call of that kind is a call, a long jump leaves the function. To tell expolines in them, relocate the code first.
public struct FrameReader: Sendable {
    /// The expolines of the kernel or module: a jump to `__s390_indirect_jump_r14` is a return.
    public var thunks: ExpolineThunks
    /// Jumps out of the function that was read last, in the order in which they were found; one may be there twice.
    public internal(set) var exits: [FrameExit] = []

    // Of the function that is read, or was read last:
    /// By halfword: what is known there.
    private(set) var known: [Mark] = []
    /// What is known somewhere.
    private(set) var states = FrameStates()
    /// Where calls begin, in bytes.
    var calls: [Int] = []
    /// What is known at the indirect jumps.
    var indirect: FrameState?
    var traits: FrameFacts.Traits = []
    var cause = FrameFacts.Cause.none
    private(set) var causeOffset = 0
    /// The least that %r15 holds, less its value on entry.
    private(set) var frameSize: Int32 = 0
    /// Whether a path leaves without having had a frame.
    var hasReleasedReturn = false
    private(set) var unreachedCall = 0

    private let table = InstructionTable.standard
    private let actions = FrameAction.byRow
    private var pending: [Entrance] = []
    private var doubtful: [Entrance] = []
    private var afterMonitorCalls: [Entrance] = []
    private var steps = 0
    private var limit = 0
    /// How many instructions a path has reached, those alone that stand one behind the other.
    private var reached = 0

    /// The number of a state, and whether it was reached by falling through behind a call that might not return.
    struct Mark: Equatable, Sendable {
        private var bits: UInt32

        /// Where no path was.
        static let none = Mark(0, isDoubtful: false)

        init(_ number: UInt32, isDoubtful: Bool) { bits = number &<< 1 | (isDoubtful ? 1 : 0) }

        var number: UInt32 { bits &>> 1 }
        var isDoubtful: Bool { bits & 1 != 0 }
        mutating func settle() { bits &= ~1 }
    }

    /// Where a path begins.
    private struct Entrance {
        let offset: Int
        let mark: Mark
    }

    /// A reader that has read nothing.
    ///
    /// - Parameter thunks: The expolines of the kernel or module whose functions are read.
    public init(thunks: ExpolineThunks = ExpolineThunks()) { self.thunks = thunks }

    /// Reads one function.
    ///
    /// - Parameters:
    ///   - decoded: The function's code and nothing else.
    ///   - address: The address of its first byte.
    ///   - state: What is known on entry; for a `.cold` part, the state of an exit of the function it belongs to.
    ///   - fixups: Where the exception table sends a fault in this function.
    /// - Returns: The facts, whatever the bytes are; what can't be followed is a `cause`. `exits` has the jumps out of the
    ///   function until the next one is read.
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

    private mutating func start(_ halfwords: Int) {
        known.fill(halfwords, with: .none)
        states.removeAll()
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

    private mutating func readPaths(
        _ decoded: DecodedCode, _ address: UInt64, _ state: FrameState, _ fixups: [FaultFixup],
        _ marks: consuming MutableSpan<Mark>
    ) {
        var known = marks
        let code = decoded.code
        addPath(at: 0, state)
        follow(decoded, address, &known)
        for fixup in fixups where fixup.instruction >= 0 && fixup.instruction < code.count {
            let mark = known[fixup.instruction >> 1]
            guard mark != .none, fixup.target >= 0, fixup.target < code.count, fixup.target & 1 == 0 else { continue }
            pending.append(Entrance(offset: fixup.target, mark: mark))
            follow(decoded, address, &known)
        }
        readUnreached(decoded, address, &known)
    }

    mutating func note(_ new: FrameFacts.Cause, _ offset: Int) {
        guard cause == .none else { return }
        cause = new
        causeOffset = offset
    }

    private mutating func mark(of state: FrameState) -> Mark { Mark(states.number(of: state), isDoubtful: false) }

    /// A path goes on at an offset within the function, in bytes.
    mutating func addPath(at offset: Int, _ state: FrameState) {
        pending.append(Entrance(offset: offset, mark: mark(of: state)))
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
            var state = states[mark.number]
            var tracked = RegisterSieve.wide(state.tracked)
            while place < end {
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
                if let target = Self.target(of: instruction, action, at: place, end) {
                    let isTheOnlyWay = action.effect == .branch && instruction.r1 == 15
                    if !isTheOnlyWay, known[target] != mark {
                        pending.append(Entrance(offset: target &* 2, mark: mark))
                    }
                    place = isTheOnlyWay ? target : following
                    continue
                }
                place = following
                if Self.changesNothing(instruction, action, tracked, state) { continue }
                guard pass(code, address, offset, instruction, action, &state, &mark, &tracked) else { continue paths }
            }
            traits.insert(.runsOut)
        }
    }

    /// Where in the function a jump goes that keeps nothing of where it came from, in halfwords; nil for what means
    /// something else, or leaves the function.
    @inline(__always)
    private static func target(
        of instruction: Instruction, _ action: FrameAction, at place: Int, _ end: Int
    ) -> Int? {
        guard action.distanceWidth != 0 else { return nil }
        let distance = Int(instruction.signedField(16, Int(action.distanceWidth)))
        let target = place &+ distance
        guard target >= 0, target < end else { return nil }
        if action.effect == .branch, place == 0 || distance == 0 || distance == 1 { return nil }
        return target
    }

    /// Whether a load or store of a doubleword has nothing to do with what is known.
    @inline(__always)
    private static func changesNothing(
        _ instruction: Instruction, _ action: FrameAction, _ tracked: UInt32, _ state: FrameState
    ) -> Bool {
        guard action.effect == .store || action.effect == .load, tracked &>> UInt32(instruction.r1) & 1 == 0 else {
            return false
        }
        // The backchain's place is the only one that a store of something else changes.
        if action.effect == .store { return instruction.shortDisplacement != StackFrame.Packed.backchain }
        guard instruction.r2 == 0 else { return true }
        let displacement = instruction.longDisplacement
        if instruction.base == 15, FrameState.Backchain(at: displacement) != nil { return false }
        guard let address = state.address(instruction.base, displacement) else { return true }
        return address != state.stackSlot && address != state.chainSlot && address != state.returnSlot
    }

    /// Passes an instruction that may change what is known, or may go elsewhere.
    ///
    /// - Returns: whether the path goes on behind it.
    @inline(__always)
    private mutating func pass(
        _ code: Bytes, _ address: UInt64, _ offset: Int, _ instruction: Instruction, _ action: FrameAction,
        _ state: inout FrameState, _ mark: inout Mark, _ tracked: inout UInt32
    ) -> Bool {
        if action.keepsState { return step(code, address, offset, instruction, action, &state) != .nothing }
        let unchanged = state
        let sequel = step(code, address, offset, instruction, action, &state)
        if sequel == .nothing { return false }
        if state != unchanged {
            mark = self.mark(of: state)
            tracked = RegisterSieve.wide(state.tracked)
            if state.stack != unchanged.stack, state.stack < 0, state.stack > Int32.min / 2 {
                frameSize = min(frameSize, state.stack)
            }
            if state.backchain != unchanged.backchain { traits.insert(.storesBackchain) }
        }
        guard sequel == .perhapsNext else { return true }
        mark = Mark(mark.number, isDoubtful: true)
        let isMonitorCall = action.effect == .monitorCall
        // Where nothing else waits, this is the next path.
        if pending.isEmpty, !isMonitorCall || doubtful.isEmpty { return true }
        let entrance = Entrance(offset: offset &+ instruction.length, mark: mark)
        if isMonitorCall { afterMonitorCalls.append(entrance) } else { doubtful.append(entrance) }
        return false
    }

    /// A path comes to where another one was; it goes on with what holds on both.
    ///
    /// - Returns: whether that is new.
    @inline(never)
    private mutating func meet(_ mark: Mark, _ own: inout Mark, _ state: inout FrameState, _ offset: Int) -> Bool {
        let meeting = states.meeting(of: mark.number, own.number)
        if own.isDoubtful, !meeting.agree, !mark.isDoubtful { return false }
        // A doubtful path that disagrees with a certain one did not fall through here after all.
        guard !mark.isDoubtful || meeting.agree || own.isDoubtful else { return true }
        let isDoubtful = own.isDoubtful && mark.isDoubtful
        if meeting.met == mark.number, isDoubtful == mark.isDoubtful { return false }
        state = states[meeting.met]
        if state.stack == FrameState.lost, states[mark.number].stack != FrameState.lost {
            note(.pathsDisagree, offset)
        }
        own = Mark(meeting.met, isDoubtful: isDoubtful)
        return true
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

    private mutating func readUnreached(
        _ decoded: DecodedCode, _ address: UInt64, _ offset: Int, _ word: UInt64, _ patched: Mark?,
        _ reported: inout Bool, _ known: inout MutableSpan<Mark>
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

    /// Whether an unconditional long jump within the function stands there, which compilers use for places that the
    /// kernel turns into nops.
    private static func isPatched(_ code: Bytes, _ place: Int) -> Bool {
        guard let word = Instruction.word(code, at: place &* 2), word >> 48 == 0xc0f4 else { return false }
        let target = place &+ Int(Instruction(word: word, row: 0).signedField(16, 32))
        return target > 0 && target < (code.count &+ 1) >> 1
    }
}
