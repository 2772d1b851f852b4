// SPDX-License-Identifier: Apache-2.0
package import Records

/// What a kernel tree asks of its tools.
package struct ToolRequirements: Sendable {
    /// As it was named.
    package let tree: String
    /// The kernel's version.
    package let version: String
    package let minimum: MinimumTools
    /// Whether the tree has s390 Rust support.
    package let hasSupport: Bool

    package init(tree: String, version: String, minimum: MinimumTools, hasSupport: Bool) {
        self.tree = tree
        self.version = version
        self.minimum = minimum
        self.hasSupport = hasSupport
    }
}

extension ToolInventory {
    /// One diagnosis for each Rust compiler here, or one that says that there is none.
    ///
    /// `selection` says what `make -C TREE` takes, where the tree is a folder of the same place.
    package func diagnoses(for tree: ToolRequirements, selection: RustSelection? = nil) -> [ToolDiagnosis] {
        let compilers = tools(.rustCompiler)
        var diagnoses = compilers.map { diagnosis(of: $0, for: tree, selection) }
        if let selection, !compilers.contains(where: selection.takes) {
            diagnoses.insert(unknownSelection(selection, tree), at: 0)
        }
        return diagnoses.isEmpty ? [diagnosis(of: nil, for: tree, nil)] : diagnoses
    }

    /// make takes a compiler that does not run there, or that was not found by itself.
    private func unknownSelection(_ selection: RustSelection, _ tree: ToolRequirements) -> ToolDiagnosis {
        let runs = selection.compiler != nil
        return ToolDiagnosis(
            tree: tree.tree, version: tree.version, location: location, rustc: selection.path, isUsable: false,
            cause: runs
                ? "`make -C \(tree.tree)` takes \(selection.compiler ?? ""), which was not looked at"
                : "`make -C \(tree.tree)` takes \(selection.path), which does not run there: \(selection.reason)",
            remediation: runs
                ? "bessemer inventory --path \(selection.compiler.map { String($0.dropLast("/rustc".count)) } ?? "DIR")"
                : "rustup override set \(Self.newer(tree.minimum.rustc, "1.96.0")) --path \(tree.tree)",
            makeVariables: makeVariables, isTaken: true, notes: [])
    }

    private var makeVariables: String? { tools(.cCompiler).first?.makeVariables(isOnPath: isOnPath) }

    private typealias Fault = (cause: String, remediation: String)

    private func diagnosis(
        of rustc: InventoriedTool?, for tree: ToolRequirements, _ selection: RustSelection?
    ) -> ToolDiagnosis {
        // The first that make or the kernel's scripts would take.
        let bindgen = tools(.bindingsGenerator).first
        let gcc = tools(.cCompiler).first
        let faults = [rustFault(rustc, tree, selection), bindgenFault(bindgen, tree), cFault(gcc)].compactMap(\.self)
        let fault =
            faults.first
            ?? (tree.hasSupport
                ? nil
                : (
                    "the tools would do, yet Linux \(tree.version) has no Rust support for s390",
                    // A version is no folder; a pilot adds the support to a copy of its source.
                    "bessemer \(tree.tree == tree.version || tree.version.hasPrefix(tree.tree + ".") ? "pilot --kernel" : "tree enable") "
                        + tree.tree
                ))
        return ToolDiagnosis(
            tree: tree.tree, version: tree.version, location: location, rustc: rustc?.path, isUsable: fault == nil,
            cause: fault?.cause, remediation: fault?.remediation, makeVariables: makeVariables,
            isTaken: selection.flatMap { selection in rustc.map(selection.takes) },
            notes: faults.dropFirst().map { "besides, \($0.cause): \($0.remediation)" } + notes(rustc, bindgen)
                + compilerNotes(gcc) + selectionNotes(rustc, tree, selection))
    }

    private func rustFault(
        _ rustc: InventoriedTool?, _ tree: ToolRequirements, _ selection: RustSelection?
    ) -> Fault? {
        let wanted = Self.newer(tree.minimum.rustc, "1.96.0")
        let install = "rustup toolchain install \(wanted) --component rust-src"
        guard let rustc else { return ("there is no rustc", "\(install) (or the distribution's rustc and rust-src)") }
        let name = rustc.path
        if rustc.isShim, rustc.answer != .version {
            return (
                "\(name) is rustup's, which has no toolchain to run: \(rustc.said)",
                "\(install)\nrustup default \(wanted)"
            )
        }
        if let fault = answerFault(rustc, "take it out of the PATH, or install it again") { return fault }
        guard rustc.said.contains(/rustc [0-9]+\.[0-9]+\.[0-9]+/), let version = rustc.version else {
            return (
                "the kernel's build can't read a version in what \(name) answers: \(rustc.said)",
                "use a rustc whose `--version` begins with `rustc` and three numbers"
            )
        }
        let asks = tree.minimum.rustc.map { "Linux \(tree.version) asks for \($0) or later" } ?? ""
        if let packed = rustc.ability(.packedRust), packed.verdict != .yes {
            let isMissing = packed.note.contains("unknown unstable option")
            return (
                isMissing
                    ? "rustc \(version) has no -Zpacked-stack, so C and Rust code would have different stack frames"
                    : "rustc \(version) makes no packed frames for s390: \(packed.note)",
                install
            )
        }
        if let least = tree.minimum.rustc, Self.isOlder(version, than: least) {
            return ("rustc \(version) is too old: \(asks)", install)
        }
        if let library = selection?.library {
            guard library.isThere else {
                return (
                    "RUST_LIB_SRC is \(library.path), which has no sources of Rust's core library", "unset RUST_LIB_SRC"
                )
            }
            return nil
        }
        let source = rustc.rustSource
        let component =
            rustc.toolchain.map { "rustup component add rust-src --toolchain \($0)" }
            ?? (rustc.package != nil || rustc.file.hasPrefix("/usr/")
                ? "install rust-src of the same version as \(name)" : "rustup component add rust-src")
        guard source?.path != nil else {
            return ("the sources of Rust's core library, which the kernel compiles itself, are not there", component)
        }
        if let other = source?.version.flatMap({ InventoriedTool.version(in: $0) }), other != version {
            return ("the sources of Rust's core library are of \(other), and the compiler is \(version)", component)
        }
        if let core = rustc.ability(.core), core.verdict == .no {
            return ("rustc \(version) can't build the core library for s390: \(core.note)", component)
        }
        return nil
    }

    private func bindgenFault(_ bindgen: InventoriedTool?, _ tree: ToolRequirements) -> Fault? {
        let install = "cargo install --locked bindgen-cli --version \(Self.newer(tree.minimum.bindgen, "0.72.1"))"
        guard let bindgen else { return ("there is no bindgen", "\(install) (or the distribution's bindgen)") }
        if let fault = answerFault(bindgen, install) { return fault }
        guard bindgen.said.contains(/bindgen [0-9]+\.[0-9]+\.[0-9]+/), let version = bindgen.version else {
            return ("the kernel's build can't read a version in what \(bindgen.path) answers: \(bindgen.said)", install)
        }
        if let least = tree.minimum.bindgen, Self.isOlder(version, than: least) {
            return ("bindgen \(version) is too old: Linux \(tree.version) asks for \(least) or later", install)
        }
        guard let clang = bindgen.libclang?.version else {
            return ("bindgen \(version) finds no libclang", "install libclang, or name its folder in LIBCLANG_PATH")
        }
        if let least = tree.minimum.llvm, Self.isOlder(clang, than: least) {
            return (
                "bindgen loads libclang \(clang) (\(bindgen.libclang?.path ?? "?")), and Linux \(tree.version) asks for "
                    + "\(least) or later", "name the folder of a newer libclang in LIBCLANG_PATH"
            )
        }
        if let records = bindgen.ability(.records), records.verdict == .no {
            return (
                "bindgen \(version) with libclang \(clang) gets C records wrong: \(records.note)",
                "\(install), or name the folder of an older libclang in LIBCLANG_PATH"
            )
        }
        return nil
    }

    private func cFault(_ gcc: InventoriedTool?) -> Fault? {
        let install = "install gcc for s390x (Debian: gcc-s390x-linux-gnu)"
        guard let gcc else { return ("there is no C compiler for s390x", install) }
        if let fault = answerFault(gcc, install) { return fault }
        guard let packed = gcc.ability(.packedC), packed.verdict == .no else { return nil }
        return ("\(gcc.path) makes no packed frames: \(packed.note)", install)
    }

    private func answerFault(_ tool: InventoriedTool, _ remediation: String) -> Fault? {
        switch tool.answer {
        case .version: nil
        case .error: ("\(tool.path) does not work: \(tool.said)", remediation)
        case .silence: ("\(tool.path) prints nothing when it is asked for its version", remediation)
        case .none: ("\(tool.path) does not answer in time", remediation)
        }
    }

    private func compilerNotes(_ gcc: InventoriedTool?) -> [String] {
        guard let gcc, let missing = gcc.missing, !missing.isEmpty else { return [] }
        return [
            "beside \(gcc.path) the kernel's build also runs \(missing.joined(separator: ", ")), which are not there"
        ]
    }

    private func selectionNotes(
        _ rustc: InventoriedTool?, _ tree: ToolRequirements, _ selection: RustSelection?
    ) -> [String] {
        guard let selection, let rustc else { return [] }
        var notes: [String] = []
        if let library = selection.library { notes.append("RUST_LIB_SRC is \(library.path): its version is unknown") }
        let reason = selection.reason.isEmpty ? "" : ": \(selection.reason)"
        if selection.takes(rustc) {
            notes.append("`make -C \(tree.tree)` takes this compiler\(reason)")
        } else {
            notes.append("`make -C \(tree.tree)` takes \(selection.compiler ?? selection.path) instead\(reason)")
        }
        return notes
    }

    private func notes(_ rustc: InventoriedTool?, _ bindgen: InventoriedTool?) -> [String] {
        var notes: [String] = []
        if let rustc, rustc.said.contains("nightly") {
            notes.append("a nightly compiler: pin it by its day, since each day's is another")
        }
        if let path = bindgen?.libclang?.path, let loaded = bindgen?.libclang?.version,
            let clang = tools(.clang).first(where: { $0.answer == .version })?.version, clang != loaded
        {
            notes.append("bindgen loads libclang \(loaded) (\(path)), while clang is \(clang)")
        }
        if let packed = bindgen?.ability(.packedAligned), packed.verdict == .no {
            notes.append("packed records with alignment have to be opaque types in the tree (\(packed.note))")
        }
        for tool in tools(.llvmObjdump) {
            if let reading = tool.ability(.objectReading), reading.verdict == .no {
                notes.append("\(tool.path) can't read what rustc writes: \(reading.note)")
            }
        }
        return notes
    }

    static func isOlder(_ version: String, than other: String) -> Bool {
        func numbers(_ text: String) -> [Int] {
            (text.split(separator: ".").map { Int($0) ?? 0 } + [0, 0, 0]).prefix(3) + []
        }
        return numbers(version).lexicographicallyPrecedes(numbers(other))
    }

    private static func newer(_ version: String?, _ other: String) -> String {
        guard let version else { return other }
        return isOlder(version, than: other) ? other : version
    }
}
