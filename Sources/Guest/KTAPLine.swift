// SPDX-License-Identifier: Apache-2.0

/// What one line says in KTAP (Documentation/dev-tools/ktap.rst), its indentation taken off.
enum KTAPLine: Hashable {
    /// `KTAP version 1`, `TAP version 13`, `TAP version 14`
    case version
    /// `1..N`
    case plan(Int)
    case result(KTAPResultLine)
    /// `# Subtest: name`
    case subtest(String)
    /// `# name: pass:1 fail:0 skip:0 total:1` (kunit_print_suite_stats() and kunit_print_test_stats() in
    /// lib/kunit/test.c)
    case statistics(name: String, TestCounts)
    /// `# anything`
    case diagnostic
    case other

    init(_ body: Substring) {
        switch body.utf8.first {
        case UInt8(ascii: "K"), UInt8(ascii: "T"):
            self = ["KTAP version 1", "TAP version 13", "TAP version 14"].contains(body) ? .version : .other
        case UInt8(ascii: "1"):
            self = Self.plan(in: body)
        case UInt8(ascii: "o"), UInt8(ascii: "n"):
            self = KTAPResultLine(body).map(Self.result) ?? .other
        case UInt8(ascii: "#"):
            self = Self.comment(body)
        default:
            self = .other
        }
    }

    /// Larger numbers are garbage; sums and differences of smaller ones can't overflow.
    static let largestNumber = 1_000_000_000

    private static func plan(in body: Substring) -> KTAPLine {
        guard body.hasPrefix("1..") else { return .other }
        let rest = body.dropFirst(3)
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        let after = rest.dropFirst(digits.count)
        guard let count = Int(digits), count <= largestNumber, after.isEmpty || after.hasPrefix(" #") else {
            return .other
        }
        return .plan(count)
    }

    private static func comment(_ body: Substring) -> KTAPLine {
        guard body.hasPrefix("# ") else { return .diagnostic }
        let text = body.dropFirst(2)
        if text.hasPrefix("Subtest: ") { return .subtest(String(text.dropFirst(9))) }
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count >= 5, let name = words.dropLast(4).joined(separator: " ").dropping(suffix: ":") else {
            return .diagnostic
        }
        var numbers: [Int] = []
        for (word, key) in zip(words.suffix(4), ["pass:", "fail:", "skip:", "total:"]) {
            guard word.hasPrefix(key), let number = Int(word.dropFirst(key.count)),
                (0...largestNumber).contains(number)
            else { return .diagnostic }
            numbers.append(number)
        }
        var counts = TestCounts()
        counts.pass = numbers[0]
        counts.fail = numbers[1]
        counts.skip = numbers[2]
        guard counts.total == numbers[3] else { return .diagnostic }
        return .statistics(name: name, counts)
    }
}

/// `ok 3 name # SKIP why`
struct KTAPResultLine: Hashable {
    let isOK: Bool
    let number: Int
    let name: String
    /// In capitals; nil where there is none that the specification knows.
    let directive: String?
    /// What stands after `#`, or after the directive.
    let remark: String

    init?(_ body: Substring) {
        var rest = body
        let isOK = !rest.hasPrefix("not ")
        if !isOK { rest = rest.dropFirst(4) }
        guard rest.hasPrefix("ok ") else { return nil }
        rest = rest.dropFirst(3)
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        rest = rest.dropFirst(digits.count)
        guard let number = Int(digits), (1...KTAPLine.largestNumber).contains(number), rest.isEmpty || rest.first == " "
        else { return nil }
        rest = rest.drop { $0 == " " }
        // "- " before the name is TAP's; kselftest writes it.
        if rest.hasPrefix("- ") { rest = rest.dropFirst(2) }
        var name = rest
        var remark: Substring = ""
        if rest.hasPrefix("#") {
            name = ""
            remark = rest.dropFirst()
        } else if let hash = Self.directiveStart(in: rest) {
            name = rest[..<hash]
            remark = rest[hash...].dropFirst(2)
        }
        remark = remark.drop { $0 == " " }
        let word = remark.prefix { $0 != " " && $0 != ":" }
        let upper = word.uppercased()
        self.isOK = isOK
        self.number = number
        self.name = name.trimmed
        if ["SKIP", "TODO", "XFAIL", "TIMEOUT", "ERROR"].contains(upper) {
            directive = upper
            self.remark = remark.dropFirst(word.count).drop { $0 == " " || $0 == ":" }.trimmed
        } else {
            directive = nil
            self.remark = remark.trimmed
        }
    }

    /// Where ` #` stands; the description holds no `#` of its own.
    private static func directiveStart(in text: Substring) -> Substring.Index? {
        var index = text.startIndex
        while index < text.endIndex {
            let next = text.index(after: index)
            if text[index] == " ", next < text.endIndex, text[next] == "#" { return index }
            index = next
        }
        return nil
    }

    /// What the line says by itself, and why where that is not plain.
    var outcome: (TestOutcome, String?) {
        switch directive {
        case "SKIP": (.skip, remark.isEmpty ? nil : remark)
        case "TODO", "XFAIL": isOK ? (.pass, nil) : (.skip, "expected to fail: \(remark)")
        case "TIMEOUT", "ERROR":
            isOK ? (.unknown, "says ok and \(directive ?? "") at once") : (.fail, "\(directive ?? ""): \(remark)")
        default: (isOK ? .pass : .fail, remark.isEmpty ? nil : remark)
        }
    }
}

extension Substring {
    var trimmed: String {
        var text = self
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text.drop { $0.isWhitespace })
    }
}

extension String {
    fileprivate func dropping(suffix: String) -> String? {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : nil
    }
}
