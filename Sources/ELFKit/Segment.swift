// SPDX-License-Identifier: Apache-2.0

/// What a segment is: `p_type` of the program header table (`Elf64_Phdr`).
@frozen public struct SegmentKind: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt32
    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Names the program that loads a dynamically linked one.
    public static let interpreter = SegmentKind(rawValue: 3)
}
