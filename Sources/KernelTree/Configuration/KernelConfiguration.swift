// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records
package import Sandbox
package import SystemPackage

/// A wish for a kernel's configuration: a base, and fragments laid over it in order.
package struct KernelConfiguration: Sendable, Hashable {
    package enum Base: Sendable, Hashable {
        /// `tinyconfig`, `defconfig`, or a `*_defconfig` of arch/s390/configs.
        case named(String)
        case file(FilePath)

        package var name: String {
            switch self {
            case .named(let name): name
            case .file(let path): path.string
            }
        }

        /// Takes `tinyconfig`, `defconfig`, the name of one of the tree's s390 `*_defconfig`s, or a file's path.
        /// Throws `Failure` with code `configuration.no-such-base` that names what there is.
        package init(_ text: String, in tree: KernelTree) throws {
            let named = ["tinyconfig", "defconfig"] + Self.names(in: tree)
            let all = named.joined(separator: ", ")
            func refuse(_ found: String, _ advice: String) -> Failure {
                Failure("configuration.no-such-base", found, advice: advice)
            }
            if named.contains(text) {
                self = .named(text)
            } else if text == "rustdefconfig" || text == "rust_defconfig" {
                throw refuse(
                    "no kernel has a configuration named \(text)",
                    "use the base defconfig with the fragment rust.config: "
                        + "`make ARCH=s390 CROSS_COMPILE=s390x-linux-gnu- defconfig rust.config`")
            } else if text.contains("/") || Files.exists(FilePath(text)) {
                guard Files.exists(FilePath(text)), !Files.isDirectory(FilePath(text)) else {
                    throw refuse("there is no configuration file \(text)", "name a .config file, or one of \(all)")
                }
                self = .file(FilePath(text))
            } else {
                throw refuse(
                    "the tree \(tree.path) has no configuration named \(text)", "name a file, or one of \(all)")
            }
        }

        /// What the base's own file sets an option to; nil where it does not, or has no file (tinyconfig).
        ///
        /// Throws `Failure` with code `configuration.unreadable` where the file of `.file` can't be read.
        package func setting(_ option: String, in tree: KernelTree) throws -> String? {
            switch self {
            case .named(let name): tree.text("arch/s390/configs/\(name)").flatMap { DotConfig($0)[option] }
            case .file(let file): try DotConfig(file: file)[option]
            }
        }

        /// The `*_defconfig`s that the tree has for s390, sorted.
        static func names(in tree: KernelTree) -> [String] {
            tree.names(in: "arch/s390/configs")
                .filter { $0.hasSuffix("_defconfig") && $0.utf8.allSatisfy(KconfigToken.isWord) }
        }
    }

    package struct Fragment: Encodable, Sendable, Hashable {
        package let name: String
        package let text: String
        /// False for "as many of these as can be": what does not stick is told and is no reason to stop.
        package let required: Bool

        package init(name: String, text: String, required: Bool) {
            self.name = name
            self.text = text
            self.required = required
        }
    }

    package var base: Base
    package var fragments: [Fragment]

    package init(base: Base, fragments: [Fragment]) {
        self.base = base
        self.fragments = fragments
    }

    /// Configures: the kernel's own `merge_config.sh` and `make olddefconfig`, in the sandbox.
    ///
    /// The tree is mounted read-only, `.config` and the tools that make it go to `objects`; what they print goes to
    /// `log`. Throws `Failure` with code `configuration.failed`, `configuration.unreadable` (a fragment that is none),
    /// `configuration.credential`, `tree.not-clean`, `build.time-limit`, `build.disk-limit`, `disk.full`.
    package func apply(
        to tree: KernelTree, objects: FilePath, compilerCache: FilePath? = nil, sandbox: SandboxRoot, log: FilePath,
        limits: BuildLimits = .standard, clock: HostClock = .system,
        onStep: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> ConfigurationFacts {
        try refuseCredentials(in: tree)
        for fragment in fragments {
            if let line = DotConfig(fragment.text).unread.first {
                throw Failure(
                    "configuration.unreadable", "line \(line) of the fragment \(fragment.name) sets no option",
                    advice: "write CONFIG_NAME=y, or # CONFIG_NAME is not set")
            }
        }
        try Files.makeDirectory(objects)
        if let compilerCache { try Files.makeDirectory(compilerCache) }
        let fragmentFolder = FilePath(objects.string + ".fragments")
        try Files.remove(fragmentFolder)
        try Files.makeDirectory(fragmentFolder)
        defer { try? Files.remove(fragmentFolder) }
        let kbuild = Kbuild(
            tree: tree, objects: objects, compilerCache: compilerCache, sandbox: sandbox,
            more: [Mount(fragmentFolder, at: Kbuild.fragments)])

        onStep("base \(base.name)")
        let output = try BuildLog(at: log)
        let made = ForeignFolder(objects)
        func run(_ command: Command) async throws {
            try await made.refusingSpecialFiles {
                let ending = try await command.stream(
                    within: limits, writing: [objects, compilerCache].compactMap { $0 },
                    doing: "configuring the kernel", log: log, clock: clock
                ) { bytes in
                    try output.take(bytes)
                    return .more
                }
                try check(ending, output, log)
            }
        }
        switch base {
        case .named(let name): try await run(kbuild.make([name]))
        case .file(let file):
            try made.write(try Files.bytes(file, limit: ForeignFolder.Limit.source), to: DotConfig.name)
        }
        var inside: [String] = []
        for (number, fragment) in fragments.enumerated() {
            let name = "\(number).config"
            try AtomicFile.write(fragment.text, to: fragmentFolder.appending(name))
            inside.append("\(Kbuild.fragments)/\(name)")
        }
        if !inside.isEmpty {
            onStep("fragments")
            let merge = Command(
                "\(Kbuild.source)/scripts/kconfig/merge_config.sh",
                ["-m", "-O", Kbuild.objects, "\(Kbuild.objects)/.config"] + inside,
                // Kernels before 7.0 make a temporary file where they are run.
                workingDirectory: FilePath(Kbuild.objects))
            try await run(kbuild.inSandbox(merge))
        }
        onStep("olddefconfig")
        try await run(kbuild.make(["olddefconfig"]))
        do {
            try ConfigurationCredentials.refuse(in: DotConfig(of: made), named: "the finished .config")
        } catch {
            // Also a step that fails keeps its files.
            try Files.remove(objects)
            try Files.remove(log)
            throw error
        }
        onStep("comparing with what was asked")
        return try facts(tree: tree, objects: objects, log: output)
    }

    /// Before anything of them is written down. Throws `Failure` with code `configuration.credential`, and as reading does.
    private func refuseCredentials(in tree: KernelTree) throws {
        switch base {
        case .named(let name):
            if let text = tree.text("arch/s390/configs/\(name)") {
                try ConfigurationCredentials.refuse(in: DotConfig(text), named: name)
            }
        case .file(let file): try ConfigurationCredentials.refuse(in: [file])
        }
        for fragment in fragments {
            try ConfigurationCredentials.refuse(in: DotConfig(fragment.text), named: "the fragment \(fragment.name)")
        }
    }

    private func check(_ ending: Ending, _ output: BuildLog, _ log: FilePath) throws {
        guard !ending.succeeded else { return }
        let error = output.firstError(log: log)
        if error.text.contains("*** The source tree is not clean") {
            throw Failure(
                "tree.not-clean",
                "the kernel tree holds the results of an earlier build, so it can't be built elsewhere",
                advice: "run `make ARCH=s390 mrproper` in it, or give a clean copy (`git worktree add`)",
                underlying: error.text)
        }
        throw error.failure("configuration.failed", doing: "configuring the kernel")
    }

    /// Compares what was asked for with the finished `.config`.
    func facts(tree: KernelTree, objects: FilePath, log: BuildLog) throws -> ConfigurationFacts {
        let configuration = try DotConfig(of: ForeignFolder(objects))
        let kconfig = try Kconfig(tree)
        let evaluation = KconfigEvaluation(kconfig, configuration)

        var wishes: [String: (asked: String, isQuoted: Bool, required: Bool)] = [:]
        var last: [String: (asked: String, fragment: String)] = [:]
        var order: [String] = []
        var facts: [ConfigurationFacts.Fragment] = []
        for fragment in fragments {
            let wanted = DotConfig(fragment.text)
            facts.append(.init(name: fragment.name, sha256: Digest(of: fragment.text), options: wanted.names.count))
            for name in wanted.names {
                let asked = wanted[name] ?? "n"
                let isQuoted = wanted.settings[name]?.isQuoted ?? false
                let before = wishes[name]
                last[name] = (asked, fragment.name)
                if before == nil { order.append(name) }
                // What is needed is not weakened by a later wish; the last of equals counts, as it does in merging.
                if let before, before.required, !fragment.required { continue }
                wishes[name] = (asked, isQuoted, fragment.required)
            }
        }
        var warnings = log.warnings
        var missed = order.filter { name in
            guard let wish = wishes[name], !evaluation.isInEffect(name, asked: wish.asked) else { return false }
            guard let successor = evaluation.successor(of: name, carrying: wish.asked) else { return true }
            warnings.append(
                "CONFIG_\(name) was renamed: CONFIG_\(successor.name) has its value \(wish.asked) (\(successor.place.text))"
            )
            return false
        }
        missed.sort { $0.precedes($1) }
        let undeclared = Set(missed.filter { kconfig.declarations[$0] == nil })
        // Each takes a look at every name that there is.
        let similar = undeclared.count > Self.mostLookups ? [] : undeclared
        let elsewhere = Kconfig.placesElsewhere(of: undeclared, in: tree, besides: kconfig)
        let unmet = missed.compactMap { name -> ConfigurationFacts.Unmet? in
            guard let wish = wishes[name] else { return nil }
            let declaration = kconfig.declarations[name]?.first
            let explanation = evaluation.explanation(of: name, asked: wish.asked, isQuoted: wish.isQuoted)
            var reason = explanation?.text ?? "the Kconfig files give no reason"
            if let later = last[name], later.asked != wish.asked {
                reason = "the fragment \(later.fragment), which comes later, asks for \(later.asked)"
            } else if declaration == nil {
                reason =
                    elsewhere[name].map { "declared only in \($0.text), which s390 does not include" }
                    ?? "no Kconfig file of this tree declares it"
                let names = similar.contains(name) ? kconfig.similarNames(to: name) : []
                if !names.isEmpty { reason += "; similar names: " + names.joined(separator: ", ") }
            }
            let place = declaration?.place
            return ConfigurationFacts.Unmet(
                option: "CONFIG_\(name)", requested: wish.asked, got: configuration[name] ?? "n",
                required: wish.required,
                reason: reason, file: place?.file, line: place?.line, reasonFile: explanation?.place?.file,
                reasonLine: explanation?.place?.line)
        }
        let tests = kconfig.testOptions.filter { configuration[$0] == "y" || configuration[$0] == "m" }
        return ConfigurationFacts(
            base: base.name, fragments: facts, digest: configuration.digest, enabled: configuration.enabled,
            requested: order.count, unmet: unmet, rust: configuration["RUST"] == "y",
            testOptions: tests.map { "CONFIG_\($0)" },
            warnings: warnings)
    }

    private static let mostLookups = 100
}
