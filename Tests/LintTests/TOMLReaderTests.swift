// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import SystemPackage
import TestSupport
import Testing

@testable import Lint

/// TOML as Python's `tomllib` reads it.
struct TOMLReaderTests {
    private static let corpus = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .appending("Corpus").appending("TOML")

    private static func documents() throws -> [[UInt8]] {
        let names = try FileManager.default.contentsOfDirectory(atPath: corpus.string).filter { $0.hasSuffix(".toml") }
        return try names.sorted().map { try Files.bytes(corpus.appending($0)) }
    }

    /// One line for each document: its values in one spelling, or `error`.
    private static let tomllib = #"""
        import datetime, sys, tomllib
        def name(text):
            return text.encode().hex()
        def show(value):
            if isinstance(value, dict):
                return "{" + ",".join(sorted(name(k) + ":" + show(v) for k, v in value.items())) + "}"
            if isinstance(value, list):
                return "[" + ",".join(map(show, value)) + "]"
            if isinstance(value, str):
                return "s" + name(value)
            if isinstance(value, datetime.datetime):
                return "localDateTime" if value.tzinfo is None else "offsetDateTime"
            kinds = {bool: "boolean", int: "integer", float: "float", datetime.date: "localDate",
                     datetime.time: "localTime"}
            return kinds[type(value)]
        for line in sys.stdin:
            try:
                print(show(tomllib.loads(bytes.fromhex(line).decode())))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError):
                print("error")
        """#

    private static func shown(_ bytes: [UInt8]) -> String {
        guard let document = try? TOMLReader.document(ScriptSource(bytes)) else { return "error" }
        func name(_ bytes: some Sequence<UInt8>) -> String {
            bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
        func show(table number: Int) -> String {
            "{"
                + document.tables[number].entries.map { name($0) + ":" + show($1.value) }.sorted().joined(
                    separator: ",")
                + "}"
        }
        func show(_ value: TOMLDocument.Value) -> String {
            switch value {
            case .string(let word): "s" + name(word.text.utf8)
            case .scalar(let scalar): scalar.rawValue
            case .array(let values): "[" + values.map(show).joined(separator: ",") + "]"
            case .table(let number): show(table: number)
            case .tables(let list): "[" + document.lists[list].map(show(table:)).joined(separator: ",") + "]"
            }
        }
        return show(table: 0)
    }

    private func compare(_ inputs: [[UInt8]]) async throws -> Int {
        let lines = inputs.map { bytes in bytes.map { String(format: "%02x", $0) }.joined() + "\n" }.joined()
        let outcome = try await Command("python3", ["-I", "-c", Self.tomllib]).capture(limit: 256 << 20, input: lines)
        #expect(outcome.succeeded, "\(outcome.error.suffix(2000))")
        let theirs = outcome.output.split(separator: "\n").map(String.init)
        try #require(theirs.count == inputs.count)
        for (input, theirs) in zip(inputs, theirs) {
            let ours = Self.shown(input)
            #expect(ours == theirs, "\(String(decoding: input, as: UTF8.self))")
        }
        return theirs.count { $0 != "error" }
    }

    @Test func `documents have the values that tomllib finds, with either line end`() async throws {
        let documents = try Self.documents()
        let crlf = documents.map { Array(String(decoding: $0, as: UTF8.self).replacing("\n", with: "\r\n").utf8) }
        #expect(try await compare(documents + crlf) == documents.count * 2)
        #expect(documents.count >= 5)
    }

    @Test func `damaged documents are read or refused as tomllib does`() async throws {
        // The same damage in each run: a linear congruential generator (Knuth, TAOCP vol. 2, § 3.3.4).
        var state: UInt64 = 42
        func next(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(truncatingIfNeeded: state >> 33) % max(limit, 1)
        }
        let signs = Array("\"'[]{}=,.#\\\n\r\t _-+:09aeTZxob".utf8) + [0, 0x7F, 0xC3, 0xFF]
        var inputs: [[UInt8]] = []
        for document in try Self.documents() {
            // Some lines of it, so that much of what is damaged stays valid.
            let lines = document.split(separator: 10, omittingEmptySubsequences: false)
            for _ in 0..<400 {
                let first = next(lines.count)
                var bytes = Array(lines[first..<min(first + 1 + next(8), lines.count)].joined(separator: [10]))
                for _ in 0..<next(3) {
                    let place = next(bytes.count)
                    switch next(4) {
                    case 0: if !bytes.isEmpty { bytes.remove(at: place) }
                    case 1: bytes.insert(signs[next(signs.count)], at: place)
                    case 2: if !bytes.isEmpty { bytes[place] = signs[next(signs.count)] }
                    default:
                        let end = min(place + next(16), bytes.count)
                        bytes.insert(contentsOf: bytes[place..<end], at: next(bytes.count))
                    }
                }
                inputs.append(bytes)
            }
        }
        let valid = try await compare(inputs)
        #expect(valid > inputs.count / 5 && valid < inputs.count * 4 / 5, "\(valid) of \(inputs.count)")
    }

    @Test(
        .integration,
        arguments: [
            "[", "[\n", "[]", "[.a]", "[a", "[a]]", "[[a]", "[[a] ]", "[ [a]]", "[a] b", "[[]]", "[=]", "[a.]",
            "[a..b]",
            "a", "a =", "a = \n", "a = #", "= 1", "a.=1", ".a = 1", "a b = 1", "\"\"\"a\"\"\" = 1", "a = 1 b = 2",
            "a = [}", "a = [}]", "a = [1 2]", "a = [,]", "a = [1,,2]", "a = [", "a = [1", "a = {b = 1,}", "a = {,}",
            "a = {",
            "a = {b = 1", "a = {b = 1\n}", "a = {b = 1 c = 2}", "a = {\n}", "a = }", "a = ]",
            "a = \"", "a = \"b", "a = 'b\n'", "a = \"\"\"b\"\"", "a = '''b", "a = \"\\x\"", "a = \"\\u12\"",
            "a = \"\\uD800\"",
            "a = \"\\U00110000\"", "a = \"\\", "a = \"\"\"\\ x\"\"\"", "a = \"\"\"\"\"\"\"\"\"", "a = \"\u{1}\"",
            "# \u{7F}", "a = 1\r", "\r", "a = \"\"\"\r\"\"\"",
            "a = 1979-05-27T:00", "a = 1979-05-27 0\n", "a = 1979-05-27T", "a = 1979-02-29", "a = 1979-13-01",
            "a = 24:00:00",
            "a = 07:32", "a = 1979-05-27T07:32:00+24:00", "a = 1979-5-27", "a = 07:32:00.", "a = 1979-05-27  07:32:00",
            "a = 01", "a = 1_", "a = _1", "a = 1__0", "a = 0x", "a = +0x1", "a = 0xG", "a = 1.", "a = .1", "a = 1.e1",
            "a = +",
            "a = 1e", "a = True", "a = truefalse", "a = Inf", "a = b", "a = 0b2", "a = 0o8", "a = --1",
            "a = 1\na = 2", "[a]\n[a]", "[a]\nb = 1\n[a.b]", "a.b = 1\n[a]", "a.b = 1\na.b.c = 2", "a = {}\n[a.b]",
            "a = {b = 1}\na.c = 2", "a = []\n[[a]]", "[a]\n[[a]]", "[[a]]\n[a]", "[a.b]\n[[a]]",
            "[[a]]\n[[a.b]]\n[a.b]",
            "[a.b.c]\nz = 9\n[a]\nb.c.t = 1", "[a]\nb.c = 1\n[a.b]", "a = {b = {c = 1}, b.d = 2}", "a = {b = 1, b = 2}",
            "[[a.b]]\n[a]\nb.y = 2", "a = 1\n[a.b]", "[a]\nb.c = 1\n[x]\n[a.b]",
        ])
    func `what tomllib refuses is refused`(text: String) async throws {
        #expect(try await compare([Array(text.utf8)]) == 0)
    }

    @Test(arguments: [
        ("a = 1\nb = ", 2, "expected a value, found the end of the file"),
        ("a = 1\n\n[\n", 3, "expected a key, found the end of the line"),
        ("a = [\n  1,\n  }\n]", 3, "expected a value, found `}`"),
        ("a = [\n  1,\n", 1, "an array has no `]`"),
        ("x = 1\na = \"\"\"\n\n", 2, "a string does not end"),
        ("a = 1\r\nb = \"\\q\"\r\n", 2, "an unknown escape sequence"),
        ("a = 1\na = 2\n", 2, "`a` is defined twice"),
        ("[a]\n[b]\n[a]\n", 3, "`a` is defined twice"),
        ("a = 1\nb = 1979-02-30\n", 2, "`1979-02-30` is not a value"),
        ("a = \"é\" x", 1, "expected the end of the line, found `x`"),
        ("a = é", 1, "expected a value, found `é`"),
    ])
    func `a fault is reported with its line`(text: String, line: Int, message: String) {
        #expect(throws: ScriptProblem(line: line, message: message)) {
            try TOMLReader.document(ScriptSource(Array(text.utf8)))
        }
    }

    @Test func `bytes that are not UTF-8 are reported with their line`() {
        #expect(throws: ScriptProblem(line: 2, message: "is not UTF-8 text")) {
            try TOMLReader.document(ScriptSource(Array("a = 1\nb = \"".utf8) + [0xFF] + Array("\"\nc = 1\n".utf8)))
        }
    }

    @Test func `a byte order mark is not part of the first key`() throws {
        let document = try TOMLReader.document(ScriptSource([0xEF, 0xBB, 0xBF] + Array("a = 1".utf8)))
        #expect(document.root["a"] != nil)
    }

    @Test(arguments: [
        String(repeating: "[", count: 40000), "a = " + String(repeating: "[", count: 40000),
        "a = " + String(repeating: "{a = ", count: 40000), "a" + String(repeating: ".a", count: 40000) + " = 1",
        "[a" + String(repeating: ".a", count: 40000) + "]", "a = " + String(repeating: "1", count: 60000),
        "a = 1979-05-27T" + String(repeating: "0", count: 60000),
    ])
    func `what is nested or long beyond any use is refused`(text: String) {
        #expect(throws: ScriptProblem.self) { try TOMLReader.document(ScriptSource(Array(text.utf8))) }
    }

    @Test func `a hundred levels and many tables are read`() throws {
        let nested = "a = " + String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        let key = "b" + String(repeating: ".b", count: 99) + " = 1\n"
        let tables = String(repeating: "[[c]]\n", count: 10000)
        let document = try TOMLReader.document(ScriptSource(Array((nested + "\n" + key + tables).utf8)))
        #expect(document.tables.count == 1 + 99 + 10000)
    }
}
