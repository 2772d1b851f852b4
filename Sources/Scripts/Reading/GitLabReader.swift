// SPDX-License-Identifier: Apache-2.0
internal import Yams

/// Reads the jobs of a GitLab pipeline with all that they inherit: `default`, `extends`, merge keys, `!reference`,
/// variables, matrices and dotenv reports (GitLab CI/CD YAML syntax reference).
struct GitLabReader {
    private let yaml: YAMLText
    private let root: [String: Node]
    private var values = 0
    private var used: Set<String> = []
    private(set) var problems: [ScriptProblem] = []

    private static let mostValues = 20_000
    private static let deepest = 10
    private static let mostCells = 64
    private static let notJobs: Set<String> = [
        "default", "variables", "stages", "include", "workflow", "image", "services", "before_script", "after_script",
        "cache", "spec",
    ]

    private struct Job {
        let name: String
        let keys: [String: Node]
        let variables: [Node]
        let stage: Int
    }

    init(_ source: ScriptSource) throws {
        yaml = try YAMLText(source)
        root = yaml.pairs(yaml.root)
    }

    mutating func units() -> [ScriptUnit] {
        let stages = yaml.pairs(yaml.root)["stages"]?.sequence.map { $0.prefix(1000).compactMap(\.string) }
        let order = [".pre"] + (stages ?? ["build", "test", "deploy"]) + [".post"]
        var jobs: [Job] = []
        var templates: [Job] = []
        for name in yaml.names(yaml.root).prefix(2000) where !Self.notJobs.contains(name) {
            guard let own = root[name]?.mapping else { continue }
            let (keys, variables) = resolved(own, depth: 0)
            let stage = keys["stage"]?.string ?? "test"
            let job = Job(name: name, keys: keys, variables: variables, stage: order.firstIndex(of: stage) ?? 0)
            if name.hasPrefix(".") { templates.append(job) } else { jobs.append(job) }
        }
        // What jobs hand on in dotenv reports is known only when they have been followed.
        var reports: [String: [String: ScriptWord]] = [:]
        if jobs.contains(where: { $0.keys["artifacts"]?.mapping?["reports"]?.mapping?["dotenv"] != nil }) {
            let before = (values, problems)
            for job in jobs { _ = units(of: job, jobs, [:], &reports) }
            (values, problems) = before
        }
        var units: [ScriptUnit] = []
        var ignored: [String: [String: ScriptWord]] = [:]
        for job in jobs { units += self.units(of: job, jobs, reports, &ignored) }
        // A template that nothing here uses serves another file.
        for job in templates where !used.contains(job.name) { units += self.units(of: job, jobs, [:], &ignored) }
        return units
    }

    // MARK: Jobs

    /// A job with what it extends: its own keys win, variables add up.
    private mutating func resolved(_ job: Node.Mapping, depth: Int) -> (keys: [String: Node], variables: [Node]) {
        var keys: [String: Node] = [:]
        var variables: [Node] = []
        values += 1
        let own = yaml.pairs(job)
        if depth < Self.deepest, values < Self.mostValues, let extends = own["extends"] {
            for base in extends.sequence.map({ Array($0.prefix(100)) }) ?? [extends] {
                guard let name = base.string, let mapping = root[name]?.mapping else { continue }
                used.insert(name)
                let inner = resolved(mapping, depth: depth + 1)
                keys.merge(inner.keys) { $1 }
                variables += inner.variables
            }
        }
        for (name, value) in own {
            let value = dereferenced(value, depth: 0)
            keys[name] = value
            if name == "variables", variables.count < 1000 { variables.append(value) }
        }
        return (keys, variables)
    }

    /// What `!reference [job, key, …]` stands for; another node is itself.
    private mutating func dereferenced(_ node: Node, depth: Int) -> Node {
        guard let sequence = node.sequence, node.tag.description.hasSuffix("reference"), depth < Self.deepest else {
            return node
        }
        var place: Node?
        for (index, item) in sequence.prefix(10).enumerated() {
            guard let key = item.string else { return node }
            if index == 0 { used.insert(key) }
            place = index == 0 ? root[key] : yaml.pairs(place)[key]
        }
        return place.map { dereferenced($0, depth: depth + 1) } ?? node
    }

    private mutating func append(_ given: Node?, to text: inout ScriptText, depth: Int = 0) {
        guard let given else { return }
        values += 1
        guard values < Self.mostValues, depth < 2 * Self.deepest, text.bytes.count < 1 << 22 else { return }
        switch dereferenced(given, depth: 0) {
        case .scalar(let scalar):
            yaml.append(scalar, to: &text)
            text.append("\n".utf8, line: scalar.mark?.line ?? 1)
        case .sequence(let sequence):
            for item in sequence { append(item, to: &text, depth: depth + 1) }
        default: break
        }
    }

    private mutating func units(
        of job: Job, _ jobs: [Job], _ reports: [String: [String: ScriptWord]],
        _ made: inout [String: [String: ScriptWord]]
    ) -> [ScriptUnit] {
        let keys = job.keys
        let inherit = keys["inherit"]?.mapping
        var base: [String: ScriptWord] = [:]
        for (name, value) in variables(root["variables"]) where Self.inherits(inherit?["variables"], name) {
            base[name] = value
        }
        for node in job.variables { base.merge(variables(node)) { $1 } }
        for rule in keys["rules"]?.sequence.map({ Array($0.prefix(100)) }) ?? [] {
            // Which rule holds is known only when the pipeline starts.
            for (name, value) in variables(rule.mapping?["variables"]) where base[name]?.text != value.text {
                base[name] = ScriptWord(String(ScriptWord.unknown), line: value.line)
            }
        }
        for (name, report) in reports where takes(job, from: name, jobs) { base.merge(report) { $1 } }
        let defaults = yaml.pairs(root["default"])
        func inherited(_ key: String) -> Node? {
            if let own = keys[key] { return own }
            guard Self.inherits(inherit?["default"], key) else { return nil }
            return defaults[key] ?? root[key]
        }
        var script = ScriptText()
        append(inherited("before_script"), to: &script)
        append(keys["script"], to: &script)
        var after = ScriptText()
        append(inherited("after_script"), to: &after)
        let dotenv = keys["artifacts"]?.mapping?["reports"]?.mapping?["dotenv"]
        let names = Set(dotenv?.sequence.map { $0.compactMap(\.string) } ?? dotenv?.string.map { [$0] } ?? [])
        return cells(keys["parallel"]?.mapping?["matrix"]).map { cell in
            let environment = Self.expanded(base.merging(cell) { $1 })
            var unit = ScriptUnit(name: job.name)
            if let scalar = inherited("image").flatMap({ $0.scalar ?? $0.mapping?["name"]?.scalar }) {
                let word = yaml.word(scalar)
                let image = word.text.contains("$") ? Self.expanded(["": word].merging(environment) { $1 })[""] : word
                unit.statements.append(.image(image ?? word))
            }
            var run = ShellRun(environment: environment)
            run.run(script)
            for output in run.outputs where names.contains(output.target) {
                for (name, value) in EnvironmentFile.values(output.text) { made[job.name, default: [:]][name] = value }
            }
            unit.statements += run.statements
            // It runs in a shell of its own.
            var last = ShellRun(environment: environment)
            last.run(after)
            unit.statements += last.statements
            if problems.count < 100 { problems += run.problems + last.problems }
            return unit
        }
    }

    /// `inherit:` takes true, false or the names of what is inherited.
    private static func inherits(_ node: Node?, _ name: String) -> Bool {
        if let list = node?.sequence { return list.contains { $0.string == name } }
        return node?.bool ?? true
    }

    /// Whether a job gets another one's reports: it names it, or comes in a later stage.
    private func takes(_ job: Job, from name: String, _ jobs: [Job]) -> Bool {
        for key in ["dependencies", "needs"] {
            guard let list = job.keys[key]?.sequence else { continue }
            return list.contains { ($0.string ?? $0.mapping?["job"]?.string) == name }
        }
        return jobs.contains { $0.name == name && $0.stage < job.stage }
    }

    // MARK: Variables

    private func variables(_ node: Node?) -> [String: ScriptWord] {
        var result: [String: ScriptWord] = [:]
        for (name, value) in yaml.pairs(node).prefix(5000) {
            if let scalar = value.scalar ?? value.mapping?["value"]?.scalar { result[name] = yaml.word(scalar) }
        }
        return result
    }

    /// The cells of `parallel: matrix:`, each with its variables.
    private func cells(_ matrix: Node?) -> [[String: ScriptWord]] {
        guard let rows = matrix?.sequence else { return [[:]] }
        var cells: [[String: ScriptWord]] = []
        for row in rows.prefix(Self.mostCells) {
            var own: [[String: ScriptWord]] = [[:]]
            for (name, value) in yaml.pairs(row).sorted(by: { $0.key < $1.key }) {
                let words = (value.sequence.map { Array($0.prefix(Self.mostCells)) } ?? [value])
                    .compactMap { $0.scalar.map(yaml.word) }
                own = own.flatMap { cell in words.map { cell.merging([name: $0]) { $1 } } }
                if own.count > Self.mostCells { own = Array(own.prefix(Self.mostCells)) }
            }
            cells += own
        }
        return cells.isEmpty ? [[:]] : Array(cells.prefix(Self.mostCells))
    }

    /// Variables that name other ones, in any order.
    private static func expanded(_ variables: [String: ScriptWord]) -> [String: ScriptWord] {
        var result = variables
        for (name, value) in variables where value.text.contains("$") {
            let parts = parts(of: value, variables, depth: 0)
            result[name] = ScriptWord(parts: parts, line: value.line)
        }
        return result
    }

    private static func parts(
        of word: ScriptWord, _ variables: [String: ScriptWord], depth: Int
    ) -> [ScriptWord.Part] {
        let unknown = ScriptWord.Part(text: String(ScriptWord.unknownWord), file: nil, line: word.line)
        guard depth < 4, word.parts.count < 64 else { return [unknown] }
        var parts: [ScriptWord.Part] = []
        for part in word.parts {
            var offset = 0
            var rest = part.text[...]
            while let match = rest.firstMatch(of: /\$(\$|\{?([A-Za-z_][A-Za-z0-9_]*)\}?)/), parts.count < 256 {
                let before = rest[..<match.range.lowerBound]
                if !before.isEmpty { parts.append(part.with(String(before), at: offset)) }
                if match.1 == "$" {
                    parts.append(.init(text: "$", file: nil, line: part.line))
                } else if let name = match.2, let value = variables[String(name)] {
                    parts += self.parts(of: value, variables, depth: depth + 1)
                } else {
                    parts.append(unknown)
                }
                offset += rest[..<match.range.upperBound].utf8.count
                rest = rest[match.range.upperBound...]
            }
            if !rest.isEmpty { parts.append(part.with(String(rest), at: offset)) }
        }
        return parts.count > 256 ? [unknown] : parts
    }
}

/// The lines `NAME=value` of a file that hands variables on.
enum EnvironmentFile {
    static func values(_ text: ScriptText) -> [(name: String, value: ScriptWord)] {
        var result: [(name: String, value: ScriptWord)] = []
        var open: (name: String, delimiter: [UInt8], value: ScriptText)?
        for line in text.lines {
            let bytes = text.bytes[line]
            if var document = open {
                if bytes.elementsEqual(document.delimiter) {
                    let parts = document.value.parts
                    result.append((document.name, ScriptWord(parts: parts, line: parts.first?.line ?? 1)))
                    open = nil
                } else {
                    if !document.value.bytes.isEmpty {
                        document.value.append("\n".utf8, line: text.line(at: line.lowerBound))
                    }
                    document.value.append(text, line)
                    open = document
                }
                continue
            }
            guard let end = bytes.firstIndex(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: "<") }) else {
                continue
            }
            let name = String(decoding: bytes[..<end], as: UTF8.self).filter { !$0.isWhitespace }
            guard Shell.isName(name.filter { $0 != "-" }) else { continue }
            if bytes[end] == UInt8(ascii: "=") {
                let parts = text[end + 1..<line.upperBound].parts
                result.append((name, ScriptWord(parts: parts, line: text.line(at: line.lowerBound))))
            } else if bytes[end...].starts(with: "<<".utf8) {
                open = (name, Array(bytes[(end + 2)...]), ScriptText())
            }
        }
        return result
    }
}
