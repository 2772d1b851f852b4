// SPDX-License-Identifier: Apache-2.0
internal import Host

/// How members of Nautobot's objects are compared and written.
///
/// A custom field is a member of its own here, `custom_fields.bessemer_key`, so that of these only ours are looked at and written.
enum NautobotValue {
    private static let prefix = "custom_fields."

    static func custom(_ name: String) -> String { prefix + name }

    /// A status by its name, another object by its identifier; null for none.
    static func value(of object: CanonicalJSON, _ name: String) -> CanonicalJSON {
        let value =
            name.hasPrefix(prefix)
            ? object["custom_fields"]?[String(name.dropFirst(prefix.count))] : object[name]
        return plain(value ?? .null, isStatus: name == "status")
    }

    private static func plain(_ value: CanonicalJSON, isStatus: Bool) -> CanonicalJSON {
        switch value {
        case .string(""): .null
        case .array(let values):
            .array(values.map { plain($0, isStatus: false) }.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) })
        case .object: (isStatus ? value["name"] : value["id"] ?? value["value"]) ?? value
        default: value
        }
    }

    /// Whether an object has a member; of a list, whether it has each of its elements.
    static func holds(_ object: CanonicalJSON, _ member: CanonicalJSON.Member) -> Bool {
        let now = value(of: object, member.name)
        if case .array(let wanted) = member.value { return wanted.allSatisfy(now.elements.contains) }
        return now == plain(member.value, isStatus: false)
    }

    /// A member, with what else a list there has.
    static func added(_ member: CanonicalJSON.Member, to object: CanonicalJSON) -> CanonicalJSON.Member {
        guard case .array(let wanted) = member.value else { return member }
        let now = value(of: object, member.name).elements
        return .init(member.name, .array(now + wanted.filter { !now.contains($0) }))
    }

    /// Members as they are sent.
    static func body(_ members: [CanonicalJSON.Member]) -> CanonicalJSON {
        let own = members.filter { $0.name.hasPrefix(prefix) }.map {
            CanonicalJSON.Member(String($0.name.dropFirst(prefix.count)), $0.value)
        }
        let plain = members.filter { !$0.name.hasPrefix(prefix) }
        return CanonicalJSON(
            object: plain + (own.isEmpty ? [] : [.init("custom_fields", CanonicalJSON(object: own))]))
    }
}
