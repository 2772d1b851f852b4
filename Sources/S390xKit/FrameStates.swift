// SPDX-License-Identifier: Apache-2.0

/// The states that the code of one function can be in, by number; the memory is used again for the next function.
struct FrameStates: Sendable {
    /// The first is nobody's.
    private var list: [FrameState] = []
    /// By fingerprint: the number of the last state that has it. Numbers of earlier functions' states stay.
    private var last = [UInt32](repeating: 0, count: 256)
    /// The last two states that met: in most functions the same two do again and again.
    private var meeting = Meeting()

    /// Two states by number, and that of what holds in both.
    struct Meeting {
        fileprivate var before: UInt32 = 0
        fileprivate var own: UInt32 = 0
        var met: UInt32 = 0
        /// Whether %r15 is the same in both.
        var agree = true
    }

    var count: Int { list.count }

    subscript(number: UInt32) -> FrameState { list[Int(number)] }

    mutating func removeAll() {
        list.removeAll(keepingCapacity: true)
        list.append(FrameState())
        meeting = Meeting()
    }

    /// Keeps a state; mostly it is one of those that are kept already.
    mutating func number(of state: FrameState) -> UInt32 {
        let fingerprint = state.fingerprint
        let known = last[fingerprint]
        if known != 0, known < list.count, list[Int(known)] == state { return known }
        let number = UInt32(truncatingIfNeeded: list.count)
        list.append(state)
        last[fingerprint] = number
        return number
    }

    /// What holds in both of two states.
    @inline(__always)
    mutating func meeting(of before: UInt32, _ own: UInt32) -> Meeting {
        if meeting.before != before || meeting.own != own { meet(before, own) }
        return meeting
    }

    private mutating func meet(_ before: UInt32, _ own: UInt32) {
        let (first, second) = (self[before], self[own])
        let met = first.meeting(second)
        meeting = Meeting(
            before: before, own: own, met: met == first ? before : met == second ? own : number(of: met),
            agree: first.stack == second.stack)
    }
}
