// SPDX-License-Identifier: Apache-2.0

/// Something that a person should look at: where, what, why it matters and how to mend it.
public struct Finding: Codable, Hashable, Sendable {
    public enum Severity: String, Codable, Sendable, CaseIterable {
        /// The gate refuses.
        case error
        /// Worth a look; the gate goes on.
        case warning
        case note
    }

    /// Where the finding was made: a file, and a line where one is known.
    public struct Place: Codable, Hashable, Sendable {
        public let file: String
        /// Counted from 1.
        public let line: Int?

        public init(file: String, line: Int? = nil) {
            self.file = file
            self.line = line
        }

        public var text: String { line.map { "\(file):\($0)" } ?? file }
    }

    /// The rule's identifier, e.g. `CFG001`.
    public let rule: String
    public let severity: Severity
    /// One line.
    public let title: String
    public let place: Place?
    public let expected: String?
    public let found: String?
    /// Why it matters on this architecture.
    public let why: String
    /// How to mend it.
    public let mend: String

    public init(
        rule: String, severity: Severity, title: String, place: Place? = nil, expected: String? = nil,
        found: String? = nil, why: String, mend: String
    ) {
        self.rule = rule
        self.severity = severity
        self.title = title
        self.place = place
        self.expected = expected
        self.found = found
        self.why = why
        self.mend = mend
    }
}
