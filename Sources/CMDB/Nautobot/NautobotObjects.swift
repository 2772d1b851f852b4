// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// The model as Nautobot's objects.
struct NautobotObjects {
    struct Object {
        let object: CMDBObject
        let members: [CanonicalJSON.Member]
        /// Members that are written with others, and of which a change alone is not.
        var context: [CanonicalJSON.Member] = []
        /// What an object has that is retired; nil for one that never is.
        var retirement: CanonicalJSON.Member?
    }

    static let clusters = "virtualization/clusters"
    static let kernels = "dcim/software-versions"
    static let machines = "virtualization/virtual-machines"
    static let relations = "extras/relationship-associations"
    /// That in which one can name the other.
    static let order = [clusters, kernels, machines, relations]

    /// Members that are written, beside custom fields of ours.
    static let memberNames = [
        "name", "cluster_type", "version", "platform", "cluster", "software_version", "tags", "status", "relationship",
        "source_type", "source_id", "destination_type", "destination_id",
    ]

    static func fallback(of key: String) -> String { NamedUUID.text(of: "urn:bessemer:falls-back-to:\(key)") }

    private(set) var objects: [Object] = []
    private let known: NautobotDefinitions
    private let index: CMDBIndex

    /// Throws `Failure` where a machine has no cluster to be in.
    init(_ model: CMDBModel, _ known: NautobotDefinitions) throws {
        self.known = known
        index = CMDBIndex(model)
        var names: [String: Int] = [:]
        for item in model.items where item.kind.isMachine && !item.isPartial { names[place(item), default: 0] += 1 }
        for item in model.items {
            switch item.kind {
            case .cpc, .hypervisor:
                add(
                    item, Self.clusters, NautobotDefinitions.cluster, status: nil,
                    [
                        ("name", item.name),
                        ("cluster_type", reference(NautobotDefinitions.clusterType(item.attributes[.controlProgram]))),
                    ])
            case .kernel:
                add(
                    item, Self.kernels, NautobotDefinitions.kernel, status: NautobotDefinitions.kernelRetired,
                    [("version", item.name), ("platform", reference(NautobotDefinitions.platform))])
                if let baseline = index.target(.fallsBackTo, of: item) { addFallback(item, to: baseline) }
            case .lpar where item.isPartial, .guest where item.isPartial:
                add(item, Self.machines, NautobotDefinitions.machine, status: NautobotDefinitions.machineRetired, [])
            case .lpar, .guest:
                guard let cluster = index.target(.hostedOn, of: item) else {
                    throw Failure(
                        "cmdb.place", "\(item.key) does not say which machine it is in, and Nautobot needs that",
                        advice: "look at it again with `bessemer machine show`")
                }
                add(
                    item, Self.machines, NautobotDefinitions.machine, status: NautobotDefinitions.machineRetired,
                    [
                        ("name", names[place(item)] == 1 ? item.name : Self.uniqueName(item)),
                        ("cluster", cluster.identifier),
                        ("platform", reference(NautobotDefinitions.platform)),
                        ("software_version", index.target(.runs, of: item)?.identifier),
                    ])
            case .toolchain, .patchSeries, .deviation, .evidence: break
            }
        }
    }

    /// A name in a cluster, which may have it once.
    private func place(_ item: CMDBModel.Item) -> String {
        "\(index.target(.hostedOn, of: item)?.identifier ?? "") \(item.name)"
    }

    /// Of one of several of a name; of these one may be gone, and stays in Nautobot.
    private static func uniqueName(_ item: CMDBModel.Item) -> String {
        let number = item.kind == .lpar ? item.attributes[.lparNumber] : nil
        return "\(item.name) (\(number.map { "LPAR \($0)" } ?? String(item.key.suffix(12))))"
    }

    private func reference(_ definition: String) -> String? { known.identifiers[definition] }

    private mutating func add(
        _ item: CMDBModel.Item, _ collection: String, _ type: String, status retired: String?,
        _ plain: [(name: String, value: String?)]
    ) {
        func field(_ name: String, _ value: String?) -> CanonicalJSON.Member {
            .init(
                NautobotValue.custom(NautobotDefinitions.field(name)), value.map { .string($0) } ?? .null)
        }
        let fields = NautobotDefinitions.fields[type] ?? []
        var members = plain.map { CanonicalJSON.Member($0.name, $0.value.map { .string($0) } ?? .null) }
        members.append(field("key", item.key))
        members += fields.filter {
            item.context[$0] == nil && $0 != .logHead && (!item.isPartial || item.attributes[$0] != nil)
        }.map {
            field($0.rawValue, Self.written(item.attributes[$0], $0))
        }
        if let tag = reference(NautobotDefinitions.tag) { members.append(.init("tags", .array([.string(tag)]))) }
        if let retired {
            members.append(
                .init("status", .string(item.isRetired ? retired : NautobotDefinitions.active)))
        }
        objects.append(
            Object(
                object: CMDBObject(item, in: collection), members: members,
                context: item.context.sorted { $0.key.rawValue < $1.key.rawValue }
                    .filter { fields.contains($0.key) }.map { field($0.key.rawValue, $0.value) },
                retirement: retired.map { .init("status", .string($0)) }))
    }

    /// A value of several lines is a list, in Markdown that shows each character as it is.
    private static func written(_ value: String?, _ attribute: CMDBAttribute) -> String? {
        guard let value, attribute.isLong else { return value }
        return value.split(whereSeparator: \.isNewline).map { line in
            "- " + line.map { "\\`*_{}[]<>#+-!|~&".contains($0) ? "\\\($0)" : "\($0)" }.joined()
        }.joined(separator: "\n")
    }

    private mutating func addFallback(_ kernel: CMDBModel.Item, to baseline: CMDBModel.Reference) {
        let members: [CanonicalJSON.Member] = [
            .init("relationship", reference(NautobotDefinitions.fallback).map { .string($0) } ?? .null),
            .init("source_type", .string(NautobotDefinitions.kernel)), .init("source_id", .string(baseline.identifier)),
            .init("destination_type", .string(NautobotDefinitions.kernel)),
            .init("destination_id", .string(kernel.identifier)),
        ]
        let object = CMDBObject(
            Self.relations, Self.fallback(of: kernel.key), key: kernel.key, name: "\(kernel.name) falls back",
            isRetired: kernel.isRetired)
        objects.append(Object(object: object, members: members))
    }
}
