// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// From the outputs of a build back to what nothing made.
struct MaterialsWalk {
    /// The steps that were needed, by their outputs.
    private(set) var steps: [Int: MaterialStep] = [:]
    /// Every file that was needed.
    private(set) var files: Set<Int> = []
    /// What could not be explained, by file.
    private(set) var gaps: [Int: [String]] = [:]

    private let known: [Int: MaterialStep]
    /// By what a step makes beside its output.
    private let others: [Int: Int]
    private let unsaved: UnsavedCommands
    private let scripts: ScriptReader
    private let roots: BuildRoots
    private let numbers: FileNumbers

    init(steps known: [Int: MaterialStep], unsaved: UnsavedCommands, roots: BuildRoots, numbers: FileNumbers) {
        self.known = known
        self.unsaved = unsaved
        scripts = ScriptReader(roots: roots, numbers: numbers)
        self.roots = roots
        self.numbers = numbers
        others = Dictionary(
            known.values.sorted { $0.output < $1.output }.flatMap { step in step.alsoMakes.map { ($0, step.output) } }
        ) { first, _ in first }
    }

    /// What `make syncconfig` makes of the configuration (scripts/kconfig/confdata.c).
    private static let configured: Set<String> = [
        "include/config/auto.conf", "include/generated/autoconf.h", "include/generated/rustc_cfg",
    ]

    mutating func go(from outputs: [Int], kconfig: [Int]) {
        var open = outputs
        files.formUnion(outputs)
        while let file = open.popLast() {
            let path = numbers[file]
            guard path.root == .objects, path.path != DotConfig.name else { continue }
            let step: MaterialStep
            if let saved = known[file] {
                step = saved
            } else if let other = others[file], let saved = known[other] {
                // Its first output stands for all.
                guard steps[other] == nil else { continue }
                step = saved
            } else if Self.configured.contains(path.path) {
                step = configurationStep(file, kconfig)
            } else if let found = unsaved.rule(of: path.path) {
                var made = MaterialStep(
                    path, rule: found.command, shown: found.recipe,
                    prerequisites: found.prerequisites + [BuildPath(.source, found.makefile)],
                    roots: roots, numbers: numbers)
                scripts.complete(&made)
                step = made
            } else {
                if roots.hasFile(path) {
                    gaps[file, default: []].append("no .cmd file and no rule of a makefile says how it was made")
                }
                continue
            }
            guard steps.updateValue(step, forKey: step.output) == nil else { continue }
            for reason in step.gaps { gaps[step.output, default: []].append(reason) }
            for needed in step.inputs.union(step.ran).union([step.output]) where files.insert(needed).inserted {
                open.append(needed)
            }
            files.formUnion(step.alsoMakes.filter { roots.hasFile(numbers[$0]) })
        }
    }

    private func configurationStep(_ file: Int, _ kconfig: [Int]) -> MaterialStep {
        var step = MaterialStep(output: file, command: "scripts/kconfig/conf --syncconfig Kconfig")
        step.evidence = .rule
        step.inputs = Set(kconfig + [numbers.number(BuildPath(.objects, DotConfig.name))])
        step.ran = [numbers.number(BuildPath(.objects, "scripts/kconfig/conf"))]
        return step
    }
}
