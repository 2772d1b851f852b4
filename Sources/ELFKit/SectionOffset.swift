// SPDX-License-Identifier: Apache-2.0

/// A place in a section: what an address is in a relocatable file, where all sections begin at 0.
@frozen public struct SectionOffset: Hashable, Sendable {
    /// Index of the section.
    public let section: Int
    /// Bytes from the section's beginning.
    public let offset: UInt64

    @inlinable public init(section: Int, offset: UInt64) {
        self.section = section
        self.offset = offset
    }
}

extension SectionOffset: Comparable {
    @inlinable public static func < (left: SectionOffset, right: SectionOffset) -> Bool {
        left.section == right.section ? left.offset < right.offset : left.section < right.section
    }
}
