// SPDX-License-Identifier: Apache-2.0

/// Something that a person should look at: where, what, why it matters and how to fix it.
public struct Finding: Codable, Hashable, Sendable {
    public enum Severity: String, Codable, Sendable, CaseIterable {
        /// The gate refuses.
        case error
        /// Worth a look; the gate goes on.
        case warning
        case note
    }

    /// Where the finding was made: a file, and inside of it what is known of a line, a symbol and an address.
    public struct Place: Codable, Hashable, Sendable {
        /// A line of the source that machine code was made from.
        public struct Source: Codable, Hashable, Sendable {
            /// As the debug information names it, relative to the compilation directory wherever it is below it.
            public let file: String
            /// Counted from 1.
            public let line: Int

            public init(file: String, line: Int) {
                self.file = file
                self.line = line
            }

            public var text: String { "\(file):\(line)" }
        }

        public let file: String
        /// Counted from 1.
        public let line: Int?
        /// The function, type or table entry inside of the file.
        public let symbol: String?
        /// In a linked file its address; in a relocatable one the offset in the symbol's section.
        public let address: UInt64?
        /// Where the code at `address` comes from.
        public let source: Source?

        public init(
            file: String, line: Int? = nil, symbol: String? = nil, address: UInt64? = nil, source: Source? = nil
        ) {
            self.file = file
            self.line = line
            self.symbol = symbol
            self.address = address
            self.source = source
        }

        /// `vmlinux do_work at 0x1234, kernel/work.c:56`
        public var text: String {
            var text = line.map { "\(file):\($0)" } ?? file
            if let symbol { text += " \(symbol)" }
            if let address { text += " at 0x\(String(address, radix: 16))" }
            if let source { text += ", \(source.text)" }
            return text
        }
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
    /// How to fix it.
    public let mend: String
    /// What is wrong only because of this: it goes when this is remedied, and is counted apart. nil for none.
    public let follows: [Finding]?

    public init(
        rule: String, severity: Severity, title: String, place: Place? = nil, expected: String? = nil,
        found: String? = nil, why: String, mend: String, follows: [Finding]? = nil
    ) {
        self.rule = rule
        self.severity = severity
        self.title = title
        self.place = place
        self.expected = expected
        self.found = found
        self.why = why
        self.mend = mend
        self.follows = follows
    }

    /// The same at another place.
    public func replacing(place: Place) -> Finding {
        Finding(
            rule: rule, severity: severity, title: title, place: place, expected: expected, found: found, why: why,
            mend: mend, follows: follows)
    }

    /// The same with others that follow from it.
    public func replacing(follows: [Finding]) -> Finding {
        Finding(
            rule: rule, severity: severity, title: title, place: place, expected: expected, found: found, why: why,
            mend: mend, follows: follows.isEmpty ? nil : follows)
    }
}
