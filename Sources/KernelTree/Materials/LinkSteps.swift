// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// The last link of the kernel, which scripts/link-vmlinux.sh does with files that no `.cmd` file names: the list of
/// symbols is linked in, and linked again until it is right.
struct LinkSteps: Sendable {
    static let script = "scripts/link-vmlinux.sh"

    let roots: BuildRoots
    let numbers: FileNumbers
    /// Options that are on, without `CONFIG_`.
    let enabled: Set<String>
    /// What `vmlinux.o` was linked from: an archive and libraries.
    let whole: Set<Int>

    private func object(_ path: String) -> BuildPath? {
        let file = BuildPath(.objects, path)
        return roots.hasFile(file) ? file : nil
    }

    /// The steps, of which the first is the given one with what it lacks.
    func steps(of link: MaterialStep) -> [MaterialStep] {
        var objects = numbers.numbers(
            [
                ".vmlinux.export.o", "init/version-timestamp.o", "arch/\(Kbuild.architecture)/kernel/vmlinux.lds",
            ].compactMap(object))
        if enabled.contains("GENERIC_BUILTIN_DTB") {
            objects += numbers.numbers([".builtin-dtbs.o"].compactMap(object))
        }
        if enabled.contains("ARCH_WANTS_PRE_LINK_VMLINUX") {
            objects += numbers.numbers(["arch/\(Kbuild.architecture)/tools/vmlinux.arch.o"].compactMap(object))
        }
        if ["LTO_CLANG", "X86_KERNEL_IBT", "KLP_BUILD"].contains(where: enabled.contains) {
            objects.append(numbers.number(BuildPath(.objects, "vmlinux.o")))
        } else {
            objects += whole
        }
        let linker = link.command.split(separator: "\"").dropFirst().first.map(String.init) ?? "ld"
        let compiler = linker.hasSuffix("ld") ? linker.dropLast(2) + "gcc" : "gcc"
        let prefix = String(compiler.dropLast(3))
        let configuration = numbers.number(BuildPath(.objects, "include/config/auto.conf"))
        let script = numbers.number(BuildPath(.source, Self.script))
        var steps: [MaterialStep] = []
        func add(
            _ output: String, from inputs: [Int], ran: [BuildPath?] = [], programs: Set<String>, holds: Bool = true,
            _ what: String
        ) {
            guard let file = object(output) else { return }
            var step = MaterialStep(output: numbers.number(file), command: "\(Self.script): \(what)")
            step.evidence = .rule
            step.inputs = Set(inputs)
            step.ran = Set(numbers.numbers(ran.compactMap { $0 })).union([script])
            step.programs = programs
            step.holdsInputs = holds
            steps.append(step)
        }
        let kallsyms = enabled.contains("KALLSYMS")
        let last = (1...3).last { object(".tmp_vmlinux\($0)") != nil } ?? 0
        let types = object(".tmp_vmlinux1.btf.o").map { [numbers.number($0)] } ?? []
        func symbols(_ pass: Int) -> [Int] {
            kallsyms ? numbers.numbers([".tmp_vmlinux\(pass).kallsyms.o"].compactMap(object)) : []
        }
        for pass in 0...max(last, 0) where pass <= last {
            if pass > 0 {
                add(
                    ".tmp_vmlinux\(pass)", from: objects + symbols(pass - 1) + (pass > 1 ? types : []),
                    programs: [linker], "vmlinux_link .tmp_vmlinux\(pass)")
                add(
                    ".tmp_vmlinux\(pass).syms", from: numbers.numbers([".tmp_vmlinux\(pass)"].compactMap(object)),
                    ran: [BuildPath(.source, "scripts/mksysmap")], programs: [prefix + "nm", "sed"], holds: false,
                    "mksysmap .tmp_vmlinux\(pass)")
            } else {
                add(".tmp_vmlinux0.syms", from: [], programs: [], "an empty list of symbols")
                add(".tmp_vmlinux.kallsyms0.syms", from: [], programs: [], "an empty list of symbols")
            }
            guard kallsyms else { continue }
            let list = [".tmp_vmlinux\(pass).syms", ".tmp_vmlinux.kallsyms\(pass).syms"].compactMap(object)
            let assembly = ".tmp_vmlinux\(pass).kallsyms.S"
            add(
                assembly, from: numbers.numbers(list) + [configuration], ran: [object("scripts/kallsyms")],
                programs: [], holds: false, "kallsyms \(assembly)")
            let headers = IncludedFiles(of: BuildPath(.objects, assembly), roots: roots).files
            add(
                ".tmp_vmlinux\(pass).kallsyms.o",
                from: numbers.numbers([assembly].compactMap(object)) + numbers.numbers(headers),
                programs: [String(compiler)], "kallsyms .tmp_vmlinux\(pass).kallsyms.o")
        }
        if !types.isEmpty {
            add(
                ".tmp_vmlinux1.btf.o", from: numbers.numbers([".tmp_vmlinux1"].compactMap(object)) + [configuration],
                ran: ["scripts/gen-btf.sh", "scripts/Makefile.btf"].map { path in
                    let file = BuildPath(.source, path)
                    return roots.hasFile(file) ? file : nil
                } + [object("tools/bpf/resolve_btfids/resolve_btfids")],
                programs: ["pahole", prefix + "objcopy"], "the types of .tmp_vmlinux1")
        }
        var link = link
        link.inputs.formUnion(objects + symbols(last) + types + [configuration])
        link.inputs.remove(link.output)
        link.inputs.remove(script)
        link.ran.formUnion(numbers.numbers([BuildPath(.source, Self.script), BuildPath(.source, "scripts/mksysmap")]))
        if enabled.contains("BUILDTIME_TABLE_SORT") {
            link.ran.formUnion(numbers.numbers(["scripts/sorttable"].compactMap(object)))
        }
        if enabled.contains("DEBUG_INFO_BTF") {
            link.ran.formUnion(numbers.numbers(["tools/bpf/resolve_btfids/resolve_btfids"].compactMap(object)))
        }
        link.alsoMakes.formUnion(numbers.numbers(["System.map"].compactMap(object)))
        link.programs.formUnion([linker, prefix + "nm", "sed", "grep"])
        link.holdsInputs = true
        return [link] + steps
    }
}

/// The headers that a file may include, where no compiler noted it: each `#include` of it and of them, whatever condition
/// it stands under.
struct IncludedFiles {
    private(set) var files: Set<BuildPath> = []

    /// Where kbuild has a compiler look for the headers of the kernel (`LINUXINCLUDE`).
    private static let folders: [BuildPath] = {
        let architecture = "arch/\(Kbuild.architecture)/include"
        return [
            BuildPath(.source, architecture), BuildPath(.objects, "\(architecture)/generated"),
            BuildPath(.source, "include"), BuildPath(.objects, "include"), BuildPath(.source, "\(architecture)/uapi"),
            BuildPath(.objects, "\(architecture)/generated/uapi"), BuildPath(.source, "include/uapi"),
            BuildPath(.objects, "include/generated/uapi"),
        ]
    }()
    private static let always = ["linux/compiler-version.h", "linux/kconfig.h"]

    init(of file: BuildPath, roots: BuildRoots) {
        var open = Self.always.compactMap { Self.header($0, roots) }
        files = Set(open)
        open.append(file)
        while let file = open.popLast(), files.count < 10_000 {
            // The lines that include something come first, before millions that don't.
            var text: [UInt8] = []
            let limit = ForeignFolder.Limit.source
            try? roots.folder(file.root)?.readPieces(of: file.path, limit: limit) { piece in
                if text.isEmpty { text = Array(piece.prefix(1 << 20)) }
            }
            for line in text.split(separator: UInt8(ascii: "\n")) where line.first == UInt8(ascii: "#") {
                let words = String(decoding: line.dropFirst(), as: UTF8.self).split { " \t<>\"".contains($0) }
                guard words.count > 1, words[0] == "include", let header = Self.header(String(words[1]), roots) else {
                    continue
                }
                if files.insert(header).inserted { open.append(header) }
            }
        }
    }

    /// Where a compiler or an assembler finds that header; nil where it is not there.
    static func header(_ name: String, _ roots: BuildRoots) -> BuildPath? {
        guard ForeignFolder.isName(name) else { return nil }
        return folders.lazy.map { BuildPath($0.root, "\($0.path)/\(name)") }.first(where: roots.hasFile)
    }
}
