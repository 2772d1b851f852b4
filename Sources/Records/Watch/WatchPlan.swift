// SPDX-License-Identifier: Apache-2.0

/// What `watch` looks at again and again, as the section `watch` of `bessemer.yaml` names it.
package struct WatchPlan: Sendable, Hashable {
    /// A kernel tree whose files that the glue touches are compared with what they were.
    package struct Tree: Sendable, Hashable {
        package enum Place: Sendable, Hashable {
            case folder(String)
            /// A package of kernel source, in a suite.
            case package(String, suite: String)
        }

        /// Of the line: `6.12`.
        package let name: String
        package let place: Place
        /// A folder that the tree is compared with the first time; nil for none.
        package let from: String?

        package init(name: String, place: Place, from: String?) {
            self.name = name
            self.place = place
            self.from = from
        }
    }

    /// Where the Rust compiler is whose flags are tried.
    package enum Toolchain: Sendable, Hashable {
        case host
        case sandbox
        /// The newest one of a suite, in a root file system that is made for it.
        case suite(String)
    }

    package let suites: [String]
    /// Debian's names of architectures.
    package let architectures: [String]
    /// Names of packages; `*` stands for any text.
    package let packages: [String]
    /// A sandbox lock whose packages are looked at, too; nil for none.
    package let lock: String?
    /// Names of packages with kernel configurations; `*` stands for any text.
    package let kernels: [String]
    /// Names without `CONFIG_` of the options that are read.
    package let options: [String]
    package let toolchains: [Toolchain]
    /// Files, and folders of files, with vendors' configurations.
    package let configurations: [String]
    package let trees: [Tree]

    package init(
        suites: [String], architectures: [String], packages: [String], lock: String?, kernels: [String],
        options: [String], toolchains: [Toolchain], configurations: [String], trees: [Tree]
    ) {
        self.suites = suites
        self.architectures = architectures
        self.packages = packages
        self.lock = lock
        self.kernels = kernels
        self.options = options
        self.toolchains = toolchains
        self.configurations = configurations
        self.trees = trees
    }
}
