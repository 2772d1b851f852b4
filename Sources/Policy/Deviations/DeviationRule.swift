// SPDX-License-Identifier: Apache-2.0
internal import Records

/// DEV: in what a kernel differs from what its upstream, its compiler and its distribution stand for. Found, never typed in.
enum DeviationRule {
    static let flag = RuleDescription(
        "DEV001", .warning, "an unstable compiler flag is used", plural: "unstable compiler flags are used",
        check:
            "No command of the build gives rustc a flag after -Z, as the list of what the kernel was built from has them.",
        rationale:
            "An unstable flag may change or go with any release of the compiler, and nobody promises what it does.",
        remediation: "Wait until the flag is stable (`bessemer timeline`), or accept it: `bessemer waiver request`.",
        sources: ["rustc book, Unstable features", "rust/Makefile"])
    static let unlocked = RuleDescription(
        "DEV002", .warning, "a released compiler is unlocked for unstable features",
        check: "rustc is a released one and accepted unstable flags, which only RUSTC_BOOTSTRAP makes it do.",
        rationale: "The compiler's authors ask not to do that: what it unlocks is tested in nightly compilers alone.",
        remediation: "Accept it until the flags are stable: `bessemer waiver request`.",
        sources: ["Makefile (RUSTC_BOOTSTRAP)", "rustc book, RUSTC_BOOTSTRAP"])
    static let nightly = RuleDescription(
        "DEV003", .warning, "the compiler is a nightly one",
        check: "The compiler's version says that it is a released one.",
        rationale: "A nightly compiler is a day's state; a distribution supports none.",
        remediation: "Use a released compiler, or pin the day in the policy and accept it: `bessemer waiver request`.",
        sources: ["rustc book, What is rustc?"])
    static let protection = RuleDescription(
        "DEV004", .warning, "a protection is lost", plural: "protections are lost",
        check: "No option that protects the kernel is on without Rust and off with it.",
        rationale: "The kernel with Rust gives up what the shop's kernels have.",
        remediation:
            "Look on which machines that counts (`bessemer config explain`), and accept it: `bessemer waiver request`.",
        sources: ["arch/s390/Kconfig", "arch/s390/kernel/nospec-branch.c"])
    static let patch = RuleDescription(
        "DEV005", .warning, "a patch is not shown to be upstream", plural: "patches are not shown to be upstream",
        check: "Each patch that was applied is in the tree that is given as upstream, by patch-id.",
        rationale: "The kernel's maintainers do not stand for code that they do not have.",
        remediation: "Give the patch-ids of the upstream tree (--patch-ids), or accept it: `bessemer waiver request`.",
        sources: ["git-patch-id(1)"])
    static let mixed = RuleDescription(
        "DEV006", .note, "compilers of two makers are mixed in one image",
        check: "C and Rust code are compiled by compilers of one maker.",
        rationale: "GCC and LLVM agree on the ABI by tests and not by one code; upstream tests Rust with LLVM first.",
        remediation: "See that the audit's families LAY, FRM and ISA pass: they check what has to agree.",
        sources: ["Documentation/rust/arch-support.rst"])
    static let skipped = RuleDescription(
        "DEV007", .note, "tests of a suite were skipped", plural: "suites have skipped tests",
        check: "Every test of every suite that ran was decided.",
        rationale: "What a skipped test covers is not shown.",
        remediation: "Read why each was skipped (`bessemer evidence show RUN`).",
        sources: ["Documentation/dev-tools/ktap.rst"])
    static let option = RuleDescription(
        "DEV008", .warning, "an option was requested and is not in effect",
        plural: "options were requested and are not in effect",
        check: "Each option of the base and the fragments is in the final configuration.",
        rationale: "The kernel is not the one that was requested.",
        remediation: "Read the reason (`bessemer config explain OPTION`), and correct the fragment.",
        sources: ["Documentation/kbuild/kconfig-language.rst"])
    static let tool = RuleDescription(
        "DEV009", .warning, "a tool belongs to no package", plural: "tools belong to no package",
        check: "Each tool of the build is owned by a package of the sandbox's lock.",
        rationale: "Nobody's security updates cover it.",
        remediation: "Take the tool from a package, or accept it: `bessemer waiver request`.", sources: ["dpkg(1)"])
    static let series = RuleDescription(
        "DEV010", .warning, "the source was changed by Bessemer's patches",
        check: "The source is built as it came.",
        rationale: "Upstream supports Rust on s390 from 7.2 on; an older line, or a fix, is the shop's own to keep.",
        remediation: "Plan the change to a kernel line that has it (`bessemer timeline`).",
        sources: ["Documentation/rust/arch-support.rst"])
    static let unlisted = RuleDescription(
        "DEV011", .warning, "it is not known which flags the compilers were given", decides: .unknown,
        check: "The run has a list of what the kernel was built from.",
        rationale: "What was not looked for is not absent.",
        remediation: "Run the pilot with a Bessemer that records materials.", sources: ["Docs/Materials.md"])

    static let family = "DEV"

    static let descriptions = [
        flag, unlocked, nightly, protection, patch, mixed, skipped, option, tool, series, unlisted,
    ]

    static func findings(in facts: DeviationFacts) -> [Finding] {
        compiler(facts) + protections(facts.run) + patches(facts) + tests(facts.run) + options(facts.run)
            + tools(facts)
    }

    private static func at(_ file: String, _ symbol: String? = nil) -> Finding.Location {
        Finding.Location(file: file, symbol: symbol)
    }

    private static func compiler(_ facts: DeviationFacts) -> [Finding] {
        guard let rustc = facts.tool("rust-compiler") else { return [] }
        var findings = (facts.unstableFlags ?? []).map { flag in
            Self.flag.finding(
                "rustc is given \(flag)", at: at("rustc", flag), expected: "no flag after -Z", found: flag)
        }
        switch facts.compilerGate {
        case .bootstrap:
            findings.append(
                unlocked.finding(
                    at: at("rustc", "RUSTC_BOOTSTRAP"), expected: "stable flags alone",
                    found: "\(rustc.version), given \((facts.unstableFlags ?? []).joined(separator: " "))"))
        case .nightly:
            findings.append(nightly.finding(at: at("rustc", "nightly"), expected: "a release", found: rustc.version))
        case nil:
            findings.append(unlisted.finding(at: at("rustc", "flags"), found: "the run has no list of materials"))
        case .stable: break
        }
        if let c = facts.tool("c-compiler"), !c.version.contains("clang") {
            findings.append(
                mixed.finding(
                    at: at("compilers", "gcc and rustc"), expected: "clang and rustc",
                    found: "\(c.version); \(rustc.version)"))
        }
        return findings
    }

    private static func protections(_ run: RunRecord) -> [Finding] {
        (run.difference?.changes ?? []).compactMap { change in
            guard change.group == .lost, let security = change.security, security.kind != .toolchain else { return nil }
            return protection.finding(
                "\(change.option) is lost" + (security.follows.map { ", as \($0) is" } ?? ""),
                at: at(".config", change.option),
                expected: change.baseline ?? "on", found: security.machines ?? security.meaning)
        }
    }

    private static func patches(_ facts: DeviationFacts) -> [Finding] {
        guard let series = facts.run.enablement?.series else { return [] }
        let open = series.patches.filter { facts.upstream?.contains($0.identifier) != true }
        let findings = open.map { patch in
            Self.patch.finding(
                "“\(patch.subject)” is not shown to be upstream", at: at("patches", patch.subject),
                expected: "its patch-id in the upstream tree",
                found: facts.upstream == nil ? "no upstream tree was given" : "not there: \(patch.identifier)")
        }
        guard !series.patches.isEmpty else { return findings }
        let title =
            series.isFixes
            ? "the source needed corrections for Rust on s390"
            : "Rust on s390 was brought to a source that lacks it"
        return findings + [
            Self.series.finding(
                title, at: at("series", series.name), expected: "none",
                found: "\(series.patches.count) patches on \(facts.run.source.version)")
        ]
    }

    private static func tests(_ run: RunRecord) -> [Finding] {
        run.boot.tests.compactMap { suite in
            let skips = suite.leaves.filter { $0.result.outcome == .skip }
            guard !skips.isEmpty else { return nil }
            let reasons = Set(skips.compactMap(\.result.skipReason)).sorted()
            return skipped.finding(
                "\(skips.count) of \(suite.leaves.count) tests of \(suite.name) were skipped",
                at: at("tests", suite.name), found: reasons.prefix(3).joined(separator: "; "))
        }
    }

    /// Options that somebody needs each; of those that are there to have as many tests as can be, one for all.
    private static func options(_ run: RunRecord) -> [Finding] {
        let unmet = run.configuration.unmet
        let optional = unmet.filter { !$0.required }
        var findings = unmet.filter(\.required).map { option in
            Self.option.finding(
                "\(option.option) is not in effect", at: at(".config", option.option), expected: option.requested,
                found: "\(option.got): \(option.reason)")
        }
        if let first = optional.first {
            findings.append(
                Self.option.finding(
                    "\(optional.count) of the options for tests are not in effect", at: at(".config", "tests"),
                    found: "\(first.option): \(first.reason)"))
        }
        return findings
    }

    private static func tools(_ facts: DeviationFacts) -> [Finding] {
        facts.run.toolchain.filter { $0.package == nil }.map { tool in
            Self.tool.finding("\(tool.name) belongs to no package", at: at("toolchain", tool.role), found: tool.path)
        }
    }
}
