// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import Records

/// One SPDX 3.0.1 document in the making (JSON-LD, one plain context, full IRIs), written element by element: a kernel has
/// tens of thousands of them.
struct SPDXGraph {
    /// The names of elements begin with it.
    let namespace: String
    private var bytes: [UInt8]
    private var elements: [CanonicalJSON] = []
    private var imports: [CanonicalJSON] = []
    private var imported: Set<String> = []
    private static let creation = "_:creationinfo"

    /// `created` is the time of what the document is about, not of its writing.
    init(namespace: String, created: Date, creator: BillCreator, tool: String) {
        self.namespace = namespace
        bytes = Array(#"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":["#.utf8)
        bytes +=
            CanonicalJSON.object([
                .init("@id", .string(Self.creation)), .init("created", .string(Self.time(created))),
                .init("createdBy", [.string(name("agent"))]), .init("createdUsing", [.string(name("tool"))]),
                .init("specVersion", "3.0.1"), .init("type", "CreationInfo"),
            ]).bytes
        add(organization: "agent", creator.name, contact: creator.contact)
        add("tool", "Tool", ["name": .string(tool)])
    }

    /// To the second, in UTC.
    static func time(_ date: Date) -> String {
        let style = Date.ISO8601FormatStyle(timeZone: .gmt)
        return Date(timeIntervalSince1970: date.timeIntervalSince1970.rounded(.down)).formatted(style)
    }

    func name(_ identifier: String) -> String { namespace + identifier }

    /// Adds an element; returns its name.
    @discardableResult
    mutating func add(_ identifier: String, _ type: String, _ members: CanonicalJSON) -> String {
        let name = name(identifier)
        guard case .object(let more) = members else { return name }
        bytes.append(UInt8(ascii: ","))
        bytes +=
            CanonicalJSON(
                object: more + [
                    .init("type", .string(type)), .init("spdxId", .string(name)),
                    .init("creationInfo", .string(Self.creation)),
                ]
            ).bytes
        elements.append(.string(name))
        return name
    }

    /// `contact` is a mail address or a URL; nil where none is known.
    @discardableResult
    mutating func add(organization identifier: String, _ text: String, contact: String?) -> String {
        add(
            identifier, "Organization",
            [
                "name": .string(text),
                "externalIdentifier": contact.map { contact in
                    [
                        [
                            "type": "ExternalIdentifier",
                            "externalIdentifierType": contact.contains("://") ? "urlScheme" : "email",
                            "identifier": .string(contact),
                        ]
                    ]
                },
            ])
    }

    /// Adds a relationship of the life cycle's build scope, or without a scope.
    mutating func relate(
        _ identifier: String, _ type: String, from: String, to: [String], completeness: String? = nil,
        isOfBuild: Bool = true, comment: String? = nil
    ) {
        guard !to.isEmpty else { return }
        add(
            identifier, isOfBuild ? "LifecycleScopedRelationship" : "Relationship",
            [
                "relationshipType": .string(type), "from": .string(from), "to": .array(to.map { .string($0) }),
                "scope": isOfBuild ? "build" : nil, "completeness": completeness.map { .string($0) },
                "comment": comment.map { .string($0) },
            ])
    }

    /// Says that an element stands in another of the documents.
    mutating func take(_ name: String, from document: String) {
        guard imported.insert(name).inserted else { return }
        imports.append([
            "type": "ExternalMap", "externalSpdxId": .string(name), "locationHint": .string(document),
        ])
    }

    static func hashes(_ sha256: Digest?, _ sha512: LongDigest?) -> CanonicalJSON? {
        func hash(_ algorithm: String, _ value: String) -> CanonicalJSON {
            ["type": "Hash", "algorithm": .string(algorithm), "hashValue": .string(value)]
        }
        return .list(
            [sha256.map { hash("sha256", $0.hexadecimal) }, sha512.map { hash("sha512", $0.hexadecimal) }]
                .compactMap { $0 })
    }

    /// Closes the document with its bill of materials, whose roots are named.
    mutating func finish(kind: String, roots: [String]) -> [UInt8] {
        let all = elements
        let bill = add(
            "sbom", "software_Sbom",
            [
                "software_sbomType": [.string(kind)], "rootElement": .list(roots.map { .string($0) }),
                "element": .array(all),
            ])
        add(
            "document", "SpdxDocument",
            [
                "profileConformance": ["core", "software", "build", "simpleLicensing"],
                "rootElement": [.string(bill)], "element": .array(all + [.string(bill)]), "import": .list(imports),
            ])
        return bytes + Array("]}".utf8)
    }
}

/// Who a bill of materials is from.
package struct BillCreator: Sendable, Hashable {
    package let name: String
    /// A mail address or a URL that begins with `https://`, which BSI TR-03183-2 wants; nil where none is given.
    package let contact: String?

    package init(name: String, contact: String?) {
        self.name = name
        self.contact = contact
    }

    /// Where no organisation is named.
    package static let bessemer = BillCreator(name: "Bessemer", contact: nil)
}
