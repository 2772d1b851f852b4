// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// What files have the assembler include, which no compiler notes: `.include "asm/cpu_mf-insn.h"` in inline assembly
/// (as(1), `.include`).
struct AssemblerIncludes: Sendable {
    /// By the file that has the directive.
    private let included: [Int: [Int]]

    /// Looks into those files, as far as they are C, assembler and header files of the source.
    init(of files: Set<Int>, roots: BuildRoots, numbers: FileNumbers) throws {
        let paths = files.sorted().map { (number: $0, path: numbers[$0]) }
            .filter {
                $0.path.root == .source && KernelMaterials.isCode($0.path.path) && !$0.path.path.hasSuffix(".rs")
            }
        let found = try paths.mapConcurrently { file -> (Int, [BuildPath]) in
            try Interruption.check()
            let bytes = (try? roots.source.bytes(of: file.path.path, limit: ForeignFolder.Limit.source)) ?? []
            guard bytes.firstRange(of: Array(".include".utf8)) != nil else { return (file.number, []) }
            let text = String(decoding: bytes, as: UTF8.self)
            let names = text.matches(of: #/\.include[ \t]+\\?"([^"\\\n]{1,200})\\?"/#).map { String($0.1) }
            return (file.number, names.compactMap { IncludedFiles.header($0, roots) })
        }
        included = Dictionary(
            found.filter { !$0.1.isEmpty }.map { ($0.0, numbers.numbers($0.1)) }
        ) { first, _ in first }
    }

    /// What a step reads beside its inputs.
    func files(behind inputs: Set<Int>) -> [Int] { included.flatMap { inputs.contains($0.key) ? $0.value : [] } }
}
