// SPDX-License-Identifier: Apache-2.0

/// What the machine code of one function says about its stack frame.
///
/// The kernel's unwinder reads the backchain of a packed frame and the return address in the frame that it points to,
/// so whatever is called has to find both in place. See `StackFrame`.
public struct FrameFacts: Hashable, Sendable {
    /// What holds at every call of the function; the worst of them where calls differ. From harmless to harmful.
    @frozen public enum Verdict: UInt8, Hashable, Sendable, CaseIterable, Comparable {
        /// Calls nothing and leaves %r15 alone.
        case leaf
        /// Calls nothing, but lowers %r15.
        case leafWithFrame
        /// Backchain at 152, return address at 136: what the kernel's unwinder reads.
        case packedWithBackchain
        /// The backchain is zero: the first frame of a stack, made by hand.
        case endOfChain
        /// It could not be decided; see `cause`.
        case unknown
        /// Backchain at 0, return address at 112: the layout of user space.
        case ordinaryWithBackchain
        /// Return address at 136 or 144, and no backchain at some call.
        case packedWithoutBackchain
        /// Return address at 112, and no backchain at some call.
        case ordinaryWithoutBackchain
        /// A frame whose caller's return address is in none of the usual places.
        case returnAddressNotSaved
        /// Calls something before it has a frame.
        case callWithoutFrame

        /// Whether the left verdict is less harmful than the right one.
        @inlinable public static func < (left: Verdict, right: Verdict) -> Bool { left.rawValue < right.rawValue }
    }

    /// Why something could not be decided.
    @frozen public enum Cause: UInt8, Hashable, Sendable, CaseIterable {
        /// Nothing was undecided.
        case none
        /// There are no bytes.
        case empty
        /// A path runs into bytes that are no instruction.
        case undecoded
        /// A path runs into an instruction that goes beyond the function's end.
        case truncated
        /// %r15 was loaded with something else: a switch of stacks.
        case stackReplaced
        /// Paths that meet disagree about %r15.
        case pathsDisagree
        /// Something is called from code that no followed path reaches; the exception table may lead there.
        case unreachedCall
        /// The walk was given up.
        case tooComplex
    }

    /// What else was seen.
    @frozen public struct Traits: OptionSet, Hashable, Sendable {
        /// A bit for each trait.
        public let rawValue: UInt16

        /// The traits of a set's bits.
        @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

        /// Begins with a place for the tracer: a 6-byte nop, or a call that links %r0.
        public static let traceable = Traits(rawValue: 1 << 0)
        /// Jumps to another function with its own frame released.
        public static let tailCalls = Traits(rawValue: 1 << 1)
        /// Jumps out of its bytes with its frame in place: to a `.cold` part.
        public static let continuesElsewhere = Traits(rawValue: 1 << 2)
        /// Has a path from entry to return without a frame, beside others with one.
        public static let shrinkWrapped = Traits(rawValue: 1 << 3)
        /// Lowers %r15 by a number that only the running program knows.
        public static let variableFrame = Traits(rawValue: 1 << 4)
        /// Jumps to an address in a register: a jump table, or a tail call.
        public static let indirectJump = Traits(rawValue: 1 << 5)
        /// Has code that no followed path reaches: behind jump tables, targets of the exception table, literals.
        public static let unreachedCode = Traits(rawValue: 1 << 6)
        /// Calls something from such code.
        public static let unreachedCall = Traits(rawValue: 1 << 7)
        /// Executes an instruction elsewhere by EX or EXRL.
        public static let executes = Traits(rawValue: 1 << 8)
        /// Returns to its caller.
        public static let returns = Traits(rawValue: 1 << 9)
        /// Loads a PSW.
        public static let loadsPSW = Traits(rawValue: 1 << 10)
        /// Stores the backchain of a frame somewhere on its way.
        public static let storesBackchain = Traits(rawValue: 1 << 11)
        /// Runs out of its last byte: behind a call that does not return, or into what follows.
        public static let runsOut = Traits(rawValue: 1 << 12)
        /// Calls something while %r15 is not known to be in this function's stack: after a switch of stacks.
        public static let otherStack = Traits(rawValue: 1 << 13)
    }

    /// What holds at every call.
    public let verdict: Verdict
    /// Why the verdict is `unknown`; also set where another verdict was reached beside something undecided.
    public let cause: Cause
    /// What else was seen, whatever the verdict.
    public let traits: Traits
    // A kernel has tens of thousands of functions, and these are kept for each; code of 4 GiB is none.
    private let place: UInt32
    private let lowered: UInt32
    private let slot: Int32
    private let calls: UInt32

    /// The place that decided, in bytes from the start: the call for a verdict about a call, else the instruction
    /// that could not be followed.
    public var offset: Int { Int(place) }
    /// How far %r15 is lowered at most, in bytes, where that is known: 64 for `lay %r15,-64(%r15)`.
    public var frameSize: Int { Int(lowered) }
    /// Where %r14 is saved, in bytes from %r15 on entry: 136, 144, 112; nil if it is not.
    public var returnSlot: Int? { slot == FrameState.nowhere ? nil : Int(slot) }
    /// How many calls paths reach.
    public var callCount: Int { Int(calls) }

    /// `lowest` is the least that %r15 holds, less its value on entry, zero or negative; `slot` is where %r14 is saved,
    /// or `FrameState.nowhere`.
    init(
        verdict: Verdict, cause: Cause, offset: Int = 0, lowest: Int32 = 0, slot: Int32 = FrameState.nowhere,
        callCount: Int = 0, traits: Traits = []
    ) {
        self.verdict = verdict
        self.cause = cause
        self.traits = traits
        place = UInt32(clamping: offset)
        lowered = lowest.magnitude
        self.slot = slot
        calls = UInt32(clamping: callCount)
    }
}

/// A jump out of a function's bytes.
public struct FrameExit: Hashable, Sendable {
    /// Bytes from the start of the function.
    public let offset: Int
    /// The address it goes to.
    public let target: UInt64
    /// What the target finds: with the frame released, a tail call; else, a part of the same function.
    public let state: FrameState
}

/// An entry of the exception table within one function.
///
/// Source: arch/s390/include/asm/asm-extable.h.
public struct FaultFixup: Hashable, Sendable {
    /// The instruction that may fault, in bytes from the start of the function.
    public let instruction: Int
    /// Where the kernel goes on then, likewise.
    public let target: Int

    /// An entry of two offsets in bytes. Entries that do not lie in the function are passed over when it is read.
    public init(instruction: Int, target: Int) {
        self.instruction = instruction
        self.target = target
    }
}
