// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import SystemPackage

/// The one form of JSON that Bessemer writes and reads: sorted keys, ISO 8601 times in UTC.
package enum JSON {
    package static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return try encoder.encode(value) + Data("\n".utf8)
    }

    /// Decodes a file. Throws `Failure` with code `json.unreadable` that names the file and the place in it.
    package static func read<Value: Decodable>(_ type: Value.Type, from path: FilePath) throws -> Value {
        try decode(type, from: try Files.bytes(path, limit: 1 << 26), named: path.string)
    }

    /// Throws as `read` does.
    package static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8], named name: String,
        advice: String = "correct what is named there, or restore the file"
    ) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do {
            return try decoder.decode(type, from: Data(bytes))
        } catch {
            throw Failure(
                "json.unreadable", "\(name) is not the JSON that was expected",
                advice: advice, underlying: syntaxError(in: bytes) ?? ErrorWords.of(error))
        }
    }

    /// Where bytes stop being JSON: the decoder says only that they are none. nil where they are JSON.
    static func syntaxError(in bytes: [UInt8]) -> String? {
        do {
            _ = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            return nil
        } catch {
            let said = (error as NSError).userInfo["NSDebugDescription"] as? String ?? ""
            guard let offset = said.split(separator: " ").last.flatMap({ Int($0.filter(\.isNumber)) }) else {
                return bytes.isEmpty ? "it is empty" : "it is not JSON: it ends too early"
            }
            let before = bytes.prefix(offset)
            let line = before.count { $0 == UInt8(ascii: "\n") } + 1
            let column = before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count + 1
            return "it is not JSON: line \(line), column \(column)"
        }
    }
}
