// SPDX-License-Identifier: Apache-2.0

/// Comma-separated values (RFC 4180): a line of names, then rows of as many cells.
package struct CSVTable: Sendable {
    package let columns: [String]
    package let rows: [[String]]

    /// Rows that are read.
    private static let most = 1_000_000

    package init(columns: [String], rows: [[String]]) {
        self.columns = columns
        self.rows = rows
    }

    package var text: String {
        ([columns] + rows).map { $0.map(Self.cell).joined(separator: ",") + "\r\n" }.joined()
    }

    /// A cell that a spreadsheet would take for a formula gets an apostrophe.
    private static func cell(_ text: String) -> String {
        let isFormula = text.unicodeScalars.first.map { "=+-@\t\r'".unicodeScalars.contains($0) } ?? false
        let plain = (isFormula ? "'" : "") + text
        let needsQuotes = plain.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
        guard needsQuotes else { return plain }
        // By scalars: a quote with a mark that joins it is a quote, too.
        var quoted = "\""
        for scalar in plain.unicodeScalars { quoted += scalar == "\"" ? "\"\"" : String(scalar) }
        return quoted + "\""
    }

    /// Throws `Failure` with code `csv.unreadable` that names the row.
    package init(_ text: String, named name: String) throws {
        func refuse(_ row: Int, _ reason: String) -> Failure {
            Failure(
                "csv.unreadable", "\(name): row \(row) \(reason)",
                advice: "restore the file, or move it away")
        }
        var rows: [[String]] = []
        var row: [String] = []
        var cell: [UInt8] = []
        var isQuoted = false
        var isOpen = false
        func ended() -> String {
            let text = String(decoding: cell, as: UTF8.self)
            return text.hasPrefix("'") ? String(text.dropFirst()) : text
        }
        let bytes = Array(text.utf8)
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            if isOpen {
                if byte != UInt8(ascii: "\"") {
                    cell.append(byte)
                } else if at < bytes.count, bytes[at] == UInt8(ascii: "\"") {
                    cell.append(byte)
                    at += 1
                } else {
                    isOpen = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                guard cell.isEmpty, !isQuoted else { throw refuse(rows.count + 1, "has a quote inside a cell") }
                (isOpen, isQuoted) = (true, true)
            case UInt8(ascii: ","):
                row.append(ended())
                (cell, isQuoted) = ([], false)
            case UInt8(ascii: "\r"): break
            case UInt8(ascii: "\n"):
                row.append(ended())
                rows.append(row)
                (row, cell, isQuoted) = ([], [], false)
                guard rows.count <= Self.most else { throw refuse(rows.count, "is more than \(Self.most) rows") }
            default:
                guard !isQuoted else { throw refuse(rows.count + 1, "has text behind a quoted cell") }
                cell.append(byte)
            }
        }
        guard !isOpen, row.isEmpty, cell.isEmpty, let columns = rows.first else {
            throw refuse(rows.count + 1, "is cut off")
        }
        if let odd = rows.firstIndex(where: { $0.count != columns.count }) {
            throw refuse(odd + 1, "has \(rows[odd].count) cells, and the first has \(columns.count)")
        }
        self.init(columns: columns, rows: Array(rows.dropFirst()))
    }
}
