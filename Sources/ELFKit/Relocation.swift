// SPDX-License-Identifier: Apache-2.0

/// One relocation: a field of a section whose value depends on where a symbol ends up.
@frozen public struct Relocation: Hashable, Sendable {
    /// Place of the field: bytes from the beginning of the section in relocatable files, an address in linked ones.
    public let offset: UInt64
    /// The architecture's number of the type, e.g. 19 for `R_390_PC32DBL`.
    public let type: UInt32
    /// Index into the symbol table; 0 for none.
    public let symbol: UInt32
    /// What is added to the symbol's value; nil where the field itself holds it (`SHT_REL`).
    public let addend: Int64?

    @inlinable public init(offset: UInt64, type: UInt32, symbol: UInt32, addend: Int64?) {
        self.offset = offset
        self.type = type
        self.symbol = symbol
        self.addend = addend
    }
}
