// SPDX-License-Identifier: Apache-2.0
internal import Records

/// BOT: whether the guests came to their ends, and the modules in and out.
enum BootRule: RunRule {
    static let ending = RuleDescription(
        "BOT001", .error, "the guest did not come to its end",
        check: "The guest powers itself off after its last step.",
        rationale: "The kernel died, hung or flooded its console; what was to be tested after that is not tested.",
        remediation: "Read the end of console.log; `bessemer test` repeats a boot.",
        sources: ["Docs/Regression.md"])
    static let baseline = RuleDescription(
        "BOT002", .warning, "the baseline's guest did not come to its end", decides: .unknown,
        check: "The guest of the kernel without Rust powers itself off after its last step.",
        rationale: "What failed before Rust came is not known, so what is new is not either.",
        remediation: "Read the end of baseline/guest/console.log; look for the cause before Rust is blamed.",
        sources: ["Docs/Regression.md"])
    static let module = RuleDescription(
        "BOT003", .error, "a module could not be loaded and unloaded",
        plural: "modules could not be loaded and unloaded",
        check: "Each module that was built for the guest is inserted and removed.",
        rationale:
            "A Rust module that does not load has unresolved symbols or relocations that the kernel does not know.",
        remediation: "Read the kernel's messages beside it; `bessemer audit MODULE` looks at its symbols.",
        sources: ["kernel/module/main.c, load_module()", "arch/s390/kernel/module.c"])

    static let descriptions = [ending, baseline, module]

    static func findings(in facts: RunFacts) -> [Finding] {
        var findings: [Finding] = []
        if facts.boot.ending != .powerOff {
            findings.append(
                ending.finding(
                    at: RunFacts.console(facts.boot.consoleLines), expected: "power-off",
                    found: "\(facts.boot.ending.rawValue): \(facts.boot.reached)"))
        }
        if let boot = facts.kernels.baseline?.boot, boot.ending != .powerOff {
            findings.append(
                baseline.finding(
                    at: .init(file: "baseline/console.log", line: boot.consoleLines), expected: "power-off",
                    found: "\(boot.ending.rawValue): \(boot.reached)"))
        }
        for module in facts.boot.modules where !(module.loaded && module.unloaded) {
            findings.append(
                Self.module.finding(
                    "module \(module.name) was \(module.loaded ? "loaded but not unloaded" : "not loaded")",
                    at: .init(file: "\(module.name).ko"), expected: "loaded and unloaded",
                    found: module.messages.suffix(4).joined(separator: "\n")))
        }
        return findings
    }
}
