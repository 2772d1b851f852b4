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
            add(BundlePath.body(step.entry, named: name), step.entry.body)
            for blob in step.entry.blobs {
                guard let bytes = evidence.bytes(of: blob) else { continue }
                add(path(of: blob.name, step: name), bytes)
            }
        }
        for drill in evidence.drills {
            add("entries/\(drill.entry.sequence)-drill.json", drill.entry.statement)
            add(BundlePath.body(drill.entry, named: "drill"), drill.entry.body)
        }
        for rebuild in evidence.rebuilds {
            add("entries/\(rebuild.entry.sequence)-rebuild.json", rebuild.entry.statement)
            add(BundlePath.body(rebuild.entry, named: "rebuild"), rebuild.entry.body)
        }
        for gate in evidence.decisions {
            let name = "gate-\(gate.record.stage)"
            add("entries/\(gate.entry.sequence)-\(name).json", gate.entry.statement)
            add(BundlePath.body(gate.entry, named: name), gate.entry.body)
            for policy in gate.entry.blobs.prefix(1) {
                guard let bytes = evidence.bytes(of: policy) else { continue }
                add(BundlePath.policy(of: gate.record.stage), bytes)
            }
        }
        let decided = Set(evidence.decisions.map(\.entry.sequence))
        for entry in evidence.cited where !decided.contains(entry.sequence) {
            add("entries/\(entry.sequence)-\(entry.kind).json", entry.statement)
            add(BundlePath.body(entry, named: entry.kind.rawValue), entry.body)
        }
        return files
    }

    /// Where a step's file lies: `logs/build/build.log`, `inputs/config`, `inputs/patches/0001-….patch`, `report.html`,
    /// `steps/audit/result.json`.
    static func path(of file: String, step: String) -> String {
        func isPlain(_ scalar: Unicode.Scalar) -> Bool {
            scalar.isASCII
                && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                    || "._+-".unicodeScalars.contains(scalar))
        }
        let plain = String(String.UnicodeScalarView(file.unicodeScalars.map { isPlain($0) ? $0 : "_" }))
        switch (step, file) {
        case ("report", "report.sarif"): return BundlePath.audit
        case ("report", _) where file != "result.json": return plain
        case ("enable", _) where file.hasSuffix(".patch"): return BundlePath.patch(plain)
        case (_, ".config"):
            return BundlePath.configuration(of: step.hasPrefix(KernelRole.baseline.rawValue) ? .baseline : .candidate)
        case (_, _) where file.hasSuffix(".log"): return BundlePath.log(plain, of: step)
        default: return "steps/\(step)/\(plain)"
        }
    }
}

extension RunEvidence {
    /// The files of a bundle that come from the log as they are.
    package var bundleFiles: [BundleFile] { BundleContents.files(of: self) }
}
