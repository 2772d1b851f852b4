// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import SystemPackage
import TestSupport
import Testing

@testable import Attestation

/// Records as the kernel's authority writes them, made for these tests.
enum SampleCVE {
    static let introduced = String(repeating: "a", count: 40)
    static let fix = String(repeating: "b", count: 40)

    /// Of releases: affected from `start` on, fixed in each stable version and in `mainline`.
    static func text(
        _ identifier: String = "CVE-2026-31000", files: [String]? = ["kernel/fork.c"], start: String = "5.4",
        stable: [String] = ["6.6.14", "6.12.90"], mainline: String? = "7.0", state: String = "PUBLISHED",
        product: String = "Linux", more: String = ""
    ) -> String {
        let named = files.map { "\"programFiles\": [\($0.map { "\"\($0)\"" }.joined(separator: ", "))]," } ?? ""
        var ranges = [
            #"{"version": "\#(start)", "status": "affected"}"#,
            #"{"version": "0", "lessThan": "\#(start)", "status": "unaffected", "versionType": "semver"}"#,
        ]
        for version in stable {
            let line = version.split(separator: ".").dropLast().joined(separator: ".")
            ranges.append(
                #"{"version": "\#(version)", "lessThanOrEqual": "\#(line).*", "status": "unaffected", "versionType": "semver"}"#
            )
        }
        if let mainline {
            ranges.append(
                #"{"version": "\#(mainline)", "lessThanOrEqual": "*", "status": "unaffected", "#
                    + #""versionType": "original_commit_for_fix"}"#)
        }
        return """
            {"dataType": "CVE_RECORD", "dataVersion": "5.0",
             "cveMetadata": {"cveID": "\(identifier)", "state": "\(state)", "serial": "1"},
             "containers": {"cna": {
               "title": "fork: do not free it twice",
               "descriptions": [{"lang": "en", "value": "In the Linux kernel, something was freed twice."}],
               "affected": [
                 {"vendor": "\(product)", "product": "\(product)", "defaultStatus": "unaffected", \(named)
                  "versions": [{"version": "\(introduced)", "lessThan": "\(fix)", "status": "affected", "versionType": "git"}]},
                 {"vendor": "\(product)", "product": "\(product)", "defaultStatus": "affected", \(named)
                  "versions": [\(ranges.joined(separator: ",\n"))]}],
               "metrics": [{"cvssV3_1": {"baseScore": 7.8}}]}}\(more)}
            """
    }

    static func record(_ text: String) throws -> CVERecord { try CVERecord(Array(text.utf8), from: "a.json") }
}

@Suite struct CVERecordTests {
    @Test(
        arguments: [
            ("6.12.117", .fixed("6.12.90")), ("6.12.90", .fixed("6.12.90")), ("6.12.89", .affected),
            ("6.12", .affected),
            ("6.6.13", .affected), ("6.6.14", .fixed("6.6.14")), ("6.7.1", .affected), ("7.0", .fixed("7.0")),
            ("7.3.4", .fixed("7.0")),
            ("7.0-rc1", .affected), ("5.3.9", .before("5.4")), ("5.4", .affected), ("6.12.117-rc1", .fixed("6.12.90")),
            ("6.12.90+deb13", .fixed("6.12.90")),
        ] as [(String, CVERecord.VersionVerdict)])
    func `a version is fixed at or past the fix of its line`(_ text: String, _ verdict: CVERecord.VersionVerdict) throws
    {
        let record = try SampleCVE.record(SampleCVE.text())
        #expect(record.verdict(on: try #require(KernelVersion(text))) == verdict)
    }

    @Test func `ranges of affected releases are read, too`() throws {
        func range(_ from: String, _ to: String) -> CVERecord.Range? {
            try? SampleCVE.record(
                SampleCVE.text().replacing("\"\(SampleCVE.introduced)\"", with: "\"\(from)\"")
                    .replacing("\"\(SampleCVE.fix)\"", with: "\"\(to)\"").replacing("\"git\"", with: "\"semver\"")
            ).affected.first?.ranges.first
        }
        let text =
            #"{"vendor": "Linux", "product": "Linux", "defaultStatus": "unaffected", "versions": "#
            + #"[{"version": "6.12.5", "lessThan": "6.12.90", "status": "affected", "versionType": "semver"}, "#
            + #"{"version": "6.13", "lessThan": "7.0", "status": "affected", "versionType": "semver"}]}"#
        let whole = SampleCVE.text()
        let start = try #require(whole.range(of: "\"affected\": [")).upperBound
        let end = try #require(whole.range(of: "\"metrics\"")).lowerBound
        let record = try SampleCVE.record(whole.replacingCharacters(in: start..<end, with: "\(text)],"))
        for (version, verdict): (String, CVERecord.VersionVerdict) in [
            ("6.12.4", .before("6.12.5")), ("6.12.5", .affected), ("6.12.89", .affected),
            ("6.12.90", .fixed("6.12.90")),
            ("6.13.2", .affected), ("7.0", .fixed("7.0")), ("7.3.4", .fixed("7.0")), ("6.11", .before("6.12.5")),
        ] {
            #expect(record.verdict(on: try #require(KernelVersion(version))) == verdict, "\(version)")
        }
        #expect(range("6.1", "6.2")?.version == "6.1")
    }

    @Test(arguments: ["", "6", "six", "6.", ".6.1", "6.1.2.3", "99999999.1", "-6.1"])
    func `what is not a version of the kernel is not read as one`(text: String) {
        #expect(KernelVersion(text) == nil)
    }

    @Test func `a record that contradicts itself, or says nothing, decides nothing`() throws {
        let version = try #require(KernelVersion("6.12.117"))
        let silent = try SampleCVE.record(
            SampleCVE.text().replacing("\"semver\"", with: "\"git\"")
                .replacing("original_commit_for_fix", with: "git").replacing(
                    "\"status\": \"affected\"}", with: "\"status\": \"affected\", \"versionType\": \"git\"}"))
        #expect(silent.verdict(on: version) == .unknown("the record names no versions"))
        let text = SampleCVE.text(mainline: "6.13").replacing(
            #"{"version": "5.4", "status": "affected"}"#,
            with: #"{"version": "6.12.100", "lessThan": "6.13", "status": "affected"}"#)
        guard case .unknown = try SampleCVE.record(text).verdict(on: version) else {
            Issue.record("it was decided")
            return
        }
    }

    @Test(arguments: [
        ("CVE_RECORD", "CVE_LIST"), ("CVE-2026-31000", "CVE-2026-1"), ("CVE-2026-31000", "../x"),
        ("\"status\": \"affected\"", "\"status\": \"maybe\""), ("\"version\": \"5.4\"", "\"version\": 5.4"),
        ("\"cna\"", "\"adp\""), ("\"status\": \"affected\"", "\"status\": null"),
    ])
    func `a record that is not one is refused with its file`(_ part: String, _ wrong: String) throws {
        let text = SampleCVE.text().replacing(part, with: wrong, maxReplacements: 1)
        let failure = #expect(throws: Failure.self) { try SampleCVE.record(text) }
        #expect(failure.map { "\($0.message) \($0.underlying ?? "")" }?.contains("a.json") == true)
    }

    /// The same changes each time.
    @Test func `damaged records are read or refused, and nothing else happens`() throws {
        let bytes = Array(SampleCVE.text().utf8)
        var random: UInt64 = 88_172_645_463_325_252
        for _ in 0..<3000 {
            var damaged = bytes
            for _ in 0..<3 {
                random ^= random << 13
                random ^= random >> 7
                random ^= random << 17
                damaged[Int(random % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random >> 32)
            }
            if let record = try? CVERecord(damaged, from: "a"), let version = KernelVersion("6.12.117") {
                _ = record.verdict(on: version)
                _ = record.fix(version)
            }
        }
    }

    @Test func `a folder of records and a file of many are the same list`() async throws {
        try await withTemporaryFolder { folder in
            let cves = folder.appending("cves/2026")
            try Files.makeDirectory(cves)
            let texts = [
                "CVE-2026-31001": SampleCVE.text("CVE-2026-31001"),
                "CVE-2026-31002": SampleCVE.text("CVE-2026-31002", files: nil),
                "CVE-2026-31003": SampleCVE.text("CVE-2026-31003", state: "REJECTED"),
                "CVE-2026-31004": SampleCVE.text("CVE-2026-31004", product: "Other"),
            ]
            for (name, text) in texts { try AtomicFile.write(text, to: cves.appending("\(name).json")) }
            try AtomicFile.write("not one", to: cves.appending("CVE-2026-31001.mbox"))
            let list = folder.appending("list.json")
            try AtomicFile.write("[\(texts.values.joined(separator: ","))]", to: list)
            for path in [folder.appending("cves"), list] {
                let found = try CVEList(path)
                #expect(found.records.map(\.identifier) == ["CVE-2026-31001", "CVE-2026-31002"])
                #expect(found.rejected == 1 && found.others == 1)
            }
            try AtomicFile.write("{", to: cves.appending("CVE-2026-31009.json"))
            let failure = #expect(throws: Failure.self) { try CVEList(folder.appending("cves")) }
            #expect(failure?.message.contains("CVE-2026-31009.json") == true)
            try AtomicFile.write(
                [UInt8](repeating: UInt8(ascii: " "), count: CVERecord.largest + 1),
                to: cves.appending("CVE-2026-31009.json"))
            #expect(#expect(throws: Failure.self) { try CVEList(folder.appending("cves")) }?.code == "file.too-large")
            try AtomicFile.write("[\(SampleCVE.text()),\(SampleCVE.text(start: "5.5"))]", to: list)
            #expect(#expect(throws: Failure.self) { try CVEList(list) }?.code == "cve.conflict")
            let empty = folder.appending("empty")
            try Files.makeDirectory(empty)
            #expect(#expect(throws: Failure.self) { try CVEList(empty) }?.code == "cve.missing")
        }
    }

    @Test func `patch identifiers are read as git prints them, and nothing else`() throws {
        let line = "\(String(repeating: "1", count: 40)) \(SampleCVE.fix)"
        let read = try PatchIdentifiers(Array("\(line)\n".utf8), from: "ids")
        #expect(read.identifiers(of: SampleCVE.fix) == [String(repeating: "1", count: 40)])
        #expect(
            read.identifiers(of: String(SampleCVE.fix.prefix(12))).count == 1 && read.identifiers(of: "ccccccc").isEmpty
        )
        for wrong in ["x", "\(line) x", line + "\n\n" + "12 34", line.replacing("1", with: "g")] {
            let failure = #expect(throws: Failure.self) { try PatchIdentifiers(Array(wrong.utf8), from: "ids") }
            #expect(failure?.message.contains("ids:") == true)
        }
    }
}
