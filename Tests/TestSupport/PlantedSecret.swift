// SPDX-License-Identifier: Apache-2.0
package import Evidence
internal import Foundation
internal import Host
package import SystemPackage

/// A text that must not be found in anything that Bessemer writes, another one each time.
package struct PlantedSecret: Sendable {
    /// Where it was put: `environment`, `--via`.
    package let place: String
    package let text: String
    /// As it can stand in a file: itself, in hexadecimal, and in the three ways in which base64 can break it.
    private let spellings: [[UInt8]]

    package init(_ place: String) {
        self.place = place
        // Letters and digits alone, so that no form escapes them.
        let text = "Zq" + UUID().uuidString.replacing("-", with: "").lowercased().prefix(20)
        let hex = text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let base64 = (0..<3).map { shift -> String in
            let encoded = Data([UInt8](repeating: 0, count: shift) + Array(text.utf8)).base64EncodedString()
            // Without the characters that its neighbours decide.
            return String(encoded.dropFirst([0, 2, 3][shift]).prefix { $0 != "=" }.dropLast(1))
        }
        self.text = text
        spellings = ([text, hex, hex.uppercased(), text.uppercased()] + base64).map { Array($0.utf8) }
    }

    package func isIn(_ bytes: [UInt8]) -> Bool {
        let data = Data(bytes)
        return spellings.contains { data.range(of: Data($0)) != nil }
    }

    package func isIn(_ text: String) -> Bool { isIn(Array(text.utf8)) }
}

/// Looks for planted secrets wherever they could have got to.
package struct SecretSearch: Sendable {
    private let secrets: [PlantedSecret]
    /// A sentence for each that was found.
    package private(set) var found: [String] = []
    /// Files, entries and texts that were looked at.
    package private(set) var looked = 0

    package init(_ secrets: [PlantedSecret]) { self.secrets = secrets }

    package mutating func look(at bytes: [UInt8], _ what: String) {
        looked += 1
        found += secrets.filter { $0.isIn(bytes) }.map { "\($0.place) is in \(what)" }
    }

    package mutating func look(at text: String, _ what: String) { look(at: Array(text.utf8), what) }

    /// Every file of a folder, byte by byte.
    package mutating func look(into folder: FilePath, besides left: Set<String> = []) throws {
        let paths = FileManager.default.enumerator(atPath: folder.string)?.compactMap { $0 as? String } ?? []
        for path in paths.sorted() where !left.contains(path) {
            look(at: path, "the name of \(path)")
            let file = folder.pushing(FilePath(path))
            if Files.isRegularFile(file) { look(at: try Files.bytes(file), path) }
        }
    }

    /// Every entry and every blob of a store, as they are when they are not compressed.
    package mutating func look(into store: some EvidenceStore & BlobStore) async throws {
        for entry in try await store.stored(after: 0, limit: 10_000) {
            look(at: entry.statement, "the statement of entry \(entry.sequence)")
            look(at: entry.body, "the body of entry \(entry.sequence)")
        }
        for name in try await store.storedBlobs() {
            guard let digest = Digest(hexadecimal: name), let bytes = try await store.blob(digest) else { continue }
            look(at: bytes, "the blob \(digest.short)")
        }
    }
}
