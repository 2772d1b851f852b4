// SPDX-License-Identifier: Apache-2.0
internal import Yams

/// Reads the jobs of a GitLab pipeline with all that they inherit: `include`, `default`, `extends`, merge keys,
/// `!reference`, variables, matrices and dotenv reports (GitLab CI/CD YAML syntax reference).
struct GitLabReader: BuildFileReader {
    private let yaml: YAMLText
    private var root: [String: Node]
    /// The keys in the order of the files, included ones first.
    private var names: [String] = []
    private let files: ScriptFiles?
    /// Variables that another pipeline starts it with, and the jobs that did.
    private var given: [String: Node] = [:]
    private var stack: [String] = []
    /// What inputs stand for, by the lines of the file that takes them.
    private var inputs: [(lines: Range<Int>, values: [String: ScriptWord])] = []
    private var values = 0
    private var used: Set<String> = []
    var problems: [ScriptProblem] = []

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

    init(_ source: ScriptSource, files: ScriptFiles? = nil) throws {
        yaml = try YAMLText(source, files: files)
        self.files = files
        root = [:]
        take(yaml, source, given: [:])
        let own = yaml.pairs(yaml.root)
        include(own["include"], [files?.name ?? ""])
        add(own, yaml.names(yaml.root))
    }

    // MARK: Included files

    private mutating func take(_ yaml: YAMLText, _ source: ScriptSource, given: [String: ScriptWord]) {
        guard let header = yaml.header else { return }
        var values: [String: ScriptWord] = given
        for (name, input) in yaml.pairs(yaml.pairs(yaml.pairs(header)["spec"])["inputs"]) where values[name] == nil {
            values[name] =
                input.mapping?["default"]?.scalar.map { yaml.word($0).assumed }
                ?? ScriptWord(ScriptWord.unknown, line: 1)
        }
        let first = source.before.lines + 1
        inputs.append((first..<first + source.lineStarts.count, values))
    }

    /// Mappings are merged at every depth, what comes later wins.
    private mutating func add(_ pairs: [String: Node], _ order: [String]) {
        for name in order + pairs.keys.sorted() where root[name] == nil && !names.contains(name) { names.append(name) }
        for (name, node) in pairs { root[name] = root[name].map { merged($0, node, 0) } ?? node }
    }

    private func merged(_ old: Node, _ new: Node, _ depth: Int) -> Node {
        guard depth < Self.deepest, let first = old.mapping, let second = new.mapping else { return new }
        var result = first
        for (key, value) in second.prefix(Self.mostValues) {
            result[key] = result[key].map { merged($0, value, depth + 1) } ?? value
        }
        return .mapping(result)
    }

    /// `include:`: a file or a list of them, each a name or a mapping that says what kind of place it lies at.
    private mutating func include(_ node: Node?, _ stack: [String]) {
        guard let node else { return }
        for item in node.items(atMost: ScriptFiles.mostFiles) {
            let keys = yaml.pairs(item)
            let line = (item.scalar?.mark ?? item.mapping?.mark)?.line ?? 1
            let plain = item.string.flatMap { $0.contains("://") ? nil : $0 }
            if let name = keys["local"]?.string ?? plain {
                include(local: name, keys["local"]?.scalar?.mark?.line ?? line, keys, stack)
                continue
            }
            guard files != nil, problems.count < 100 else { continue }
            for (key, place) in [
                ("project", "another project"), ("remote", "another server"), ("template", "GitLab itself"),
                ("component", "the catalogue"), ("artifact", "another job"),
            ] {
                guard let name = keys[key]?.string else { continue }
                let names = keys["file"].map { $0.sequence?.compactMap(\.string) ?? [$0.string ?? ""] }
                let shown = ([name] + (names ?? [])).joined(separator: " ")
                let line = keys[key]?.scalar?.mark?.line ?? line
                problems.append(.init(line: line, includes: shown, "it is of \(place)"))
            }
            if let name = item.string, plain == nil {
                problems.append(.init(line: line, includes: name, "it is of another server"))
            }
        }
    }

    private mutating func include(local name: String, _ line: Int, _ keys: [String: Node], _ stack: [String]) {
        guard let files else { return }
        func problem(_ reason: String) { report([.init(line: line, includes: name, reason)]) }
        guard !name.contains("$") else { return problem("its name is known only when the pipeline starts") }
        guard let path = ScriptTree.path(files.repository, String(name.drop { $0 == "/" })) else {
            return problem("it lies out of the folder")
        }
        let isPattern = path.contains("*")
        let paths = isPattern ? files.tree.files(matching: path) : [path]
        if paths.isEmpty { problem("no file of such a name was found") }
        for path in paths {
            do {
                let source = try files.source(path, inside: stack)
                let inner = try YAMLText(source, files: files)
                take(inner, source, given: yaml.pairs(keys["inputs"]).compactMapValues { $0.scalar.map(word) })
                let own = inner.pairs(inner.root)
                include(own["include"], stack + [path])
                add(own, inner.names(inner.root))
            } catch {
                problem(NotIncluded.reason(error))
            }
        }
    }

    /// `trigger: include:`: a pipeline by itself, which gets the variables of the job that starts it.
    private mutating func children(of job: Job) -> [ScriptUnit] {
        guard let files, stack.count < 3, let include = yaml.pairs(job.keys["trigger"])["include"] else { return [] }
        var child = self
        child.root = [:]
        child.names = []
        child.used = []
        child.problems = []
        child.stack.append(job.name)
        child.include(include, [files.name])
        for (name, value) in yaml.pairs(root["variables"]) where yaml.pairs(child.root["variables"])[name] == nil {
            child.given[name] = value
        }
        for variables in job.variables { child.given.merge(yaml.pairs(variables)) { $1 } }
        let units = child.units()
        values = child.values
        problems += child.problems.prefix(max(0, 100 - problems.count))
        return units
    }

    // MARK: Inputs

    /// A scalar with what its file's inputs stand for: `$[[ inputs.NAME ]]`.
    private func text(_ scalar: Node.Scalar) -> ScriptText {
        let text = yaml.text(scalar)
        let line = scalar.mark?.line ?? 1
        guard scalar.string.contains("$[["), let values = inputs.first(where: { $0.lines.contains(line) })?.values
        else { return text }
        var result = ScriptText()
        var start = 0
        let spelled = text.string
        for match in spelled.matches(of: /\$\[\[\s*inputs\.([A-Za-z0-9_-]+)\s*(\|[^\]]*)?\]\]/).prefix(1000) {
            let begin = spelled[..<match.range.lowerBound].utf8.count
            result.append(text, start..<begin)
            let value = match.2 == nil ? values[String(match.1)] : nil
            result.append(value?.parts ?? [.init(ScriptWord.unknown, line: line)])
            start = spelled[..<match.range.upperBound].utf8.count
        }
        result.append(text.dropFirst(start))
        return result
    }

    private func word(_ scalar: Node.Scalar) -> ScriptWord {
        ScriptWord(parts: text(scalar).parts, line: scalar.mark?.line ?? 1)
    }

    mutating func units() -> [ScriptUnit] {
        let stages = root["stages"]?.sequence.map { $0.prefix(1000).compactMap(\.string) }
        let order = [".pre"] + (stages ?? ["build", "test", "deploy"]) + [".post"]
        var jobs: [Job] = []
        var templates: [Job] = []
        for name in names.prefix(2000) where !Self.notJobs.contains(name) {
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
        for job in jobs { units += children(of: job) }
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
            for base in extends.items(atMost: 100) {
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

    /// The commands of keys, one after the other.
    private mutating func script(_ nodes: [Node?]) -> ScriptText {
        var text = ScriptText()
        for node in nodes { append(node, to: &text) }
        return text
    }

    private mutating func append(_ given: Node?, to text: inout ScriptText, depth: Int = 0) {
        guard let given else { return }
        values += 1
        guard values < Self.mostValues, depth < 2 * Self.deepest, text.bytes.count < 1 << 22 else { return }
        switch dereferenced(given, depth: 0) {
        case .scalar(let scalar):
            text.append(self.text(scalar))
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
        if let files { base["CI_PROJECT_DIR"] = .tree(files.repository) }
        for (name, value) in variables(yaml.pairs(root["variables"])) where Self.inherits(inherit?["variables"], name) {
            base[name] = value
        }
        for node in job.variables { base.merge(variables(yaml.pairs(node))) { $1 } }
        base.merge(variables(given)) { $1 }
        for rule in keys["rules"]?.list(atMost: 100) ?? [] {
            // Which rule holds is known only when the pipeline starts.
            for (name, value) in variables(yaml.pairs(rule.mapping?["variables"])) where base[name]?.text != value.text
            {
                base[name] = ScriptWord(ScriptWord.unknown, line: value.line)
            }
        }
        for (name, report) in reports where takes(job, from: name, jobs) { base.merge(report) { $1 } }
        let defaults = yaml.pairs(root["default"])
        func inherited(_ key: String) -> Node? {
            if let own = keys[key] { return own }
            guard Self.inherits(inherit?["default"], key) else { return nil }
            return defaults[key] ?? root[key]
        }
        let steps = keys["run"]?.list(atMost: 1000) ?? []
        let script = script(
            [inherited("before_script"), keys["script"]] + steps.map { yaml.pairs($0)["script"] })
        let first = self.script([yaml.pairs(inherited("hooks"))["pre_get_sources_script"]])
        let after = self.script([inherited("after_script")])
        let names = Set(keys["artifacts"]?.mapping?["reports"]?.mapping?["dotenv"]?.strings ?? [])
        return cells(keys["parallel"]?.mapping?["matrix"]).map { cell in
            let environment = Self.expanded(base.merging(cell) { $1 })
            var unit = ScriptUnit()
            if let scalar = inherited("image").flatMap({ $0.scalar ?? $0.mapping?["name"]?.scalar }) {
                let word = word(scalar)
                let image = word.text.contains("$") ? Self.expanded(["": word].merging(environment) { $1 })[""] : word
                unit.statements.append(.image(image ?? word))
            }
            // What stands before and behind the script runs in shells of its own.
            for (index, text) in [script, first, after].enumerated() {
                var run = ShellRun(environment: environment, in: files, at: files.map { [$0.repository] })
                run.run(text)
                unit.statements += run.statements
                report(run.problems)
                for output in run.outputs where index == 0 && names.contains(output.target) {
                    made[job.name, default: [:]].merge(EnvironmentFile.values(output.text)) { $1 }
                }
            }
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

    private func variables(_ pairs: [String: Node]) -> [String: ScriptWord] {
        var result: [String: ScriptWord] = [:]
        for (name, value) in pairs.prefix(5000) {
            if let scalar = value.scalar ?? value.mapping?["value"]?.scalar { result[name] = word(scalar) }
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
                let words = value.items(atMost: Self.mostCells).compactMap { $0.scalar.map(word) }
                own = own.flatMap { cell in words.map { cell.merging([name: $0]) { $1 } } }
                own = Array(own.prefix(Self.mostCells))
            }
            cells += own
        }
        return cells.isEmpty ? [[:]] : Array(cells.prefix(Self.mostCells))
    }

    /// Variables that name other ones, in any order.
    private static func expanded(_ variables: [String: ScriptWord]) -> [String: ScriptWord] {
        var result = variables
        for (name, value) in variables where value.text.contains("$") {
            result[name] = ScriptWord(parts: parts(of: value, variables, depth: 0), line: value.line)
        }
        return result
    }

    private static func parts(
        of word: ScriptWord, _ variables: [String: ScriptWord], depth: Int
    ) -> [ScriptWord.Part] {
        let unknown = ScriptWord.Part(ScriptWord.unknownWord, line: word.line)
        guard depth < 4, word.parts.count < 64 else { return [unknown] }
        var parts: [ScriptWord.Part] = []
        for part in word.parts {
            var offset = 0
            var rest = part.text[...]
            while let match = rest.firstMatch(of: /\$(\$|\{?([A-Za-z_][A-Za-z0-9_]*)\}?)/), parts.count < 256 {
                let before = rest[..<match.range.lowerBound]
                if !before.isEmpty { parts.append(part.with(String(before), at: offset)) }
                if match.1 == "$" {
                    parts.append(.init("$", line: part.line))
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
    static func values(_ text: ScriptText) -> [(String, ScriptWord)] {
        var result: [(String, ScriptWord)] = []
        var open: (name: String, delimiter: [UInt8], value: ScriptText)?
        for line in text.lines {
            let bytes = text.bytes[line]
            let number = text.line(at: line.lowerBound)
            if let document = open {
                if bytes.elementsEqual(document.delimiter) {
                    result.append((document.name, ScriptWord(document.value, line: 1)))
                    open = nil
                    continue
                }
                if !document.value.isEmpty { open?.value.append("\n".utf8, line: number) }
                open?.value.append(text, line)
                continue
            }
            guard let end = bytes.firstIndex(where: "=<".utf8.contains) else { continue }
            let name = String(decoding: bytes[..<end], as: UTF8.self).filter { !$0.isWhitespace }
            guard Shell.isName(name.filter { $0 != "-" }) else { continue }
            if bytes[end] == UInt8(ascii: "=") {
                result.append((name, ScriptWord(parts: text[end + 1..<line.upperBound].parts, line: number)))
            } else if bytes[end...].starts(with: "<<".utf8) {
                open = (name, Array(bytes[(end + 2)...]), ScriptText())
            }
        }
        return result
    }
}
