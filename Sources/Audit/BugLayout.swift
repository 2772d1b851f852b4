// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// What an entry of `__bug_table` holds, which depends on the configuration (`struct bug_entry` of
/// include/asm-generic/bug.h). Offsets in bytes.
struct BugLayout {
    let size: Int
    let format: Int?
    let file: Int?
    let flags: Int

    private static let all = [
        BugLayout(size: 16, format: 4, file: 8, flags: 14), BugLayout(size: 12, format: nil, file: 4, flags: 10),
        BugLayout(size: 12, format: 4, file: nil, flags: 8), BugLayout(size: 8, format: nil, file: nil, flags: 4),
    ]

    private init(size: Int, format: Int?, file: Int?, flags: Int) {
        self.size = size
        self.format = format
        self.file = file
        self.flags = flags
    }

    /// The layout in which most of the table's beginning points at what it should, one bad entry not swaying it; of
    /// several the one with more such entries.
    init(of table: AddressSpace.Table, in space: AddressSpace) {
        func score(_ layout: BugLayout) -> (bytes: Int, entries: Int) {
            let count = min(table.bytes.count, Self.judged)
            guard count >= layout.size else { return (-1, 0) }
            var score = (bytes: 0, entries: 0)
            for offset in stride(from: 0, through: count - layout.size, by: layout.size) {
                guard let address = try? table.relative(offset), let code = space.code(at: address) else { continue }
                if Self.isMonitorCall(code) || Self.isLoadAddress(code) {
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

    /// `mc`, as WARN and BUG have it.
    static func isMonitorCall(_ code: UInt64) -> Bool { code >> 40 == 0xaf }
    /// `larl %rN,…`, as the form with arguments has it.
    static func isLoadAddress(_ code: UInt64) -> Bool { code >> 32 & 0xff0f == 0xc000 }
}
