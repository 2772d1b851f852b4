// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Yams

extension HostInventory {
    private static let deepest = 20

    /// The static part of the YAML form: groups with `hosts`, `children` and `vars`. Throws `Failure` with code
    /// `machine.inventory`.
    package static func yaml(_ text: String, named name: String) throws -> [MachineHost] {
        func refuse(_ line: Int?, _ reason: String) -> Failure {
            Failure(
                "machine.inventory", "\(line.map { "\(name):\($0)" } ?? name): \(reason)",
                advice: "`--ansible` has ansible-inventory read it, where that is there")
        }
        if let line = TextNesting.line(in: Array(text.utf8)) { throw refuse(line, "it is nested too deeply") }
        if let line = YAMLAliases.line(in: text) { throw refuse(line, "aliases are not read") }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw refuse(nil, "it is not YAML: \(String(describing: error).prefix { $0 != "\n" }.prefix(200))")
        }
        guard let groups = root?.mapping else { throw refuse(1, "groups are expected, such as all:") }
        var hosts = Hosts()
        func variables(_ node: Node) throws -> [String: String] {
            guard let mapping = node.mapping else {
                if node.scalar?.string.isEmpty == true || node.null != nil { return [:] }
                throw refuse(node.mark?.line, "variables are expected")
            }
            var found: [String: String] = [:]
            for (key, value) in mapping {
                guard let name = key.string else { throw refuse(key.mark?.line, "a name is expected") }
                guard name.hasPrefix("ansible_") else { continue }
                guard known.contains(name), let text = value.scalar?.string, !text.contains("{{") else {
                    throw refuse(key.mark?.line, "the variable \(name.prefix(60)) is not read")
                }
                found[name] = text
            }
            return found
        }
        func read(_ groups: Node.Mapping, _ outer: [String: String], _ depth: Int) throws {
            guard depth < deepest else { throw refuse(groups.mark?.line, "groups are nested too deeply") }
            for (group, contents) in groups {
                guard let contents = contents.mapping else {
                    if contents.null != nil { continue }
                    throw refuse(
                        group.mark?.line, "the group \(group.string?.prefix(60) ?? "") has neither hosts nor children")
                }
                let own = try contents["vars"].map(variables) ?? [:]
                if !own.isEmpty, contents["hosts"] == nil, contents["children"] == nil {
                    throw refuse(group.mark?.line, "variables of a group whose hosts stand elsewhere are not read")
                }
                let inherited = outer.merging(own) { $1 }
                for (key, value) in contents {
                    switch key.string {
                    case "vars": break
                    case "children":
                        guard let inner = value.mapping else { throw refuse(value.mark?.line, "groups are expected") }
                        try read(inner, inherited, depth + 1)
                    case "hosts":
                        guard let named = value.mapping else {
                            throw refuse(value.mark?.line, "hosts are expected, each with a colon")
                        }
                        for (host, settings) in named {
                            let line = host.mark?.line
                            guard let word = host.string else { throw refuse(line, "a host's name is expected") }
                            let all = inherited.merging(try variables(settings)) { $1 }
                            guard word.utf8.count <= 1000 else { throw refuse(line, "a host's name is too long") }
                            for name in try names(word, { refuse(line, $0) }) {
                                try hosts.add(name, all) { refuse(line, $0) }
                            }
                        }
                    default:
                        throw refuse(key.mark?.line, "there is no key “\(key.string?.prefix(60) ?? "")” in a group")
                    }
                }
            }
        }
        try read(groups, [:], 0)
        return hosts.all
    }
}
