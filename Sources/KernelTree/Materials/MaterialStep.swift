// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// How one file was made, in numbers of `FileNumbers`, before it is known which of it is needed.
struct MaterialStep: Sendable {
    var output: Int
    var alsoMakes: Set<Int> = []
    var inputs: Set<Int> = []
    var ran: Set<Int> = []
    var programs: Set<String> = []
    var command: String
    var evidence = KernelMaterials.Step.Evidence.saved
    var holdsInputs = true
    /// What is not explained of it: sentences.
    var gaps: [String] = []
    /// Crates whose own sources it reads, as the step that compiled them noted.
    var crates: [Int] = []
    /// `make -f FILE TARGET` in it.
    var makes: [(makefile: BuildPath, target: String)] = []
}

/// Adds to steps what the scripts that they run can run and read.
final class ScriptReader {
    private let roots: BuildRoots
    private let numbers: FileNumbers
    private var known: [Int: ScriptFiles?] = [:]

    init(roots: BuildRoots, numbers: FileNumbers) {
        self.roots = roots
        self.numbers = numbers
    }

    func complete(_ step: inout MaterialStep) {
        for script in step.ran where numbers[script].root == .source && numbers[script].path != LinkSteps.script {
            let files = known[script] ?? ScriptFiles(numbers[script], roots: roots)
            known[script] = .some(files)
            guard let files else { continue }
            step.programs.formUnion(files.programs)
            step.ran.formUnion(numbers.numbers(files.ran))
            step.inputs.formUnion(numbers.numbers(files.inputs).filter { $0 != step.output })
        }
    }
}

extension MaterialStep {
    /// Reads the `.cmd` file of a target.
    init(_ target: String, _ saved: SavedCommandFile, roots: BuildRoots, numbers: FileNumbers) {
        let output = BuildPath(.objects, target)
        let files = CommandFiles(saved.command, target: output, roots: roots)
        self.init(output: numbers.number(output), command: saved.command)
        take(files, numbers)
        inputs.formUnion(numbers.numbers(ofWords: saved.dependencies + (saved.source.map { [$0] } ?? [])))
        if let source = saved.source.flatMap(roots.path) {
            inputs.formUnion(numbers.numbers(Self.embedded(in: source, roots: roots)))
        }
        inputs.remove(self.output)
        if saved.source == nil, files.compiles {
            gaps.append("its .cmd file does not list the headers that its compiler read")
        }
    }

    /// What an assembler takes in as it is (`.incbin`), which compilers do not note.
    private static func embedded(in source: BuildPath, roots: BuildRoots) -> [BuildPath] {
        guard source.path.hasSuffix(".S") || source.path.hasSuffix(".c"),
            let bytes = try? roots.folder(source.root)?.bytes(of: source.path, limit: ForeignFolder.Limit.list)
        else { return [] }
        let mark = Array(".incbin".utf8)
        var found: [BuildPath] = []
        var at = 0
        while let start = bytes[at...].firstIndex(of: mark[0]) {
            at = start + 1
            guard bytes[start...].starts(with: mark) else { continue }
            let quotes = [UInt8(ascii: " "), 9, UInt8(ascii: "\\"), UInt8(ascii: "\"")]
            let name = bytes[(start + mark.count)...].drop(while: quotes.contains).prefix { !quotes.contains($0) }
            if let path = roots.prerequisite(String(decoding: name.prefix(4096), as: UTF8.self)), roots.hasFile(path) {
                found.append(path)
            }
        }
        return found
    }

    /// From what a makefile or a script of the tree says of a file.
    init(
        _ output: BuildPath, rule command: String, shown: String? = nil, prerequisites: [BuildPath] = [],
        roots: BuildRoots,
        numbers: FileNumbers
    ) {
        self.init(output: numbers.number(output), command: command)
        evidence = .rule
        take(CommandFiles(command, target: output, roots: roots), numbers)
        if let shown { self.command = shown }
        inputs.formUnion(numbers.numbers(prerequisites))
        inputs.subtract(ran)
        inputs.remove(self.output)
    }

    private mutating func take(_ files: CommandFiles, _ numbers: FileNumbers) {
        alsoMakes.formUnion(numbers.numbers(files.alsoMakes))
        inputs.formUnion(numbers.numbers(files.inputs))
        ran.formUnion(numbers.numbers(files.ran))
        programs.formUnion(files.programs)
        holdsInputs = files.holdsInputs
        crates += numbers.numbers(files.crates)
        makes += files.makes
        for program in files.unread.sortedByBytes() {
            gaps.append("its command runs \(program.prefix(100)), and no rule says what that reads")
        }
    }
}
