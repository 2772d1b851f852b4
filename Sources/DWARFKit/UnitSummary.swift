// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// What a unit's first entry says about the unit.
public struct UnitSummary: Sendable {
    public let header: UnitHeader
    public let tag: Tag
    public internal(set) var language = Language(rawValue: 0)
    /// The compiler with its version, and for GCC its flags.
    public internal(set) var producer = StringReference.none
    public internal(set) var name = StringReference.none
    /// The folder in which the compiler ran.
    public internal(set) var directory = StringReference.none
    /// The file (`.dwo`) that has the rest of a skeleton unit: its types, language and producer; none for a whole unit.
    public internal(set) var splitName = StringReference.none
    public internal(set) var lowAddress: UInt64?
    /// The addresses of the unit's code: one range from low and high address, or the list.
    public internal(set) var ranges: [Range<UInt64>] = []
    /// Why the ranges could not be read.
    public internal(set) var rangesDefect: FormatError?
}
