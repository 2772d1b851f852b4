// SPDX-License-Identifier: Apache-2.0
package import Records

/// Tables for lists and questions, made from entries. They can be dropped and made again, and nothing is concluded from
/// them that the entries don't say.
package protocol Projection: Sendable {
    /// Raised with each change of the tables or their rows: a store whose tables are of another version makes them again.
    var version: Int { get }
    var tables: [ProjectedTable] { get }
    /// What the entry puts into the tables; nothing for a kind that is not known here, or that can't be read.
    func rows(of entry: Entry) -> [ProjectedRow]
}

/// One table of a projection. Beside its columns each row has the number of its entry, and its own among those of the
/// entry.
package struct ProjectedTable: Hashable, Sendable {
    package let name: String
    /// Of the entries that have rows in it.
    package let kinds: Set<RecordKind>
    package let columns: [String]
    /// Columns that are searched.
    package let indexed: [String]

    package init(_ name: String, of kinds: Set<RecordKind>, columns: [String], indexed: [String] = []) {
        self.name = name
        self.kinds = kinds
        self.columns = columns
        self.indexed = indexed
    }
}

package struct ProjectedRow: Hashable, Sendable {
    package let table: String
    /// By column; a column that is not there has no value.
    package let values: [String: ProjectedValue]

    package init(_ table: String, _ values: [String: ProjectedValue]) {
        self.table = table
        self.values = values
    }
}

package enum ProjectedValue: Hashable, Sendable {
    case integer(Int)
    case text(String)
}

/// A question to a projected table.
package struct RowQuery: Hashable, Sendable {
    package let table: String
    /// nil for all rows.
    package var match: Match?
    /// The column whose largest values come first; nil: the newest entries.
    package var order: String?
    /// Only rows of entries of these numbers.
    package var entries: ClosedRange<Int>?
    package var limit: Int

    /// What a column has to be, or to begin with.
    package struct Match: Hashable, Sendable {
        package let column: String
        package let text: String
        package let isWhole: Bool

        package init(_ column: String, is text: String) {
            self.column = column
            self.text = text
            isWhole = true
        }

        package init(_ column: String, beginsWith text: String) {
            self.column = column
            self.text = text
            isWhole = false
        }
    }

    package init(
        _ table: String, where match: Match? = nil, order: String? = nil, entries: ClosedRange<Int>? = nil,
        limit: Int = .max
    ) {
        self.table = table
        self.order = order
        self.entries = entries
        self.match = match
        self.limit = limit
    }
}

/// A row with the entry that it was made from.
package struct FoundRow: Hashable, Sendable {
    package let sequence: Int
    package let values: [String: ProjectedValue]

    package init(sequence: Int, values: [String: ProjectedValue]) {
        self.sequence = sequence
        self.values = values
    }

    package func text(_ column: String) -> String? {
        if case .text(let text)? = values[column] { text } else { nil }
    }

    package func integer(_ column: String) -> Int? {
        if case .integer(let number)? = values[column] { number } else { nil }
    }
}

/// A store that keeps projected tables.
package protocol ProjectionStore: Sendable {
    /// Rows in the order that the query names, those of one entry in their own.
    func rows(_ query: RowQuery) async throws -> [FoundRow]
    /// Drops every table but the log's and the blobs', and makes them again. Returns the number of entries in them.
    @discardableResult
    func rebuild() async throws -> Int
    /// The numbers of the entries that the lists, by which entries are found, show otherwise than they are recorded, or that
    /// are in the lists alone. The projected tables with the names `unread` are left out: who reads their rows compares them.
    func mislisted(except unread: Set<String>) async throws -> [Int]
}
