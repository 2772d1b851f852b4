// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records
internal import Settings

extension PolicyFile {
    /// The shop's own milestones. Throws `Failure` with code `policy.unreadable`.
    static func milestones(
        _ list: [Settings], stages: [Policy.Stage]
    ) throws(Failure) -> [Policy.OwnMilestone] {
        var found: [Policy.OwnMilestone] = []
        for settings in list {
            try settings.check(keys: ["name"] + conditions)
            let name = try settings.required("name")
            guard !found.contains(where: { $0.name == name }) else {
                throw settings.failure(of: "name", "is that of two milestones: \(name.prefix(60))")
            }
            guard conditions.count(where: settings.has) == 1 else {
                throw settings.failure(
                    "`\(settings.path)` has to have one of the keys \(conditions.joined(separator: ", "))")
            }
            found.append(Policy.OwnMilestone(name: name, condition: try condition(settings, stages)))
        }
        return found
    }

    private static let conditions = ["option", "stage", "day"]

    private static func condition(
        _ settings: Settings, _ stages: [Policy.Stage]
    ) throws(Failure) -> Policy.OwnMilestone.Condition {
        if let option = try settings.text("option") {
            guard let name = option.wholeMatch(of: #/CONFIG_([A-Za-z0-9_]{1,100})/#)?.1 else {
                throw settings.failure(of: "option", "has `\(option.prefix(60))`, which is not like CONFIG_RUST")
            }
            return .option(String(name))
        }
        if let stage = try settings.text("stage") {
            guard stages.contains(where: { $0.name == stage }) else {
                throw settings.failure(of: "stage", "names `\(stage.prefix(60))`, which is not a stage of this policy")
            }
            return .stage(stage)
        }
        let text = try settings.required("day")
        guard let day = Day(text) else {
            throw settings.failure(of: "day", "has `\(text.prefix(40))`, which is not a day like 2027-05-31 since 1970")
        }
        return .day(day)
    }
}
