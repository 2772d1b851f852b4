// SPDX-License-Identifier: Apache-2.0

/// Something that a person should look at: where, what, why it matters and how to fix it.
package struct Finding: Codable, Hashable, Sendable {
    package enum Severity: String, Codable, Sendable, CaseIterable {
        /// The gate refuses.
        case error
        /// Worth a look; the gate goes on.
        case warning
        case note
    }

    /// Where the finding was made: a file, and inside of it what is known of a line, a symbol and an address.
    package struct Location: Codable, Hashable, Sendable {
        /// A line of the source that machine code was made from.
        package struct Source: Codable, Hashable, Sendable {
            /// As the debug information names it, relative to the compilation directory wherever it is below it.
            package let file: String
            /// Counted from 1.
            package let line: Int

            package init(file: String, line: Int) {
                self.file = file
                self.line = line
            }

            package var text: String { "\(file):\(line)" }
        }

        package let file: String
        /// Counted from 1.
        package let line: Int?
        /// The function, type or table entry inside of the file.
        package let symbol: String?
        /// In a linked file its address; in a relocatable one the offset in the symbol's section.
        package let address: UInt64?
        /// Where the code at `address` comes from.
        package let source: Source?

        package init(
            file: String, line: Int? = nil, symbol: String? = nil, address: UInt64? = nil, source: Source? = nil
        ) {
            self.file = file
            self.line = line
            self.symbol = symbol
            self.address = address
            self.source = source
        }

        private enum Key: CodingKey {
            case file, line, symbol, address, source
        }

        package init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            file = try container.decode(String.self, forKey: .file)
            line = try container.decodeIfPresent(Int.self, forKey: .line)
            symbol = try container.decodeIfPresent(String.self, forKey: .symbol)
            address = try container.decodeIfPresent(String.self, forKey: .address).map { text in
                guard text.hasPrefix("0x"), let address = UInt64(text.dropFirst(2), radix: 16) else {
                    throw DecodingError.dataCorruptedError(
                        forKey: .address, in: container, debugDescription: "\(text) is not an address")
                }
                return address
            }
            source = try container.decodeIfPresent(Source.self, forKey: .source)
        }

        /// The address as text: it may need more bits than a number in JSON has.
        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(file, forKey: .file)
            try container.encodeIfPresent(line, forKey: .line)
            try container.encodeIfPresent(symbol, forKey: .symbol)
            try container.encodeIfPresent(address.map { "0x" + String($0, radix: 16) }, forKey: .address)
            try container.encodeIfPresent(source, forKey: .source)
        }

        /// `vmlinux do_work at 0x1234, kernel/work.c:56`
        package var text: String {
            var text = line.map { "\(file):\($0)" } ?? file
            if let symbol { text += " \(symbol)" }
            if let address { text += " at 0x\(String(address, radix: 16))" }
            if let source { text += ", \(source.text)" }
            return text
        }
    }

    /// The rule's identifier, e.g. `CFG001`.
    package let rule: String
    package let severity: Severity
    /// One line.
    package let title: String
    package private(set) var location: Location?
    package let expected: String?
    package let found: String?
    /// Why it matters on this architecture.
    package let rationale: String
    /// How to fix it.
    package let remediation: String
    /// What is wrong only because of this: it goes when this is remedied, and is counted apart. nil for none.
    package private(set) var follows: [Finding]?

    package init(
        rule: String, severity: Severity, title: String, location: Location? = nil, expected: String? = nil,
        found: String? = nil, rationale: String, remediation: String, follows: [Finding]? = nil
    ) {
        self.rule = rule
        self.severity = severity
        self.title = title
        self.location = location
        self.expected = expected
        self.found = found
        self.rationale = rationale
        self.remediation = remediation
        self.follows = follows
    }

    /// The same at another location.
    package func replacing(location: Location) -> Finding {
        var finding = self
        finding.location = location
        return finding
    }

    /// The same with others that follow from it.
    package func replacing(follows: [Finding]) -> Finding {
        var finding = self
        finding.follows = follows.isEmpty ? nil : follows
        return finding
    }
}
