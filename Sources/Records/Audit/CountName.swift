// SPDX-License-Identifier: Apache-2.0

/// What was counted: an identifier that stays, for programs and policies, and the words for people.
///
/// Counts are of the same where their identifiers are. Each rule says its own beside each other.
package struct CountName: Hashable, Sendable {
    /// Parts with full stops between them, from the general to the special: `returns.c.unprotected`. nil in records of
    /// before counts had identifiers.
    package let identifier: String?
    /// `returns in C, unprotected`
    package let label: String

    package init(_ identifier: String?, _ label: String) {
        self.identifier = identifier
        self.label = label
    }

    private var key: String { identifier ?? label }

    package static func == (left: CountName, right: CountName) -> Bool { left.key == right.key }

    package func hash(into hasher: inout Hasher) { hasher.combine(key) }

    /// A part of an identifier that is made of a text: `gcc-14.2.0-debian-14.2.0-19` of `GCC 14.2.0 (Debian 14.2.0-19)`.
    package static func part(_ text: String) -> String {
        let words = text.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") }
        return words.isEmpty ? "unknown" : words.joined(separator: "-")
    }
}
