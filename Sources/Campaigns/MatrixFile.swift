// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records
internal import Settings

extension CampaignMatrix {
    private static let kind = SettingsFile.Kind(
        code: "campaign.matrix", advice: "`bessemer campaign init` writes a matrix with comments")

    /// What `campaign init` writes.
    package static let standard = String(decoding: PackageResources.matrix_yaml, as: UTF8.self)

    /// Reads a matrix; `name` is its file's. Throws `Failure` with code `campaign.matrix` that names the line.
    package init(_ bytes: [UInt8], named file: String) throws {
        let root = try SettingsFile(bytes, named: file, Self.kind).root
        try root.check(keys: [
            "name", "kernels", "configurations", "toolchains", "machines", "exclude", "include", "command",
            "time-limit",
        ])
        func isName(_ text: String) -> Bool {
            text.wholeMatch(of: #/[A-Za-z0-9][A-Za-z0-9._+-]{0,63}/#) != nil
        }
        func name(_ settings: Settings, _ key: String, or other: @autoclosure () throws -> String) throws -> String {
            let name = try settings.text(key) ?? other()
            guard isName(name) else {
                throw settings.failure(of: key, "has to be letters, digits, `.`, `_`, `+` and `-`, up to 64")
            }
            return name
        }
        let command = try root.texts("command")
        guard !root.has("command") || !command.isEmpty else {
            throw root.failure(of: "command", "has to have at least one word")
        }
        let kernels = try root.list("kernels", atMost: Self.most).flatMap { kernel in
            try kernel.check(keys: ["name", "source", "patches", "patches-one-by-one"])
            // What a command decides has no source.
            let source = try command.isEmpty ? kernel.required("source") : kernel.text("source") ?? ""
            let last = source.split(separator: "/").last.map(String.init) ?? ""
            let name = try name(kernel, "name", or: last)
            let patches = try kernel.texts("patches")
            let steps = try kernel.texts("patches-one-by-one")
            let whole = Kernel(name: name, source: source, patches: patches.isEmpty ? nil : patches)
            // A kernel with the first of them, one with the first two, and so on.
            let others = steps.indices.map { index in
                Kernel(name: "\(name)+\(index + 1)", source: source, patches: patches + steps[...index])
            }
            return [whole] + others
        }
        let configurations = try root.list("configurations", atMost: Self.most).map { configuration in
            try configuration.check(keys: ["name", "base", "fragments"])
            return Configuration(
                name: try name(configuration, "name", or: configuration.required("name")),
                base: try configuration.text("base") ?? "tinyconfig", fragments: try configuration.texts("fragments"))
        }
        func names(_ key: String, or other: String) throws -> [String] {
            let names = try root.texts(key)
            if let wrong = names.first(where: { !isName($0) }) {
                throw root.failure(of: key, "has `\(wrong.prefix(64))`, which is not a name")
            }
            return names.isEmpty ? [other] : names
        }
        let stem = file.split(separator: "/").last.map { String($0.prefix { $0 != "." }) } ?? ""
        let matrix = CampaignMatrix(
            name: try name(root, "name", or: stem), kernels: kernels,
            configurations: configurations.isEmpty ? [Configuration(name: "tinyconfig")] : configurations,
            toolchains: try names("toolchains", or: "standard"), machines: try names("machines", or: "max"))
        guard !kernels.isEmpty else { throw root.failure("`kernels` has to have at least one kernel") }
        for axis in Axis.allCases {
            var seen: Set<String> = []
            if let twice = matrix.names(axis).first(where: { !seen.insert($0).inserted }) {
                throw root.failure("two of the \(axis.rawValue)s are called \(twice): give them names")
            }
        }
        let size = matrix.size
        guard size <= Self.most else {
            let counts = Axis.allCases.map { "\(matrix.names($0).count) \($0.rawValue)s" }.joined(separator: " × ")
            throw root.failure("\(counts) are \(size) cells, and a campaign has at most \(Self.most)")
        }
        func rules(_ key: String) throws -> [[Axis: String]] {
            try root.list(key, atMost: 1000).map { rule in
                try rule.check(keys: Axis.allCases.map(\.rawValue))
                var values: [Axis: String] = [:]
                for axis in Axis.allCases {
                    guard let value = try rule.text(axis.rawValue) else { continue }
                    guard matrix.names(axis).contains(value) else {
                        throw rule.failure(of: axis.rawValue, "is \(value), which is none of the \(axis.rawValue)s")
                    }
                    values[axis] = value
                }
                guard !values.isEmpty else { throw rule.failure("a rule names at least one value") }
                return values
            }
        }
        self.init(
            name: matrix.name, kernels: matrix.kernels, configurations: matrix.configurations,
            toolchains: matrix.toolchains, machines: matrix.machines, excluded: try rules("exclude"),
            included: try rules("include"), command: command.isEmpty ? nil : command,
            timeLimit: try root.number("time-limit", in: 1...86_400) ?? 1800)
        guard !cells.isEmpty else { throw root.failure("`exclude` leaves no cell") }
    }
}
