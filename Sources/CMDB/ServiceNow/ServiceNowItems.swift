// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// The model as ServiceNow's items, each with what it runs in.
struct ServiceNowItems {
    struct Item {
        let object: CMDBObject
        /// `className`, `values`, `source_native_key`, and `hosted_on`, the same of what it runs in.
        let after: CanonicalJSON
    }

    private(set) var all: [Item] = []
    private let settings: CMDBSettings.ServiceNowSettings
    /// Identifiers of items that were retired there last.
    private let retired: Set<String>
    private let index: CMDBIndex
    /// By how many machines each name of a host was reached.
    private let hosts: [Substring: Int]

    /// Retired; installed and operational.
    private static let gone = ["install_status": "7", "operational_status": "6"]
    private static let present = ["install_status": "1", "operational_status": "1"]

    init(_ model: CMDBModel, _ settings: CMDBSettings.ServiceNowSettings, retired: Set<String>) {
        self.settings = settings
        self.retired = retired
        index = CMDBIndex(model)
        hosts = Dictionary(
            model.items.filter(\.kind.isMachine).flatMap { Set(Self.hosts(of: $0)).map { ($0, 1) } },
            uniquingKeysWith: +)
        all = model.items.compactMap(item)
    }

    /// nil for what has no class here.
    private func item(_ item: CMDBModel.Item) -> Item? {
        guard let name = settings.classes[item.kind], let payload = payload(item) else { return nil }
        let outer = index.target(.hostedOn, of: item).flatMap { index[$0] }.flatMap(self.payload)
        return Item(
            object: CMDBObject(item, in: name, named: payload["values"]?["name"]?.text),
            after: CanonicalJSON(object: payload.members + (outer.map { [.init("hosted_on", $0)] } ?? [])))
    }

    private func payload(_ item: CMDBModel.Item) -> CanonicalJSON? {
        guard let name = settings.classes[item.kind] else { return nil }
        var values: [CanonicalJSON.Member] = []
        func add(_ column: String, _ value: String?) {
            guard let value, !values.contains(where: { $0.name == column }) else { return }
            values.append(.init(column, .string(value)))
        }
        let kernel = index.target(.runs, of: item).flatMap { index[$0] }
        for (attribute, column) in settings.columns.sorted(by: { $0.key < $1.key }) {
            guard let attribute = CMDBAttribute(rawValue: attribute) else { continue }
            add(column, item.attributes[attribute] ?? kernel?.attributes[attribute])
        }
        if item.kind.isMachine {
            // The name by which a discovery knows it, so that it finds the same CI.
            add("name", host(of: item) ?? item.name)
            add("os", "Linux")
            add("os_version", item.attributes[.release])
            add("short_description", item.attributes[.place])
            add("comments", Self.comments(item, kernel))
        } else {
            add("name", item.name)
            add("short_description", item.attributes[.controlProgram])
        }
        // Of a machine that is there the status is the shop's, but for one that was retired from here.
        if item.isRetired || retired.contains(item.identifier) {
            for (column, value) in item.isRetired ? Self.gone : Self.present { add(column, value) }
        }
        return CanonicalJSON(object: [
            .init("className", .string(name)), .init("values", CanonicalJSON(object: values)),
            .init("source_native_key", .string("\(item.kind.rawValue):\(item.key)")),
        ])
    }

    /// Without the users that were named with them.
    private static func hosts(of item: CMDBModel.Item) -> [Substring] {
        (item.attributes[.hosts] ?? "").split(separator: " ").compactMap { $0.split(separator: "@").last }
    }

    /// The first name under which it was reached, where that can be a host's and no other machine has it.
    private func host(of item: CMDBModel.Item) -> String? {
        guard let first = Self.hosts(of: item).first, hosts[first] == 1,
            first.wholeMatch(of: #/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?/#) != nil,
            item.attributes[.hosts]?.contains(#/ [0-9a-f]{12}( |$)/#) != true
        else { return nil }
        return String(first)
    }

    /// What an operator has to file of the kernel, line by line; a column for each is not in the standard classes.
    private static func comments(_ machine: CMDBModel.Item, _ kernel: CMDBModel.Item?) -> String {
        let own: [CMDBAttribute] = [.verdict, .remarks, .stages]
        let shared: [CMDBAttribute] = [
            .run, .compilerC, .compilerRust, .flags, .patches, .deviations, .waivers, .command, .configuration, .notes,
            .entry, .entryDigest,
        ]
        let lines =
            own.compactMap { attribute in machine.attributes[attribute].map { (attribute, $0) } }
            + shared.compactMap { attribute in kernel?.attributes[attribute].map { (attribute, $0) } }
        // The column takes 4,000 characters.
        return String(lines.map { "\($0.title): \($1)" }.joined(separator: "\n").prefix(4000))
    }
}
