// SPDX-License-Identifier: Apache-2.0

/// Licence expressions as files have them (SPDX annex on expressions), and what they come to together.
enum LicenseExpressions {
    /// An expression with its operators in capitals; nil where it does not follow the grammar.
    static func normal(_ text: String) -> String? {
        let spaced = text.replacing("(", with: " ( ").replacing(")", with: " ) ")
        var words: [String] = []
        var depth = 0
        var needsOperand = true
        for word in spaced.split(whereSeparator: \.isWhitespace).map(String.init) {
            let upper = word.uppercased()
            switch word {
            case "(" where needsOperand: depth += 1
            case ")" where !needsOperand && depth > 0: depth -= 1
            case _ where ["AND", "OR", "WITH"].contains(upper):
                guard !needsOperand else { return nil }
                needsOperand = true
                words.append(upper)
                continue
            default:
                guard needsOperand, word != "(", word != ")",
                    word.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || ".-+".contains($0)) })
                else { return nil }
                needsOperand = false
            }
            words.append(word)
        }
        guard !words.isEmpty, !needsOperand, depth == 0 else { return nil }
        return words.joined(separator: " ").replacing("( ", with: "(").replacing(" )", with: ")")
    }

    /// All of them hold: an expression of which each is a part; NOASSERTION where there is none.
    static func all(of texts: Set<String>) -> String {
        let parts = Set(texts.compactMap(normal)).sorted()
        guard parts.count > 1 else { return parts.first ?? "NOASSERTION" }
        return parts.map { $0.contains(" OR ") && !isWrapped($0) ? "(\($0))" : $0 }.joined(separator: " AND ")
    }

    /// Whether one pair of brackets holds all of it.
    private static func isWrapped(_ text: String) -> Bool {
        guard text.hasPrefix("("), text.hasSuffix(")") else { return false }
        var depth = 0
        for (offset, character) in text.enumerated() {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if depth == 0, offset < text.count - 1 { return false }
        }
        return true
    }
}
