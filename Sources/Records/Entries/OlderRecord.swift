// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host

/// Records of earlier versions, rewritten as the types of today have them. What is stored stays as it is.
enum OlderRecord {
    /// The body of such a record in the version after `version`; nil where that is not known here.
    ///
    /// Throws where the bytes are no JSON object.
    static func rewritten(_ kind: RecordKind, version: Int, body: [UInt8]) throws -> [UInt8]? {
        guard known.contains(where: { $0.kind == kind && $0.version == version }) else { return nil }
        guard let old = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] else {
            throw Failure(
                "json.unreadable", "the \(kind) is not a JSON object",
                advice: "`bessemer evidence verify` checks the log")
        }
        var new = renamed(old) as? [String: Any] ?? [:]
        if new["schema"] != nil { new["schema"] = schemas[kind] }
        if kind == .run { new = run(new) }
        return Array(try JSONSerialization.data(withJSONObject: new))
    }

    private static let known: [(kind: RecordKind, version: Int)] = [
        (.run, 1), (.drill, 1), (.audit, 1), (.comparison, 2), (.inventory, 1),
    ]

    private static let schemas: [RecordKind: String] = [
        .run: RunRecord.schema, .drill: RollbackDrill.schema, .audit: AuditReport.schema,
        .comparison: RegressionReport.schema,
    ]

    /// Names of members that mean the same under another name.
    private static let names = [
        "form": "schema", "bessemer": "toolVersion", "turns": "repetitions", "turn": "repetition",
        "staleBaseline": "staleWaivers", "what": "label",
        "why": "rationale", "mend": "remediation", "place": "location", "asked": "requested",
    ]

    private static let durations = ["seconds": "milliseconds", "startSeconds": "startMilliseconds"]

    private static func renamed(_ value: Any) -> Any {
        if let list = value as? [Any] { return list.map(renamed) }
        guard let object = value as? [String: Any] else { return value }
        var new: [String: Any] = [:]
        for (name, value) in object {
            if let duration = durations[name], let seconds = value as? Double {
                new[duration] = Milliseconds.of(seconds)
            } else if name == "address", let address = (value as? NSNumber)?.uint64Value {
                new[name] = "0x" + String(address, radix: 16)
            } else {
                new[names[name] ?? name] = renamed(value)
            }
        }
        return new
    }

    /// Version 1 had the candidate's facts at the top, the baseline's nested, and accepted findings among the others.
    private static func run(_ old: [String: Any]) -> [String: Any] {
        var new = old
        func take(_ name: String) -> Any? { new.removeValue(forKey: name) }
        func kernel(_ role: KernelRole, _ facts: [String: Any]) -> [String: Any] {
            ["role": role.rawValue].merging(facts.filter { ["configuration", "build", "boot"].contains($0.key) }) { $1 }
        }
        var kernels = [kernel(.candidate, old)]
        for name in ["configuration", "build", "boot"] { _ = take(name) }
        if let baseline = take("baseline") as? [String: Any] {
            kernels.append(kernel(.baseline, baseline))
            new["comparison"] = baseline["tests"]
            new["difference"] = baseline["difference"]
        }
        new["kernels"] = kernels
        new["source"] = take("subject")
        let waived = take("waived") as? [[String: Any]] ?? []
        var findings = new["findings"] as? [[String: Any]] ?? []
        new["accepted"] = waived.compactMap { waiver -> [String: Any]? in
            guard let test = waiver["test"] as? String,
                let index = findings.firstIndex(where: {
                    $0["rule"] as? String == "TST001" && ($0["title"] as? String)?.hasPrefix("\(test): fail") == true
                })
            else { return nil }
            var finding = findings.remove(at: index)
            var place = finding["location"] as? [String: Any] ?? ["file": "console.log"]
            place["symbol"] = test
            finding["location"] = place
            var new = waiver.filter { $0.key != "test" }
            new["rule"] = "TST001"
            new["location"] = test
            return ["finding": finding, "waiver": new]
        }
        new["findings"] = findings
        return new
    }
}
