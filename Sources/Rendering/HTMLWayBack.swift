// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// The part of the page that shows a drill of the way back as a timeline.
struct HTMLWayBack {
    struct Step {
        let tag: String
        let verdict: String
        let title: String
        let found: String
        let expected: String
        let place: [String]
        let said: [String]
        let took: String
        let x: String
        let width: String
    }

    let tag: String
    let verdict: String
    let sum: String
    let facts: [HTMLPage.Fact]
    let total: String
    let steps: [Step]
    let packages: [HTMLPage.Names]
    /// Of earlier drills.
    let earlier: [String]

    /// The last of the drills in full; nil where there is none.
    init?(_ drills: [RollbackDrill]) {
        guard let drill = drills.last else { return nil }
        tag = drill.verdict.role.tag
        verdict = drill.verdict.rawValue
        sum = drill.sum
        facts =
            drill.kernels.map { kernel in
                HTMLPage.Fact(
                    label: kernel.role == .baseline ? "The way back" : "The trial",
                    value: visible(kernel.image.release),
                    quiet: [
                        "menu entry \(kernel.role.menuNumber), \(Quantities.size(kernel.image.size)), "
                            + (kernel.image.isSigned ? "signed" : "not signed")
                    ], sha: [kernel.image.sha256.hexadecimal])
            } + [
                HTMLPage.Fact(
                    label: "Drill", value: visible(drill.identifier), quiet: [Quantities.time(drill.startedAt)]),
                HTMLPage.Fact(
                    label: "Machine", value: visible(drill.emulator), quiet: [visible(drill.accelerator)]),
                HTMLPage.Fact(label: "Plan", value: "SHA256SUMS", sha: [drill.plan.hexadecimal]),
            ]
        let whole = drill.steps.reduce(0) { $0 + max(0, $1.seconds) }
        total = Quantities.duration(whole)
        var before = 0.0
        steps = drill.steps.prefix(200).map { step in
            defer { before += max(0, step.seconds) }
            return Step(
                tag: step.verdict.role.tag, verdict: step.verdict.rawValue, title: visible(step.title),
                found: visible(step.found), expected: visible(step.expected),
                place: step.lineNumber.map { ["\(visible(step.console ?? "")):\($0)"] } ?? [],
                said: step.line.map { [visible($0)] } ?? [], took: Quantities.duration(step.seconds),
                x: HTMLPage.thousandths(before, of: whole),
                width: HTMLPage.thousandths(max(0, step.seconds), of: whole, least: 3))
        }
        packages = [
            HTMLPage.Names(
                title: "On the disk: \(Quantities.count(drill.packages.count, "package")), each pinned",
                names: drill.packages.map { visible("\($0.name) \($0.version) (\($0.architecture))") })
        ]
        earlier = drills.dropLast().reversed().prefix(20).map {
            "\(visible($0.identifier)): \($0.verdict.rawValue), \($0.sum)"
        }
    }
}
