// SPDX-License-Identifier: Apache-2.0
import ByteKit
import DecoderSupport
import ELFKit
import Foundation
import Records
import TestSupport
import Testing

@testable import Audit

/// A real object of C, Rust, tables and debug information, damaged in many ways: the audit gives an answer, or says
/// what is wrong in which section at which offset.
@Suite struct DamagedFilesTests {
    /// What the rules say of files that lack something and are sound otherwise.
    private static let stated: Set<String> = [
        "the file has no debug information", "neither the configuration nor the compilers name the machine level",
        "neither debug information nor .comment names the compiler",
        "only .comment names the compilers, and nothing their flags",
    ]
    /// The same where counts and names follow, or several stand side by side.
    private static let parts = [
        "no type that bindgen made has a C type here", "the Rust units describe no types",
        "types are in units that are imported", "types are in another file", "the types of ", "the compilers of ",
        "the code is not in this file", "debug information of another file (-gsplit-dwarf)",
        "no symbol tells where functions are",
        "without a record of the compiler's flags",
        "without a compiler's name",
    ]

    private static func isStated(_ reason: String) -> Bool {
        stated.contains(reason) || parts.contains { reason.contains($0) }
    }

    private static func corpus(_ name: String) throws -> [UInt8] {
        let folder = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Corpus/Audit/"
        return try MappedFile.open(folder + name).array
    }

    private static func isPlaced(_ error: String) -> Bool { error.firstMatch(of: /\S at 0x[0-9a-f]+: ./) != nil }

    /// What is said without a place, or nil.
    private static func complaint(_ bytes: [UInt8]) -> String? {
        var options = AuditOptions()
        options.release = "7.3.4"
        options.exports = [:]
        options.configuration = ["MODULE_SIG_FORCE": "y"]
        let file = Audit(options: options, jobs: 1).report(on: Bytes(bytes), name: "damaged")
        if let error = file.error { return isPlaced(error) ? nil : error }
        for outcome in file.outcomes where outcome.state == .unknown {
            guard let reason = outcome.reason else { return "no reason in \(outcome.family)" }
            if !isStated(reason), !isPlaced(reason) { return "\(outcome.family): \(reason)" }
        }
        return nil
    }

    /// Audits many damaged files, some at once; returns what the first complaints are.
    private static func complaints(_ count: Int, _ damaged: @escaping @Sendable (Int) -> [UInt8]) async -> [String] {
        await withTaskGroup { group in
            let piece = 64
            for start in stride(from: 0, to: count, by: piece) {
                group.addTask {
                    (start..<min(start + piece, count)).compactMap { index in
                        complaint(damaged(index)).map { "\(index): \($0)" }
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }.sorted().prefix(10).map { $0 }
        }
    }

    /// The same file with its section headers in front, so that a file that ends too early still has them.
    private static func headersFirst(_ file: [UInt8]) throws -> [UInt8] {
        var front = Array(file.prefix(64))
        var bytes = ByteWriter(.big)
        let table = try Bytes(file).load(at: 40, .big, as: UInt64.self)
        let count = Int(try Bytes(file).load(at: 60, .big, as: UInt16.self))
        bytes.u64(64)
        front.replaceSubrange(40..<48, with: bytes.bytes)
        for index in 0..<count {
            let start = Int(table) + 64 * index
            var header = Array(file[start..<start + 64])
            bytes = ByteWriter(.big)
            bytes.u64(try Bytes(header).load(at: 24, .big, as: UInt64.self) + UInt64(64 * count))
            header.replaceSubrange(24..<32, with: bytes.bytes)
            front += header
        }
        return front + file[64..<Int(table)]
    }

    @Test("an object that ends too early is answered or refused, wherever it ends", .integration)
    func prefixes() async throws {
        let whole = try Self.corpus("mixed.o")
        // A prime, so that ends fall everywhere in the tables' entries.
        let step = 31
        let found = await Self.complaints(whole.count / step) { Array(whole.prefix($0 * step)) }
        #expect(found == [])
    }

    @Test("an object whose sections end too early is answered or refused", .integration)
    func sectionsCutShort() async throws {
        let whole = try Self.headersFirst(try Self.corpus("mixed.o"))
        let sound = Audit(options: AuditOptions(), jobs: 1).report(on: Bytes(whole), name: "mixed.o")
        #expect(sound.outcomes.filter { $0.state != .checked }.map(\.family) == ["MOD"])
        let step = 31
        let found = await Self.complaints(whole.count / step) { Array(whole.prefix($0 * step)) }
        #expect(found == [])
    }

    @Test(
        "an object with one wrong byte is answered or refused", .integration,
        arguments: ["mixed.o", "mixed"])
    func mutations(_ name: String) async throws {
        let whole = try Self.corpus(name)
        let count = ProcessInfo.processInfo.environment["FUZZ_MUTATIONS"].flatMap { Int($0) } ?? 4_000
        let found = await Self.complaints(count / 2) { index in
            var random = SplitMix64(seed: UInt64(index))
            var damaged = whole
            damaged[Int.random(in: 0..<whole.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            return damaged
        }
        #expect(found == [])
    }

    @Test("an image is freed when its audit is over, with all that was read of it")
    func freed() throws {
        weak var kept: Image?
        do {
            let image = try Image(
                ELFFile(Bytes(try Self.corpus("mixed.o"))), name: "mixed.o", path: "", jobs: 1, scansTypes: true,
                readsCode: true)
            for (_, outcome) in RuleCatalogue.outcomes(on: image, AuditOptions()) { _ = try outcome.get() }
            kept = image
        }
        #expect(kept == nil)
    }

    @Test("a record inside of itself, and a bit-field without end, are told with the record's name")
    func impossibleRecords() throws {
        for (name, words) in [
            ("record-inside-itself", "members inside of each other"), ("bit-field-without-end", "place"),
        ] {
            let bytes = Bytes(try Self.corpus("../fuzz/audit/" + name))
            let file = Audit(options: AuditOptions(), jobs: 1).report(on: bytes, name: name)
            let layout = try #require(file.outcomes.first { $0.family == "LAY" })
            #expect(layout.state == .unknown)
            #expect(layout.reason?.hasPrefix("layout of a at 0x") == true && layout.reason?.contains(words) == true)
        }
    }

    @Test("the sound object has an answer from every rule")
    func sound() throws {
        let file = Audit(options: AuditOptions(), jobs: 1).report(
            on: Bytes(try Self.corpus("mixed.o")), name: "mixed.o")
        #expect(file.error == nil)
        #expect(file.outcomes.filter { $0.state != .checked }.map(\.family) == ["MOD"])
        let tables = try #require(file.outcomes.first { $0.family == "TAB" })
        #expect(tables.counts.map(\.count).allSatisfy { $0 > 0 })
    }
}
