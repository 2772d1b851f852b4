// SPDX-License-Identifier: Apache-2.0

/// Which pieces of s390 Rust support a kernel tree has.
package struct TreeStatus: Codable, Hashable, Sendable {
    /// From the tree's Makefile.
    package let version: String
    package let pieces: [TreePiece]

    package init(version: String, pieces: [TreePiece]) {
        self.version = version
        self.pieces = pieces
    }

    /// All pieces that this kernel needs to be built with Rust are there.
    package var isReady: Bool { missing.isEmpty }

    /// The pieces that it needs and that are not there, or not as a whole.
    package var missing: [TreePiece] { pieces.filter { $0.isNeeded && $0.state != .present } }

    /// The needed pieces that are there, by evidence.
    package var found: [TreePiece] { pieces.filter { $0.state == .present && !$0.evidence.isEmpty && $0.isNeeded } }
}

/// One piece of s390 Rust support.
package struct TreePiece: Codable, Hashable, Sendable {
    package enum State: String, Codable, Sendable {
        case present
        case partial
        case absent
    }

    package struct Evidence: Codable, Hashable, Sendable {
        /// Relative to the tree.
        package let file: String
        /// Counted from 1.
        package let line: Int
        /// The line itself, trimmed.
        package let text: String

        package init(file: String, line: Int, text: String) {
            self.file = file
            self.line = line
            self.text = text
        }
    }

    /// A stable word, e.g. `kconfig-capability`.
    package let identifier: String
    package let title: String
    package let state: State
    package let evidence: [Evidence]
    /// What is missing, or what the condition is; one sentence.
    package let note: String?
    /// False where this tree's own Rust code has no use for the piece.
    package let isNeeded: Bool

    package init(
        identifier: String, title: String, state: State, evidence: [Evidence], note: String? = nil,
        isNeeded: Bool = true
    ) {
        self.identifier = identifier
        self.title = title
        self.state = state
        self.evidence = evidence
        self.note = note
        self.isNeeded = isNeeded
    }
}
