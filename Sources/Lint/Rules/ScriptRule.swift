// SPDX-License-Identifier: Apache-2.0
package import Records

/// One check over what a build file does; each is one file in `Rules/`.
protocol ScriptRule: Sendable {
    static var description: RuleDescription { get }
    static func check(_ unit: ScriptUnit, _ surroundings: ScriptSurroundings) -> [ScriptFault]
}

/// A fault, and its mechanical mend where there is one.
struct ScriptFault {
    let line: Int
    var title: String?
    var expected: String?
    var found: String?
    var edit: ScriptEdit?
}

/// What a rule may ask besides the unit itself.
struct ScriptSurroundings {
    /// The unit, or a file beside it, builds a kernel for s390.
    var buildsKernel = false
    /// What Makefiles of the same folder can make.
    var targets: Set<String> = []
    var kernel: KernelTargets?
    /// The date that `--nightly` gave.
    var nightly: String?
}

/// Every rule over build files.
package enum ScriptRules {
    static let rules: [any ScriptRule.Type] = [
        PackedStackRule.self, BackchainRule.self, HardFloatRule.self, CrossCompileRule.self, MakeTargetRule.self,
        NightlyRule.self, RustSourceRule.self, BindgenTargetRule.self,
    ]

    package static let family = RuleBook.Family("SCR", rules: rules.map { $0.description })
}

extension ScriptUnit {
    /// All flags for rustc that the unit gathers for kernel code of s390.
    var kernelFlags: [KernelFlags] {
        statements.compactMap { statement in
            let flags: KernelFlags? =
                switch statement {
                case .command(let command): KernelFlags(command)
                case .flags(_, let words): words.first.map { KernelFlags(words, line: $0.line) }
                default: nil
                }
            guard let flags, flags.isS390, flags.isKernel else { return nil }
            return flags
        }
    }

    var makes: [MakeCommand] { commands.compactMap(MakeCommand.init) }

    /// Whether the unit itself builds a kernel for s390, or brings what such a build needs.
    var buildsKernel: Bool {
        if !kernelFlags.isEmpty || makes.contains(where: \.isS390) { return true }
        let packages = commands.flatMap { command in
            command.arguments.contains { $0.text == "install" } ? command.arguments.map(\.text) : []
        }
        // A cross compiler with what only scripts/kconfig needs beside it.
        return packages.contains { $0.contains("s390x-linux-gnu") } && packages.contains("flex")
            && packages.contains("bison")
    }
}
