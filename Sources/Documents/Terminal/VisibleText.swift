// SPDX-License-Identifier: Apache-2.0

/// Text from outside made fit to be shown: what would act on a terminal or a page instead of being seen is spelled out.
package enum VisibleText {
    /// Control characters become their pictures (U+2400 ff.), tabs become two spaces, and other characters that can't
    /// be seen or that reorder their neighbours become `\u{…}`.
    ///
    /// A character of HTML's syntax never shares a grapheme cluster with a neighbour afterwards (Unicode Annex 29), so
    /// that escaping by `Character` finds each one.
    package static func of(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09:
                shown.append(contentsOf: "  ".unicodeScalars)
            case 0x00..<0x20:
                if let picture = Unicode.Scalar(0x2400 + scalar.value) { shown.append(picture) }
            case 0x7F:
                shown.append("\u{2421}")
            default:
                if isHidden(scalar) {
                    shown.append(contentsOf: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".unicodeScalars)
                } else {
                    shown.append(scalar)
                }
            }
        }
        return apart(String(shown))
    }

    /// Text of several lines: each as above, and the line breaks as they are.
    package static func lines(of text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { of(String($0)) }.joined(separator: "\n")
    }

    /// As above, and at most `columns` wide; what lies beyond is not even looked at.
    static func of(_ text: String, columns: Int) -> String {
        if text.utf8.count <= columns {
            let shown = of(text)
            // No character is wider than its bytes are many.
            return shown.utf8.count <= columns ? shown : clipped(shown, to: columns)
        }
        let prefix = text.unicodeScalars.prefix(columns * 4 + 17)
        let shown = clipped(of(String(prefix)), to: columns)
        let isWhole = prefix.endIndex == text.unicodeScalars.endIndex || shown.hasSuffix("...")
        return isWhole ? shown : clipped(shown, to: columns - 3) + "..."
    }

    /// Text that is fit to be shown as text of HTML or XML.
    static func escaped(_ text: String, apostrophe: String) -> String {
        if !text.utf8.contains(where: { isSyntax(Unicode.Scalar($0)) }) { return text }
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += apostrophe
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// Whether the character can't be seen, or acts on its neighbours or on what shows it.
    static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        if properties.isDefaultIgnorableCodePoint { return true }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: return true
        default: return false
        }
    }

    /// Puts a dotted circle, which Unicode has for showing a lone mark, between a syntax character and what clings
    /// to it.
    private static func apart(_ text: String) -> String {
        var result = ""
        for character in text {
            let scalars = character.unicodeScalars
            guard scalars.count > 1, scalars.contains(where: isSyntax) else {
                result.append(character)
                continue
            }
            for (index, scalar) in scalars.enumerated() {
                if index > 0 { result.unicodeScalars.append("\u{25CC}") }
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isSyntax(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "<" || scalar == ">" || scalar == "&" || scalar == "\"" || scalar == "'"
    }

    /// Columns that a terminal uses for visible text.
    static func width(_ text: some StringProtocol) -> Int {
        text.unicodeScalars.reduce(0) { $0 + width($1) }
    }

    static func width(_ scalar: Unicode.Scalar) -> Int {
        if scalar.isASCII { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        if scalar.properties.isEmojiPresentation { return 2 }
        switch scalar.value {
        // East Asian wide and full-width (Unicode Annex 11).
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
            0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x17000...0x18CFF, 0x1B000...0x1B2FF,
            0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }

    /// At most `columns` wide, three dots where something was left out.
    static func clipped(_ text: String, to columns: Int) -> String {
        // Marks have no width, so a bound on columns alone bounds nothing.
        let scalars = text.unicodeScalars.prefix(columns * 4 + 16)
        if scalars.endIndex == text.unicodeScalars.endIndex, width(text) <= columns { return text }
        var kept = String.UnicodeScalarView()
        var used = 0
        for scalar in scalars {
            let next = width(scalar)
            if used + next > columns - 3 { break }
            used += next
            kept.append(scalar)
        }
        return String(kept) + "..."
    }

    /// Lines of at most `columns`, broken at spaces, and inside a word after `/` or anywhere where it is too long.
    static func wrapped(_ text: String, to columns: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        var used = 0
        for word in text.split(separator: " ") {
            var rest = word
            while true {
                let length = width(rest)
                let gap = line.isEmpty ? 0 : 1
                if used + gap + length <= columns {
                    line += (gap == 1 ? " " : "") + rest
                    used += gap + length
                    break
                }
                if !line.isEmpty {
                    lines.append(line)
                    line = ""
                    used = 0
                    continue
                }
                let end = cut(rest, columns)
                lines.append(String(rest[..<end]))
                rest = rest[end...]
            }
        }
        if !line.isEmpty || lines.isEmpty { lines.append(line) }
        return lines
    }

    /// Where a word of more than `columns` is broken: after its last `/` that fits, else after other punctuation, else
    /// where the columns end; never so early that the line is left nearly empty.
    private static func cut(_ word: Substring, _ columns: Int) -> Substring.Index {
        let scalars = word.unicodeScalars
        var used = 0
        var afterSlash: Substring.Index?
        var afterPunctuation: Substring.Index?
        var index = scalars.startIndex
        while index < scalars.endIndex {
            let next = width(scalars[index])
            if used + next > columns { break }
            used += next
            let scalar = scalars[index]
            index = scalars.index(after: index)
            if scalar == "/", used * 4 > columns { afterSlash = index }
            if scalar == "-" || scalar == "_" || scalar == "=", used * 2 > columns { afterPunctuation = index }
        }
        if index == scalars.startIndex { return scalars.index(after: index) }
        return afterSlash ?? afterPunctuation ?? index
    }
}
