// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import TestSupport
import Testing

@Suite struct CanonicalJSONTests {
    private func canonical(_ text: String) throws -> String {
        String(decoding: try CanonicalJSON(Array(text.utf8)).bytes, as: UTF8.self)
    }

    @Test(arguments: [
        (" { \"b\" : [ 1 , -2 , 0 ] , \"a\" : null } ", "{\"a\":null,\"b\":[1,-2,0]}"),
        ("\"\\u0041\\/\\u000a\\u001F\\b\\\"\\\\\"", "\"A/\\n\\u001f\\b\\\"\\\\\""),
        // RFC 8785 § 3.2.3: names in the order of their UTF-16 code units.
        ("{\"\\ufb33\":1,\"\\ud83d\\ude00\":2,\"\\u20ac\":3,\"1\":4}", "{\"1\":4,\"€\":3,\"😀\":2,\"\u{FB33}\":1}"),
        ("{\"é\":1,\"e\\u0301\":2}", "{\"e\u{301}\":2,\"é\":1}"), ("9007199254740991", "9007199254740991"),
        ("[true,false,{}]", "[true,false,{}]"),
    ])
    func `values have one form`(_ text: String, _ form: String) throws {
        #expect(Array(try canonical(text).utf8) == Array(form.utf8))
        #expect(Array(try canonical(form).utf8) == Array(form.utf8))
    }

    @Test(arguments: [
        "", "[1,]", "{\"a\":1,\"a\":2}", "1.5", "1e3", "-0", "01", "9007199254740992", "-9223372036854775808",
        "\"\\ud83d\"", "\"\\udc00\"", "\"\u{1}\"", "\"", "\"\\u12\"", "\"\\x\"", "{\"a\"}", "{1:2}", "nul", "[1 2]",
        "1 2",
        "\u{FEFF}1", "[", "{\"a\":",
    ])
    func `what is no such value is refused`(_ text: String) {
        #expect(throws: CanonicalJSON.ReadError.self) { try CanonicalJSON(Array(text.utf8)) }
    }

    @Test func `what nests too deep, and bytes that are not UTF-8, are refused`() {
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
        #expect(throws: CanonicalJSON.ReadError.self) { try CanonicalJSON(deep) }
        #expect(throws: CanonicalJSON.ReadError.self) { try CanonicalJSON([0x22, 0xff, 0x22]) }
    }

    @Test(arguments: ["{\"b\":1,\"a\":2}", "[1, 2]", "\"\\u0041\"", "1\n"])
    func `another form of a value is not the canonical one`(_ text: String) {
        #expect(throws: CanonicalJSON.ReadError.self) { try CanonicalJSON(canonical: Array(text.utf8)) }
    }

    @Test func `Python writes the same bytes`() async throws {
        struct Value: Codable {
            var texts = ["", "a\"b\\c/d", "\u{7f}\u{80}\u{2028}é😀", "tab\tline\nreturn\r", "\u{0}\u{1f}"]
            var numbers = [0, -1, 42, 9_007_199_254_740_991, -9_007_199_254_740_991]
            var nested = ["z": ["y": [true, false]], "a": [:]]
            var none: Int?
        }
        let bytes = try CanonicalJSON.encode(Value())
        let written = try await python(
            """
            import json, sys
            value = json.loads(sys.argv[1])
            sys.stdout.write(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
            """, String(decoding: bytes, as: UTF8.self))
        #expect(Array(written.utf8) == bytes)
    }

    @Test func `numbers of others that are not such integers become their texts, and what is not JSON stays refused`()
        throws
    {
        let text = #"{"a": 1.50, "b": -2, "c": 9007199254740993, "d": 1e3, "e": [true, null]}"#
        #expect(
            try CanonicalJSON(foreign: Array(text.utf8))
                == .object([
                    .init("a", .string("1.50")), .init("b", .integer(-2)), .init("c", .string("9007199254740993")),
                    .init("d", .string("1e3")), .init("e", .array([.boolean(true), .null])),
                ]))
        for wrong in ["[1.5", "[-]", "[1.5.5]", "[--1]", "{\"a\": 1, \"a\": 2}", "<html>", ""] {
            #expect(throws: CanonicalJSON.ReadError.self, "\(wrong)") { try CanonicalJSON(foreign: Array(wrong.utf8)) }
        }
        #expect(throws: CanonicalJSON.ReadError.self) { try CanonicalJSON(Array(text.utf8)) }
    }
}
