// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Sandbox

@Suite struct LongDigestTests {
    private func lock(_ package: LockedPackage) -> SandboxLock {
        SandboxLock(
            suites: [.init(name: "trixie", date: Date(timeIntervalSince1970: 1_800_000_000), validUntil: nil)],
            installed: [package], fetched: [])
    }

    private func package(of content: String) -> LockedPackage {
        LockedPackage(
            name: "a", version: "1.0", architecture: "amd64", sha256: Digest(of: content), size: content.utf8.count,
            path: "pool/a.deb")
    }

    @Test("a lock gets the SHA-512 of what is in the cache, as sha512sum computes it, and stays the same lock")
    func completed() async throws {
        try await withTemporaryFolder { folder in
            let package = package(of: "content")
            let file = folder.appending("\(package.sha256).deb")
            try AtomicFile.write("content", to: file)
            let plain = lock(package)
            let complete = try PackageCache(folder).completed(plain)
            let said = try await Command("sha512sum", [file.string]).capture(deadline: .seconds(60)).output
            #expect(complete.installed[0].sha512?.hexadecimal == String(said.prefix(128)))
            #expect(complete.digest == plain.digest)
            #expect(complete.differences(from: plain) == [])
            #expect(!String(decoding: try JSON.encode(plain), as: UTF8.self).contains("sha512"))
            try AtomicFile.write(json: complete, to: folder.appending("lock.json"))
            #expect(try SandboxLock(contentsOf: folder.appending("lock.json")) == complete)
        }
    }

    @Test("what is not in the cache stays unknown, and a file that is another one is refused")
    func unknown() async throws {
        try await withTemporaryFolder { folder in
            let package = package(of: "content")
            #expect(try PackageCache(folder).completed(lock(package)).installed[0].sha512 == nil)
            try AtomicFile.write("CONTENT", to: folder.appending("\(package.sha256).deb"))
            #expect(throws: Failure.self) { try PackageCache(folder).completed(lock(package)) }
        }
    }

    @Test("only 128 hexadecimal digits are a SHA-512")
    func digits() {
        #expect(LongDigest(hexadecimal: String(repeating: "A", count: 128))?.hexadecimal.first == "a")
        for text in ["", String(repeating: "a", count: 127), String(repeating: "g", count: 128)] {
            #expect(LongDigest(hexadecimal: text) == nil)
        }
    }

    @Test(
        "a list of indices is written as runs, and nothing else is read",
        arguments: [([0, 1, 2, 4, 7, 8], "0-2,4,7-8"), ([], ""), ([5, 5, 3], "3,5")])
    func indices(_ numbers: [Int], _ text: String) throws {
        let bytes = try CanonicalJSON.encode(["i": IndexList(numbers)])
        #expect(String(decoding: bytes, as: UTF8.self) == "{\"i\":\"\(text)\"}")
        let read = try JSON.decode([String: IndexList].self, from: bytes, named: "list")
        #expect(read["i"]?.indices == Array(Set(numbers)).sorted())
        for index in 0..<10 { #expect(read["i"]?.contains(index) == numbers.contains(index)) }
    }

    @Test(arguments: [
        ",", "1,", "-1", "2-1", "1-1", "1,1", "3,2", "0-99999999999999", "1-2-3", "x", "+1", " 1",
        "9223372036854775808",
    ])
    func `what is not such a list is refused`(_ text: String) {
        #expect(throws: Failure.self) {
            try JSON.decode([String: IndexList].self, from: Array("{\"i\":\"\(text)\"}".utf8), named: "list")
        }
    }
}
