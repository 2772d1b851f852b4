// SPDX-License-Identifier: Apache-2.0
package import Records

/// What deviations are found in.
package struct DeviationFacts: Sendable {
    package let run: RunRecord
    /// Unstable flags that rustc was given, without their values, from the list of what the kernel was built from; nil where
    /// the run has no such list.
    package let unstableFlags: [String]?
    /// Identifiers of patches (`git patch-id --stable`) that the tree has that was given as upstream; nil where none was.
    package let upstream: Set<String>?

    package init(run: RunRecord, unstableFlags: [String]?, upstream: Set<String>?) {
        self.run = run
        self.unstableFlags = unstableFlags
        self.upstream = upstream
    }

    func tool(_ role: String) -> Tool? { run.toolchain.first { $0.role == role } }

    /// The day in a nightly compiler's version (`rustc 1.99.0-nightly (0123abcde 2026-10-01)`); nil where it has none.
    package var nightly: Day? {
        compilerVersion.firstMatch(of: #/[0-9a-f]{7,12} ([0-9]{4}-[0-9]{2}-[0-9]{2})/#).flatMap { Day(String($0.1)) }
    }

    private var compilerVersion: String { tool("rust-compiler")?.version ?? "" }

    /// How the compiler came to accept unstable flags; nil where that is not known.
    package var compilerGate: Policy.CompilerGate? {
        guard tool("rust-compiler") != nil else { return nil }
        if compilerVersion.contains("-nightly") || compilerVersion.contains("-dev") { return .nightly }
        return unstableFlags.map { $0.isEmpty ? .stable : .bootstrap }
    }
}

extension KernelMaterials {
    /// Flags after `-Z` in the commands that ran rustc, without their values, sorted (rustc's `-Z help`).
    package var unstableFlags: [String] {
        let compilers = Set(tools.indices.filter { tools[$0].name.split(separator: "/").last == "rustc" })
        var flags: Set<String> = []
        for step in steps where step.tools.indices.contains(where: compilers.contains) {
            let words = step.command.split(whereSeparator: \.isWhitespace)
            for (word, next) in zip(words, words.dropFirst() + [""]) where word.hasPrefix("-Z") {
                let flag = word == "-Z" ? next : word.dropFirst(2)
                flags.insert("-Z" + flag.prefix { $0 != "=" })
            }
        }
        return flags.sorted()
    }
}
