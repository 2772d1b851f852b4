// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records

/// A Nautobot of 3.0 or later, by its REST API.
///
/// LPARs and guests are virtual machines in clusters, a cluster a CPC or hypervisor; a kernel build is a software version. What these
/// have no field for stands in custom fields. Each object has an identifier of ours, so a second attempt finds the first one's.
package struct NautobotTarget: CMDBTarget {
    private let client: WebClient

    package init(_ client: WebClient) { self.client = client }

    package let batch = 1

    // MARK: Reading

    private static let page = 200
    /// Objects of one list that are read.
    private static let most = 100_000
    /// In one address.
    private static let identifiersAtOnce = 50

    /// Each object of a list, by its identifier. Throws `Failure` as `WebClient.send` does, and with code `cmdb.answer`.
    private func list(_ collection: String, _ query: String = "") async throws -> [CanonicalJSON] {
        var found: [CanonicalJSON] = []
        var seen: Set<String?> = []
        while true {
            let path = "/api/\(collection)/?depth=1&limit=\(Self.page)&offset=\(found.count)" + query
            let answer = try await client.send("GET", path)
            let json = try answer.json(from: "\(client.address)/api/\(collection)/")
            guard answer.status == 200 else { throw Self.refusal(answer, json, "GET \(collection)") }
            // A list that is not whole would have everything made a second time.
            guard case .array(let results) = json["results"] ?? .null,
                case .integer(let count) = json["count"] ?? .null,
                count <= Self.most, results.isEmpty || results.contains(where: { seen.insert($0["id"]?.text).inserted })
            else { throw Self.notWhole(collection) }
            found += results
            guard json["next"]?.text != nil else {
                guard found.count == count else { throw Self.notWhole(collection) }
                return found
            }
            guard !results.isEmpty, found.count <= count else { throw Self.notWhole(collection) }
        }
    }

    private static func notWhole(_ collection: String) -> Failure {
        Failure(
            "cmdb.answer", "Nautobot's list of \(collection) is not whole",
            advice: "try again; where it stays so, look at what stands between: a proxy, or another server")
    }

    private func objects(_ collection: String, _ identifiers: [String]) async throws -> [String: CanonicalJSON] {
        var found: [String: CanonicalJSON] = [:]
        var rest = identifiers[...]
        while !rest.isEmpty {
            let some = rest.prefix(Self.identifiersAtOnce)
            rest = rest.dropFirst(some.count)
            for object in try await list(collection, some.map { "&id=\($0)" }.joined()) {
                if let identifier = object["id"]?.text { found[identifier] = object }
            }
        }
        return found
    }

    private static func refusal(_ answer: WebClient.Answer, _ json: CanonicalJSON, _ what: String) -> Failure {
        if answer.status == 401 || answer.status == 403 {
            return Failure(
                "cmdb.refused", "Nautobot does not allow \(what): \(words(json))",
                advice: "check the token, and that its user may view, add and change such objects")
        }
        return Failure(
            "cmdb.answer", "Nautobot answered \(what) with status \(answer.status): \(words(json))",
            advice: "look at its log; then run the same command again")
    }

    /// What a refusal says: `name: a virtual machine with this name already exists`.
    private static func words(_ json: CanonicalJSON) -> String {
        let parts = json.members.map { member in
            let texts = member.value.elements.compactMap(\.text) + [member.value.text].compactMap(\.self)
            return (member.name == "detail" ? "" : "\(member.name): ") + texts.joined(separator: " ")
        }
        return String(parts.joined(separator: "; ").prefix(400))
    }

    // MARK: Comparing

    package func compare(
        _ model: CMDBModel, retired: Set<String>, progress: ProgressSink
    ) async throws -> CMDBComparison {
        let status = try await client.send("GET", "/api/status/")
        let json = try status.json(from: "\(client.address)/api/status/")
        guard status.status == 200 else { throw Self.refusal(status, json, "GET /api/status/") }
        let version = json["nautobot-version"]?.text ?? "of no version"
        guard let major = version.split(separator: ".").first.flatMap({ Int($0) }), major >= 3 else {
            throw Failure(
                "cmdb.version", "Nautobot at \(client.address) is \(version.prefix(40)), and 3.0 or later is needed",
                advice: "upgrade it, or use a target of the type csv")
        }
        var comparison = CMDBComparison()
        let known = try await definitions(&comparison)
        let desired = try NautobotObjects(model, known)
        let collections = NautobotObjects.order
        for (number, collection) in zip(0..., collections) {
            progress(
                WorkProgress("reading Nautobot", done: number, total: collections.count, detail: collection))
            let wanted = desired.objects.filter { $0.object.collection == collection }
            let there = try await objects(collection, wanted.map(\.object.identifier))
            for object in wanted { comparison.add(object, beside: there[object.object.identifier]) }
        }
        return comparison
    }

    /// What Nautobot has to have before the objects: found by its name, or made.
    private func definitions(_ comparison: inout CMDBComparison) async throws -> NautobotDefinitions {
        var found = NautobotDefinitions()
        let statuses = try await list("extras/statuses").flatMap { status in
            (status["content_types"]?.elements ?? []).map { "\($0.text ?? "") \(status["name"]?.text ?? "")" }
        }
        for status in NautobotDefinitions.neededStatuses where !statuses.contains(status) {
            throw Failure(
                "cmdb.status", "Nautobot has no status for \(status)",
                advice: "add it under Organization, Statuses, with that content type; Nautobot has it from its start")
        }
        var lists: [String: [CanonicalJSON]] = [:]
        for collection in Set(NautobotDefinitions.needed.map(\.collection)) {
            lists[collection] = try await list(collection)
        }
        for definition in NautobotDefinitions.needed {
            // By its name, since anybody may have made it before.
            let there = lists[definition.collection]?.first { object in
                object[definition.naturalKey]?.text?.lowercased() == definition.natural.lowercased()
            }
            guard let there, let identifier = there["id"]?.text else {
                found.identifiers[definition.name] = definition.identifier
                comparison.operations.append(
                    .make(
                        .define, definition.collection, definition.identifier, key: nil, name: definition.natural,
                        after: definition.members))
                continue
            }
            found.identifiers[definition.name] = identifier
            // Of a shop's own the content types are added to; nothing else of it is touched.
            let types = there["content_types"]?.elements.compactMap(\.text) ?? []
            let missing = definition.contentTypes.filter { !types.contains($0) }
            if missing.isEmpty {
                comparison.unchanged += 1
            } else {
                func texts(_ texts: [String]) -> CanonicalJSON { .array(texts.map { .string($0) }) }
                comparison.operations.append(
                    .make(
                        .define, definition.collection, identifier, key: nil, name: definition.natural,
                        before: [.init("content_types", texts(types))],
                        after: [.init("content_types", texts(types + missing))]))
            }
        }
        return found
    }

    // MARK: Writing

    package func standing(of operation: CMDBPlan.Operation) async throws -> CMDBStanding {
        guard Self.isOurs(operation) else { return .changed("it is not an operation of a plan for Nautobot") }
        let there = try await objects(operation.collection, [operation.identifier])[operation.identifier]
        let before = operation.before.members
        guard let there else { return before.isEmpty ? .asPlanned : .changed("it is not there any more") }
        func differs(_ member: CanonicalJSON.Member) -> Bool { !NautobotValue.holds(there, member) }
        guard operation.after.members.contains(where: differs) else { return .made }
        if before.isEmpty { return .changed("something else has this identifier there") }
        return before.first(where: differs).map { .changed("`\($0.name)` was changed there since the plan") }
            ?? .asPlanned
    }

    package func perform(_ operations: [CMDBPlan.Operation]) async throws -> [CMDBOutcome] {
        var outcomes: [CMDBOutcome] = []
        for operation in operations { outcomes.append(try await perform(operation)) }
        return outcomes
    }

    /// A plan's file may come from elsewhere, and says where the token goes.
    private static func isOurs(_ operation: CMDBPlan.Operation) -> Bool {
        let collections = NautobotObjects.order + NautobotDefinitions.needed.map(\.collection)
        let fields = NautobotObjects.memberNames + NautobotDefinitions.needed.flatMap { $0.members.map(\.name) }
        // Of an object with a key the identifier follows from that.
        let identifiers = operation.key.map { key in
            CMDBModel.Kind.allCases.map { CMDBModel.Reference($0, key).identifier } + [
                NautobotObjects.fallback(of: key)
            ]
        }
        return collections.contains(operation.collection)
            && (identifiers?.contains(operation.identifier) ?? (operation.action == .define))
            && operation.identifier.wholeMatch(of: #/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/#) != nil
            && operation.after.members.allSatisfy {
                fields.contains($0.name) || $0.name.hasPrefix(NautobotValue.custom(NautobotDefinitions.field("")))
            }
    }

    private func perform(_ operation: CMDBPlan.Operation) async throws -> CMDBOutcome {
        let isNew = operation.before.members.isEmpty
        let path = "/api/\(operation.collection)/" + (isNew ? "" : "\(operation.identifier)/")
        let answer = try await client.send(
            isNew ? "POST" : "PATCH", path,
            NautobotValue.body(
                operation.after.members + (isNew ? [.init("id", .string(operation.identifier))] : [])))
        let json = try? answer.json(from: path)
        // What stands there now is what counts, and not the status: an error can come after the change.
        let isSuccess = (200..<300).contains(answer.status)
        if isSuccess || answer.status >= 500 || isNew, try await standing(of: operation) == .made { return .done }
        if isSuccess { return .refused("Nautobot answered with success, and has something else") }
        if let json, (400..<500).contains(answer.status) { return .refused(Self.words(json)) }
        return .unknown("status \(answer.status)" + (json.map { ": \(Self.words($0))" } ?? ""))
    }
}

extension CMDBComparison {
    /// One object of the model beside what is there.
    fileprivate mutating func add(_ wanted: NautobotObjects.Object, beside there: CanonicalJSON?) {
        guard let there else {
            return add(wanted.object, beside: .nothing, writing: wanted.members + wanted.context)
        }
        let isRetired = wanted.retirement.map { NautobotValue.holds(there, $0) } ?? false
        let changed = wanted.members.filter { !NautobotValue.holds(there, $0) }
        guard !changed.isEmpty else { return add(wanted.object, beside: .same(isRetired: isRetired), writing: []) }
        let after = (changed + wanted.context).map { NautobotValue.added($0, to: there) }
        let before = after.map { CanonicalJSON.Member($0.name, NautobotValue.value(of: there, $0.name)) }
        add(wanted.object, beside: .other(isRetired: isRetired, before: before), writing: after)
    }
}
