// SPDX-License-Identifier: Apache-2.0
internal import Records

/// What it means for security to be without an option.
///
/// What a loss means is knowledge that no Kconfig file has, so it is written down here, by symbol. Options that are not
/// in the table are recognised by where the tree declares them.
struct SecurityMeanings {
    typealias Security = ConfigurationDifference.Security

    let tree: KernelTree
    let architecture: String
    let baseline: KconfigEvaluation
    private let tests: Set<String>

    init(tree: KernelTree, architecture: String, baseline: KconfigEvaluation) {
        self.tree = tree
        self.architecture = architecture
        self.baseline = baseline
        tests = Set(baseline.kconfig.testOptions)
    }

    subscript(name: String) -> Security? {
        if let (kind, meaning) = Self.known[name] {
            guard name == "EXPOLINE", architecture == "s390" else { return Security(kind: kind, meaning: meaning) }
            let (machines, place) = expolineMachines
            return Security(kind: kind, meaning: meaning, machines: machines, file: place?.file, line: place?.line)
        }
        guard let declaration = baseline.kconfig.declarations[name]?.first, !tests.contains(name) else { return nil }
        let file = declaration.place.file
        let menu = declaration.menus.last { title in
            ["hardening", "mitigation"].contains { title.lowercased().contains($0) }
        }
        if let menu {
            return Security(kind: .hardening, meaning: "The tree lists it under “\(menu)”.")
        }
        if file.hasPrefix("security/") || file.lowercased().hasSuffix("kconfig.hardening") {
            return Security(kind: .hardening, meaning: "The tree declares it in \(file).")
        }
        return nil
    }

    /// Where the loss of expolines counts: what the boot code does with them on a machine that has etokens.
    private var expolineMachines: (String, Kconfig.Place?) {
        let file = "arch/s390/kernel/nospec-branch.c"
        guard let (facility, line) = Self.facility(in: tree.text(file) ?? "") else {
            return (
                "All: this tree's boot code has no test for a facility that would make expolines needless.", nil
            )
        }
        let place = Kconfig.Place(file: file, line: line)
        let there = "On a machine with facility \(facility) (etokens) nospec_auto_detect() turns expolines off at boot"
        let look = "`facilities` in /proc/cpuinfo tells whether \(facility) is there."
        let isOn = baseline.tristate(of: "EXPOLINE") > .no
        let machines =
            if isOn, baseline.tristate(of: "EXPOLINE_FULL") > .no {
                "All, as this baseline is: CONFIG_EXPOLINE_FULL=y keeps expolines on everywhere. \(there) where "
                    + "CONFIG_EXPOLINE_AUTO=y or spectre_v2=auto is set, so there the loss could be none; \(look)"
            } else if isOn, baseline.tristate(of: "EXPOLINE_OFF") > .no {
                "Only those booted with spectre_v2=on or =auto: CONFIG_EXPOLINE_OFF=y leaves expolines off. \(there); "
                    + look
            } else {
                "Only those without facility \(facility). \(there) (spectre_v2=auto), so nothing is lost there; \(look)"
            }
        return (machines, place)
    }

    /// The facility that `nospec_auto_detect` tests first, and the line.
    static func facility(in text: String) -> (number: Int, line: Int)? {
        var isInside = false
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.contains("nospec_auto_detect(void)"), !line.hasSuffix(";") { isInside = true }
            if isInside, line.hasPrefix("}") { return nil }
            guard isInside, let call = line.firstRange(of: "test_facility(") else { continue }
            guard let number = Int(line[call.upperBound...].prefix(while: \.isNumber)) else { return nil }
            return (number, index + 1)
        }
        return nil
    }

    private static let plugin =
        "A GCC plugin made it; Rust code is not compiled by GCC, so that the plugin could cover only a part."

    private static let known = Dictionary(
        uniqueKeysWithValues: meanings.flatMap { kind, options in options.map { ($0, (kind, $1)) } })

    private static let meanings: [Security.Kind: [String: String]] = [
        .speculation: [
            "EXPOLINE":
                "Indirect branches of the kernel's C code are no longer expolines (Spectre v2): user space may train the "
                + "branch predictor to make the kernel run ahead to code of its choice. rustc makes no expolines. "
                + "What is left is nobp=1 on the command line, where the machine has facility 82.",
            "KERNEL_NOBP": "The kernel no longer starts with modified branch prediction; nobp=1 asks for it at boot.",
        ],
        .randomisation: [
            "RANDSTRUCT":
                "Members of sensitive structures stand in the order of the source, so that an exploit knows their offsets. "
                + "Rust would have to know the shuffled order, and does not.",
            "RANDSTRUCT_FULL": "The order of members of sensitive structures is known to an exploit.",
            "RANDSTRUCT_PERFORMANCE": "The order of members of sensitive structures is known to an exploit.",
            "GCC_PLUGIN_RANDSTRUCT": "The order of members of sensitive structures is known. \(plugin)",
            "GCC_PLUGIN_LATENT_ENTROPY": "Less entropy is gathered early in the boot. \(plugin)",
            "RANDOMIZE_BASE": "The kernel lies at the same address after each boot.",
            "RANDOMIZE_KSTACK_OFFSET": "The depth of the stack is the same at each system call.",
            "RANDOMIZE_KSTACK_OFFSET_DEFAULT":
                "The depth of the stack is the same at each system call unless the command line asks.",
            "SLAB_FREELIST_RANDOM": "Freed objects of a slab are handed out in a known order.",
        ],
        .toolchain: [
            "GCC_PLUGINS": "No plugin of GCC instruments the kernel: what they gave is lost with them.",
            "LTO_CLANG_FULL": "The kernel is not optimised as a whole; clang's checks that need that are off.",
            "LTO_CLANG_THIN": "The kernel is not optimised as a whole; clang's checks that need that are off.",
        ],
        .initialisation: [
            "GCC_PLUGIN_STACKLEAK": "The kernel stack is not erased on the way back to user space. \(plugin)",
            "KSTACK_ERASE": "The kernel stack is not erased on the way back to user space.",
            "INIT_STACK_ALL_ZERO":
                "Variables on the stack start with what was there before, which may leak or be used.",
            "INIT_STACK_ALL_PATTERN":
                "Variables on the stack start with what was there before, which may leak or be used.",
            "INIT_ON_ALLOC_DEFAULT_ON": "Allocated memory holds what was there before.",
            "INIT_ON_FREE_DEFAULT_ON": "Freed memory keeps what it held.",
            "ZERO_CALL_USED_REGS": "Registers keep their values after a function, which helps gadgets.",
        ],
        .controlFlow: [
            "CFI": "Indirect calls are not checked for the right type of function. It needs clang.",
            "CFI_CLANG": "Indirect calls are not checked for the right type of function. It needs clang.",
            "SHADOW_CALL_STACK": "Return addresses have no second copy to be checked against.",
            "STACKPROTECTOR": "An overwritten return address is not noticed before it is used.",
            "STACKPROTECTOR_STRONG":
                "Fewer functions notice that their return address was overwritten before they use it.",
            "VMAP_STACK": "A kernel stack has no unmapped page below it: an overflow overwrites what lies there.",
            "CHECK_STACK": "Functions do not check the stack pointer for an overflow (GCC's -mstack-guard).",
        ],
        .memorySafety: [
            "KASAN":
                "Accesses out of bounds and after freeing are not found in tests. It is for test kernels: a production "
                + "kernel has nothing to lose. Rust takes it only in a kernel that clang compiles.",
            "KMSAN": "Uses of uninitialised memory are not found in tests.",
            "KCSAN": "Data races are not found in tests.",
            "KFENCE": "Accesses out of bounds and after freeing are not found by samples in production.",
            "UBSAN_BOUNDS": "Indices beyond an array of known size are not caught.",
            "FORTIFY_SOURCE": "Copies into buffers of known size are not checked.",
            "HARDENED_USERCOPY": "Copies to and from user space are not held to one object.",
            "STRICT_KERNEL_RWX": "The kernel's code may be written to, and its data executed.",
            "STRICT_MODULE_RWX": "The code of modules may be written to, and their data executed.",
            "LIST_HARDENED": "Corrupted lists are used without a check.",
        ],
        .modules: [
            "MODVERSIONS":
                "A module that was built for another layout of the kernel's types is no longer refused by the checksum of "
                + "each symbol. genksyms, which makes them, does not read Rust; gendwarfksyms does, where the tree has it.",
            "MODULE_SIG": "Modules without a signature are loaded silently.",
            "MODULE_SIG_FORCE": "Modules without a valid signature are loaded.",
            "SECURITY_LOCKDOWN_LSM": "Root may change the running kernel.",
        ],
        .observability: [
            "DEBUG_INFO_BTF":
                "The kernel does not describe its types to BPF: security agents and tracers that need BTF do not load.",
            "DEBUG_INFO_BTF_MODULES": "Modules do not describe their types to BPF.",
        ],
    ]
}
