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
    /// `YYYY-MM-DD hh:mm:ss`, UTC.
    private let now: String

    /// `time` is `YYYY-MM-DDThh:mm:ssZ`.
    package init(_ client: WebClient, _ settings: CMDBSettings.ServiceNowSettings, at time: String) {
        self.client = client
        self.settings = settings
        now = time.replacing("T", with: " ").replacing("Z", with: "")
    }

    /// A request may have 500 items; each operation can bring what its item runs in.
    package let batch = 200

    /// Attributes that a shop can have columns for.
    package static let columnNames = CMDBAttribute.allCases.filter { $0 != .logHead }.map(\.rawValue)

    // MARK: Comparing

    package func compare(
        _ model: CMDBModel, retired: Set<String>, progress: ProgressSink
    ) async throws -> CMDBComparison {
        var comparison = CMDBComparison()
        let left = Set(model.items.map(\.kind).filter { settings.classes[$0] == nil })
        if !left.isEmpty {
            let names = CMDBModel.Kind.allCases.filter(left.contains).map(\.rawValue).joined(separator: ", ")
            comparison.notes.append("ServiceNow has no class for \(names): what they say stands at the machines")
        }
        let wanted = ServiceNowItems(model, settings, retired: retired).all
        for start in stride(from: 0, to: wanted.count, by: batch) {
            let some = wanted[start..<min(start + batch, wanted.count)]
            progress(
                WorkProgress(
                    "asking ServiceNow", done: start, total: wanted.count, detail: some.first?.object.name ?? ""))
            for (item, answer) in zip(some, try await ask(settings.queryEndpoint, some.map(\.after))) {
                let found: CMDBComparison.Found
                switch answer {
                case .failure(let fault):
                    comparison.refusals.append("\(item.object.name): \(fault.reason)")
                    comparison.operations.append(item.object.operation(.create, after: item.after.members))
                    continue
                case .success(.made): found = .nothing
                // What it does not change is as it has to be.
                case .success(.same): found = .same(isRetired: item.object.isRetired)
                case .success(.changed):
                    found = .other(isRetired: retired.contains(item.object.identifier), before: [])
                }
                comparison.add(item.object, beside: found, writing: item.after.members)
            }
        }
        return comparison
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

    /// One request; an answer for each item, in their order. Throws `Failure` where the answer is not one about items.
    private func ask(
        _ endpoint: String, _ payloads: [CanonicalJSON]
    ) async throws -> [Result<Done, Fault>] {
        let (body, places) = request(payloads)
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
        return places.own.map { place in
            guard let item = byPlace[place] else {
                return .failure(Fault(reason: "the answer has nothing about it\(context)"))
            }
            return Self.read(item, context)
        }
    }

    private func request(
        _ payloads: [CanonicalJSON]
    ) -> (body: CanonicalJSON, places: (own: [Int], total: Int)) {
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
        let own = payloads.map(place)
        var relations: [CanonicalJSON] = []
        for (payload, child) in zip(payloads, own) {
            guard let outer = payload["hosted_on"] else { continue }
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
            return try await ask(settings.endpoint, operations.map(\.after)).map { answer in
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
