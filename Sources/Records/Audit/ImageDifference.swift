// SPDX-License-Identifier: Apache-2.0

/// What changed from one image to another: a baseline kernel and a Rust kernel, or two builds.
package struct ImageDifference: Codable, Hashable, Sendable {
    /// A C type that only one image has, or that lies differently.
    package struct TypeChange: Codable, Hashable, Sendable {
        package enum Kind: String, Codable, Sendable {
            case added, removed, changed
        }

        /// `struct page`
        package let name: String
        package let kind: Kind
        /// For a changed type: field by field, old and new.
        package let differences: [String]

        package init(name: String, kind: Kind, differences: [String]) {
            self.name = name
            self.kind = kind
            self.differences = differences
        }
    }

    /// A number that a family of rules counted.
    package struct CountChange: Codable, Hashable, Sendable {
        package let family: String
        /// `returns.c.unprotected`; nil in records of before counts had identifiers.
        package let identifier: String?
        /// In the words of the rule.
        package let label: String
        package let old: Int
        package let new: Int

        package init(family: String, name: CountName, old: Int, new: Int) {
            self.family = family
            identifier = name.identifier
            label = name.label
            self.old = old
            self.new = new
        }
    }

    /// How many C types both images have with equal layouts.
    package let equalTypes: Int
    /// In the order of the names.
    package let types: [TypeChange]
    /// Why the C types could not be compared; nil where they were.
    package let typesUnknown: String?
    package let functions: FunctionDifference
    /// Those that differ.
    package let counts: [CountChange]

    package init(
        equalTypes: Int, types: [TypeChange], typesUnknown: String?, functions: FunctionDifference,
        counts: [CountChange]
    ) {
        self.equalTypes = equalTypes
        self.types = types
        self.typesUnknown = typesUnknown
        self.functions = functions
        self.counts = counts
    }

    /// Whether nothing has changed, and everything could be compared.
    package var isEmpty: Bool { typesUnknown == nil && types.isEmpty && functions.isEmpty && counts.isEmpty }
}
