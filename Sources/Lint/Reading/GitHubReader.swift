// SPDX-License-Identifier: Apache-2.0
internal import Yams

/// Reads the jobs of a GitHub workflow, or the steps of a composite action, with all that reaches them: `env`,
/// `defaults`, matrices, environment and output files (GitHub Actions, "Workflow syntax").
struct GitHubReader: BuildFileReader {
    private let yaml: YAMLText
    private let root: [String: Node]
    private let files: ScriptFiles?
    var problems: [ScriptProblem] = []
    private var room = 1 << 22

    private static let mostCells = 64
    private static let mostSteps = 1000

    /// What expressions and commands of a job can see.
    private struct Surroundings {
        var environment: [String: ScriptWord] = [:]
        var matrix: [String: Node] = [:]
        /// `steps.ID.outputs.NAME` as `ID.NAME`.
        var outputs: [String: ScriptWord] = [:]
        /// `needs.JOB.outputs.NAME` as `JOB.NAME`.
        var needs: [String: ScriptWord] = [:]
        var inputs: [String: ScriptWord] = [:]
        var shell: ScriptWord?
        var isWindows = false
    }

    init(_ source: ScriptSource, files: ScriptFiles? = nil) throws {
        yaml = try YAMLText(source, files: files)
        self.files = files
        root = yaml.pairs(yaml.root)
    }

    mutating func units() -> [ScriptUnit] {
        guard root["jobs"]?.mapping == nil else {
            return workflow(root, given: [:], isCalled: false, [files?.name ?? ""]).units
        }
        var unit = ScriptUnit()
        var inner = Surroundings()
        inner.environment = base
        inner.inputs = inputs(of: root, given: [:], isCalled: false)
        steps(root["runs"]?.mapping?["steps"], &inner, &unit, [files?.name ?? ""])
        return [unit]
    }

    private var base: [String: ScriptWord] { files.map { ["GITHUB_WORKSPACE": .tree($0.repository)] } ?? [:] }

    /// The defaults of what a workflow or an action takes, and what it is given.
    private func inputs(of root: [String: Node], given: [String: ScriptWord], isCalled: Bool) -> [String: ScriptWord] {
        // YAML 1.1 reads the key `on` as a truth value.
        let triggers = yaml.pairs(root["on"] ?? root["true"])
        var result: [String: ScriptWord] = [:]
        for inputs in [
            root["inputs"], isCalled ? nil : yaml.pairs(triggers["workflow_dispatch"])["inputs"],
            yaml.pairs(triggers["workflow_call"])["inputs"],
        ] {
            for (name, input) in yaml.pairs(inputs) {
                guard let word = input.mapping?["default"]?.scalar.map(yaml.word) else { continue }
                // Who calls it says all that it is given.
                result[name] = isCalled ? word : word.assumed
            }
        }
        return result.merging(given) { $1 }
    }

    // MARK: Workflows

    /// A workflow's jobs, and what it hands to the one that calls it.
    private mutating func workflow(
        _ root: [String: Node], given: [String: ScriptWord], isCalled: Bool, _ stack: [String]
    ) -> (units: [ScriptUnit], outputs: [String: ScriptWord]) {
        var outer = Surroundings()
        outer.inputs = inputs(of: root, given: given, isCalled: isCalled)
        // A workflow that is called has nothing of its caller's `env`.
        outer.environment = base
        outer.environment = environment(root["env"], outer)
        outer.shell = shell(root["defaults"], outer)
        let jobs = root["jobs"]?.mapping
        var units: [ScriptUnit] = []
        let all = yaml.pairs(root["jobs"])
        for name in order(jobs.map(yaml.names) ?? [], all).prefix(1000) {
            guard let job = all[name]?.mapping else { continue }
            let keys = yaml.pairs(job)
            for cell in cells(keys["strategy"]?.mapping?["matrix"], outer) where room > 0 {
                var inner = outer
                inner.matrix = cell
                if let condition = keys["if"], isTrue(condition, inner) == false { continue }
                if let uses = keys["uses"]?.scalar {
                    let (called, outputs) = call(uses, keys["with"], inner, stack)
                    units += called
                    for (output, value) in outputs { outer.needs["\(name).\(output)"] = value }
                    continue
                }
                var unit = ScriptUnit()
                inner.isWindows =
                    keys["runs-on"]?.scalar.map { text($0, inner).lowercased().contains("windows") } ?? false
                if let container = keys["container"] {
                    if let scalar = container.scalar ?? container.mapping?["image"]?.scalar {
                        unit.statements.append(.image(word(scalar, inner)))
                    }
                    inner.environment = environment(container.mapping?["env"], inner)
                    inner.isWindows = false
                }
                inner.environment = environment(keys["env"], inner)
                if let own = shell(keys["defaults"], inner) { inner.shell = own }
                steps(keys["steps"], &inner, &unit, stack)
                for (output, value) in words(keys["outputs"], inner) { outer.needs["\(name).\(output)"] = value }
                units.append(unit)
            }
        }
        let triggers = yaml.pairs(root["on"] ?? root["true"])
        return (units, outputs(yaml.pairs(triggers["workflow_call"])["outputs"], outer))
    }

    /// `uses: ./.github/workflows/FILE`: its jobs, with what they are given.
    private mutating func call(
        _ uses: Node.Scalar, _ with: Node?, _ inner: Surroundings, _ stack: [String]
    ) -> (units: [ScriptUnit], outputs: [String: ScriptWord]) {
        let name = uses.string
        guard files != nil else { return ([], [:]) }
        guard name.hasPrefix("./") else {
            problem(uses, "it is of another repository")
            return ([], [:])
        }
        guard let (root, path) = included([name], uses, stack) else { return ([], [:]) }
        return workflow(root, given: words(with, inner), isCalled: true, stack + [path])
    }

    private func words(_ with: Node?, _ inner: Surroundings) -> [String: ScriptWord] {
        yaml.pairs(with).compactMapValues { $0.scalar.map { word($0, inner) } }
    }

    /// What `outputs: NAME: value:` hands on.
    private func outputs(_ node: Node?, _ inner: Surroundings) -> [String: ScriptWord] {
        yaml.pairs(node).compactMapValues { $0.mapping?["value"]?.scalar.map { word($0, inner) } }
    }

    private mutating func problem(_ uses: Node.Scalar, _ reason: String) {
        report([ScriptProblem(line: uses.mark?.line ?? 1, includes: uses.string, reason)])
    }

    /// The first of several files of the repository that is there; what keeps it from being read is reported.
    private mutating func included(
        _ names: [String], _ uses: Node.Scalar, _ stack: [String]
    ) -> (root: [String: Node], path: String)? {
        guard let files else { return nil }
        do {
            let paths = names.compactMap { ScriptTree.path(files.repository, $0) }
            guard let path = paths.first(where: files.tree.hasFile) ?? paths.first else {
                throw NotIncluded(reason: "it lies out of the folder")
            }
            // GitHub's own limit is 10.
            let inner = try YAMLText(try files.source(path, inside: stack, deepest: 11), files: files)
            return (inner.pairs(inner.root), path)
        } catch {
            problem(uses, NotIncluded.reason(error))
            return nil
        }
    }

    /// `uses: ./FOLDER`: the steps of an action of the repository, in the job that uses it.
    private mutating func action(
        _ uses: Node.Scalar, _ inputs: [String: ScriptWord], _ own: Surroundings, _ inner: inout Surroundings,
        _ identifier: String?, _ unit: inout ScriptUnit, _ stack: [String], isCertain: Bool
    ) {
        let name = uses.string.hasSuffix("/") ? String(uses.string.dropLast()) : uses.string
        guard let (root, path) = included([name + "/action.yml", name + "/action.yaml"], uses, stack),
            root["runs"]?.mapping?["using"]?.string == "composite"
        else { return }
        var steps = own
        steps.inputs = self.inputs(of: root, given: inputs, isCalled: true)
        steps.outputs = [:]
        // Its steps name their shells.
        steps.shell = nil
        steps.isWindows = false
        let before = steps.environment
        self.steps(root["runs"]?.mapping?["steps"], &steps, &unit, stack + [path])
        // What it writes to $GITHUB_ENV holds for the job.
        for (name, value) in steps.environment where before[name]?.text != value.text {
            inner.environment[name] = isCertain ? value : ScriptWord(ScriptWord.unknown, line: value.line)
        }
        guard let identifier else { return }
        for (name, value) in outputs(root["outputs"], steps) where inner.outputs.count < 5000 {
            inner.outputs["\(identifier).\(name)"] = value
        }
    }

    /// Jobs behind those that they need.
    private func order(_ names: [String], _ jobs: [String: Node]) -> [String] {
        var result: [String] = []
        var seen: Set<String> = []
        for name in names {
            var waiting = [name]
            while let next = waiting.last, waiting.count < 1000 {
                guard !seen.contains(next), let job = jobs[next] else {
                    waiting.removeLast()
                    continue
                }
                let needs = yaml.pairs(job)["needs"]?.strings ?? []
                let before = needs.filter { !seen.contains($0) && jobs[$0] != nil && !waiting.contains($0) }
                waiting += before.prefix(100)
                guard before.isEmpty else { continue }
                seen.insert(next)
                result.append(next)
                waiting.removeLast()
            }
        }
        return result
    }

    // MARK: Steps

    private mutating func steps(
        _ node: Node?, _ inner: inout Surroundings, _ unit: inout ScriptUnit, _ stack: [String]
    ) {
        for step in node?.list(atMost: Self.mostSteps) ?? [] where room > 0 {
            let keys = yaml.pairs(step)
            var own = inner
            own.environment = environment(keys["env"], inner)
            var isCertain = true
            if let condition = keys["if"] {
                let answer = isTrue(condition, own)
                if answer == false { continue }
                isCertain = answer == true
            }
            if let uses = keys["uses"]?.scalar {
                let inputs = words(keys["with"], own)
                if uses.string.hasPrefix("./"), files != nil {
                    action(uses, inputs, own, &inner, keys["id"]?.string, &unit, stack, isCertain: isCertain)
                } else {
                    unit.statements.append(.action(word(uses, own), inputs: inputs))
                }
            }
            let shell = keys["shell"]?.scalar.map { word($0, own) } ?? own.shell
            guard let run = keys["run"]?.scalar, Self.isShell(shell, own.isWindows) else { continue }
            let script = substituted(yaml.text(run), own)
            room -= script.bytes.count + 256
            let line = run.mark?.line ?? 1
            for name in ["GITHUB_ENV", "GITHUB_OUTPUT"] { own.environment[name] = ScriptWord("$" + name, line: line) }
            let folder = keys["working-directory"]?.scalar.map { text($0, own) } ?? ""
            let directory = folder.hasPrefix("/") ? nil : files.flatMap { ScriptTree.path($0.repository, folder) }
            var follower = ShellRun(environment: own.environment, in: files, at: directory.map { [$0] })
            follower.run(script)
            unit.statements += follower.statements
            report(follower.problems)
            for output in follower.outputs {
                for (name, value) in EnvironmentFile.values(output.text) {
                    func merged(_ old: ScriptWord?) -> ScriptWord {
                        let isValue = isCertain || old?.text == value.text
                        return isValue ? value : ScriptWord(ScriptWord.unknown, line: value.line)
                    }
                    if output.target == "$GITHUB_ENV", inner.environment.count < 5000 {
                        inner.environment[name] = merged(inner.environment[name])
                    } else if output.target == "$GITHUB_OUTPUT", let id = keys["id"]?.string, inner.outputs.count < 5000
                    {
                        inner.outputs["\(id).\(name)"] = merged(nil)
                    }
                }
            }
        }
    }

    private func shell(_ defaults: Node?, _ inner: Surroundings) -> ScriptWord? {
        yaml.pairs(yaml.pairs(defaults)["run"])["shell"]?.scalar.map { word($0, inner) }
    }

    /// Whether the steps' text is a POSIX shell's.
    private static func isShell(_ shell: ScriptWord?, _ isWindows: Bool) -> Bool {
        guard let shell else { return !isWindows }
        guard shell.isKnown, let program = shell.text.split(separator: " ").first else { return true }
        let name = ScriptCommand.baseName(String(program))
        return Shell.isInterpreter(name) || Shell.isInterpreter(String(name.split(separator: ".").first ?? ""))
    }

    // MARK: Matrices

    private func cells(_ matrix: Node?, _ outer: Surroundings) -> [[String: Node]] {
        guard let mapping = matrix?.mapping else { return [[:]] }
        let keys = yaml.pairs(mapping)
        var cells: [[String: Node]] = [[:]]
        for name in yaml.names(mapping) where name != "include" && name != "exclude" {
            let list = keys[name]?.list(atMost: Self.mostCells) ?? []
            guard !list.isEmpty else { continue }
            cells = cells.flatMap { cell in list.map { cell.merging([name: $0]) { $1 } } }
            cells = Array(cells.prefix(Self.mostCells))
        }
        for excluded in keys["exclude"]?.list(atMost: Self.mostCells) ?? [] {
            let pairs = yaml.pairs(excluded)
            cells.removeAll { cell in pairs.allSatisfy { $1.string == cell[$0]?.string } }
        }
        let original = cells.first ?? [:]
        var added: [[String: Node]] = []
        for included in keys["include"]?.list(atMost: Self.mostCells) ?? [] {
            let pairs = yaml.pairs(included)
            var isPlaced = false
            for index in cells.indices where !original.isEmpty {
                let fits = pairs.allSatisfy { original[$0] == nil || cells[index][$0]?.string == $1.string }
                if fits { cells[index].merge(pairs) { $1 } }
                isPlaced = isPlaced || fits
            }
            if !isPlaced { added.append(pairs) }
        }
        if original.isEmpty, !added.isEmpty { cells = [] }
        return Array((cells + added).prefix(Self.mostCells))
    }

    // MARK: Expressions

    private func isTrue(_ condition: Node, _ inner: Surroundings) -> Bool? {
        guard let text = condition.scalar?.string else { return nil }
        let trimmed = text.trimmingPrefix(while: \.isWhitespace)
        let inside = trimmed.wholeMatch(of: /\$\{\{(.*)\}\}\s*/)?.1 ?? trimmed
        return inside.contains("${{") ? nil : value(String(inside), condition.mark?.line ?? 1, inner).isTrue
    }

    private func value(_ text: String, _ line: Int, _ inner: Surroundings) -> GitHubExpression.Value {
        GitHubExpression.value(text, line: line) { path in
            let isOutput = path.count == 4 && path[2] == "outputs"
            switch path.first {
            case "github" where path == ["github", "workspace"]: return files.map { .tree($0.repository) }
            case "env" where path.count == 2: return inner.environment[path[1]]
            case "inputs" where path.count == 2: return inner.inputs[path[1]]
            case "github" where path.count == 4 && path[1...2] == ["event", "inputs"]: return inner.inputs[path[3]]
            case "steps" where isOutput: return inner.outputs["\(path[1]).\(path[3])"]
            case "needs" where isOutput, "jobs" where isOutput: return inner.needs["\(path[1]).\(path[3])"]
            case "matrix" where path.count > 1:
                var node = inner.matrix[path[1]]
                for key in path.dropFirst(2) { node = yaml.pairs(node)[key] }
                // A key that no cell's row has is empty.
                guard let scalar = node?.scalar else { return inner.matrix.isEmpty ? nil : ScriptWord("", line: line) }
                return scalar.string.contains("${{") ? nil : yaml.word(scalar)
            default: return nil
            }
        }
    }

    /// The text with the values of its expressions, as the shell gets it.
    private func substituted(_ text: ScriptText, _ inner: Surroundings) -> ScriptText {
        let bytes = text.bytes
        var result = ScriptText()
        var start = 0
        var index = 0
        while index + 2 < bytes.count, result.bytes.count < 1 << 22 {
            guard bytes[index...].starts(with: "${{".utf8), let end = Self.end(bytes, index + 3) else {
                index += 1
                continue
            }
            result.append(text, start..<index)
            let line = text.line(at: index)
            let inside = String(decoding: bytes[index + 3..<end], as: UTF8.self)
            switch value(inside, line, inner) {
            case .unknown: result.append([.init(ScriptWord.unknown, line: line)])
            case .boolean(let value): result.append("\(value)".utf8, line: line)
            case .word(let word): result.append(word.parts)
            }
            index = end + 2
            start = index
        }
        result.append(text.dropFirst(start))
        return result
    }

    /// Where an expression's `}}` stands.
    private static func end(_ bytes: [UInt8], _ start: Int) -> Int? {
        bytes.indices.dropFirst(start).prefix(2000).first { bytes[$0...].starts(with: "}}".utf8) }
    }

    private func word(_ scalar: Node.Scalar, _ inner: Surroundings) -> ScriptWord {
        let text = yaml.text(scalar)
        let parts = (scalar.string.contains("${{") ? substituted(text, inner) : text).parts
        return ScriptWord(parts: parts, line: scalar.mark?.line ?? 1)
    }

    private func text(_ scalar: Node.Scalar, _ inner: Surroundings) -> String { word(scalar, inner).text }

    private func environment(_ node: Node?, _ inner: Surroundings) -> [String: ScriptWord] {
        var result = inner.environment
        for (name, value) in yaml.pairs(node) where result.count < 5000 {
            if let scalar = value.scalar { result[name] = word(scalar, inner) }
        }
        return result
    }
}
