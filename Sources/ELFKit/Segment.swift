// SPDX-License-Identifier: Apache-2.0

/// One entry of the program header table (`Elf64_Phdr`).
public struct Segment: Hashable, Sendable {
    /// What a segment is: `p_type`.
    @frozen public struct Kind: RawRepresentable, Hashable, Sendable {
        public let rawValue: UInt32
        @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let load = Kind(rawValue: 1)
        public static let dynamic = Kind(rawValue: 2)
        public static let interpreter = Kind(rawValue: 3)
        public static let note = Kind(rawValue: 4)
    }

    /// What a segment allows: `p_flags`.
    @frozen public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt32
        @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let execute = Flags(rawValue: 1)
        public static let write = Flags(rawValue: 2)
        public static let read = Flags(rawValue: 4)
    }

    public let type: Kind
    public let flags: Flags
    /// Place in the file, in bytes.
    public let offset: UInt64
    public let virtualAddress: UInt64
    public let physicalAddress: UInt64
    /// Bytes in the file.
    public let fileSize: UInt64
    /// Bytes in memory; what the file lacks of them is zero.
    public let memorySize: UInt64
    public let alignment: UInt64
}
