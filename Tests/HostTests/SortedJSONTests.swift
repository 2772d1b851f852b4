// SPDX-License-Identifier: Apache-2.0
import Foundation
import Records
import TestSupport
import Testing

@testable import Host

/// What the quick decoder reads, Foundation's reads as the same.
@Suite struct SortedJSONTests {
    private func slow<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(type, from: Data(bytes))
    }

    /// What both give; nil where the quick one leaves it to the other.
    private func quick<Value: Decodable & Equatable>(_ type: Value.Type, _ bytes: [UInt8]) throws -> Value? {
        guard let value = try? SortedJSON.decode(type, from: bytes) else { return nil }
        #expect(try slow(type, bytes) == value, "\(String(decoding: bytes.prefix(200), as: UTF8.self))")
        return value
    }

    @Test func `a run's record is read as it was written, canonical or indented`() throws {
        for record in [SampleRecord.failed(), SampleRecord.waived(), SampleRecord.nested(depth: 40)] {
            #expect(try quick(RunRecord.self, CanonicalJSON.encode(record)) == record)
            #expect(try quick(RunRecord.self, Array(JSON.encode(record))) == record)
        }
    }

    @Test(arguments: [
        "\u{1F600} \u{301}", "a\"b\\c/\n\t\u{8}\u{C}\r\u{1}", "", "\u{FEFF}", "\0", "ß", "\u{2028}",
    ])
    func `texts are what they were`(_ text: String) throws {
        #expect(try quick([String].self, CanonicalJSON.encode([text])) == [text])
        #expect(try quick([String].self, Array(JSONEncoder().encode([text]))) == [text])
    }

    @Test(arguments: [
        "{\"a\":1,\"a\":2}", "{\"b\":1,\"a\":2}", "{\"a\":1,}", "[1,]", "[01]", "[+1]", "[.5]", "[1.5]", "[1e3]", "[-]",
        "[1] x",
        "", "[", "{\"a\"}", "[\"\\ud83d\\ude00\"]", "[\"\\ud83d\"]", "[\"\\x\"]", "[tru]", "[nul]", "[\"a\nb\"]",
        "{a:1}", "[1 2]",
        "[99999999999999999999]", "{\"\\u0061\":1}",
    ])
    func `what is not in order, or no JSON, is left to the other decoder`(_ text: String) throws {
        let bytes = Array(text.utf8)
        #expect(try quick([Int].self, bytes) == nil)
        #expect(try quick([String].self, bytes) == nil)
        #expect(try quick([String: Int].self, bytes) == nil)
    }

    @Test func `numbers have the range of their type`() throws {
        #expect(try quick([UInt8].self, Array("[0,255]".utf8)) == [0, 255])
        #expect(try quick([Int8].self, Array("[-128,127,-0]".utf8)) == [-128, 127, 0])
        #expect(try quick([UInt8].self, Array("[256]".utf8)) == nil && quick([UInt8].self, Array("[-1]".utf8)) == nil)
        #expect(try quick([Double].self, Array("[3,-4]".utf8)) == [3, -4])
        #expect(try quick([Int?].self, Array("[ null , 7 ]".utf8)) == [nil, 7])
        #expect(try quick([String: [Bool]].self, Array("{ \"a\" : [true] , \"b\":[false,true]}".utf8))?.count == 2)
    }

    @Test func `deep nesting is left to the other decoder`() throws {
        let text = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
        #expect((try? SortedJSON.decode([Int].self, from: Array(text.utf8))) == nil)
    }

    /// Each byte of a record changed: what is still read is what the other decoder reads.
    @Test func `of damaged bytes nothing is read that the other decoder reads otherwise`() throws {
        let bytes = try CanonicalJSON.encode(SampleRecord.panicked().readiness)
        for place in bytes.indices {
            for byte in [
                UInt8(ascii: "\""), UInt8(ascii: "0"), UInt8(ascii: ","), UInt8(ascii: "\\"), 0xC3, 0x01,
                bytes[place] ^ 1,
            ] {
                var changed = bytes
                changed[place] = byte
                _ = try quick(TreeStatus.self, changed)
            }
            _ = try quick(TreeStatus.self, Array(bytes.prefix(place)))
        }
    }
}
