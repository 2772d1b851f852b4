// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// What a unit's first entry says about the unit.
public struct UnitSummary: Sendable {
    public let header: UnitHeader
    public let tag: Tag
    public let language: Language
    /// The compiler with its version, and for GCC its flags.
    public let producer: StringReference
    public let name: StringReference
    /// The folder in which the compiler ran.
    public let directory: StringReference
    /// The file (`.dwo`) that has the rest of a skeleton unit: its types, language and producer; none for a whole unit.
    public let splitName: StringReference
    public let lowAddress: UInt64?
    /// The addresses of the unit's code: one range from low and high address, or the list.
    public let ranges: [Range<UInt64>]
    /// Why the ranges could not be read.
    public let rangesDefect: FormatError?

    init(_ context: UnitContext) {
        header = context.unit
        tag = context.tag
        language = context.language
        producer = context.producer
        name = context.name
        directory = context.directory
        splitName = context.splitName
        lowAddress = context.lowAddress
        ranges = context.ranges
        rangesDefect = context.rangesDefect
    }
}
