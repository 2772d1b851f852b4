// SPDX-License-Identifier: Apache-2.0
internal import Yams

/// Why a file could not be read as what its name says.
struct UnreadableScript: Error, CustomStringConvertible {
    let description: String
}

/// Reads the jobs of a GitLab pipeline (GitLab CI/CD YAML syntax reference) and of a GitHub workflow (workflow syntax).
struct PipelineReader {
    private let source: ScriptSource
    private let root: Node.Mapping

    /// Aliases of aliases can make a small file a huge one: so many values of it are looked at.
    private static let mostValues = 20_000
    private static let deepest = 10

    init(_ source: ScriptSource) throws {
        self.source = source
        try Self.checkNesting(source.bytes)
        do {
            guard let node = try Yams.compose(yaml: String(decoding: source.bytes, as: UTF8.self)),
                let mapping = node.mapping
            else { throw UnreadableScript(description: "holds no YAML mapping") }
            root = mapping
        } catch let error as YamlError {
            throw UnreadableScript(description: "is no YAML: \(Self.sentence(error))")
        }
    }

    private static func sentence(_ error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            "line \(mark.line): \(problem)"
        default: String(String(describing: error).prefix { $0 != "\n" }.prefix(200))
        }
    }

    /// Refuses what would exhaust the stack of a recursive reader.
    private static func checkNesting(_ bytes: [UInt8]) throws {
        var flow = 0
        var dashes = 0
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"): flow += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): flow = max(flow - 1, 0)
            case UInt8(ascii: "\n"): dashes = 0
            case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"): dashes += 1
            case UInt8(ascii: " "): break
            default: if dashes < 100 { dashes = 0 }
            }
            if flow > 200 || dashes > 200 { throw UnreadableScript(description: "is nested too deeply") }
        }
    }

    // MARK: GitLab

    private static let notJobs: Set<String> = [
        "default", "variables", "stages", "include", "workflow", "image", "services", "before_script", "after_script",
        "cache", "spec",
    ]

    func gitlab() throws -> [ScriptUnit] {
        let fallback = root["default"]?.mapping
        let globals = environment(root["variables"], [:])
        var units: [ScriptUnit] = []
        for (key, value) in root {
            guard let name = key.string, !Self.notJobs.contains(name), let own = value.mapping else { continue }
            var values = 0
            let job = resolved(own, depth: 0, &values)
            let variables = job.variables.reduce(globals) { environment($1, $0) }
            var unit = ScriptUnit(name: name)
            let image = job.own["image"] ?? fallback?["image"] ?? root["image"]
            if let image { unit.statements += self.image(image) }
            var text = ScriptText()
            for part in [
                job.own["before_script"] ?? fallback?["before_script"] ?? root["before_script"], job.own["script"],
                job.own["after_script"],
            ] {
                if let part { append(part, to: &text, &values) }
            }
            var lexer = ShellLexer(text, variables: variables, exported: Set(variables.keys))
            unit.statements += lexer.statements()
            units.append(unit)
        }
        return units
    }

    /// A job with what it extends: its own keys win, variables add up.
    private func resolved(_ job: Node.Mapping, depth: Int, _ values: inout Int) -> (
        own: [String: Node], variables: [Node]
    ) {
        var keys: [String: Node] = [:]
        var variables: [Node] = []
        values += 1
        if depth < Self.deepest, values < 100, let extends = job["extends"] {
            for base in extends.sequence.map(Array.init) ?? [extends] {
                guard let name = base.string, let mapping = root[name]?.mapping else { continue }
                let inner = resolved(mapping, depth: depth + 1, &values)
                keys.merge(inner.own) { $1 }
                variables += inner.variables
            }
        }
        for (key, value) in job {
            guard let name = key.string else { continue }
            keys[name] = value
            if name == "variables" { variables.append(value) }
        }
        return (keys, variables)
    }

    private func append(_ node: Node, to text: inout ScriptText, _ values: inout Int) {
        values += 1
        guard values < Self.mostValues, text.bytes.count < 1 << 22 else { return }
        switch node {
        case .scalar(let scalar):
            append(scalar, to: &text)
            text.append("\n".utf8, line: scalar.mark?.line ?? 1)
        case .sequence(let sequence): for item in sequence { append(item, to: &text, &values) }
        default: break
        }
    }

    // MARK: GitHub

    func github() throws -> [ScriptUnit] {
        let globals = environment(root["env"], [:])
        if let jobs = root["jobs"]?.mapping {
            return jobs.prefix(1000).compactMap { key, value in
                value.mapping.map { job in
                    var unit = ScriptUnit(name: key.string)
                    if let container = job["container"] { unit.statements += image(container) }
                    unit.statements += steps(job["steps"], environment(job["env"], globals))
                    return unit
                }
            }
        }
        return [ScriptUnit(statements: steps(root["runs"]?.mapping?["steps"], globals))]
    }

    private func steps(_ node: Node?, _ outer: [String: ScriptWord]) -> [ScriptStatement] {
        var statements: [ScriptStatement] = []
        for step in (node?.sequence.map(Array.init) ?? []).prefix(1000) {
            guard let step = step.mapping else { continue }
            if let uses = step["uses"]?.scalar {
                statements.append(.action(word(uses), inputs: environment(step["with"], [:])))
            }
            let shell = step["shell"]?.string
            if let run = step["run"]?.scalar, shell.map({ ShellLexer.isShell(String($0.prefix { $0 != " " })) }) ?? true
            {
                let variables = environment(step["env"], outer)
                var text = ScriptText()
                append(run, to: &text)
                var lexer = ShellLexer(text, variables: variables, exported: Set(variables.keys))
                statements += lexer.statements()
            }
        }
        return statements
    }

    // MARK: Values

    private func environment(_ node: Node?, _ outer: [String: ScriptWord]) -> [String: ScriptWord] {
        var result = outer
        for (key, value) in node?.mapping.map({ Array($0) }) ?? [] where result.count < 10_000 {
            guard let name = key.string, let scalar = value.scalar ?? value.mapping?["value"]?.scalar else { continue }
            var word = word(scalar)
            if word.text.contains("$") { word = ScriptWord(String(ScriptWord.unknownWord), line: word.line) }
            result[name] = word
        }
        return result
    }

    private func image(_ node: Node) -> [ScriptStatement] {
        let scalar = node.scalar ?? node.mapping?["name"]?.scalar ?? node.mapping?["image"]?.scalar
        return scalar.map { [.image(word($0))] } ?? []
    }

    private func word(_ scalar: Node.Scalar) -> ScriptWord {
        var text = ScriptText()
        append(scalar, to: &text)
        return ScriptWord(parts: text.parts, line: scalar.mark?.line ?? 1)
    }

    /// A scalar as it stands in the file, so that each of its bytes keeps its place.
    private func append(_ scalar: Node.Scalar, to text: inout ScriptText) {
        guard let mark = scalar.mark else { return text.append(scalar.string.utf8, line: 1) }
        switch scalar.style {
        case .literal, .folded: appendBlock(mark.line, isFolded: scalar.style == .folded, to: &text)
        default:
            let line = source.range(ofLine: mark.line)
            let spelled = Array(scalar.string.utf8)
            let column = String(decoding: source.bytes[line], as: UTF8.self).unicodeScalars.prefix(
                max(mark.column - 1, 0))
            let start = line.lowerBound + String(String.UnicodeScalarView(column)).utf8.count
            for candidate in [start, start + 1] where candidate + spelled.count <= source.bytes.count {
                if source.bytes[candidate..<candidate + spelled.count].elementsEqual(spelled) {
                    text.append(source, candidate..<candidate + spelled.count)
                    return
                }
            }
            text.append(spelled, line: mark.line)
        }
    }

    /// The lines below a block scalar's header, without their indentation.
    private func appendBlock(_ header: Int, isFolded: Bool, to text: inout ScriptText) {
        var indentation: Int?
        var number = header + 1
        while number <= source.lineStarts.count {
            let range = source.range(ofLine: number)
            let spaces = source.bytes[range].prefix { $0 == UInt8(ascii: " ") }.count
            if spaces == range.count {
                text.append("\n".utf8, line: number)
                number += 1
                continue
            }
            let parent = source.bytes[source.range(ofLine: header)].prefix { $0 == UInt8(ascii: " ") }.count
            let own = indentation ?? spaces
            guard spaces >= own, own > parent || header == 0 else { break }
            indentation = own
            text.append(source, range.lowerBound + own..<range.upperBound)
            text.append((isFolded && spaces == own ? " " : "\n").utf8, line: number)
            number += 1
        }
    }
}
