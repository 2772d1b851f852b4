// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records
package import SystemPackage

/// A folder with two files for whoever has another CMDB, or a spreadsheet: `items.csv` and `relations.csv`.
package struct CSVTarget: CMDBTarget {
    private let folder: FilePath

    package init(_ folder: FilePath) { self.folder = folder }

    /// One of the files.
    private struct File {
        let name: String
        let columns: [String]
    }

    private static let items = File(
        name: "items.csv", columns: ["id", "kind", "key", "name", "status"] + CMDBAttribute.allCases.map(\.rawValue))
    private static let relations = File(name: "relations.csv", columns: ["id", "source_id", "relation", "target_id"])

    private static let largest = 256 << 20
    private static let active = "active"
    private static let retired = "retired"

    /// Files are written as a whole.
    package let batch = Int.max

    private typealias Row = [String: String]

    /// Rows of a file by their identifiers, and its order. Throws `Failure` with codes `csv.unreadable`, `cmdb.csv`.
    private func rows(_ file: File) throws -> (rows: [String: Row], order: [String]) {
        let path = folder.appending(file.name)
        guard Files.exists(path) else { return ([:], []) }
        guard Files.isRegularFile(path) else {
            throw Failure("cmdb.csv", "\(path) is not a file", advice: "move it away, or name another folder")
        }
        let table = try CSVTable(try Files.text(path, limit: Self.largest), named: path.string)
        guard Set(table.columns) == Set(file.columns), table.columns.count == file.columns.count else {
            throw Failure(
                "cmdb.csv", "\(path) has other columns than the ones that `cmdb apply` writes",
                advice:
                    "keep your own columns in another file, beside the `id`; or move this one away: then all is written again"
            )
        }
        var rows: [String: Row] = [:]
        var order: [String] = []
        for cells in table.rows {
            let row = Dictionary(zip(table.columns, cells)) { first, _ in first }.filter { !$0.value.isEmpty }
            guard let identifier = row["id"], rows.updateValue(row, forKey: identifier) == nil else {
                throw Failure(
                    "cmdb.csv", "\(path) has a row without an `id`, or two with one",
                    advice: "restore the file, or move it away: then all is written again")
            }
            order.append(identifier)
        }
        return (rows, order)
    }

    private func write(_ file: File, _ rows: [String: Row], _ order: [String]) throws {
        let cells = order.compactMap { rows[$0] }.map { row in file.columns.map { row[$0] ?? "" } }
        try Files.makeDirectory(folder)
        try AtomicFile.write(CSVTable(columns: file.columns, rows: cells).text, to: folder.appending(file.name))
    }

    // MARK: Comparing

    package func compare(
        _ model: CMDBModel, retired: Set<String>, progress: ProgressSink
    ) async throws -> CMDBComparison {
        var comparison = CMDBComparison()
        let there = try rows(Self.items).rows
        for item in model.items {
            var row = ["id": item.identifier, "kind": item.kind.rawValue, "key": item.key, "name": item.name]
            row["status"] = item.isRetired ? Self.retired : Self.active
            for (attribute, value) in item.attributes { row[attribute.rawValue] = value }
            let context = Dictionary(uniqueKeysWithValues: item.context.map { ($0.key.rawValue, $0.value) })
            comparison.add(
                CMDBObject(item, in: Self.items.name), row, context, beside: there[item.identifier],
                wasRetired: there[item.identifier]?["status"] == Self.retired, isPartial: item.isPartial)
        }
        let known = try rows(Self.relations).rows
        let index = CMDBIndex(model)
        // Of what was gone before it was ever written down there is no row to relate.
        let present = Set(model.items.filter { !$0.isRetired || there[$0.identifier] != nil }.map(\.identifier))
        for relation in model.relations
        where present.contains(relation.source.identifier) && present.contains(relation.target.identifier) {
            let row = Self.row(relation)
            let identifier = row["id"] ?? ""
            // `LINUX01 runs 6.12.117+rust.56ef953e8ace`.
            let name = "\(index.name(relation.source)) \(relation.kind.words) \(index.name(relation.target))"
            comparison.add(
                CMDBObject(Self.relations.name, identifier, key: relation.source.key, name: name), row, [:],
                beside: known[identifier])
        }
        return comparison
    }

    private static func row(_ relation: CMDBModel.Relation) -> Row {
        let (source, target) = (relation.source.identifier, relation.target.identifier)
        // A machine runs one kernel; a kernel is built with several things.
        let isSingle = [.runs, .hostedOn, .fallsBackTo].contains(relation.kind)
        let name = "urn:bessemer:relation:\(source) \(relation.kind.rawValue)" + (isSingle ? "" : " \(target)")
        return [
            "id": NamedUUID.text(of: name), "source_id": source, "relation": relation.kind.rawValue,
            "target_id": target,
        ]
    }

    // MARK: Writing

    /// `perform` looks itself.
    package func standing(of operation: CMDBPlan.Operation) async throws -> CMDBStanding { .unknown }

    package func perform(_ operations: [CMDBPlan.Operation]) async throws -> [CMDBOutcome] {
        var outcomes = Array(repeating: CMDBOutcome.refused("there is no such file"), count: operations.count)
        for file in [Self.items, Self.relations] {
            var (rows, order) = try rows(file)
            var isChanged = false
            for (index, operation) in operations.enumerated() where operation.collection == file.name {
                let now = rows[operation.identifier]
                func holds(_ members: [CanonicalJSON.Member]) -> Bool {
                    members.allSatisfy { now?[$0.name] == $0.value.text }
                }
                let (before, after) = (operation.before.members, operation.after.members)
                let isOurs =
                    operation.identifier.wholeMatch(of: #/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/#) != nil
                    && (operation.after["id"].map { $0.text == operation.identifier } ?? true)
                let isText = after.allSatisfy {
                    file.columns.contains($0.name) && ($0.value == .null || $0.value.text != nil)
                }
                guard isOurs, isText else {
                    outcomes[index] = .refused("it writes something else than texts in columns of the file")
                    continue
                }
                if now != nil, holds(after) {
                    outcomes[index] = .done
                } else if before.isEmpty ? now != nil : now == nil || !holds(before) {
                    outcomes[index] = .refused("the row was changed there since the plan; make a new plan")
                } else {
                    var row = now ?? ["id": operation.identifier]
                    for member in after { row[member.name] = member.value.text }
                    if rows.updateValue(row, forKey: operation.identifier) == nil { order.append(operation.identifier) }
                    isChanged = true
                    outcomes[index] = .done
                }
            }
            if isChanged { try write(file, rows, order) }
        }
        return outcomes
    }
}

extension CMDBComparison {
    /// One row of the model beside what is there. Of a partial one only what it names is compared.
    fileprivate mutating func add(
        _ object: CMDBObject, _ row: [String: String], _ context: [String: String], beside old: [String: String]?,
        wasRetired: Bool = false, isPartial: Bool = false
    ) {
        func members(_ row: [String: String], _ names: [String]) -> [CanonicalJSON.Member] {
            names.map { .init($0, row[$0].map { .string($0) } ?? .null) }
        }
        let whole = row.merging(context) { $1 }
        guard let old else {
            return add(object, beside: .nothing, writing: members(whole, whole.keys.sorted()))
        }
        let names = Set(row.keys).union(isPartial ? [] : Array(old.keys)).subtracting(context.keys)
        let changed = names.filter { row[$0] != old[$0] }.sorted()
        guard !changed.isEmpty else { return add(object, beside: .same(isRetired: wasRetired), writing: []) }
        let written = changed + context.keys.sorted()
        add(
            object, beside: .other(isRetired: wasRetired, before: members(old, written)),
            writing: members(whole, written))
    }
}
