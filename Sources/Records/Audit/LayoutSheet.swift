// SPDX-License-Identifier: Apache-2.0

/// One type, C and Rust side by side, with its holes and padding.
package struct LayoutSheet: Codable, Hashable, Sendable {
    /// One side's view of the whole type.
    package struct Side: Codable, Hashable, Sendable {
        /// `struct`, `union`, `enum`
        package let kind: String
        /// In bytes.
        package let size: UInt64
        /// In bytes, where it is known.
        package let alignment: UInt64?
        package let declaredAt: String?
        package let isOpaque: Bool

        package init(kind: String, size: UInt64, alignment: UInt64?, declaredAt: String?, isOpaque: Bool) {
            self.kind = kind
            self.size = size
            self.alignment = alignment
            self.declaredAt = declaredAt
            self.isOpaque = isOpaque
        }
    }

    /// One side's view of a field.
    package struct Field: Codable, Hashable, Sendable {
        package let type: String
        /// From the start of the type, in bits.
        package let bitOffset: UInt64
        package let bitSize: UInt64?

        package init(type: String, bitOffset: UInt64, bitSize: UInt64?) {
            self.type = type
            self.bitOffset = bitOffset
            self.bitSize = bitSize
        }
    }

    package struct Row: Codable, Hashable, Sendable {
        /// The field's path; nil for bytes that no field uses.
        package let path: String?
        package let bitOffset: UInt64
        package let bitSize: UInt64?
        package let c: Field?
        package let rust: Field?

        package init(path: String?, bitOffset: UInt64, bitSize: UInt64?, c: Field?, rust: Field?) {
            self.path = path
            self.bitOffset = bitOffset
            self.bitSize = bitSize
            self.c = c
            self.rust = rust
        }

        /// Whether both sides have it and agree, or only one side is known.
        package var agrees: Bool {
            guard let c, let rust else { return true }
            return c.bitOffset == rust.bitOffset
                && (c.bitSize == nil || rust.bitSize == nil || c.bitSize == rust.bitSize)
        }
    }

    package let name: String
    package let c: Side?
    package let rust: Side?
    package let rows: [Row]
    /// What the layout rules say of the pair; empty where they agree.
    package let differences: [String]

    package init(name: String, c: Side?, rust: Side?, rows: [Row], differences: [String]) {
        self.name = name
        self.c = c
        self.rust = rust
        self.rows = rows
        self.differences = differences
    }
}
