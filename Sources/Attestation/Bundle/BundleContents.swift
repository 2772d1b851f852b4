// SPDX-License-Identifier: Apache-2.0
internal import Evidence
internal import Foundation
internal import Host
internal import Records

/// The files of the log that a run's bundle holds: its entries, and every file that they keep, each once.
enum BundleContents {
    static func files(of evidence: RunEvidence) -> [BundleFile] {
        var files = [
            BundleFile(EvidenceBundle.Name.record, evidence.entry.statement),
            BundleFile(EvidenceBundle.Name.body, evidence.entry.body),
        ]
        var kept: Set<String> = Set(files.map(\.name))
        func add(_ name: String, _ bytes: [UInt8]) {
            if kept.insert(name).inserted { files.append(BundleFile(name, bytes)) }
        }
        for step in evidence.steps + evidence.reports.suffix(1) {
            let name = step.record.name
            add("entries/\(step.entry.sequence)-\(name).json", step.entry.statement)
            add("entries/\(step.entry.sequence)-\(name).body.json", step.entry.body)
            for blob in step.entry.blobs {
                guard let bytes = evidence.bytes(of: blob) else { continue }
                add(path(of: blob.name, step: name), bytes)
            }
        }
        for drill in evidence.drills {
            add("entries/\(drill.entry.sequence)-drill.json", drill.entry.statement)
            add("entries/\(drill.entry.sequence)-drill.body.json", drill.entry.body)
        }
        return files
    }

    /// Where a step's file lies: `logs/build.log`, `logs/boot-console.log`, `inputs/baseline.config`,
    /// `inputs/patches/0001-….patch`, `report.html`, `steps/audit/result.json`.
    static func path(of file: String, step: String) -> String {
        let plain = String(
            String.UnicodeScalarView(
                file.unicodeScalars.map {
                    $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil || "._+-".unicodeScalars.contains($0))
                        ? $0 : "_"
                }))
        switch step {
        case "report" where file != "result.json": return plain
        case "enable" where file.hasSuffix(".patch"): return "inputs/patches/\(plain)"
        default: break
        }
        if file == ".config" { return "inputs/\(step.hasPrefix("baseline-") ? "baseline" : "candidate").config" }
        guard file.hasSuffix(".log") else { return "steps/\(step)/\(plain)" }
        let stem = plain.dropLast(4)
        return step.hasSuffix(stem) ? "logs/\(step).log" : "logs/\(step)-\(plain)"
    }
}

extension RunEvidence {
    /// The files of a bundle that come from the log as they are.
    package var bundleFiles: [BundleFile] { BundleContents.files(of: self) }
}
