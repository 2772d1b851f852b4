// SPDX-License-Identifier: Apache-2.0
internal import GRDB

/// A table that follows from the entries, read once in their order.
struct StoreList {
    let table: String
    private let columns: [String]
    private let rows: RowCursor
    private var next: (sequence: Int, values: [DatabaseValue])?

    init(_ db: Database, _ table: String, _ columns: [String]) throws {
        self.table = table
        self.columns = columns
        rows = try Row.fetchCursor(
            db, sql: "SELECT sequence, \(columns.joined(separator: ", ")) FROM \(table) ORDER BY sequence")
        try advance()
    }

    private mutating func advance() throws {
        next = try rows.next().map { row in
            guard let sequence = Int.fromDatabaseValue(row[0] as DatabaseValue) else {
                throw StoreFault("a row of the list \(table) names no entry")
            }
            return (sequence, columns.indices.map { row[$0 + 1] as DatabaseValue })
        }
    }

    /// Passes the rows of entries before that one, or all that are left, and says whose they are.
    mutating func skip(to sequence: Int?) throws -> Set<Int> {
        var passed: Set<Int> = []
        while let row = next, sequence.map({ row.sequence < $0 }) ?? true {
            passed.insert(row.sequence)
            try advance()
        }
        return passed
    }

    /// Passes the rows of an entry, and says whether they are those, each as often.
    mutating func holds(_ expected: [StoreTables.ListRow], of sequence: Int) throws -> Bool {
        var counts: [[DatabaseValue]: Int] = [:]
        for row in expected {
            let values = Dictionary(row.columns.map { ($0.name, $0.value.databaseValue) }) { first, _ in first }
            counts[columns.map { values[$0] ?? .null }, default: 0] += 1
        }
        while let row = next, row.sequence == sequence {
            counts[row.values, default: 0] -= 1
            try advance()
        }
        return counts.values.allSatisfy { $0 == 0 }
    }
}
