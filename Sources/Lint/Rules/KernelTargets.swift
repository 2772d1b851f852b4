// SPDX-License-Identifier: Apache-2.0
internal import Host
package import SystemPackage

/// What a kernel tree can be asked to make for s390.
package struct KernelTargets: Sendable {
    let name: String
    /// Every word of the tree's top Makefiles; nil where there is no tree, and only configuration targets are judged.
    private let words: Set<String>?
    private let configurations: Set<String>
    /// Files of configs/: NAME_defconfig and NAME.config; nil where there is no tree.
    private let files: Set<String>?

    /// The configuration targets that scripts/kconfig/Makefile has had in every tree from 6.1 to 7.3. They are the only
    /// ones that can be listed without a tree, for the top Makefile hands each `%config` to that file and to no other.
    static let mainline = KernelTargets(
        name: "scripts/kconfig/Makefile", words: nil,
        configurations: [
            "config", "nconfig", "menuconfig", "xconfig", "gconfig", "oldconfig", "localmodconfig", "localyesconfig",
            "defconfig", "savedefconfig", "allnoconfig", "allyesconfig", "allmodconfig", "alldefconfig", "randconfig",
            "listnewconfig", "olddefconfig", "syncconfig", "helpnewconfig", "yes2modconfig", "mod2yesconfig",
            "mod2noconfig", "tinyconfig", "testconfig",
        ], files: nil)

    /// Whether make knows the name. True for what only a run of make could decide.
    func has(_ goal: String) -> Bool {
        if goal.hasSuffix(".config") || goal.hasSuffix("_defconfig") { return files?.contains(goal) ?? true }
        // `PACKAGE-menuconfig` is what Buildroot and its like make: no kernel has such names.
        if words == nil, let dash = goal.lastIndex(of: "-"), goal.hasSuffix("config") {
            return configurations.contains(String(goal[goal.index(after: dash)...]))
        }
        if goal.hasSuffix("config") { return configurations.contains(goal) }
        guard let words else { return true }
        // Objects, folders and device trees go by patterns.
        if goal.contains("/") || goal.contains(".") || words.contains(goal) { return true }
        return words.contains { word in
            guard let percent = word.firstIndex(of: "%"), word.count > 1, word != "%config" else { return false }
            return goal.hasPrefix(word[..<percent]) && goal.hasSuffix(word[word.index(after: percent)...])
        }
    }
}

extension KernelTargets {
    /// Reads a tree's Makefiles. Throws `Failure` with code `lint.tree`.
    package init(tree: FilePath) throws {
        func words(_ file: String) -> Set<String>? {
            let path = tree.appending(file)
            guard let size = Files.size(path), size < 1 << 22, let text = try? Files.text(path) else { return nil }
            let code = text.split(whereSeparator: \.isNewline).map { line in line.prefix { $0 != "#" } }
            return Set(
                code.flatMap { line in
                    line.split { !($0.isLetter || $0.isNumber || "_-.%".contains($0)) }.map(String.init)
                })
        }
        guard let top = words("Makefile"), let kconfig = words("scripts/kconfig/Makefile") else {
            throw Failure(
                "lint.tree", "\(tree) is not a kernel tree: it lacks Makefile or scripts/kconfig/Makefile",
                advice: "name a kernel's source folder with --tree")
        }
        name = tree.string
        self.words = top.union(words("arch/s390/Makefile") ?? []).union(words("scripts/Makefile.package") ?? [])
        configurations = kconfig
        files = Set(["kernel/configs", "arch/s390/configs"].flatMap { Files.names(in: tree.appending($0)) })
    }
}
