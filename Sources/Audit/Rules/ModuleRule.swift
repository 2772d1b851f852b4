// SPDX-License-Identifier: Apache-2.0
internal import ELFKit
internal import Findings

/// MOD: what a loadable module says of itself, beside the kernel that it is for.
struct ModuleRule: Rule {
    static let family = "MOD"
    static let name = "modules"

    private static let sources = ["kernel/module/main.c", "scripts/mod/modpost.c", "include/linux/vermagic.h"]

    static let release = RuleDescription(
        "MOD001", .error, "a module is for another kernel",
        check: "The module's vermagic must begin with the kernel's release.",
        why: "The kernel refuses to load it, or loads it by force with layouts of another kernel.",
        mend: "Build the module against the kernel that it is for.", sources: sources)
    static let signature = RuleDescription(
        "MOD002", .error, "a module is not signed where the kernel demands it",
        check: "Where CONFIG_MODULE_SIG_FORCE is set, the file must end with a signature.",
        why: "The kernel refuses to load it.", mend: "Sign it with scripts/sign-file and the kernel's key.",
        sources: ["kernel/module/signing.c", "scripts/sign-file.c"])
    static let licence = RuleDescription(
        "MOD003", .warning, "a module's licence taints the kernel",
        check: "The module's license must be one that the kernel takes for compatible with the GPL.",
        why: "The kernel is tainted, and GPL-only symbols are refused.",
        mend: "State the licence with MODULE_LICENSE or Rust's `license:`.", sources: ["include/linux/license.h"])
    static let undefined = RuleDescription(
        "MOD004", .error, "a module needs a symbol that the kernel does not export",
        check: "Each undefined symbol must stand in Module.symvers.",
        why: "Loading fails with `Unknown symbol`.",
        mend: "Export the symbol, load the module that has it first, or build the module for this kernel.",
        sources: sources)
    static let namespace = RuleDescription(
        "MOD005", .error, "a module uses a symbol of a namespace that it does not import",
        check: "The namespace of each undefined symbol in Module.symvers must stand among the module's import_ns.",
        why: "Loading fails where the kernel does not allow missing imports.",
        mend: "Add MODULE_IMPORT_NS, or Rust's `imports_ns:`.", sources: sources)
    static let gplOnly = RuleDescription(
        "MOD006", .error, "a module of another licence uses a GPL-only symbol",
        check: "Undefined symbols that Module.symvers has as EXPORT_SYMBOL_GPL need a compatible licence.",
        why: "Loading fails.", mend: "Use another interface, or change the licence.", sources: sources)

    static let descriptions = [release, signature, licence, undefined, namespace, gplOnly]

    /// Those that include/linux/license.h takes for compatible with the GPL.
    private static let compatible: Set<String> = [
        "GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL",
    ]

    private static func undefinedNames(_ image: Image) throws -> [String] {
        let symbols = image.functions.symbols
        return try symbols.filter { $0.isUndefined && $0.index > 0 && $0.binding != .weak }.map(symbols.name).filter {
            !$0.isEmpty
        }
    }

    func check(_ image: Image, _ options: AuditOptions) throws -> RuleOutcome {
        guard image.elf.isKernelModule, let information = try image.elf.moduleInformation() else {
            return RuleOutcome(family: Self.family, state: .notApplicable, reason: "the file is no module")
        }
        func values(_ key: String) -> [String] { information.values(of: key) }
        var findings: [Finding] = []
        let place = image.place()
        if let release = options.release, let magic = values("vermagic").first,
            magic.split(separator: " ").first.map(String.init) != release
        {
            findings.append(Self.release.finding(at: place, expected: release, found: magic))
        }
        let signature = try image.elf.moduleSignature()
        if options.isSet("MODULE_SIG_FORCE"), signature == nil {
            findings.append(Self.signature.finding(at: place, expected: "a signature", found: "none"))
        }
        let licences = values("license")
        let isCompatible = licences.contains { Self.compatible.contains($0) }
        if !isCompatible {
            findings.append(
                Self.licence.finding(
                    at: place, expected: "a licence compatible with the GPL",
                    found: licences.isEmpty ? "none" : licences.joined(separator: ", ")))
        }
        let undefined = try Self.undefinedNames(image)
        if let exports = options.exports {
            let imported = Set(values("import_ns"))
            for name in undefined {
                guard let symbol = exports[name] else {
                    findings.append(
                        Self.undefined.finding(
                            at: image.place(symbol: name), expected: "an exported symbol", found: "none"))
                    continue
                }
                if !symbol.namespace.isEmpty, !imported.contains(symbol.namespace) {
                    findings.append(
                        Self.namespace.finding(
                            at: image.place(symbol: name), expected: "import_ns=\(symbol.namespace)",
                            found: imported.isEmpty ? "no import_ns" : imported.sorted().joined(separator: ", ")))
                }
                if symbol.isForGPLAlone, !isCompatible {
                    findings.append(
                        Self.gplOnly.finding(
                            at: image.place(symbol: name), expected: "a licence compatible with the GPL",
                            found: licences.joined(separator: ", ")))
                }
            }
        }
        var counts = [RuleOutcome.Count("modules", 1), .init("signed", signature == nil ? 0 : 1)]
        counts.append(
            .init(
                options.exports == nil ? "undefined symbols, not looked up" : "undefined symbols looked up",
                undefined.count))
        return RuleOutcome(
            family: Self.family, counts: counts, findings: findings)
    }
}
