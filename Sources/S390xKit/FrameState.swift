// SPDX-License-Identifier: Apache-2.0

/// What is known of the stack at one instruction.
///
/// Addresses in it are bytes from %r15 as it was on entry; those above it lie in the caller's frame. See `StackFrame`.
@frozen public struct FrameState: Hashable, Sendable {
    /// Where the backchain of the frame that %r15 points to lies.
    @frozen public enum Backchain: UInt8, Hashable, Sendable {
        /// None is known to be stored.
        case none
        /// Where the packed frame has it, at 152(%r15).
        case packed
        /// Where the ordinary frame has it, at 0(%r15).
        case ordinary
        /// The place holds zero: the unwinder goes on with the `pt_regs` above the frame, or ends.
        case zero

        /// The frame that has its backchain at a displacement from %r15; nil if there is none.
        init?(at displacement: Int64) {
            switch displacement {
            case StackFrame.Packed.backchain: self = .packed
            case StackFrame.Ordinary.backchain: self = .ordinary
            default: return nil
            }
        }
    }

    /// No address.
    public static let nowhere = Int32.min
    /// %r15 was lowered by a number that only the running program knows.
    public static let variable = Int32.max
    /// %r15 holds something else, or paths disagree about it.
    public static let lost = Int32.max - 1
    /// %r15 is where it was on entry, or lower: in a loop that lowers it, or behind paths with and without a frame.
    public static let lowered = Int32.max - 2

    /// %r15 less its value on entry; or `variable`, `lowered` or `lost`.
    public internal(set) var stack: Int32 = 0
    /// Where %r14 was saved: a `returnAddress` of `StackFrame`, or another place; `nowhere` if it was not.
    public internal(set) var returnSlot: Int32 = nowhere
    /// What is known of the backchain of the frame that %r15 points to.
    public internal(set) var backchain: Backchain = .none
    /// Where %r15 was saved.
    @usableFromInline var stackSlot: Int32 = nowhere
    /// Where the entry's %r15 was stored last.
    @usableFromInline var chainSlot: Int32 = nowhere
    /// Registers that hold %r15 as it was on entry.
    @usableFromInline var holders: UInt16 = 0
    /// Registers that hold the return address.
    @usableFromInline var returners: UInt16 = 1 << 14
    /// Registers that hold `pointed`, an address in the stack.
    @usableFromInline var pointers: UInt16 = 0
    /// 0 where no register does, so that states that say the same are equal.
    @usableFromInline var pointed: Int32 = 0

    /// The state in which a function is called.
    public init() {}

    /// A state in which nothing is known: of code that is entered in a way of its own.
    public static let unknown: FrameState = {
        var state = FrameState()
        state.stack = lost
        state.returners = 0
        return state
    }()

    /// Whether %r15 points below its value on entry.
    public var isAllocated: Bool { stack < 0 || stack == Self.variable }
    /// Whether %r15 is where it was on entry.
    public var isReleased: Bool { stack == 0 }

    var isExact: Bool { stack < Self.lowered }
    var isLost: Bool { stack == Self.lost || stack == Self.lowered }
    private var isAtOrBelow: Bool { stack <= 0 || stack == Self.variable || stack == Self.lowered }

    /// What is true in both states.
    func meeting(_ other: FrameState) -> FrameState {
        if self == other { return self }
        var result = self
        if stack != other.stack {
            result.stack =
                isAllocated && other.isAllocated
                ? Self.variable : isAtOrBelow && other.isAtOrBelow ? Self.lowered : Self.lost
        }
        if backchain != other.backchain { result.backchain = .none }
        result.pointers = pointed == other.pointed ? pointers & other.pointers : 0
        if result.pointers == 0 { result.pointed = 0 }
        if returnSlot != other.returnSlot { result.returnSlot = Self.nowhere }
        if stackSlot != other.stackSlot { result.stackSlot = Self.nowhere }
        if chainSlot != other.chainSlot { result.chainSlot = Self.nowhere }
        result.holders = holders & other.holders
        result.returners = returners & other.returners
        return result
    }

    /// The same as comparing each field, without a branch a field.
    @inlinable @inline(__always) public static func == (left: FrameState, right: FrameState) -> Bool {
        let addresses =
            (left.stack ^ right.stack) | (left.returnSlot ^ right.returnSlot) | (left.stackSlot ^ right.stackSlot)
            | (left.chainSlot ^ right.chainSlot) | (left.pointed ^ right.pointed)
        let registers =
            (left.holders ^ right.holders) | (left.returners ^ right.returners) | (left.pointers ^ right.pointers)
            | UInt16(left.backchain.rawValue ^ right.backchain.rawValue)
        return addresses | Int32(registers) == 0
    }

    /// A number below 256 that is the same for equal states.
    var fingerprint: Int {
        let addresses = UInt64(UInt32(bitPattern: stack)) &<< 32 | UInt64(UInt32(bitPattern: pointed))
        let slots = UInt64(UInt32(bitPattern: chainSlot &+ returnSlot)) &<< 32 | UInt64(UInt32(bitPattern: stackSlot))
        let registers =
            UInt64(holders) &<< 40 | UInt64(returners) &<< 24 | UInt64(pointers) &<< 8 | UInt64(backchain.rawValue)
        let mixed = (addresses ^ slots &* 0xff51_afd7_ed55_8ccd ^ registers &* 0xc4ce_b9fe_1a85_ec53)
        return Int(truncatingIfNeeded: (mixed &* 0x9e37_79b9_7f4a_7c15) &>> 56)
    }

    /// Whether the register holds %r15 as it was on entry.
    func isHolder(_ register: Int) -> Bool { register == 15 ? stack == 0 : holders &>> UInt16(register) & 1 != 0 }

    /// Whether the register holds the return address.
    func isReturner(_ register: Int) -> Bool { returners &>> UInt16(register) & 1 != 0 }

    /// The registers about which something is known, a bit each; %r15 always.
    var tracked: UInt16 { holders | returners | pointers | 1 << 15 }

    /// The address that base and displacement make, if it is in the stack and known.
    func address(_ base: Int, _ displacement: Int64) -> Int32? {
        let start: Int32
        if base == 15 {
            guard isExact else { return nil }
            start = stack
        } else if holders &>> UInt16(base) & 1 != 0 {
            start = 0
        } else if pointers &>> UInt16(base) & 1 != 0 {
            start = pointed
        } else {
            return nil
        }
        guard let sum = Int32(exactly: Int64(start) + displacement), sum > Int32.min / 2, sum < Int32.max / 2 else {
            return nil
        }
        return sum
    }

    /// The register is written with something that is not followed.
    mutating func overwrite(_ register: Int) {
        guard register != 15 else {
            moveStack(to: Self.lost)
            return
        }
        forget(1 &<< UInt16(register))
    }

    /// Registers other than %r15, a bit each, are written with something that is not followed.
    mutating func forget(_ registers: UInt16) {
        holders &= ~registers
        returners &= ~registers
        pointers &= ~registers
        if pointers == 0 { pointed = 0 }
    }

    mutating func overwrite(from first: Int, through last: Int) {
        var register = first
        while true {
            overwrite(register)
            if register == last { break }
            register = (register &+ 1) & 15
        }
    }

    /// The register gets an address in the stack.
    mutating func set(_ register: Int, to address: Int32) {
        if register == 15 {
            moveStack(to: address)
            return
        }
        overwrite(register)
        if address == 0 {
            holders |= 1 &<< UInt16(register)
        } else {
            if pointed != address { pointers = 0 }
            pointed = address
            pointers |= 1 &<< UInt16(register)
        }
    }

    /// %r15 changes, and with it which place a backchain has to be in.
    mutating func moveStack(to address: Int32) {
        stack = address
        backchain = .none
        guard isExact, chainSlot != Self.nowhere, address < 0 else { return }
        backchain = Backchain(at: Int64(chainSlot) - Int64(address)) ?? .none
    }

    /// A doubleword of a register goes to storage.
    mutating func store(_ register: Int, base: Int, _ displacement: Int64) {
        let address = address(base, displacement)
        if isHolder(register) {
            if base == 15, stack != 0, let place = Backchain(at: displacement) { backchain = place }
            if let address {
                chainSlot = address
                if register == 15, address > 0 { stackSlot = address }
                if base != 15 { moveStack(to: stack) }
            }
        } else if base == 15, displacement == StackFrame.Packed.backchain, backchain == .packed {
            backchain = .none
            chainSlot = Self.nowhere
        }
        if isReturner(register), let address, returnSlot == Self.nowhere { returnSlot = address }
    }
}
