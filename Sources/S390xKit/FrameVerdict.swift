// SPDX-License-Identifier: Apache-2.0

/// What the calls of a function amount to.
extension FrameReader {
    /// What a state at a call amounts to: any verdict but `leaf` and `leafWithFrame`.
    private func verdict(_ state: FrameState) -> FrameFacts.Verdict {
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

    /// The facts about the function whose paths were followed last: the worst of its calls decides.
    mutating func judge() -> FrameFacts {
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
            let number = known[call >> 1].number
            // It says what the one before said.
            if number == stated { continue }
            stated = number
            let state = states[number]
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
