// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records
package import Sandbox
package import SystemPackage

/// Finds what a built kernel was made from, in what its build left.
package struct MaterialsFinder: Sendable {
    private let roots: BuildRoots
    private let toolchain: [Tool]
    private let numbers: FileNumbers

    /// `toolchain` are the sandbox's tools as they answered: their versions are taken over.
    package init(tree: KernelTree, objects: FilePath, sandbox: SandboxRoot, toolchain: [Tool] = []) {
        self.init(source: tree.path, objects: objects, sandbox: sandbox.path, toolchain: toolchain)
    }

    init(source: FilePath, objects: FilePath, sandbox: FilePath, toolchain: [Tool]) {
        roots = BuildRoots(
            source: ForeignFolder(source), objects: ForeignFolder(objects), sandbox: SandboxFiles(sandbox))
        numbers = FileNumbers(roots: roots)
        self.toolchain = toolchain
    }

    /// Reads the build. What can't be read of it is a gap; it throws `Failure` with codes `materials.no-kernel`, where there
    /// is no kernel, and those of `ModuleOrder`; and `CancellationError`.
    package func find(onProgress: @escaping ProgressSink = { _ in }) throws -> KernelMaterials {
        onProgress(WorkProgress("reading what the build saved"))
        let outputs = try self.outputs()
        var steps = try readSteps()
        let folders = Set(
            steps.values.map { numbers[$0.output].path.split(separator: "/").dropLast().joined(separator: "/") })
        let kconfig = kconfigFiles
        let system = BuildSystemFiles(
            folders: folders, kconfig: kconfig.map { numbers[$0] }.filter { $0.root == .source }.map(\.path),
            source: roots.source)
        let unsaved = try UnsavedCommands(system.makefiles, roots: roots)
        let configuration = try? DotConfig(of: roots.objects)
        complete(&steps, unsaved, configuration)
        let assembled = try AssemblerIncludes(
            of: steps.values.reduce(into: []) { $0.formUnion($1.inputs) }, roots: roots, numbers: numbers)
        for (output, step) in steps { steps[output]?.inputs.formUnion(assembled.files(behind: step.inputs)) }
        var walk = MaterialsWalk(steps: steps, unsaved: unsaved, roots: roots, numbers: numbers)
        walk.go(from: outputs.map { numbers.number($0) }, kconfig: kconfig)
        var rest = Set(numbers.numbers(system.all.map { BuildPath(.source, $0) }) + kconfig)
        rest.insert(numbers.number(BuildPath(.objects, DotConfig.name)))
        for step in steps.values where walk.steps[step.output] == nil {
            rest.formUnion(step.inputs.union(step.ran).filter { numbers[$0].root != .objects })
        }
        rest.formUnion(unneededHeaders(unsaved, walk))
        try Interruption.check()
        return try MaterialsAssembly(
            walk: walk, outputs: outputs, rest: rest, toolchain: toolchain, roots: roots, numbers: numbers
        ).materials(onProgress: onProgress)
    }

    /// Sources of the headers that kbuild makes whether anything needs them or not (scripts/Makefile.asm-headers).
    private func unneededHeaders(_ unsaved: UnsavedCommands, _ walk: MaterialsWalk) -> [Int] {
        let folders = ["include/generated", "arch/\(Kbuild.architecture)/include/generated"]
        let made = folders.flatMap { folder in roots.objects.files(under: folder) { $0.hasSuffix(".h") } }
        return made.flatMap { path -> [Int] in
            guard !walk.files.contains(numbers.number(BuildPath(.objects, path))),
                let rule = unsaved.rule(of: path)
            else { return [] }
            return numbers.numbers(rule.prerequisites.filter { $0.root == .source && roots.hasFile($0) })
        }
    }

    private func outputs() throws -> [BuildPath] {
        var names = [BuildFolder.vmlinux, "arch/\(Kbuild.architecture)/boot/bzImage"]
        names += try ModuleOrder.names(in: roots.objects) ?? []
        guard roots.objects.hasFile(BuildFolder.vmlinux) else {
            throw Failure(
                "materials.no-kernel", "\(roots.objects.path) holds no built kernel", advice: "build the kernel first")
        }
        return names.map { BuildPath(.objects, $0) }
    }

    /// The steps of all `.cmd` files, by their targets.
    private func readSteps() throws -> [Int: MaterialStep] {
        let saved = SavedCommands(in: roots.objects)
        let targets = saved.files.keys.sortedByBytes()
        let read = try targets.mapConcurrently { target in
            try Interruption.check()
            return saved.file(of: target).map { MaterialStep(target, $0, roots: roots, numbers: numbers) }
        }
        return Dictionary(read.compactMap { $0 }.map { ($0.output, $0) }) { first, _ in first }
    }

    /// The Kconfig files that were read (scripts/kconfig/confdata.c, `conf_write_autoconf_cmd`).
    private var kconfigFiles: [Int] {
        let file = "include/config/auto.conf.cmd"
        guard let text = try? roots.objects.text(of: file, limit: ForeignFolder.Limit.list) else { return [] }
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
            .drop { $0 != "deps_config" }.dropFirst(2).prefix { !$0.hasPrefix("$") }.filter { $0 != "\\" }
        return numbers.numbers(words.compactMap(roots.prerequisite))
    }

    /// Adds what the saved commands do not say of the steps that are known to read more.
    private func complete(
        _ steps: inout [Int: MaterialStep], _ unsaved: UnsavedCommands, _ configuration: DotConfig?
    ) {
        let scripts = ScriptReader(roots: roots, numbers: numbers)
        let modules = (try? ModuleOrder.names(in: roots.objects)) ?? []
        for (output, step) in steps.sorted(by: { $0.key < $1.key }) {
            var step = step
            for (makefile, target) in step.makes {
                guard let found = unsaved.rule(of: target, in: makefile.path) else {
                    step.gaps.append("it runs make with \(makefile.path), which has no rule of \(target) that is read")
                    continue
                }
                let more = MaterialStep(
                    numbers[output], rule: found.command, prerequisites: found.prerequisites, roots: roots,
                    numbers: numbers)
                step.alsoMakes.formUnion(more.alsoMakes)
                step.ran.formUnion(more.ran)
                step.programs.formUnion(more.programs)
                step.inputs.formUnion(more.inputs)
            }
            // The crate's own sources were noted when it was compiled.
            for crate in step.crates {
                let compiled = steps.values.filter { $0.inputs.contains(crate) && $0.crates.isEmpty }
                let own = compiled.filter { numbers[$0.output].path.hasSuffix(".o") }
                step.inputs.formUnion(own.min { $0.output < $1.output }?.inputs ?? [crate])
                step.inputs.remove(output)
            }
            if step.ran.contains(where: { numbers[$0].path == "scripts/mod/modpost" }) {
                for module in modules {
                    let stem = module.hasSuffix(".ko") ? String(module.dropLast(3)) : module
                    step.inputs.formUnion(numbers.numbers(ofWords: ["\(stem).o", "\(stem).mod"]))
                    step.alsoMakes.insert(numbers.number(BuildPath(.objects, "\(stem).mod.c")))
                }
                step.alsoMakes.insert(numbers.number(BuildPath(.objects, ".vmlinux.export.c")))
            }
            if step.ran.contains(where: { numbers[$0].path == "scripts/rustdoc_test_gen" }) {
                step.alsoMakes.insert(numbers.number(BuildPath(.objects, "rust/doctests_kernel_generated_kunit.c")))
            }
            scripts.complete(&step)
            step.inputs.subtract(step.ran)
            step.inputs.remove(output)
            steps[output] = step
        }
        let script = numbers.number(BuildPath(.source, LinkSteps.script))
        for step in steps.values.filter({ $0.ran.contains(script) }) {
            let whole = steps[numbers.number(BuildPath(.objects, "vmlinux.o"))]?.inputs ?? []
            let links = LinkSteps(
                roots: roots, numbers: numbers, enabled: configuration?.builtIn ?? [], whole: whole)
            for link in links.steps(of: step) { steps[link.output] = link }
        }
    }
}

extension DotConfig {
    /// Options that are built in, without `CONFIG_`.
    fileprivate var builtIn: Set<String> { Set(settings.filter { $0.value.value == "y" }.map(\.key)) }
}
