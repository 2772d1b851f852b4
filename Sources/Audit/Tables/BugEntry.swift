// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// An entry of `__bug_table`: a WARN or a BUG (`struct bug_entry` of include/asm-generic/bug.h).
struct BugEntry: Sendable {
    /// The monitor call, or the `larl` of the form with arguments.
    let address: UInt64
    let format: KernelTable.Target?
    let file: KernelTable.Target?
    let line: UInt16?
    let flags: Flags

    /// `BUGFLAG_…`
    struct Flags: OptionSet, Sendable {
        let rawValue: UInt16

        static let warning = Flags(rawValue: 1)
        static let once = Flags(rawValue: 2)
        static let noCutHere = Flags(rawValue: 8)
        static let arguments = Flags(rawValue: 16)

        /// Whether the kernel knows each flag, and the taint that stands in the upper half.
        var isKnown: Bool {
            let known: Flags = [.warning, .once, .noCutHere, .arguments]
            return rawValue & 0xff & ~known.rawValue == 0 && rawValue >> 8 <= 31
        }
    }

    init(_ table: KernelTable, at offset: Int, _ layout: Layout) throws(FormatError) {
        address = try table.relative(offset)
        format = if let format = layout.format { try table.target(offset + format) } else { nil }
        file = if let file = layout.file { try table.target(offset + file) } else { nil }
        line = if let file = layout.file { try table.bytes.load(at: offset + file + 4, .big) } else { nil }
        flags = Flags(rawValue: try table.bytes.load(at: offset + layout.flags, .big))
    }

    /// `mc`, as WARN and BUG have it.
    static func isMonitorCall(_ code: UInt64) -> Bool { code >> 40 == 0xaf }
    /// `larl %rN,…`, as the form with arguments has it.
    static func isLoadAddress(_ code: UInt64) -> Bool { code >> 32 & 0xff0f == 0xc000 }
}

extension BugEntry {
    /// What an entry holds, which depends on the configuration. Offsets in bytes.
    struct Layout: Sendable {
        let size: Int
        let format: Int?
        let file: Int?
        let flags: Int

        private static let all = [
            Layout(size: 16, format: 4, file: 8, flags: 14), Layout(size: 12, format: nil, file: 4, flags: 10),
            Layout(size: 12, format: 4, file: nil, flags: 8), Layout(size: 8, format: nil, file: nil, flags: 4),
        ]

        /// The entries of a table that has this layout.
        func entries(of table: KernelTable) throws(FormatError) -> [BugEntry] {
            try table.entries(of: size) { table, offset throws(FormatError) in
                try BugEntry(table, at: offset, self)
            }
        }
    }
}

extension BugEntry.Layout {
    /// The layout in which most of the table's beginning points at what it should, one bad entry not swaying it; of
    /// several the one with more such entries.
    init(of table: KernelTable, in space: AddressSpace) {
        func score(_ layout: Self) -> (bytes: Int, entries: Int) {
            let count = min(table.bytes.count, Self.judged)
            guard count >= layout.size else { return (-1, 0) }
            var score = (bytes: 0, entries: 0)
            for offset in stride(from: 0, through: count - layout.size, by: layout.size) {
                guard let address = try? table.relative(offset), let code = space.code(at: address) else { continue }
                if BugEntry.isMonitorCall(code) || BugEntry.isLoadAddress(code) {
                    score.bytes += layout.size
                    score.entries += 1
                }
                if let file = layout.file, let place = try? table.relative(offset + file), space.isText(at: place) {
                    score.bytes += layout.size
                }
            }
            return score
        }
        let scores = Self.all.map(score)
        self = Self.all[scores.indices.max { scores[$0] < scores[$1] } ?? 0]
    }

    /// In bytes: about a thousand entries, which tell as much as all.
    private static let judged = 16384
}
