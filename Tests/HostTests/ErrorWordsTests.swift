// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import SystemPackage
import TestSupport
import Testing

@Suite struct ErrorWordsTests {
    private struct Entry: Decodable {
        let name: String
        let counts: [Int]
        let day: Date?
    }

    @Test(arguments: [
        ("[{\"counts\": []}]", "“[0]” has no “name”"),
        ("[{\"name\": \"x\", \"counts\": [1, \"2\"]}]", "“[0].counts[1]” is not a whole number"),
        ("[{\"name\": 7, \"counts\": []}]", "“[0].name” is not a text"),
        ("[{\"name\": \"x\", \"counts\": 3}]", "“[0].counts” is not a list"),
        ("[{\"name\": null, \"counts\": []}]", "“[0].name” is null and should be a text"),
        ("{}", "the whole is not a list"),
    ])
    func `a value that does not fit is named by its place`(json: String, words: String) throws {
        let failure = try #require(throws: Failure.self) {
            try JSON.decode([Entry].self, from: Array(json.utf8), named: "file.json")
        }
        #expect(failure.underlying == words)
    }

    @Test(arguments: ["[{]", "", "[1, 2", "\u{0}", "{\"a\" 1}"])
    func `what is not JSON is said without a type's name`(json: String) throws {
        let failure = try #require(throws: Failure.self) {
            try JSON.decode([Entry].self, from: Array(json.utf8), named: "file.json")
        }
        let words = try #require(failure.underlying)
        for leak in ["Error", "Domain", "NSCocoa", "Context", "CodingKey", "("] {
            #expect(!words.contains(leak), "\(words)")
        }
        #expect(!words.isEmpty)
    }

    @Test func `errors of the file system are the kernel's words`() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending("file")
            try AtomicFile.write("x", to: file)
            let failure = try #require(throws: Failure.self) { try Files.makeDirectory(file.appending("below")) }
            #expect(failure.underlying == "Not a directory")
            let missing = try #require(throws: (any Error).self) {
                try FileManager.default.contentsOfDirectory(atPath: folder.appending("none").string)
            }
            #expect(ErrorWords.of(missing) == "No such file or directory")
        }
    }

    @Test func `home is HOME, or else what the user database says`() throws {
        #expect(try Directories.ofUser(environment: ["HOME": "/h"]).state == "/h/.local/state/bessemer")
        let known = try Directories.ofUser(environment: [:]).cache
        #expect(known.isAbsolute && known.string.hasSuffix("/.cache/bessemer"))
        let named = ["HOME": "rel", "XDG_CACHE_HOME": "/c", "XDG_STATE_HOME": "/s"]
        #expect(try Directories.ofUser(environment: named) == Directories(cache: "/c/bessemer", state: "/s/bessemer"))
        #expect(throws: Failure.self) { try Directories.ofUser(environment: ["HOME": "rel", "XDG_CACHE_HOME": "/c"]) }
        #expect(throws: Failure.self) { try Directories.ofUser(environment: ["HOME": ""]) }
    }

    @Test(arguments: [
        ("{", "it is not JSON: it ends too early"), ("", "it is empty"), ("root:x", "it is not JSON: line 1, column 1"),
        ("{\n \"a\": 1,\n  x}", "it is not JSON: line 3, column 3"), ("[1, 2]", "the whole is not an object"),
    ])
    func `text that is not JSON is reported with its line and column`(text: String, words: String) {
        let failure = #expect(throws: Failure.self) {
            try JSON.decode([String: Int].self, from: Array(text.utf8), named: "file")
        }
        #expect(failure?.underlying == words)
    }
}
