// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
package import Records

/// An instance of ServiceNow, by the enhanced form of its Identification and Reconciliation API.
///
/// A CI is known by its key in `sys_object_source_info`, never by a serial number: all partitions of a machine have the same one.
/// What is already there is found by a dry run.
package struct ServiceNowTarget: CMDBTarget {
    private let client: WebClient
    private let settings: CMDBSettings.ServiceNowSettings
    private let retiredBefore: Set<String>
    /// `YYYY-MM-DD hh:mm:ss`, UTC.
    private let now: String

    /// `time` is `YYYY-MM-DDThh:mm:ssZ`. The API does not show what is there; `retired` are identifiers of items that were
    /// retired from here last.
    package init(
        _ client: WebClient, _ settings: CMDBSettings.ServiceNowSettings, at time: String, retired: Set<String> = []
    ) {
        self.client = client
        self.settings = settings
        retiredBefore = retired
        now = time.replacing("T", with: " ").replacing("Z", with: "")
    }

    /// A request may have 500 items; each operation can bring what its item runs in.
    package let batch = 200

    /// Attributes that a shop can have columns for.
    package static let columnNames = CMDBAttribute.allCases.filter { $0 != .logHead }.map(\.rawValue)

    /// Retired; installed and operational.
    private static let retired = ["install_status": "7", "operational_status": "6"]
    private static let present = ["install_status": "1", "operational_status": "1"]

    // MARK: Comparing

    package func compare(_ model: CMDBModel, progress: ProgressSink) async throws -> CMDBComparison {
        var comparison = CMDBComparison()
        let wanted = model.items.compactMap { item in operation(item, model).map { (item, $0) } }
        let left = Dictionary(grouping: model.items.filter { settings.classes[$0.kind] == nil }, by: \.kind)
        if !left.isEmpty {
            let names = CMDBModel.Kind.allCases.filter { left[$0] != nil }.map(\.rawValue).joined(separator: ", ")
            comparison.notes.append("ServiceNow has no class for \(names): what they say stands at the machines")
        }
        var rest = wanted[...]
        while !rest.isEmpty {
            let some = Array(rest.prefix(batch))
            progress(
                WorkProgress(
                    "asking ServiceNow", done: wanted.count - rest.count, total: wanted.count, detail: some[0].1.name))
            rest = rest.dropFirst(some.count)
            let answers = try await ask(settings.queryEndpoint, some.map(\.1))
            for ((item, operation), answer) in zip(some, answers) {
                switch answer {
                case .failure(let fault):
                    comparison.operations.append(operation)
                    comparison.refusals.append("\(operation.name): \(fault.reason)")
                case .success(.same):
                    comparison.unchanged += 1
                    if item.kind.isMachine, !item.isRetired { comparison.machines += 1 }
                case .success(.made):
                    // What is gone before it was ever written down needs no entry.
                    if !item.isRetired { comparison.operations.append(operation) }
                case .success(.changed):
                    if item.kind.isMachine { comparison.machines += 1 }
                    comparison.operations.append(
                        .make(
                            item.isRetired && !retiredBefore.contains(item.identifier) ? .retire : .update,
                            operation.collection, operation.identifier,
                            key: operation.key, name: operation.name, after: operation.after.members))
                }
            }
        }
        return comparison
    }

    /// nil for what has no class here.
    private func operation(_ item: CMDBModel.Item, _ model: CMDBModel) -> CMDBPlan.Operation? {
        guard let payload = payload(item, model) else { return nil }
        let outer = model.target(.hostedOn, of: item).flatMap { reference in
            model.items.first { $0.reference == reference }.flatMap { self.payload($0, model) }
        }
        return .make(
            .create, settings.classes[item.kind] ?? "", item.identifier, key: item.key,
            name: payload["values"]?["name"]?.text ?? item.name,
            after: payload.members + (outer.map { [.init("hosted_on", $0)] } ?? []))
    }

    private func payload(_ item: CMDBModel.Item, _ model: CMDBModel) -> CanonicalJSON? {
        guard let name = settings.classes[item.kind] else { return nil }
        var values: [CanonicalJSON.Member] = []
        func add(_ column: String, _ value: String?) {
            guard let value, !values.contains(where: { $0.name == column }) else { return }
            values.append(.init(column, .string(value)))
        }
        let kernel = model.target(.runs, of: item).flatMap { reference in
            model.items.first { $0.reference == reference }
        }
        for (attribute, column) in settings.columns.sorted(by: { $0.key < $1.key }) {
            guard let attribute = CMDBAttribute(rawValue: attribute) else { continue }
            add(column, item.attributes[attribute] ?? kernel?.attributes[attribute])
        }
        if item.kind.isMachine {
            // The name by which a discovery knows it, so that it finds the same CI.
            add("name", Self.host(of: item, model) ?? item.name)
            add("os", "Linux")
            add("os_version", item.attributes[.release])
            add("short_description", item.attributes[.place])
            add("comments", Self.comments(item, kernel))
        } else {
            add("name", item.name)
            add("short_description", item.attributes[.controlProgram])
        }
        // Of a machine that is there the status is the shop's, but for one that was retired from here.
        if item.isRetired || retiredBefore.contains(item.identifier) {
            for (column, value) in item.isRetired ? Self.retired : Self.present { add(column, value) }
        }
        return CanonicalJSON(object: [
            .init("className", .string(name)), .init("values", CanonicalJSON(object: values)),
            .init("source_native_key", .string("\(item.kind.rawValue):\(item.key)")),
        ])
    }

    /// The only name under which it was reached, where that can be a host's and no other machine has it.
    private static func host(of item: CMDBModel.Item, _ model: CMDBModel) -> String? {
        func hosts(_ item: CMDBModel.Item) -> [Substring] {
            (item.attributes[.hosts] ?? "").split(separator: " ").compactMap { $0.split(separator: "@").last }
        }
        guard let first = hosts(item).first, first.wholeMatch(of: #/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?/#) != nil,
            item.attributes[.hosts]?.contains(#/ [0-9a-f]{12}( |$)/#) != true,
            !model.items.contains(where: { $0.kind.isMachine && $0.key != item.key && hosts($0).contains(first) })
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

    // MARK: Asking

    /// What was, or would be, done with an item.
    private enum Done {
        case made
        case changed
        case same
    }

    private struct Fault: Error {
        let reason: String
    }

    /// One request; an answer for each operation, in their order. Throws `Failure` where the answer is not one about items.
    private func ask(
        _ endpoint: String, _ operations: [CMDBPlan.Operation]
    ) async throws -> [Result<Done, Fault>] {
        let (body, places) = request(operations)
        let path =
            endpoint + "?sysparm_data_source=\(Self.escaped(settings.dataSource))"
            + "&options=partial_payloads:false,partial_commits:true,generate_summary:true"
        let answer = try await client.send("POST", path, body)
        let json = try answer.json(from: "\(client.address)\(endpoint)")
        let result = json["result"] ?? json
        guard answer.status == 200, let items = result["items"] else { throw Self.refusal(answer.status, json) }
        let context = (result["logContextId"] ?? result["log_context_id"])?.text.map { " (log context \($0))" } ?? ""
        var byPlace: [Int: CanonicalJSON] = [:]
        for (place, item) in zip(0..., items.elements) {
            let named = item["internal_id"]?.text.flatMap { Int($0) }
            let indices = item["inputIndices"]?.elements.compactMap { index -> Int? in
                if case .integer(let number) = index { number } else { nil }
            }
            if let named {
                byPlace[named] = item
            } else if let indices, !indices.isEmpty {
                for index in indices { byPlace[index] = item }
            } else if items.elements.count == places.total {
                byPlace[place] = item
            }
        }
        return places.operations.map { place in
            guard let item = byPlace[place] else {
                return .failure(Fault(reason: "the answer has nothing about it\(context)"))
            }
            return Self.read(item, context)
        }
    }

    private func request(
        _ operations: [CMDBPlan.Operation]
    ) -> (body: CanonicalJSON, places: (operations: [Int], total: Int)) {
        var places: [String: Int] = [:]
        var items: [CanonicalJSON] = []
        func place(_ payload: CanonicalJSON) -> Int {
            let key = payload["source_native_key"]?.text ?? ""
            if let known = places[key] { return known }
            places[key] = items.count
            items.append(
                CanonicalJSON(object: [
                    .init("className", payload["className"] ?? .null),
                    .init("internal_id", .string("\(items.count)")), .init("values", payload["values"] ?? .null),
                    .init(
                        "sys_object_source_info",
                        CanonicalJSON(object: [
                            .init("source_name", .string(settings.dataSource)),
                            .init("source_native_key", .string(key)),
                            .init("source_recency_timestamp", .string(now)),
                        ])),
                ]))
            return items.count - 1
        }
        // Its own first: as what another one runs in an item has its values, too.
        let own = operations.map { place($0.after) }
        var relations: [CanonicalJSON] = []
        for (operation, child) in zip(operations, own) {
            guard let outer = operation.after["hosted_on"] else { continue }
            relations.append(
                CanonicalJSON(object: [
                    .init("parent_id", .string("\(child)")), .init("child_id", .string("\(place(outer))")),
                    .init("type", .string("Hosted on::Hosts")),
                ]))
        }
        let body = CanonicalJSON(object: [.init("items", .array(items)), .init("relations", .array(relations))])
        return (body, (own, items.count))
    }

    /// Of one item; success of the request says nothing of it.
    private static func read(_ item: CanonicalJSON, _ context: String) -> Result<Done, Fault> {
        let faults = (item["errors"]?.elements ?? []).map { error in
            [error["error"]?.text, error["message"]?.text].compactMap(\.self).joined(separator: ": ")
        }
        if let first = faults.first {
            return .failure(Fault(reason: String(first.prefix(300)) + context))
        }
        switch item["operation"]?.text {
        case "INSERT": return .success(.made)
        case "UPDATE", "UPDATE_WITH_UPGRADE", "UPDATE_WITH_DOWNGRADE", "UPDATE_WITH_SWITCH": return .success(.changed)
        case "NO_CHANGE": return .success(.same)
        case "INSERT_AS_INCOMPLETE", "INSERT_AS_PARTIAL":
            return .failure(
                Fault(
                    reason:
                        "it was set aside as incomplete: is the data source a registered choice of discovery_source?"
                        + context))
        case let other:
            return .failure(Fault(reason: "it answered with the operation \(other?.prefix(60) ?? "none")\(context)"))
        }
    }

    private static func refusal(_ status: Int, _ json: CanonicalJSON) -> Failure {
        let error = json["error"]
        let words = [error?["message"]?.text, error?["detail"]?.text, error?.text].compactMap(\.self).joined(
            separator: ": ")
        let isScope = words.lowercased().contains("unscoped") || words.lowercased().contains("scope")
        guard [401, 403].contains(status) else {
            let said = words.isEmpty ? "without a list of items" : String(words.prefix(300))
            return Failure(
                "cmdb.answer", "ServiceNow answered with status \(status): \(said)",
                advice: status == 404
                    ? "check `url`, `endpoint` and `query-endpoint` in cmdb.yaml"
                    : "look at its logs; then run the same command again")
        }
        return Failure(
            "cmdb.refused", "ServiceNow does not allow it: \(words.prefix(300))",
            advice: isScope
                ? "the OAuth client's scope does not have this API: add it to the client, not a role to the user"
                : "check the credential, and that its user has the roles itil and import_transformer")
    }

    private static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    // MARK: Writing

    /// The same item twice is one there.
    package func standing(of operation: CMDBPlan.Operation) async throws -> CMDBStanding { .unknown }

    package func perform(_ operations: [CMDBPlan.Operation]) async throws -> [CMDBOutcome] {
        do {
            return try await ask(settings.endpoint, operations).map { answer in
                switch answer {
                case .success: .done
                case .failure(let fault): .refused(fault.reason)
                }
            }
        } catch let failure as Failure where failure.code == "cmdb.answer" {
            return operations.map { _ in .unknown(failure.message) }
        }
    }
}
