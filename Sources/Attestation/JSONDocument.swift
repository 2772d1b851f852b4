// SPDX-License-Identifier: Apache-2.0
internal import Host

extension CanonicalJSON {
    /// A list that is left out where it is empty, for formats that have no empty ones.
    static func list(_ values: [CanonicalJSON]) -> CanonicalJSON? { values.isEmpty ? nil : .array(values) }
}

/// Takes the members of a JSON object one by one, and refuses what is left over: a member with a wrong name must not be
/// passed over in silence.
struct StrictObject {
    private var members: [CanonicalJSON.Member]
    /// Where it stands: `facts[2].controls[0]`.
    let location: String

    /// What is wrong, and where.
    struct Fault: Error { let text: String }

    init(_ value: CanonicalJSON?, at location: String) throws(Fault) {
        guard case .object(let members) = value else { throw Fault(text: "\(location) is not an object") }
        self.members = members
        self.location = location
    }

    private mutating func take(_ name: String) -> CanonicalJSON? {
        members.firstIndex { $0.name == name }.map { members.remove(at: $0).value }
    }

    mutating func text(_ name: String) throws(Fault) -> String {
        guard let text = try optionalText(name) else { throw Fault(text: "\(location) has no member \(name)") }
        return text
    }

    mutating func optionalText(_ name: String) throws(Fault) -> String? {
        guard let value = take(name) else { return nil }
        guard let text = value.text, !text.isEmpty else {
            throw Fault(text: "\(location).\(name) is not a text, or it is empty")
        }
        return text
    }

    mutating func boolean(_ name: String) throws(Fault) -> Bool {
        guard case .boolean(let value) = take(name) else {
            throw Fault(text: "\(location).\(name) is not true or false")
        }
        return value
    }

    /// The objects of a list, each with its location.
    mutating func objects(_ name: String) throws(Fault) -> [StrictObject] {
        guard case .array(let values) = take(name) else { throw Fault(text: "\(location).\(name) is not a list") }
        var objects: [StrictObject] = []
        for (index, value) in values.enumerated() {
            objects.append(try StrictObject(value, at: "\(location == "$" ? "" : location + ".")\(name)[\(index)]"))
        }
        return objects
    }

    /// None where the member is not there.
    mutating func optionalObjects(_ name: String) throws(Fault) -> [StrictObject] {
        guard members.contains(where: { $0.name == name }) else { return [] }
        return try objects(name)
    }

    mutating func texts(_ name: String) throws(Fault) -> [String] {
        guard case .array(let values) = take(name) else { throw Fault(text: "\(location).\(name) is not a list") }
        return try values.map { value throws(Fault) in
            guard let text = value.text else {
                throw Fault(text: "\(location).\(name) has a member that is not a text")
            }
            return text
        }
    }

    func finish() throws(Fault) {
        if let member = members.first {
            throw Fault(text: "\(location) has a member that is not known: \(member.name)")
        }
    }
}
