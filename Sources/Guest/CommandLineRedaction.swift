// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// Takes a console's bytes and gives them back, row by row, without the values of kernel parameters that may be secret, which a
/// kernel prints when it starts (init/main.c: “Kernel command line: …”, “Unknown kernel command line parameters "…"”, and,
/// at the level of debugging, what it gives to init).
///
/// A console may wrap its lines: where a row that has such words goes on in the next ones, nothing of these is passed on.
struct CommandLineRedaction {
    private static let needle = Array("ernel command line".utf8)
    private static let packedNeedle = needle.filter { $0 != 0x20 }
    /// Bytes of such a line, at most; no kernel's is as long.
    private static let longest = 1 << 17

    /// A row that has not ended yet.
    private var partial: [UInt8] = []
    /// Rows that may be one line, the first of which has the words, or their beginning.
    private var open: [[UInt8]] = []
    private var openSize = 0
    /// Columns of the widest row so far, and the number of such rows.
    private var widest = (columns: 0, count: 0)
    private var listing = InitListing()

    /// What of the console can be passed on.
    mutating func redacted(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0x0a) {
            partial += rest[...end]
            rest = rest[(end + 1)...]
            output += take(partial)
            partial = []
        }
        partial += rest
        if partial.count > Self.longest {
            output += take(partial) + release()
            partial = []
        }
        return output
    }

    /// What is left at the end of the console.
    mutating func finish() -> [UInt8] {
        let output = take(partial) + release()
        partial = []
        return output
    }

    private mutating func take(_ row: [UInt8]) -> [UInt8] {
        guard !row.isEmpty else { return [] }
        var output: [UInt8] = []
        if !open.isEmpty {
            if goesOn(in: row), openSize + row.count <= Self.longest {
                open.append(row)
                openSize += row.count
                return []
            }
            output = release()
        }
        let columns = Self.columns(row)
        if columns > widest.columns { widest = (columns, 0) }
        if columns == widest.columns { widest.count += 1 }
        if let given = listing.redacted(row) { return output + given }
        guard Self.hasWords(row) || columns >= ConsoleWidth.narrowest && Self.mayBegin(row) else { return output + row }
        open = [row]
        openSize = row.count
        return output
    }

    /// Whether a row is the rest of the line that is open: the row before is as wide as the console, and this one begins with
    /// nothing that a line begins with.
    private func goesOn(in row: [UInt8]) -> Bool {
        let text = Self.text(row)
        guard let first = open.first, let last = open.last, !text.isEmpty, !Self.hasWords(row),
            !Self.isStamped(Array(text)), !KTAPLine(text).isOfResults
        else { return false }
        let (full, columns) = (Self.columns(first), Self.columns(last))
        guard full >= ConsoleWidth.narrowest, columns >= full - 1 else { return false }
        if Self.isStamped(first) { return true }
        return full >= widest.columns - 1 && (widest.count > 1 || ConsoleWidth.usual.contains(full))
    }

    /// The open line, whose values are left out.
    private mutating func release() -> [UInt8] {
        let rows = open
        open = []
        guard let first = rows.first else { return [] }
        guard rows.count > 1 else { return Self.hasWords(first) ? Self.line(first[...], isWhole: true) : first }
        let whole = rows.flatMap { Self.text($0) + (mayLackBlank($0) ? [0x20] : []) }
        let isNamed = whole.firstRange(of: Self.needle) != nil
        let packed = whole.filter { $0 != 0x20 }
        guard packed.firstRange(of: Self.packedNeedle) != nil,
            !isNamed || Self.line(whole[...], isWhole: true) != whole
        else { return rows.flatMap(\.self) }
        let start = Self.hasWords(first) ? Self.line(first[...], isWhole: false) : first
        return rows.dropFirst().reduce(start) { $0 + Array(Redaction.mark.utf8) + Self.end(of: $1) }
    }

    /// Whether a blank at the row's end may have been taken away: it is not as wide as others, or as a console.
    private func mayLackBlank(_ row: [UInt8]) -> Bool {
        let columns = Self.columns(row)
        return columns < widest.columns
            || !ConsoleWidth.usual.contains(columns - 1) && ConsoleWidth.usual.contains(columns + 1)
    }

    private static func hasWords(_ row: [UInt8]) -> Bool { row.firstRange(of: needle) != nil }

    /// Whether a row ends with the beginning of the words.
    private static func mayBegin(_ row: [UInt8]) -> Bool {
        let tail = text(row).suffix(2 * needle.count).filter { $0 != 0x20 }
        return (1..<packedNeedle.count).contains { tail.suffix($0).elementsEqual(packedNeedle.prefix($0)) }
    }

    private static func isStamped(_ row: [UInt8]) -> Bool {
        PrintkPrefix.start(of: row).start == .whole || !PrintkPrefix.inside(row, from: 0).isEmpty
    }

    /// Without the end of the line.
    private static func text(_ row: [UInt8]) -> ArraySlice<UInt8> { row.dropLast(end(of: row).count) }

    private static func end(of row: [UInt8]) -> ArraySlice<UInt8> {
        row.suffix(row.reversed().prefix { $0 == 0x0a || $0 == 0x0d }.count)
    }

    fileprivate static func columns(_ row: [UInt8]) -> Int { text(row).count { $0 & 0xc0 != 0x80 } }

    /// A line that has the words; where it is not `isWhole`, the value of its last word goes on.
    private static func line(_ bytes: ArraySlice<UInt8>, isWhole: Bool) -> [UInt8] {
        guard let place = bytes.firstRange(of: needle) else { return Array(bytes) }
        return bytes[..<place.upperBound] + rest(bytes[place.upperBound...], isWhole: isWhole)
    }

    /// Of what follows the words: `: a=b`, ` parameters "a=b", will be passed to user space.`
    private static func rest(_ bytes: ArraySlice<UInt8>, isWhole: Bool) -> [UInt8] {
        var line = bytes
        var end: [UInt8] = []
        // A line is broken with a backslash where it is long.
        while let last = line.last, [0x0a, 0x0d, 0x20, UInt8(ascii: "\\")].contains(last) {
            end.insert(last, at: 0)
            line.removeLast()
        }
        if line.first == UInt8(ascii: ":") {
            let parameters = line.dropFirst().drop { $0 == 0x20 }
            return line[..<parameters.startIndex] + redacted(parameters, isWhole: isWhole) + end
        }
        let quote = UInt8(ascii: "\"")
        guard let open = line.firstIndex(of: quote), let close = line.lastIndex(of: quote), open < close else {
            // Not a form that is known: nothing of it is passed on where it could have a value.
            return line.contains(UInt8(ascii: "=")) ? Array(" \(Redaction.mark)".utf8) + end : line + end
        }
        return line[...open] + redacted(line[(open + 1)..<close], isWhole: true) + line[close...] + end
    }

    private static func redacted(_ bytes: ArraySlice<UInt8>, isWhole: Bool) -> [UInt8] {
        let line = String(decoding: bytes, as: UTF8.self)
        var shown = KernelParameters.redacted(line)
        if !isWhole, let last = shown.split(separator: " ").last, let equals = last.firstIndex(of: "=") {
            shown = shown.prefix(upTo: shown.index(after: equals)) + Redaction.mark
        }
        // What has nothing to leave out stays as it came, byte by byte.
        return shown.contains(Redaction.mark) ? Array(shown.utf8) : Array(bytes)
    }
}

/// What a kernel gives to init, one a line, below `  with arguments:` and `  with environment:` (run_init_process() in
/// init/main.c).
private struct InitListing {
    private enum Kind {
        case arguments
        case environment
    }

    private static let indent = Array("    ".utf8)
    private static let heads: [(text: [UInt8], kind: Kind)] = [
        (Array("  with arguments:".utf8), .arguments), (Array("  with environment:".utf8), .environment),
    ]
    /// The kernel's own (envp_init).
    private static let plain = ["HOME=/", "TERM=linux"]

    private var kind: Kind?
    private var hasProgram = false
    /// Of the row before, which the list has.
    private var columns = 0

    /// The row without what may be secret; nil for one that does not belong to the list.
    mutating func redacted(_ row: [UInt8]) -> [UInt8]? {
        let start = PrintkPrefix.start(of: row).message
        let end = row.reversed().prefix { $0 == 0x0a || $0 == 0x0d }.count
        guard start + end <= row.count else { return nil }
        let text = row[start..<(row.count - end)]
        if let head = Self.heads.first(where: { text.elementsEqual($0.text) }) {
            kind = head.kind
            hasProgram = false
            columns = 0
            return row
        }
        let before = columns
        columns = CommandLineRedaction.columns(row)
        guard let kind, text.starts(with: Self.indent) else {
            // The rest of a wrapped one.
            guard kind != nil, start == 0, ConsoleWidth.usual.contains(before), KTAPLine(text) == .other else {
                kind = nil
                return nil
            }
            return Array(Redaction.mark.utf8) + row.suffix(end)
        }
        let word = String(decoding: text.dropFirst(Self.indent.count), as: UTF8.self)
        let isProgram = kind == .arguments && !hasProgram && word.hasPrefix("/")
        hasProgram = true
        if isProgram || Self.plain.contains(word) { return row }
        let name = kind == .environment ? word.prefix { $0 != "=" } + "=" : ""
        return row[..<start] + Self.indent + Array("\(name)\(Redaction.mark)".utf8) + row.suffix(end)
    }
}
