// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import KernelTree
import SystemPackage
import TestSupport
import Testing

@testable import Lint

/// The kernel's own scripts and Makefiles, read beside programs that are not ours.
@Suite(.integration) struct ScriptCorpusTests {
    /// The files of a kernel's source that a reader is for, by their paths below it.
    private static func files(_ tree: FilePath, _ isWanted: (ScriptKind) -> Bool) -> [String] {
        let top = tree.string
        let walk = FileManager.default.enumerator(atPath: top)
        var files: [String] = []
        while let path = walk?.nextObject() as? String {
            guard walk?.fileAttributes?[.type] as? FileAttributeType == .typeRegular else { continue }
            if let kind = ScriptKind(path: "/" + path), isWanted(kind) { files.append(path) }
        }
        return files.sorted()
    }

    @Test func `the kernel's shell scripts have the words and redirections that shfmt finds`() async throws {
        let tree = try await RealThings.kernelTree("7.3").path
        let files = Self.files(tree) { $0 == .shell }.enumerated().filter { $0.offset % 3 == 0 }.map(\.element)
        #expect(files.count > 200)
        var compared = 0
        for name in files {
            let path = tree.pushing(FilePath(name))
            let bytes = try Files.bytes(path)
            let source = ScriptSource(bytes)
            let program = ShellParser.program(ScriptText(source, 0..<bytes.count))
            if !program.errors.isEmpty {
                let bash = try await Command("bash", ["-n", path.string]).capture()
                #expect(bash.ending != .exited(0) || !bash.error.isEmpty, "\(name): \(program.errors)")
                continue
            }
            let shfmt = try await Command("shfmt", ["-ln", "bash", "--to-json"])
                .capture(limit: 256 << 20, inputFile: path)
            guard shfmt.ending == .exited(0),
                let json = try? JSONSerialization.jsonObject(with: Data(shfmt.output.utf8))
            else { continue }
            var theirs = Starts()
            theirs.add(json)
            var ours = Starts(source: bytes)
            ours.add(program)
            #expect(
                ours.words == theirs.words,
                "\(name): \(ours.words.symmetricDifference(theirs.words).sorted().prefix(5).map { source.line(at: $0) })"
            )
            #expect(
                ours.redirections == theirs.redirections,
                "\(name): \(ours.redirections.symmetricDifference(theirs.redirections).sorted().prefix(5).map { source.line(at: $0) })"
            )
            compared += 1
        }
        #expect(compared > files.count * 9 / 10)
    }

    @Test func `all of the kernel's build files are read to their end`() async throws {
        let tree = try await RealThings.kernelTree("7.3").path
        // A third of them, spread over the tree, each with what it includes: all take minutes.
        let files = Self.files(tree) { _ in true }.enumerated().filter { $0.offset % 3 == 0 }.map(\.element)
        #expect(files.count > 1000)
        let included = ScriptTree(tree)
        var includes = 0
        for name in files {
            let bytes = try Files.bytes(tree.pushing(FilePath(name)))
            guard let kind = ScriptKind(path: "/" + name) else { continue }
            // GitLab takes the last of two keys of the same name; here the file is refused, with its reason.
            let isDouble = name == "drivers/gpu/drm/ci/gitlab-ci.yml"
            guard let file = try? ScriptFile(path: name, kind: kind, bytes: bytes, in: included) else {
                #expect(isDouble, "\(name) was refused")
                continue
            }
            // A script that branches without end is read whole, and followed up to a limit that is reported.
            includes += file.problems.count(where: \.isInclude)
            let problems = file.problems.filter { problem in
                // What is wrong in a file that is included is met at that file itself.
                !problem.isInclude && !problem.message.hasPrefix("too much to follow")
                    && file.place(ofLine: problem.line).name == name
            }
            guard !problems.isEmpty else { continue }
            guard kind == .shell else {
                Issue.record("\(name): \(file.problems)")
                continue
            }
            let bash = try await Command("bash", ["-n", tree.pushing(FilePath(name)).string])
                .capture()
            #expect(bash.ending != .exited(0) || !bash.error.isEmpty, "\(name): \(file.problems)")
        }
        // Names that only a build knows are no news where nothing depends on them.
        #expect(includes < files.count / 20, "\(includes) files were not included")
    }
}

/// Where words of commands and redirections begin in a file.
private struct Starts {
    var source: [UInt8] = []
    var words: Set<Int> = []
    var redirections: Set<Int> = []

    // MARK: shfmt's

    mutating func add(_ node: Any) {
        if let list = node as? [Any] {
            for item in list { add(item) }
            return
        }
        guard let node = node as? [String: Any] else { return }
        func offset(_ value: Any?, _ key: String = "Pos") -> Int? {
            ((value as? [String: Any])?[key] as? [String: Any])?["Offset"] as? Int
        }
        switch node["Type"] as? String {
        case "CallExpr", "DeclClause":
            for key in ["Args", "Assigns"] {
                for item in node[key] as? [Any] ?? [] { if let start = offset(item) { words.insert(start) } }
            }
            if let start = offset(node["Variant"]) { words.insert(start) }
        case "LetClause":
            if let start = offset(node) { words.insert(start) }
            for item in node["Exprs"] as? [Any] ?? [] { if let start = offset(item) { words.insert(start) } }
        default: break
        }
        for item in node["Redirs"] as? [Any] ?? [] {
            if let start = offset(item, "OpPos") { redirections.insert(start) }
        }
        for value in node.values { add(value) }
    }

    // MARK: Ours

    mutating func add(_ program: ShellProgram) {
        add(program.items, program)
        for document in program.documents { add(document, program) }
    }

    private func start(_ offset: Int, _ program: ShellProgram) -> Int {
        let text = program.text
        let end = min(offset + 1, text.bytes.count)
        guard let place = text[min(offset, end)..<end].pieces.first?.file else { return -1 }
        // In backquotes shfmt counts from the backslash of an escaped quote.
        let isEscaped = place > 0 && source[place] == UInt8(ascii: "\"") && source[place - 1] == UInt8(ascii: "\\")
        return isEscaped ? place - 1 : place
    }

    private mutating func add(_ items: [ShellItem], _ program: ShellProgram) {
        for item in items {
            for pipeline in [item.first] + item.rest.map(\.pipeline) {
                for command in pipeline.commands { add(command, program) }
            }
        }
    }

    private mutating func add(_ list: [ShellWord], _ program: ShellProgram, areWords: Bool = false) {
        for word in list {
            if areWords { words.insert(start(word.range.lowerBound, program)) }
            add(word.parts, program)
        }
    }

    private mutating func add(_ command: ShellCommand, _ program: ShellProgram) {
        for redirection in command.redirections {
            redirections.insert(start(redirection.offset, program))
            add(redirection.target.parts, program)
        }
        switch command.kind {
        case .simple(let simple):
            add(simple.words, program, areWords: true)
            for assignment in simple.assignments + simple.declarations {
                words.insert(start(assignment.range.lowerBound, program))
                add(assignment.index ?? [], program)
                switch assignment.value {
                case .word(let parts): add(parts, program)
                case .array(let list): add(list, program)
                }
            }
        case .subshell(let items), .group(let items): add(items, program)
        case .conditional(let branches, let otherwise):
            for branch in branches {
                add(branch.condition, program)
                add(branch.body, program)
            }
            add(otherwise ?? [], program)
        case .loop(let branch):
            add(branch.condition, program)
            add(branch.body, program)
        case .iteration(_, let list, let body):
            add(list ?? [], program)
            add(body, program)
        case .counting(let parts, let body):
            add(parts, program)
            add(body, program)
        case .choice(let subject, let arms):
            add([subject], program)
            for arm in arms {
                add(arm.patterns, program)
                add(arm.body, program)
            }
        case .function(_, let body), .coprocess(let body): add(body, program)
        case .test(let list): add(list, program)
        case .arithmetic(let parts): add(parts, program)
        }
    }

    private mutating func add(_ parts: [ShellPart], _ program: ShellProgram) {
        for part in parts {
            switch part {
            case .text, .bytes: break
            case .parameter(let parameter, _):
                add(parameter.indexParts, program)
                add(parameter.word, program)
            case .commands(let items, _, _), .process(let items, _): add(items, program)
            case .program(let inner, _, _): add(inner)
            case .arithmetic(let inner, _): add(inner, program)
            }
        }
    }
}
