// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

extension OSCALDocuments {
    /// A waiver with the findings that it accepts, by their positions.
    struct WaivedRisk {
        let waiver: Waiver
        var findings: [Int]
    }

    /// Each waiver once, in the order in which the run has them.
    var waivedRisks: [WaivedRisk] {
        var risks: [WaivedRisk] = []
        var positions: [Waiver: Int] = [:]
        for (index, acceptance) in evidence.run.accepted.enumerated() {
            if let position = positions[acceptance.waiver] {
                risks[position].findings.append(index)
            } else {
                positions[acceptance.waiver] = risks.count
                risks.append(WaivedRisk(waiver: acceptance.waiver, findings: [index]))
            }
        }
        return risks
    }

    /// Who accepted something.
    var parties: [CanonicalJSON] {
        Set(evidence.run.accepted.map(\.waiver.owner)).sorted().map { owner in
            ["uuid": party(owner), "type": "organization", "name": Self.line(owner)]
        }
    }

    private func party(_ owner: String) -> CanonicalJSON { identifier("party:\(owner)") }

    private func name(_ waiver: Waiver) -> String {
        "\(waiver.rule):\(waiver.location):\(waiver.owner):\(waiver.expires):\(waiver.reason)"
    }

    /// Every accepted deviation until its last day; nil where nothing is accepted.
    var planOfAction: CanonicalJSON? {
        let risks = waivedRisks
        guard !risks.isEmpty else { return nil }
        let run = evidence.run
        return [
            "plan-of-action-and-milestones": [
                "uuid": identifier("plan-of-action"),
                "metadata": metadata("Accepted deviations of the run \(run.identifier)", parties: parties),
                "system-id": [
                    "identifier-type": "http://ietf.org/rfc/rfc4122", "id": component(.candidate),
                ],
                "observations": .array(run.accepted.indices.map(observation)),
                "risks": .array(risks.map(risk)),
                "poam-items": .array(
                    risks.map { risk in
                        [
                            "uuid": identifier("item:\(name(risk.waiver))"), "title": Self.line(title(risk.waiver)),
                            "description": .string(risk.waiver.reason),
                            "related-observations": related(risk),
                            "related-risks": [["risk-uuid": identifier("risk:\(name(risk.waiver))")]],
                        ]
                    }),
                "back-matter": ["resources": [resource(record)]],
            ]
        ]
    }

    private func title(_ waiver: Waiver) -> String { "\(waiver.rule) \(waiver.location)" }

    private func related(_ risk: WaivedRisk) -> CanonicalJSON {
        .array(risk.findings.map { ["observation-uuid": identifier("accepted:\($0)")] })
    }

    /// An accepted finding of that position.
    func observation(_ index: Int) -> CanonicalJSON {
        let finding = evidence.run.accepted[index].finding
        let location = finding.location.map { ", \($0.text)" } ?? ""
        return [
            "uuid": identifier("accepted:\(index)"), "title": Self.line(finding.rule),
            "description": .string("\(finding.title)\(location). \(finding.rationale)"), "methods": ["TEST"],
            "types": ["finding"], "collected": Self.time(evidence.run.finishedAt),
            "subjects": [["subject-uuid": component(.candidate), "type": "component"]],
            "relevant-evidence": [["href": reference(to: record), "description": .string(record.name)]],
        ]
    }

    func risk(_ risk: WaivedRisk) -> CanonicalJSON {
        let waiver = risk.waiver
        return [
            "uuid": identifier("risk:\(name(waiver))"), "title": Self.line(title(waiver)),
            "description": .string(waiver.reason),
            "statement": .string("Accepted by \(waiver.owner) until the end of \(waiver.expires) (UTC)."),
            "status": "deviation-approved",
            // A day that can't be read accepts nothing, so there is no deadline to state.
            "deadline": Waiver.isDay(waiver.expires) ? .string("\(waiver.expires)T23:59:59Z") : nil,
            "risk-log": [
                "entries": [
                    [
                        "uuid": identifier("risk-log:\(name(waiver))"), "title": "Waiver applied",
                        "start": Self.time(evidence.run.finishedAt), "status-change": "deviation-approved",
                        "logged-by": [["party-uuid": party(waiver.owner)]],
                    ]
                ]
            ],
            "related-observations": related(risk),
        ]
    }
}
