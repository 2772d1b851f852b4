// SPDX-License-Identifier: Apache-2.0
internal import GRDB

/// A table that follows from the entries, read once in their order.
struct StoreList {
    let table: String
    let columns: [String]
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

    /// The values of a row as the list has them.
    static func values(_ row: StoreTables.ListRow, in columns: [String]) -> [DatabaseValue] {
        columns.map { column in row.columns.first { $0.name == column }?.value.databaseValue ?? .null }
    }

    /// Passes the rows of an entry, and says whether they are those, each as often.
    mutating func holds(_ expected: [[DatabaseValue]], of sequence: Int) throws -> Bool {
        var found: [[DatabaseValue]] = []
        while let row = next, row.sequence == sequence {
            found.append(row.values)
            try advance()
        }
        // In the order in which they were written, where nobody did anything to the list.
        if found == expected { return true }
        var counts: [[DatabaseValue]: Int] = [:]
        for row in expected { counts[row, default: 0] += 1 }
        for row in found { counts[row, default: 0] -= 1 }
        return counts.values.allSatisfy { $0 == 0 }
    }
}
