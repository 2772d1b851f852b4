// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import SystemPackage

/// The automatic fixes of one file: what it was, and what it becomes.
package struct ScriptChange: Sendable {
    /// As the report names it.
    package let name: String
    private let file: FilePath
    let before: [UInt8]
    let after: [UInt8]

    init(name: String, file: FilePath, bytes: [UInt8], edits: [ScriptEdit]) {
        self.name = name
        self.file = file
        before = bytes
        var result = bytes
        var last = Int.max
        // From the end, so that no edit moves another; of two that meet the later one stays.
        let ordered = Set(edits).sorted {
            ($0.range.lowerBound, $0.range.upperBound, $0.replacement) > (
                $1.range.lowerBound, $1.range.upperBound, $1.replacement
            )
        }
        for edit in ordered where edit.range.upperBound <= min(last, bytes.count) {
            result.replaceSubrange(edit.range, with: edit.replacement.utf8)
            last = edit.range.lowerBound
        }
        after = result
    }

    package var isEmpty: Bool { before == after }

    /// The unified difference with three lines of context, as patch(1) takes it.
    package var difference: String {
        let old = Self.lines(before)
        let new = Self.lines(after)
        let steps = new.difference(from: old)
        let removed = Set(steps.removals.map { if case .remove(let offset, _, _) = $0 { offset } else { -1 } })
        let inserted = Set(steps.insertions.map { if case .insert(let offset, _, _) = $0 { offset } else { -1 } })
        // Each row is a line of the result: its sign, its text, and where it stands in both files.
        var rows: [(sign: String, text: [UInt8], old: Int, new: Int)] = []
        var left = 0
        var right = 0
        while left < old.count || right < new.count {
            let sign = removed.contains(left) ? "-" : inserted.contains(right) ? "+" : " "
            rows.append((sign, sign == "+" ? new[right] : old[left], left, right))
            if sign != "+" { left += 1 }
            if sign != "-" { right += 1 }
        }
        var text = "--- a/\(name)\n+++ b/\(name)\n"
        var index = 0
        while let first = rows[index...].firstIndex(where: { $0.sign != " " }) {
            let start = max(first - 3, index)
            var end = first
            while let next = rows[end...].firstIndex(where: { $0.sign != " " }), next - end <= 6 { end = next + 1 }
            end = min(end + 3, rows.count)
            let hunk = rows[start..<end]
            let oldCount = hunk.count { $0.sign != "+" }
            let newCount = hunk.count { $0.sign != "-" }
            if let head = hunk.first { text += "@@ -\(head.old + 1),\(oldCount) +\(head.new + 1),\(newCount) @@\n" }
            for row in hunk {
                text += row.sign + String(decoding: row.text, as: UTF8.self)
                if row.text.last != UInt8(ascii: "\n") { text += "\n\\ No newline at end of file\n" }
            }
            index = end
        }
        return text
    }

    private static func lines(_ bytes: [UInt8]) -> [[UInt8]] {
        let starts = ScriptSource(bytes).lineStarts
        let lines = zip(starts, starts.dropFirst() + [bytes.count]).map { Array(bytes[$0..<$1]) }
        return lines.filter { !$0.isEmpty }
    }

    /// Writes the file whole, with its own mode. Throws `Failure` with code `lint.changed` where it is not what was read.
    package func apply() throws {
        guard try Files.bytes(file) == before else {
            throw Failure("lint.changed", "\(name) has changed since it was read", advice: "run the same command again")
        }
        guard let status = Files.status(file, followingLinks: false), status.st_mode & S_IFMT == S_IFREG else {
            throw Failure("lint.changed", "\(name) is not a regular file", advice: "run the same command again")
        }
        let mode = FilePermissions(rawValue: CInterop.Mode(status.st_mode & 0o7777))
        try AtomicFile.write(after, to: file, permissions: mode)
        // The umask may have taken bits from a new file.
        guard unsafe chmod(file.string, status.st_mode & 0o7777) == 0 else {
            throw Failure("file.unwritable", "could not set the mode of \(name)", advice: "check who owns it")
        }
    }
}
