// SPDX-License-Identifier: Apache-2.0

/// What an instruction does, as far as a rule over machine code asks.
@frozen public struct InstructionClass: OptionSet, Hashable, Sendable {
    /// A bit for each class.
    public let rawValue: UInt32

    /// The classes of a set's bits.
    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Computes on binary floating-point numbers (Principles of Operation, chapter 19).
    public static let binaryFloat = InstructionClass(rawValue: 1 << 0)
    /// Computes on hexadecimal floating-point numbers (chapter 18).
    public static let hexadecimalFloat = InstructionClass(rawValue: 1 << 1)
    /// Computes on decimal floating-point numbers (chapter 20).
    public static let decimalFloat = InstructionClass(rawValue: 1 << 2)
    /// Names a floating-point register: also loads, stores and moves.
    public static let floatRegister = InstructionClass(rawValue: 1 << 3)
    /// Reads or writes the floating-point control register.
    public static let floatControl = InstructionClass(rawValue: 1 << 4)
    /// Names a vector register (chapters 21 to 26). Floating-point registers are parts of the first sixteen.
    public static let vectorRegister = InstructionClass(rawValue: 1 << 5)
    /// Computes on floating-point elements of vectors (chapter 24).
    public static let vectorFloat = InstructionClass(rawValue: 1 << 6)
    /// Branches to a distance from itself.
    public static let relativeBranch = InstructionClass(rawValue: 1 << 7)
    /// Branches to an address in a register.
    public static let registerBranch = InstructionClass(rawValue: 1 << 8)
    /// Branches to base, index and displacement, or to an address read from storage.
    public static let storageBranch = InstructionClass(rawValue: 1 << 9)
    /// Leaves the address of the next instruction in a register.
    public static let call = InstructionClass(rawValue: 1 << 10)
    /// EX and EXRL.
    public static let execute = InstructionClass(rawValue: 1 << 11)
    /// Stores a range of general registers.
    public static let storeMultiple = InstructionClass(rawValue: 1 << 12)
    /// Loads a range of general registers.
    public static let loadMultiple = InstructionClass(rawValue: 1 << 13)
    /// SVC.
    public static let supervisorCall = InstructionClass(rawValue: 1 << 14)
    /// MC: the kernel's BUG and WARN.
    public static let monitorCall = InstructionClass(rawValue: 1 << 15)
    /// Program call, return and their like.
    public static let programLinkage = InstructionClass(rawValue: 1 << 16)
    /// Goes on where a PSW from storage says.
    public static let loadsPSW = InstructionClass(rawValue: 1 << 17)
    /// Has data, or the address of something, at a distance from itself.
    public static let relativeData = InstructionClass(rawValue: 1 << 18)
    /// TRAP2 and TRAP4.
    public static let trap = InstructionClass(rawValue: 1 << 19)
    /// Writes the register after the first one that it names as well.
    public static let writesPair = InstructionClass(rawValue: 1 << 20)
    /// Not in the Principles of Operation: binutils have no name for it, and the kernel writes it as a number.
    public static let unprinted = InstructionClass(rawValue: 1 << 21)

    /// Any use of the registers that `-msoft-float` code leaves alone.
    public static let floatingPoint: InstructionClass = [
        .binaryFloat, .hexadecimalFloat, .decimalFloat, .floatRegister, .floatControl, .vectorRegister, .vectorFloat,
    ]
    /// Any instruction that may go on elsewhere.
    public static let branch: InstructionClass = [.relativeBranch, .registerBranch, .storageBranch]

    /// By the names that the table has for them.
    static let names: [Substring: InstructionClass] = [
        "binaryFloat": .binaryFloat,
        "hexadecimalFloat": .hexadecimalFloat,
        "decimalFloat": .decimalFloat,
        "floatRegister": .floatRegister,
        "floatControl": .floatControl,
        "vectorRegister": .vectorRegister,
        "vectorFloat": .vectorFloat,
        "relativeBranch": .relativeBranch,
        "registerBranch": .registerBranch,
        "storageBranch": .storageBranch,
        "call": .call,
        "execute": .execute,
        "storeMultiple": .storeMultiple,
        "loadMultiple": .loadMultiple,
        "supervisorCall": .supervisorCall,
        "monitorCall": .monitorCall,
        "programLinkage": .programLinkage,
        "loadsPSW": .loadsPSW,
        "relativeData": .relativeData,
        "trap": .trap,
        "writesPair": .writesPair,
        "unprinted": .unprinted,
    ]
}
