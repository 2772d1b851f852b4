// SPDX-License-Identifier: Apache-2.0

/// Where a debugging information entry begins: a section and an offset in it. The order is the order in the file.
@frozen public struct DIEOffset: Hashable, Comparable, Sendable {
    /// The sections that hold entries.
    @frozen public enum Section: UInt8, Sendable {
        case info = 0
        case types = 1
        /// `.debug_info` of the alternate file.
        case alternateInfo = 2

        /// The section's name.
        public var name: String {
            switch self {
            case .info: ".debug_info"
            case .types: ".debug_types"
            case .alternateInfo: ".debug_info (alternate)"
            }
        }
    }

    @usableFromInline let raw: UInt64

    @inlinable init(raw: UInt64) { self.raw = raw }

    @inlinable public init(_ section: Section = .info, _ offset: UInt64) {
        raw = UInt64(section.rawValue) << 62 | (offset & 0x3fff_ffff_ffff_ffff)
    }

    @inlinable public var section: Section { Section(rawValue: UInt8(truncatingIfNeeded: raw >> 62)) ?? .info }

    /// Bytes from the section's start.
    @inlinable public var offset: UInt64 { raw & 0x3fff_ffff_ffff_ffff }

    @inlinable public static func < (one: DIEOffset, other: DIEOffset) -> Bool { one.raw < other.raw }
}

extension DIEOffset: CustomStringConvertible {
    public var description: String { "\(section.name)+0x" + String(offset, radix: 16) }
}
