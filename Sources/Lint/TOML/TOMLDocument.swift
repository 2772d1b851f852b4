// SPDX-License-Identifier: Apache-2.0

/// A TOML document whose keys and values know where they stand in the file (TOML 1.0.0).
///
/// Tables lie side by side and are named by their number, so that no document makes a deep chain of values.
struct TOMLDocument: Sendable {
    enum Value: Sendable {
        case string(ScriptWord)
        case scalar(TOMLScalar)
        case array([Value])
        /// The number of a table.
        case table(Int)
        /// The tables that `[[…]]` made of one name: the number of a list.
        case tables(Int)
    }

    /// One part of a key; names are compared by their bytes.
    struct Key: Sendable {
        let name: [UInt8]
        /// Where it stands in the file, with its quotes.
        let range: Range<Int>

        /// As a message shows it.
        var text: String { String(decoding: name.prefix(100), as: UTF8.self) }
    }

    struct Entry: Sendable {
        /// The key's last part, and where its first one begins: the `channel` and the `t` of `toolchain.channel`.
        let key: Key
        let start: Int
        let value: Value
        /// The value's bytes in the file; the header's or the key's where that made the table.
        let range: Range<Int>
    }

    /// How a table came to be, which decides what may be added to it.
    enum Form: Sendable, Equatable {
        /// Named above another one: the `a` of `[a.b]`.
        case implicit
        case header
        /// By dotted keys, below this header or in this inline table.
        case dotted(Int)
        case inline
    }

    struct Table: Sendable {
        var form: Form
        var entries: [[UInt8]: Entry] = [:]

        subscript(_ name: String) -> Entry? { entries[Array(name.utf8)] }
    }

    /// The first one is the document's own.
    var tables: [Table] = [Table(form: .header)]
    var lists: [[Int]] = []

    var root: Table { tables[0] }
}
