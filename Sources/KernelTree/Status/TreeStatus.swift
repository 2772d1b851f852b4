// SPDX-License-Identifier: Apache-2.0

/// Which pieces of s390 Rust support a kernel tree has.
public struct TreeStatus: Codable, Hashable, Sendable {
    /// From the tree's Makefile.
    public let version: String
    public let pieces: [TreePiece]

    public init(version: String, pieces: [TreePiece]) {
        self.version = version
        self.pieces = pieces
    }

    /// All pieces that this kernel needs to be built with Rust are there.
    public var isReady: Bool { pieces.allSatisfy { $0.state == .present || !$0.isNeeded } }

    /// The needed pieces that are there, by evidence.
    public var found: [TreePiece] { pieces.filter { $0.state == .present && !$0.evidence.isEmpty && $0.isNeeded } }
}

/// One piece of s390 Rust support.
public struct TreePiece: Codable, Hashable, Sendable {
    public enum State: String, Codable, Sendable {
        case present
        case partial
        case absent
    }

    public struct Evidence: Codable, Hashable, Sendable {
        /// Relative to the tree.
        public let file: String
        /// Counted from 1.
        public let line: Int
        /// The line itself, trimmed.
        public let text: String

        public init(file: String, line: Int, text: String) {
            self.file = file
            self.line = line
            self.text = text
        }
    }

    /// A stable word, e.g. `kconfig-capability`.
    public let identifier: String
    public let title: String
    public let state: State
    public let evidence: [Evidence]
    /// What is missing, or what the condition is; one sentence.
    public let note: String?
    /// False where this tree's own Rust code has no use for the piece.
    public let isNeeded: Bool

    public init(
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
