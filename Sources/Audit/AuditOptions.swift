// SPDX-License-Identifier: Apache-2.0
package import ELFKit
internal import Records
package import S390xKit

/// What an audit takes besides the files.
package struct AuditOptions: Sendable {
    /// Families (`LAY`) and single rules (`LAY001`) to check; empty: all.
    package var rules: Set<String> = []
    /// The level that no instruction may be newer than; nil: what the configuration or the compilers' own record says.
    package var level: ArchitectureLevel?
    /// The kernel's configuration without `CONFIG_`: `y`, `m`, `n`, a number or a text; nil where it is not known.
    package var configuration: [String: String]?
    /// What the kernel that modules belong to exports, by symbol (`Module.symvers`).
    package var exports: [String: ModuleSymvers.Entry]?
    /// Whether `exports` are of modules alone, built outside of their kernel's tree.
    package var listsNoKernel: Bool { exports?.values.contains { $0.module == "vmlinux" } == false }
    /// C types of another file, for what a file under audit has no definition of: a kernel's, for its modules.
    package var cTypes: CTypes?
    /// The release that modules must have been built for; nil: not known.
    package var release: String?
    /// Machines that the kernel is meant for.
    package var machines: [MachineFacts] = []
    /// Files that these were read from without being named, as reports call them.
    package var alsoRead: [String] = []
    /// The compiler that the configuration names: `CONFIG_RUSTC_VERSION_TEXT`.
    package var rustcVersionText: String? { configuration?["RUSTC_VERSION_TEXT"] }

    package init() {}

    /// Whether the option is built in.
    func isSet(_ option: String) -> Bool { configuration?[option] == "y" }

    func wants(_ rule: any Rule.Type) -> Bool {
        rules.isEmpty || rules.contains(rule.family) || rule.descriptions.contains { rules.contains($0.identifier) }
    }

    /// Whether the rule of that identifier is checked.
    package func wants(_ identifier: String) -> Bool {
        rules.isEmpty || rules.contains(identifier) || rules.contains(String(identifier.prefix(3)))
    }
}

/// What `/proc/cpuinfo` tells of a machine.
package struct MachineFacts: Sendable, Hashable {
    /// The file's name, as it was given.
    package let name: String
    package let facilities: Set<Int>

    /// Reads the `facilities` line (arch/s390/kernel/processor.c); nil where the text has none.
    package init?(name: String, cpuinfo: String) {
        guard let line = cpuinfo.split(separator: "\n").first(where: { $0.hasPrefix("facilities") }),
            let colon = line.firstIndex(of: ":")
        else { return nil }
        self.name = name
        facilities = Set(line[colon...].split(separator: " ").compactMap { Int($0) })
    }

    /// Facility 156: the branch predictor keeps programs apart.
    package var hasEtokens: Bool { facilities.contains(156) }
}
