// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records
package import SystemPackage

/// Which requirements each fact of a run answers: data that a shop can replace with its own.
///
/// Published as a JSON Schema in `Docs/control-mapping.schema.json`.
package struct ControlMapping: Hashable, Sendable {
    package static let schema = "bessemer-control-mapping/1"

    /// A catalogue of requirements.
    package struct Framework: Hashable, Sendable {
        package let name: String
        package let title: String
        package let version: String
        /// Of the OSCAL catalogue; a URN where there is none.
        package let source: String
    }

    package struct Control: Hashable, Sendable {
        /// Name of the catalogue.
        package let framework: String
        /// As OSCAL has identifiers (a token): `si-7.1`, `pci-6.5.1`.
        package let identifier: String
        /// As the catalogue itself writes it.
        package let reference: String
        /// Whether who wrote the mapping found it in the catalogue; otherwise it is from memory.
        package let isRead: Bool
        package let note: String?
    }

    /// What one fact answers.
    package struct Answer: Hashable, Sendable {
        package let fact: RunFact
        package let controls: [Control]
    }

    package let frameworks: [Framework]
    /// In the order of the file.
    package let facts: [Answer]

    /// What the catalogues ask of changes, and the parts of a change record that answer it; in the order of the file.
    package let changes: [ChangeRecord.Requirement]

    package func controls(of fact: RunFact) -> [Control] { facts.first { $0.fact == fact }?.controls ?? [] }

    /// The one that comes with Bessemer. Throws as the reader does.
    package static func bundled() throws -> ControlMapping {
        try ControlMapping(PackageResources.control_mapping_json, from: "the control mapping of Bessemer")
    }

    /// Bytes; no mapping is as large.
    private static let largest = 4 << 20

    /// Reads a file. Throws `Failure` with code `mapping.unreadable`, and as `Files.bytes` does.
    package init(file: FilePath) throws {
        try self.init(try Files.bytes(file, limit: Self.largest), from: file.string)
    }

    /// Throws `Failure` with code `mapping.unreadable` where a member is missing, unknown, written twice, or names
    /// something that is not there; `name` is that of the file.
    package init(_ bytes: [UInt8], from name: String) throws {
        func failure(_ reason: String) -> Failure {
            Failure(
                "mapping.unreadable", "\(name) is not a control mapping: \(reason)",
                advice: "write it as Docs/control-mapping.schema.json says")
        }
        do {
            try self.init(try StrictObject(try CanonicalJSON(bytes), at: "$"))
        } catch let error as CanonicalJSON.ReadError {
            throw failure(error.description)
        } catch let fault as StrictObject.Fault {
            throw failure(fault.text)
        }
    }

    private init(_ top: StrictObject) throws {
        var top = top
        guard try top.text("schema") == Self.schema else {
            throw StrictObject.Fault(text: "its schema is not \(Self.schema)")
        }
        frameworks = try top.objects("frameworks").map { object in
            var object = object
            let framework = Framework(
                name: try object.text("name"), title: try object.text("title"), version: try object.text("version"),
                source: try object.text("source"))
            try object.finish()
            return framework
        }
        let names = Set(frameworks.map(\.name))
        guard names.count == frameworks.count else {
            throw StrictObject.Fault(text: "two of its frameworks have one name")
        }
        var facts: [Answer] = []
        for object in try top.objects("facts") {
            var object = object
            let name = try object.text("fact")
            guard let fact = RunFact(rawValue: name) else {
                throw StrictObject.Fault(
                    text: "\(object.location).fact is not a fact that is known: \(name.prefix(60))")
            }
            guard !facts.contains(where: { $0.fact == fact }) else {
                throw StrictObject.Fault(text: "\(object.location) is the second entry of \(name)")
            }
            facts.append(
                Answer(fact: fact, controls: try object.objects("controls").map { try Self.control($0, of: names) }))
            try object.finish()
        }
        self.facts = facts
        // Some have their version in their title.
        let titles = Dictionary(
            uniqueKeysWithValues: frameworks.map {
                ($0.name, $0.title.contains($0.version) ? $0.title : "\($0.title) \($0.version)")
            })
        changes = try top.optionalObjects("change").map { try Self.requirement($0, titles) }
        try top.finish()
    }

    private static func requirement(
        _ object: StrictObject, _ titles: [String: String]
    ) throws -> ChangeRecord.Requirement {
        var object = object
        let framework = try object.text("framework")
        guard let title = titles[framework] else {
            throw StrictObject.Fault(text: "\(object.location) names a framework that is not listed")
        }
        var parts: [ChangeRecord.Part] = []
        for name in try object.texts("parts") {
            guard let part = ChangeRecord.Part(rawValue: name) else {
                let names = ChangeRecord.Part.allCases.map(\.rawValue).joined(separator: ", ")
                throw StrictObject.Fault(
                    text:
                        "\(object.location).parts has \(name.prefix(60)), which is not a part of a change record: \(names)"
                )
            }
            guard !parts.contains(part) else {
                throw StrictObject.Fault(text: "\(object.location).parts has \(name) twice")
            }
            parts.append(part)
        }
        let requirement = ChangeRecord.Requirement(
            framework: title, reference: try object.text("reference"), subject: try object.text("subject"),
            isRead: try object.boolean("read"), note: try object.optionalText("note"), parts: parts)
        try object.finish()
        return requirement
    }

    private static func control(_ object: StrictObject, of frameworks: Set<String>) throws -> Control {
        var object = object
        let control = Control(
            framework: try object.text("framework"), identifier: try object.text("id"),
            reference: try object.text("reference"), isRead: try object.boolean("read"),
            note: try object.optionalText("note"))
        try object.finish()
        guard frameworks.contains(control.framework) else {
            throw StrictObject.Fault(text: "\(object.location) names a framework that is not listed")
        }
        guard control.identifier.wholeMatch(of: /[A-Za-z_][A-Za-z0-9._\-]*/) != nil else {
            throw StrictObject.Fault(
                text: "\(object.location).id is not an OSCAL token: \(control.identifier.prefix(60))")
        }
        return control
    }
}
