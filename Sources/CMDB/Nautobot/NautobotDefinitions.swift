// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// What Nautobot has to have before there can be objects of ours.
struct NautobotDefinitions {
    /// Something that anybody may have made before, known by its name.
    struct Definition {
        /// What the program calls it.
        let name: String
        let collection: String
        /// The member by which it is known, and its value there.
        let naturalKey: String
        let natural: String
        let contentTypes: [String]
        let members: [CanonicalJSON.Member]

        var identifier: String { NamedUUID.text(of: "urn:bessemer:nautobot:\(collection):\(natural)") }

        init(
            _ name: String, _ collection: String, _ naturalKey: String, _ natural: String, for types: [String] = [],
            _ members: [String: CanonicalJSON] = [:]
        ) {
            self.name = name
            self.collection = collection
            self.naturalKey = naturalKey
            self.natural = natural
            contentTypes = types
            self.members =
                [.init(naturalKey, .string(natural))] + members.map { .init($0.key, $0.value) }
                + (types.isEmpty ? [] : [.init("content_types", .array(types.map { .string($0) }))])
        }
    }

    /// Of each definition that is there, or will be.
    var identifiers: [String: String] = [:]

    static let machine = "virtualization.virtualmachine"
    static let cluster = "virtualization.cluster"
    static let kernel = "dcim.softwareversion"

    static let active = "Active"
    static let machineRetired = "Decommissioning"
    static let kernelRetired = "End-of-Life"
    /// By content type and name: `dcim.softwareversion Active`.
    static let neededStatuses = [
        "\(machine) \(active)", "\(machine) \(machineRetired)", "\(kernel) \(active)", "\(kernel) \(kernelRetired)",
    ]

    static let tag = "tag"
    static let platform = "platform"
    static let fallback = "relationship"

    /// What a hypervisor's kind of cluster is called.
    static func clusterType(_ program: String?) -> String {
        guard let program else { return "PR/SM" }
        return program.hasPrefix("z/VM") ? "z/VM" : program.hasPrefix("KVM") ? "KVM" : "Other hypervisor"
    }

    /// Custom fields of each kind of object.
    static let fields: [String: [CMDBAttribute]] = [
        cluster: [.manufacturer, .type, .model, .plant, .sequenceCode, .lparNumber, .lparName, .controlProgram],
        machine: [
            .place, .hosts, .aliases, .lparNumber, .lparName, .guestName, .controlProgram, .verdict, .remarks, .run,
            .stages, .facility156, .secureBoot, .taint, .lastSeen, .release, .notes,
        ],
        kernel: [
            .release, .notes, .buildID, .role, .image, .source, .sourceDigest, .compilerC, .compilerRust, .flags,
            .command, .configuration, .tools, .lock, .patches, .deviations, .waivers, .stages, .refusedBy, .run,
            .runVerdict, .entry, .entryDigest, .tool, .logHead,
        ],
    ]

    static func field(_ name: String) -> String { "bessemer_\(name)" }

    private static let grouping = "Bessemer"

    static let needed: [Definition] = {
        let types = [machine, kernel, cluster]
        let own = zip(1..., CMDBAttribute.allCases).compactMap { place, attribute -> Definition? in
            let users = types.filter { fields[$0]?.contains(attribute) == true }
            guard !users.isEmpty else { return nil }
            return Definition(
                field(attribute.rawValue), "extras/custom-fields", "key", field(attribute.rawValue), for: users,
                [
                    "label": .string(attribute.title), "type": .string(attribute.isLong ? "markdown" : "text"),
                    "grouping": .string(grouping), "weight": .integer(100 + place),
                ])
        }
        return [
            Definition(
                tag, "extras/tags", "name", "Bessemer", for: types,
                ["description": "Written by bessemer cmdb; known by its key and not by its name"]),
            Definition(platform, "dcim/platforms", "name", "Linux on IBM Z"),
        ]
            + ["PR/SM", "z/VM", "KVM", "Other hypervisor"].map {
                Definition($0, "virtualization/cluster-types", "name", $0)
            }
            + [
                Definition(
                    field("key"), "extras/custom-fields", "key", field("key"), for: types,
                    ["label": "Key", "type": "text", "grouping": .string(grouping), "weight": 200])
            ] + own
            + [
                Definition(
                    fallback, "extras/relationships", "key", "bessemer_falls_back_to",
                    [
                        "label": "falls back to", "type": "one-to-many", "source_type": .string(kernel),
                        "source_label": "kernels that fall back to it", "destination_type": .string(kernel),
                        "destination_label": "falls back to",
                    ])
            ]
    }()
}
