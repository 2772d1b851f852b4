// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// Hashes what was found and puts it in order.
struct MaterialsAssembly {
    let walk: MaterialsWalk
    let outputs: [BuildPath]
    let rest: Set<Int>
    let toolchain: [Tool]
    let roots: BuildRoots
    let numbers: FileNumbers

    /// Files and folders of a source tree that are looked at; Linux has some 100,000.
    private static let mostSources = 1_000_000

    func materials(onProgress: ProgressSink) throws -> KernelMaterials {
        let paths = numbers.paths
        let wanted = walk.files.union(rest).sorted { left, right in
            KernelMaterials.precedes((paths[left].root, paths[left].path), (paths[right].root, paths[right].path))
        }
        onProgress(WorkProgress("hashing what the kernel was made from", total: wanted.count))
        let roots = roots
        let read = try wanted.mapConcurrently { number in
            try Interruption.check()
            return roots.read(paths[number])
        }
        var gaps = walk.gaps
        var files: [KernelMaterials.File] = []
        var indices: [Int: Int] = [:]
        for (number, result) in zip(wanted, read) {
            switch result {
            case .success(let file):
                indices[number] = files.count
                files.append(file)
            case .failure(let failure):
                guard walk.files.contains(number) else { continue }
                gaps[number, default: []].append("it is named by the build and can't be read: \(failure.message)")
            }
        }
        let programs = SandboxPrograms(
            Set(walk.steps.values.flatMap(\.programs)), toolchain: toolchain, sandbox: roots.sandbox)
        let (tools, toolNumbers) = try programs.tools()
        func list(_ numbers: some Sequence<Int>) -> IndexList { IndexList(numbers.compactMap { indices[$0] }) }
        var steps: [KernelMaterials.Step] = []
        for step in walk.steps.values {
            for program in step.programs.sortedByBytes()
            where toolNumbers[program] == nil && !programs.isBuiltIn(program) {
                gaps[step.output, default: []].append("the sandbox has no program \(program.prefix(100))")
            }
            guard let output = indices[step.output] else { continue }
            let used = step.programs.flatMap { toolNumbers[$0] ?? [] }
            steps.append(
                KernelMaterials.Step(
                    output: output, alsoMakes: list(step.alsoMakes), inputs: list(step.inputs), ran: list(step.ran),
                    tools: IndexList(used), command: step.command, evidence: step.evidence,
                    holdsInputs: step.holdsInputs))
        }
        let known = Set(files.lazy.filter { $0.root == .source }.map(\.path))
        return KernelMaterials(
            files: files, tools: tools, steps: steps.sorted { $0.output < $1.output },
            outputs: list(self.numbers.numbers(outputs)), buildSystem: list(rest.subtracting(walk.files)),
            gaps: gaps.flatMap { number, reasons in
                Set(reasons).map { KernelMaterials.Gap(root: paths[number].root, file: paths[number].path, reason: $0) }
            }.sorted { ($0.root.rawValue, $0.file, $0.reason) < ($1.root.rawValue, $1.file, $1.reason) },
            unused: roots.source.files(atMost: Self.mostSources, where: KernelMaterials.isCode)
                .filter { !known.contains($0) }.sortedByBytes())
    }
}

extension BuildRoots {
    /// Where the licence of a file stands (Documentation/process/license-rules.rst: the first or second line).
    private static let licenseBytes = 4096

    func read(_ path: BuildPath) -> Result<KernelMaterials.File, Failure> {
        do {
            guard let folder = folder(path.root) else {
                throw Failure("file.unreadable", "the sandbox has no rust-src", advice: "use the build's sandbox")
            }
            var size = 0
            var (short, long) = (Digester(), LongDigester())
            var head: [UInt8] = []
            try folder.readPieces(of: path.path) { piece in
                if head.isEmpty { head = Array(piece.prefix(Self.licenseBytes)) }
                size += piece.count
                short.add(piece)
                long.add(piece)
            }
            return .success(
                KernelMaterials.File(
                    root: path.root, path: path.path, size: size, sha256: short.finish(), sha512: long.finish(),
                    license: path.root == .objects ? nil : Self.license(in: head)))
        } catch {
            return .failure(Failure(of: error))
        }
    }

    /// The expression behind `SPDX-License-Identifier:`; nil where there is none, or it has other characters than one has.
    static func license(in head: [UInt8]) -> String? {
        let mark = Array("SPDX-License-Identifier:".utf8)
        for line in head.split(separator: UInt8(ascii: "\n")).prefix(10) {
            guard let start = line.indices.first(where: { line[$0] == mark[0] && line[$0...].starts(with: mark) })
            else {
                continue
            }
            var text = line[(start + mark.count)...]
            if let end = text.indices.first(where: {
                text[$0...].starts(with: "*/".utf8) || text[$0...].starts(with: "-->".utf8)
            }) {
                text = text[..<end]
            }
            let words = text.split { $0 == UInt8(ascii: " ") || $0 == 9 || $0 == 13 }
            guard !words.isEmpty, text.count < 400,
                words.allSatisfy({ word in
                    word.allSatisfy {
                        $0.isWord
                            || [
                                UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "("),
                                UInt8(ascii: ")"),
                            ].contains($0)
                    }
                })
            else { return nil }
            return words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
        }
        return nil
    }
}
