// SPDX-License-Identifier: Apache-2.0

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
