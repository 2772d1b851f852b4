// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// What one line says in KTAP (Documentation/dev-tools/ktap.rst), its indentation taken off.
enum KTAPLine: Hashable {
    /// `KTAP version 1`, `TAP version 13`, `TAP version 14`
    case version
    /// `1..N`; `1..0 # SKIP why` says that nothing is to run.
    case plan(Int, skip: String?)
    case result(KTAPResultLine)
    /// `# Subtest: name`; nil where the line ends before the name.
    case subtest(String?)
    /// `# name: pass:1 fail:0 skip:0 total:1` (kunit_print_suite_stats() and kunit_print_test_stats() in
    /// lib/kunit/test.c)
    case statistics(name: String, TestCounts)
    /// `# Totals: pass:1 fail:0 xfail:0 xpass:0 skip:0 error:0`
    case totals(KTAPTotals)
    /// `Bail out! reason` (Test Anything Protocol, version 13): no more results come.
    case bailOut
    /// `# anything`
    case diagnostic
    case other

    /// Whether it is part of results, and no comment or other text.
    var isOfResults: Bool {
        switch self {
        case .version, .plan, .result, .subtest, .statistics, .totals, .bailOut: true
        case .diagnostic, .other: false
        }
    }

    init(_ body: ArraySlice<UInt8>) {
        switch body.first {
        case UInt8(ascii: "K"), UInt8(ascii: "T"):
            self = Self.versions.contains { $0.elementsEqual(body) } ? .version : .other
        case UInt8(ascii: "B"):
            self = body.starts(with: Self.bailOutStart) ? .bailOut : .other
        case UInt8(ascii: "1"):
            self = Self.plan(in: body)
        case UInt8(ascii: "o"), UInt8(ascii: "n"):
            self = KTAPResultLine(body).map(Self.result) ?? .other
        case UInt8(ascii: "#"):
            // Most comments are neither of these.
            let isKnown = body.starts(with: Self.subtestStart) || body.contains(Self.countStart)
            if body.count >= 4, Self.subtestStart.starts(with: body) {
                self = .subtest(nil)
                return
            }
            self = isKnown ? Self.comment(body) : .diagnostic
        default:
            self = .other
        }
    }

    /// Larger numbers are garbage; sums and differences of smaller ones can't overflow.
    static let largestNumber = 1_000_000_000

    static let versions = ["KTAP version 1", "TAP version 13", "TAP version 14"].map { Array($0.utf8) }
    private static let subtestStart = Array("# Subtest: ".utf8)
    private static let countStart = Array(" pass:".utf8)
    private static let bailOutStart = Array("Bail out!".utf8)
    private static let planStart = Array("1..".utf8)

    private static func plan(in body: ArraySlice<UInt8>) -> KTAPLine {
        guard body.starts(with: planStart), let (count, after) = number(in: body.dropFirst(planStart.count)),
            after.isEmpty || after.starts(with: [UInt8(ascii: " "), UInt8(ascii: "#")])
        else { return .other }
        let remark = after.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "#") }
        let isSkip = count == 0 && KTAPResultLine.isSkip(remark)
        return .plan(
            count, skip: isSkip ? remark.drop { $0 != UInt8(ascii: " ") }.consoleText(limit: 500).trimmed : nil)
    }

    /// The number that bytes begin with, and what follows it; nil where there is none, or one that is too large.
    static func number(in bytes: ArraySlice<UInt8>) -> (Int, ArraySlice<UInt8>)? {
        let digits = bytes.prefix(while: \.isDigit)
        var value = 0
        for digit in digits {
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
            guard value <= largestNumber else { return nil }
        }
        return digits.isEmpty ? nil : (value, bytes[digits.endIndex...])
    }

    private static let suiteKeys = ["pass:", "fail:", "skip:", "total:"].map { Array($0.utf8) }
    private static let programKeys = ["pass:", "fail:", "xfail:", "xpass:", "skip:", "error:"].map { Array($0.utf8) }
    private static let totalsStart = Array("# Totals: ".utf8)
    private static let colon = UInt8(ascii: ":")

    private static func comment(_ body: ArraySlice<UInt8>) -> KTAPLine {
        if body.starts(with: subtestStart) { return .subtest(body.dropFirst(subtestStart.count).consoleText) }
        let words = body.dropFirst(2).split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        if body.starts(with: totalsStart), let counts = counts(words.dropFirst(), programKeys) {
            return .totals(
                KTAPTotals(
                    ok: counts[0] + counts[2] + counts[3] + counts[4], notOK: counts[1] + counts[5], skip: counts[4]))
        }
        guard body.starts(with: "# ".utf8), words.count > suiteKeys.count,
            let numbers = counts(words.suffix(suiteKeys.count), suiteKeys)
        else { return .diagnostic }
        let name = body[body.startIndex + 2..<words[words.count - suiteKeys.count].startIndex - 1]
        guard name.last == colon else { return .diagnostic }
        var counts = TestCounts()
        counts.pass = numbers[0]
        counts.fail = numbers[1]
        counts.skip = numbers[2]
        guard counts.total == numbers[3] else { return .diagnostic }
        return .statistics(name: name.dropLast().consoleText, counts)
    }

    /// The numbers of `pass:1 fail:0`; nil where these are others than the keys.
    private static func counts(_ words: ArraySlice<ArraySlice<UInt8>>, _ keys: [[UInt8]]) -> [Int]? {
        let numbers = zip(words, keys).compactMap { word, key -> Int? in
            guard word.starts(with: key), let (value, rest) = number(in: word.dropFirst(key.count)) else { return nil }
            return rest.isEmpty ? value : nil
        }
        return words.count == keys.count && numbers.count == keys.count ? numbers : nil
    }
}

/// What a selftest counts of its own results (ksft_print_cnts() in tools/testing/selftests/kselftest.h).
struct KTAPTotals: Hashable {
    /// Lines that say ok, those of what was skipped included, and lines that do not.
    let ok: Int
    let notOK: Int
    let skip: Int

    /// How results differ from these; nil where they don't. One that is unknown may be any.
    func difference(from results: [TestResult]) -> String? {
        func count(_ outcome: TestOutcome) -> Int { results.count { $0.outcome == outcome } }
        let (failed, skipped, unknown) = (count(.fail), count(.skip), count(.unknown))
        let isEqual =
            results.count == ok + notOK && (failed...failed + unknown).contains(notOK)
            && (skipped...skipped + unknown).contains(skip)
        return isEqual
            ? nil
            : "its totals count \(ok + notOK) results, of which \(notOK) failed and \(skip) were skipped; read were "
                + "\(results.count), \(failed) failed, \(skipped) skipped, \(unknown) unknown"
    }
}

/// `ok 3 name # SKIP why`
struct KTAPResultLine: Hashable {
    let isOK: Bool
    let number: Int
    private let nameBytes: ArraySlice<UInt8>
    /// In capitals; nil where there is none that the specification knows.
    let directive: String?
    private let remarkBytes: ArraySlice<UInt8>
    /// The line ends in the middle of what may be a directive.
    let isDirectiveCut: Bool

    var name: String { nameBytes.consoleText }
    /// The name, or the number where there is none.
    var title: String { nameBytes.isEmpty ? "test \(number)" : name }
    /// What stands after `#`, or after the directive.
    var remark: String { remarkBytes.consoleText }

    private static let blank = UInt8(ascii: " ")
    private static let hash = UInt8(ascii: "#")
    private static let not = Array("not ".utf8)
    private static let ok = Array("ok ".utf8)
    private static let status = Array("exit=".utf8)
    private static let longestDirective = directives.map(\.count).max() ?? 0
    private static let directives = ["SKIP", "TODO", "XFAIL", "TIMEOUT", "ERROR"].map { Array($0.utf8) }

    init?(_ body: ArraySlice<UInt8>) {
        var rest = body
        let isOK = !rest.starts(with: Self.not)
        if !isOK { rest = rest.dropFirst(Self.not.count) }
        guard rest.starts(with: Self.ok), let (number, after) = KTAPLine.number(in: rest.dropFirst(Self.ok.count)),
            number > 0, after.isEmpty || after.first == Self.blank
        else { return nil }
        rest = after.drop { $0 == Self.blank }
        // "- " before the name is TAP's; kselftest writes it.
        if rest.first == UInt8(ascii: "-"), rest.dropFirst().first.map({ $0 == Self.blank }) ?? true {
            rest = rest.dropFirst(2)
        }
        var name = rest
        var remark: ArraySlice<UInt8> = []
        if rest.first == Self.hash {
            name = []
            remark = rest.dropFirst()
        } else if let hash = rest.offset(of: [Self.blank, Self.hash]) {
            // The description holds no `#` of its own.
            name = rest[..<hash]
            remark = rest[hash...].dropFirst(2)
        }
        let hasRemark = name.count < rest.count
        remark = remark.drop { $0 == Self.blank }.withoutTrailingBlanks
        var (word, upper) = Self.directive(of: remark)
        // The status that the runner of selftests gives is a failure's, whatever follows.
        if !Self.directives.contains(upper), !remark.starts(with: Self.status),
            let later = Self.laterDirective(in: remark)
        {
            remark = later
            (word, upper) = Self.directive(of: remark)
        }
        self.isOK = isOK
        self.number = number
        nameBytes = name.withoutTrailingBlanks
        let isKnown = Self.directives.contains(upper)
        directive = isKnown ? String(decoding: upper, as: UTF8.self) : nil
        remarkBytes = isKnown ? remark.dropFirst(word.count).drop { " :".utf8.contains($0) } : remark
        isDirectiveCut =
            !isKnown && hasRemark && word.count == remark.count
            && Self.directives.contains { $0.starts(with: upper) }
    }

    /// Whether a remark begins with the directive that says that something did not run.
    static func isSkip(_ remark: ArraySlice<UInt8>) -> Bool { directive(of: remark).upper == directives[0] }

    /// The first word of a remark, and the directive that it is, in capitals; TAP takes each word that begins with `SKIP`
    /// for one.
    private static func directive(of remark: ArraySlice<UInt8>) -> (word: ArraySlice<UInt8>, upper: [UInt8]) {
        let word = remark.prefix { $0 != blank && $0 != UInt8(ascii: ":") }
        let upper = word.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) ? $0 & 0xdf : $0 }
        return (word, upper.starts(with: directives[0]) ? directives[0] : upper)
    }

    /// The remark from its last directive on; nil where it has none behind another `#`.
    private static func laterDirective(in remark: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        for index in remark.indices.reversed() where remark[index] == hash {
            let rest = remark[index...].dropFirst().drop { $0 == blank }
            // Longer words are none; a line of signs alone would be read again from each.
            if directives.contains(directive(of: rest.prefix(longestDirective + 1)).upper) { return rest }
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
        default:
            isOK && isDirectiveCut
                ? (.unknown, "its line ends in \"#\(remark)\", which may be the beginning of a directive")
                : (isOK ? .pass : .fail, remark.isEmpty ? nil : remark)
        }
    }
}

extension StringProtocol {
    var trimmed: String {
        let end = lastIndex { !$0.isWhitespace }.map(index(after:)) ?? startIndex
        return String(self[..<end].drop(while: \.isWhitespace))
    }
}
