// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

extension OSCALDocuments {
    /// One observation for each fact, and a finding for each requirement that facts answer.
    var assessmentResults: CanonicalJSON {
        let run = evidence.run
        let assessments = evidence.assessments(statements)
        let controls = controls
        var sources = [record]
        for source in assessments.flatMap(self.sources(of:)) where !sources.contains(where: { $0.name == source.name })
        {
            sources.append(source)
        }
        let plan: CanonicalJSON = [
            "uuid": identifier("assessment-plan"), "title": "Assessment plan",
            "description": .string(
                "The steps and rules of `bessemer pilot` \(run.toolVersion); `bessemer explain` prints each rule."),
        ]
        return [
            "assessment-results": [
                "uuid": identifier("assessment-results"),
                "metadata": metadata("Results of the run \(run.identifier)", parties: parties),
                "import-ap": ["href": .string("#" + (identifier("assessment-plan").text ?? ""))],
                "results": [
                    [
                        "uuid": identifier("result"), "title": Self.line("Run \(run.identifier)"),
                        "description": .string(
                            "Verdict: \(run.verdict.rawValue). \(run.reasons.joined(separator: ". "))."),
                        "start": Self.time(run.startedAt), "end": Self.time(run.finishedAt),
                        "reviewed-controls": [
                            "control-selections": [
                                [
                                    "description": "Requirements that facts of the run answer.",
                                    "include-controls": .list(
                                        Set(controls.map(\.control.identifier)).sorted().map {
                                            ["control-id": .string($0)]
                                        }),
                                    // A mapping may be empty.
                                    "include-all": controls.isEmpty ? [:] : nil,
                                ]
                            ]
                        ],
                        "observations": .array(assessments.map(observation) + run.accepted.indices.map(observation)),
                        "risks": .list(waivedRisks.map(risk)),
                        "findings": .list(
                            controls.map { control, facts in
                                finding(control, assessments.filter { facts.contains($0.fact) })
                            }),
                    ]
                ],
                "back-matter": ["resources": .array([plan] + sources.map(resource))],
            ]
        ]
    }

    private func observation(_ assessment: FactAssessment) -> CanonicalJSON {
        [
            "uuid": identifier("observation:\(assessment.fact.rawValue)"), "title": Self.line(assessment.fact.title),
            "description": .string(assessment.text), "methods": [assessment.fact == .tests ? "TEST" : "EXAMINE"],
            "types": ["control-objective"], "collected": Self.time(assessment.time),
            "props": [Self.property("fact", assessment.fact.rawValue), Self.property("state", assessment.word)],
            "subjects": [["subject-uuid": component(.candidate), "type": "component"]],
            "relevant-evidence": .array(
                sources(of: assessment).map { source in
                    ["href": reference(to: source), "description": .string(source.name)]
                }),
        ]
    }

    /// A requirement is satisfied where each of its facts is shown.
    private func finding(_ control: ControlMapping.Control, _ assessments: [FactAssessment]) -> CanonicalJSON {
        let isShown = assessments.allSatisfy { $0.state == .shown }
        let isFailed = assessments.contains { $0.state == .notShown }
        return [
            "uuid": identifier("finding:\(control.framework):\(control.identifier)"),
            "title": Self.line("\(control.framework) \(control.reference)"),
            "description": .string(
                assessments.map { "\($0.fact.title): \($0.word)." }.joined(separator: " ")
                    + " This is about what the run shows; the requirement as a whole is for the assessor to judge."),
            "props": [Self.property("reference-read", control.isRead ? "yes" : "no")],
            "target": [
                "type": "objective-id", "target-id": .string("\(control.identifier)_obj"),
                "status": [
                    "state": isShown ? "satisfied" : "not-satisfied",
                    "reason": isShown ? "pass" : isFailed ? "fail" : "other",
                    "remarks": isShown || isFailed ? nil : "Not decided: something is unknown.",
                ],
            ],
            "related-observations": .array(
                assessments.map { ["observation-uuid": identifier("observation:\($0.fact.rawValue)")] }),
        ]
    }
}

extension FactAssessment {
    fileprivate var word: String {
        switch state {
        case .shown: "shown"
        case .notShown: "not shown"
        case .unknown: "unknown"
        }
    }
}
