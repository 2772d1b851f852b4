// SPDX-License-Identifier: Apache-2.0

/// One step over an entry's attributes: what to read or skip, and where a captured value goes.
struct Instruction: Sendable {
    enum Operation: UInt8, Sendable {
        case end
        /// `operand` bytes.
        case skip
        case skipLEB
        case skipString
        case skipBlock1
        case skipBlock2
        case skipBlock4
        case skipBlock
        case skipIndirect
        case u8
        case u16
        case u32
        case u64
        case uleb
        case sleb
        /// `operand` is the index in the table of constants.
        case constant
        case strp4
        case string
        case ref4
        /// Any other form: `operand` is its number.
        case other
    }

    var operation: Operation
    var slot: Slot
    var operand: UInt32

    init(_ operation: Operation, _ slot: Slot = .name, _ operand: UInt32 = 0) {
        self.operation = operation
        self.slot = slot
        self.operand = operand
    }
}

/// The attributes that a pass over all types captures.
enum Slot: UInt8, Sendable {
    case name
    case sibling
    case type
    case byteSize
    case declaration
    case location
    case dataBitOffset
    case bitOffset
    case bitSize
    case value
    /// Of what nobody asks for.
    case none

    static var count: Int { 11 }

    @inline(__always) var bit: UInt32 { 1 << UInt32(rawValue) }
}
