// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records
internal import Settings

extension PolicyFile {
    /// The section `watch` of a policy; nil where it has none. Throws `Failure` with code `policy.unreadable` that names
    /// the line.
    package static func watch(_ bytes: [UInt8], named name: String = name) throws -> WatchPlan? {
        let root = try SettingsFile(bytes, named: name, kind).root
        guard let settings = try root.settings("watch") else { return nil }
        try settings.check(keys: [
            "suites", "architectures", "packages", "lock", "kernels", "options", "toolchains", "configurations",
            "trees",
        ])
        let suites = try names(settings, "suites", first: "a-z", rest: "a-z0-9-")
        let architectures = try names(settings, "architectures", first: "a-z", rest: "a-z0-9-")
        let plan = WatchPlan(
            suites: suites, architectures: architectures.isEmpty ? ["amd64", "s390x"] : architectures,
            packages: try names(settings, "packages", first: "a-z0-9*", rest: "a-z0-9+.*-"),
            lock: try settings.text("lock"),
            kernels: try names(settings, "kernels", first: "a-z0-9*", rest: "a-z0-9+.*-"),
            options: try options(settings), toolchains: try toolchains(settings, suites: suites),
            configurations: try settings.texts("configurations"), trees: try trees(settings, suites: suites))
        for key in ["packages", "kernels"] where settings.has(key) && suites.isEmpty {
            throw settings.failure(of: key, "names packages, and `watch.suites` no suite that has them")
        }
        guard plan != empty(plan) else { throw settings.failure("`watch` names nothing to look at") }
        return plan
    }

    /// The same plan with nothing to look at.
    private static func empty(_ plan: WatchPlan) -> WatchPlan {
        WatchPlan(
            suites: [], architectures: plan.architectures, packages: [], lock: nil, kernels: [], options: plan.options,
            toolchains: [], configurations: [], trees: [])
    }

    /// Names that become words of commands and parts of addresses.
    private static func names(
        _ settings: Settings, _ key: String, first: String, rest: String
    ) throws(Failure) -> [String] {
        let names = try settings.texts(key)
        for name in names where !LockedPackage.matches(name, first: first, rest: rest) {
            throw settings.failure(of: key, "has `\(name.prefix(60))`, which can't be such a name")
        }
        guard names.count <= 100 else { throw settings.failure(of: key, "has more than 100 names") }
        return names
    }

    private static func options(_ settings: Settings) throws(Failure) -> [String] {
        let options = try settings.texts("options")
        for option in options
        where option.wholeMatch(of: #/[A-Z0-9][A-Z0-9_a-z]*/#) == nil || option.hasPrefix("CONFIG_") {
            throw settings.failure(
                of: "options", "has `\(option.prefix(60))`, which is not an option's name without CONFIG_")
        }
        return options.isEmpty ? ["RUST", "EXPOLINE"] : options
    }

    private static func toolchains(_ settings: Settings, suites: [String]) throws(Failure) -> [WatchPlan.Toolchain] {
        try settings.texts("toolchains").map { text throws(Failure) in
            switch text {
            case "host": return .host
            case "sandbox": return .sandbox
            case _ where suites.contains(text): return .suite(text)
            default:
                throw settings.failure(
                    of: "toolchains",
                    "has `\(text.prefix(60))`, and may have host, sandbox, or a suite of `watch.suites`")
            }
        }
    }

    private static func trees(_ settings: Settings, suites: [String]) throws(Failure) -> [WatchPlan.Tree] {
        var trees: [WatchPlan.Tree] = []
        for tree in try settings.list("trees", atMost: 50) {
            try tree.check(keys: ["name", "path", "package", "suite", "from"])
            let name = try tree.required("name")
            guard !trees.contains(where: { $0.name == name }) else {
                throw tree.failure(of: "name", "is that of two trees: \(name)")
            }
            let place: WatchPlan.Tree.Place
            switch (try tree.text("path"), try tree.text("package")) {
            case (let path?, nil): place = .folder(path)
            case (nil, let package?):
                let suite = try tree.required("suite")
                guard suites.contains(suite) else {
                    throw tree.failure(of: "suite", "is not among `watch.suites`: \(suite.prefix(60))")
                }
                place = .package(package, suite: suite)
            default: throw tree.failure("`\(tree.path)` (\(name)) has to have either `path` or `package`")
            }
            trees.append(WatchPlan.Tree(name: name, place: place, from: try tree.text("from")))
        }
        return trees
    }
}
