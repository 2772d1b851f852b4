// SPDX-License-Identifier: Apache-2.0

extension CanonicalJSON {
    /// Of an object; nil for one that it does not have, and of anything else.
    package subscript(name: String) -> CanonicalJSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    package var members: [Member] {
        guard case .object(let members) = self else { return [] }
        return members
    }

    package var elements: [CanonicalJSON] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    /// nil for anything but a text.
    package var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }
}

/// JSON as it is written down in code: a member that is nil is left out.
extension CanonicalJSON: ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
    package init(stringLiteral text: String) { self = .string(text) }
    package init(arrayLiteral values: CanonicalJSON...) { self = .array(values) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .boolean(value) }

    package init(dictionaryLiteral members: (String, CanonicalJSON?)...) {
        self.init(object: members.compactMap { name, value in value.map { Member(name, $0) } })
    }
}

extension CanonicalJSON: Codable {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    package init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: Name.self) {
            self.init(
                object: try container.allKeys.map {
                    Member($0.stringValue, try container.decode(CanonicalJSON.self, forKey: $0))
                })
        } else if var container = try? decoder.unkeyedContainer() {
            var values: [CanonicalJSON] = []
            while !container.isAtEnd { values.append(try container.decode(CanonicalJSON.self)) }
            self = .array(values)
        } else {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode(Bool.self) {
                self = .boolean(value)
            } else if let value = try? container.decode(String.self) {
                self = .string(value)
            } else {
                self = .integer(try container.decode(Int.self))
            }
        }
    }

    package func encode(to encoder: any Encoder) throws {
        switch self {
        case .object(let members):
            var container = encoder.container(keyedBy: Name.self)
            for member in members { try container.encode(member.value, forKey: Name(stringValue: member.name)) }
        case .array(let values):
            var container = encoder.unkeyedContainer()
            for value in values { try container.encode(value) }
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .boolean(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .string(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .integer(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        }
    }
}
