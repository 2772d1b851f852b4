// SPDX-License-Identifier: Apache-2.0
internal import ELFKit
internal import Records

/// MOD: what a loadable module says of itself, beside the kernel that it is for.
struct ModuleRule: Rule {
    static let family = "MOD"

    private static let sources = ["kernel/module/main.c", "scripts/mod/modpost.c", "include/linux/vermagic.h"]

    static let release = RuleDescription(
        "MOD001", .error, "a module is for another kernel",
        check: "The module's vermagic must begin with the kernel's release.",
        rationale: "The kernel refuses to load it, or loads it by force with layouts of another kernel.",
        remediation: "Build the module against the kernel that it is for.", sources: sources)
    static let signature = RuleDescription(
        "MOD002", .error, "a module is not signed where the kernel demands it",
        check: "Where CONFIG_MODULE_SIG_FORCE is set, the file must end with a signature.",
        rationale: "The kernel refuses to load it.",
        remediation: "Sign it with scripts/sign-file and the kernel's key.",
        sources: ["kernel/module/signing.c", "scripts/sign-file.c"])
    static let licence = RuleDescription(
        "MOD003", .warning, "a module's licence taints the kernel",
        check:
            "Each license of the module must be one that the kernel takes for compatible with the GPL: modpost looks at all "
            + "of them, the kernel at the first.",
        rationale: "The kernel is tainted, and GPL-only symbols are refused.",
        remediation: "State the licence with MODULE_LICENSE or Rust's `license:`.", sources: ["include/linux/license.h"]
    )
    static let undefined = RuleDescription(
        "MOD004", .error, "a module needs a symbol that the kernel does not export",
        check: "Each undefined symbol must stand in Module.symvers.",
        rationale: "Loading fails with `Unknown symbol`.",
        remediation: "Export the symbol, load the module that has it first, or build the module for this kernel.",
        sources: sources)
    static let namespace = RuleDescription(
        "MOD005", .error, "a module uses a symbol of a namespace that it does not import",
        check:
            "The namespace of each undefined symbol in Module.symvers, weak ones included, must stand among the module's "
            + "import_ns.",
        rationale: "Loading fails where the kernel does not allow missing imports.",
        remediation: "Add MODULE_IMPORT_NS, or Rust's `imports_ns:`.", sources: sources)
    static let gplOnly = RuleDescription(
        "MOD006", .error, "a module of another licence uses a GPL-only symbol",
        check: "Undefined symbols that Module.symvers has as EXPORT_SYMBOL_GPL need a compatible licence.",
        rationale: "Loading fails.", remediation: "Use another interface, or change the licence.", sources: sources)

    static let reserved = RuleDescription(
        "MOD007", .error, "a module uses a symbol that is exported for other modules only",
        check:
            "Where the namespace of an undefined symbol in Module.symvers is `module:` and a list of names, the module's "
            + "own name must be on it; a `*` at the end of a name stands for any text, `-` and `_` are equal, as when the "
            + "kernel loads the module (modpost tells them apart).",
        rationale: "Loading fails where the kernel does not allow missing imports.",
        remediation: "Use another interface, or have the exporting code name this module in EXPORT_SYMBOL_FOR_MODULES.",
        sources: ["kernel/module/main.c (verify_module_namespace)", "include/linux/export.h"])
    static let explicitImport = RuleDescription(
        "MOD008", .error, "a module imports a namespace that is reserved for named modules",
        check: "No import_ns of a module may begin with `module:`.",
        rationale:
            "The kernel (since 6.16) refuses to load it, and modpost to make it: these namespaces are for the modules that "
            + "the exporting code names, which need no import.",
        remediation: "Remove the MODULE_IMPORT_NS or the entry of Rust's `imports_ns:`.",
        sources: ["kernel/module/main.c (setup_modinfo)", "scripts/mod/modpost.c (read_symbols)"])

    static let descriptions = [
        release, signature, licence, undefined, namespace, gplOnly, reserved, explicitImport,
    ]

    /// What makes a namespace one for named modules (since 6.16).
    static let modulePrefix = "module:"

    /// Whether a namespace `module:kvm,kvm-*` names a module.
    static func isReserved(_ namespace: String, for module: String) -> Bool {
        func folded(_ text: some StringProtocol) -> [UInt8] {
            text.utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }
        }
        let module = folded(module)
        return namespace.dropFirst(modulePrefix.count).split(separator: ",").contains { name in
            name.last == "*" ? module.starts(with: folded(name.dropLast())) : module == folded(name)
        }
    }

    /// Whether it is `kbuild`'s own object of a module (`NAME.mod.o`), which is linked with the module's code later.
    private static func isIntermediate(_ image: Image) throws -> Bool {
        if image.name.hasSuffix(".mod.o") { return true }
        // The `struct module` refers to functions that only the code has.
        return try undefined(image).contains { $0.name == "init_module" || $0.name == "cleanup_module" }
    }

    /// By its own record, or by its file.
    private static func moduleName(_ image: Image, _ recorded: String?) -> String {
        if let recorded { return recorded }
        let file = image.name.split(separator: "/").last ?? ""
        return String(file.prefix { $0 != "." })
    }

    /// Those that include/linux/license.h takes for compatible with the GPL.
    private static let compatible: Set<String> = [
        "GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL",
    ]

    /// The symbols that the module needs. A weak one may be missing, but is used where it is exported.
    private static func undefined(_ image: Image) throws -> [(name: String, isWeak: Bool)] {
        let symbols = image.functions.symbols
        return try symbols.filter { $0.isUndefined && $0.index > 0 }
            .map { (try symbols.name(of: $0), $0.binding == .weak) }
            .filter { !$0.0.isEmpty }
    }

    func check(_ image: Image, _ options: AuditOptions) throws -> RuleOutcome {
        guard image.elf.isKernelModule, let information = try image.elf.moduleInformation() else {
            return Self.outcome(.notApplicable, "the file is not a module")
        }
        guard try !Self.isIntermediate(image) else {
            return Self.outcome(
                .notApplicable, "the file is not a module yet, but kbuild's object with its description (.mod.o)")
        }
        func values(_ key: String) -> [String] { information.values(of: key) }
        var findings: [Finding] = []
        let place = image.place()
        if let release = options.release, let magic = values("vermagic").first,
            magic.split(separator: " ").first.map(String.init) != release
        {
            findings.append(Self.release.finding(at: place, expected: release, found: magic))
        }
        let signature = try ModuleSignature.read(image.elf.bytes)
        if options.isSet("MODULE_SIG_FORCE"), signature == nil {
            findings.append(Self.signature.finding(at: place, expected: "a signature", found: "none"))
        }
        let licences = values("license")
        let isCompatible = !licences.isEmpty && licences.allSatisfy(Self.compatible.contains)
        if !isCompatible {
            findings.append(
                Self.licence.finding(
                    at: place, expected: "a licence compatible with the GPL",
                    found: licences.isEmpty ? "none" : licences.joined(separator: ", ")))
        }
        let imported = Set(values("import_ns"))
        for name in imported.sorted() where name.hasPrefix(Self.modulePrefix) {
            findings.append(
                Self.explicitImport.finding(at: place, expected: "no import of it", found: "import_ns=\(name)"))
        }
        let undefined = try Self.undefined(image)
        if let exports = options.exports {
            let own = Self.moduleName(image, values("name").first)
            for (name, isWeak) in undefined {
                guard let symbol = exports[name] else {
                    if isWeak { continue }
                    findings.append(
                        Self.undefined.finding(
                            at: image.place(symbol: name), expected: "an exported symbol", found: "none"))
                    continue
                }
                if symbol.namespace.hasPrefix(Self.modulePrefix) {
                    if !Self.isReserved(symbol.namespace, for: own) {
                        findings.append(
                            Self.reserved.finding(
                                at: image.place(symbol: name),
                                expected: "one of \(symbol.namespace.dropFirst(Self.modulePrefix.count))",
                                found: "the module \(own)"))
                    }
                } else if !symbol.namespace.isEmpty, !imported.contains(symbol.namespace) {
                    findings.append(
                        Self.namespace.finding(
                            at: image.place(symbol: name), expected: "import_ns=\(symbol.namespace)",
                            found: imported.isEmpty ? "no import_ns" : imported.sorted().joined(separator: ", ")))
                }
                if symbol.isForGPLAlone, !isCompatible, !isWeak {
                    findings.append(
                        Self.gplOnly.finding(
                            at: image.place(symbol: name), expected: "a licence compatible with the GPL",
                            found: licences.isEmpty ? "none" : licences.joined(separator: ", ")))
                }
            }
        }
        let looked = undefined.count { !$0.isWeak || options.exports?[$0.name] != nil }
        let counts: [RuleOutcome.Count] = [
            .init("modules", "modules", 1), .init("modules.signed", "signed", signature == nil ? 0 : 1),
            options.exports == nil
                ? .init("symbols.not-looked-up", "undefined symbols, not looked up", looked)
                : .init("symbols.looked-up", "undefined symbols looked up", looked),
        ]
        let missing = Self.missing(options)
        let doubts = findings.isEmpty && !missing.isEmpty ? ["not given: \(missing.joined(separator: ", "))"] : []
        return Self.outcome(doubts: doubts, counts: counts, findings: findings)
    }

    /// What the chosen checks would be made against; empty where one of them can be made.
    private static func missing(_ options: AuditOptions) -> [String] {
        let needs = descriptions.filter { options.wants($0.identifier) }.map { rule -> String? in
            switch rule.identifier {
            case release.identifier: options.release == nil ? "the kernel's release" : nil
            case signature.identifier: options.configuration == nil ? "the configuration" : nil
            case licence.identifier, explicitImport.identifier: nil
            default: options.exports == nil ? "Module.symvers" : nil
            }
        }
        return needs.contains(nil) ? [] : Set(needs.compactMap(\.self)).sorted()
    }
}
