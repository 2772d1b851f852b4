// SPDX-License-Identifier: Apache-2.0
internal import Guest
internal import Host
internal import Records

/// Numbers as people read them.
enum Quantity {
    static func seconds(_ value: Double) -> String { "\((value * 10).rounded() / 10) s" }
}

/// Turns what a session's console shows into steps of the drill.
///
/// A pass needs its evidence on the console; what was not reached is unknown, and what came out wrong has failed.
struct DrillJudge {
    typealias Step = RollbackDrill.Step
    typealias Boot = DrillConsole.Boot
    typealias Word = DrillConsole.Word

    /// What each kernel shows of itself.
    let fingerprints: [KernelRole: Digest]

    /// What had to happen.
    struct Claim {
        let name: String
        let title: String
        let expected: String
    }

    /// What a step came to, and the line that shows it.
    private struct Finding: Error {
        let verdict: RollbackDrill.Verdict
        let found: String
        let word: Word?

        static func pass(_ found: String, _ word: Word? = nil) -> Finding {
            Finding(verdict: .pass, found: found, word: word)
        }

        static func fail(_ found: String, _ word: Word? = nil) -> Finding {
            Finding(verdict: .fail, found: found, word: word)
        }

        static func unknown(_ found: String, _ word: Word? = nil) -> Finding {
            Finding(verdict: .unknown, found: found, word: word)
        }

        /// The same as the end of something that was seen: what did not come to pass then has failed.
        func after(_ start: String, _ word: Word? = nil) -> Finding {
            Finding(verdict: verdict == .pass ? .pass : .fail, found: start + found, word: self.word ?? word)
        }
    }

    /// What a claim came to, in that time; a finding that is thrown took the whole session.
    private func step(
        _ claim: Claim, _ result: DrillSession.Result, _ seconds: Double? = nil,
        _ judge: () throws(Finding) -> Finding
    ) -> Step {
        let finding: Finding
        var seconds = seconds ?? result.seconds
        do {
            finding = try judge()
        } catch {
            finding = error
            seconds = result.seconds
        }
        return Step(
            name: claim.name, title: claim.title, expected: claim.expected, found: finding.found,
            line: finding.word?.whole, console: result.log.file, lineNumber: finding.word?.line,
            verdict: finding.verdict, seconds: (max(0, seconds) * 1000).rounded() / 1000)
    }

    /// A step for which nothing was run.
    static func unreached(_ claim: Claim, _ rationale: String) -> Step {
        Step(
            name: claim.name, title: claim.title, expected: claim.expected, found: rationale, line: nil, console: nil,
            lineNumber: nil, verdict: .unknown, seconds: 0)
    }

    private func name(of fingerprint: Digest?) -> String {
        guard let fingerprint else { return "a kernel that did not say what it is" }
        for role in KernelRole.allCases where fingerprints[role] == fingerprint { return "the \(role.rawValue)" }
        return "another kernel (\(fingerprint.short))"
    }

    /// Whether this boot is of that kernel, by the plan's entry.
    private func arrived(_ boot: Boot?, _ role: KernelRole) -> Bool {
        boot?.fingerprint != nil && boot?.fingerprint == fingerprints[role] && !isBefore(boot)
    }

    /// Whether this boot is by the machine's own entry, whose kernel is a copy of the baseline.
    private func isBefore(_ boot: Boot?) -> Bool {
        boot?.word("options")?.text.contains(DrillDisk.beforeParameter) == true
    }

    private func name(of boot: Boot?) -> String {
        isBefore(boot) ? "the machine's own entry" : name(of: boot?.fingerprint)
    }

    // MARK: Claims

    static func meeting(_ role: KernelRole) -> Claim {
        Claim(
            name: "start-\(role.rawValue)", title: "The \(role.rawValue) starts and has what the drill needs",
            expected: "a virtio disk, DOS partitions, ext4, re-IPL settings")
    }
    static let disk = Claim(
        name: "disk", title: "A disk with a boot menu of its own", expected: "mke2fs, the packages and zipl succeed")
    static let dryRun = Claim(
        name: "install-dry-run", title: "install --dry-run",
        expected: "zipl takes the menu, and no file or link on the disk is another afterwards")
    static let install = Claim(
        name: "install", title: "install beside boot loader entries, without an /etc/zipl.conf",
        expected: "zipl is run last and succeeds, with the machine's own entry as the default")
    static let classic = Claim(
        name: "classic", title: "install and uninstall beside an /etc/zipl.conf",
        expected: "both succeed, and no file or link on the disk is another afterwards")
    static let kept = Claim(
        name: "kept", title: "IPL from the disk after install",
        expected: "the machine's own entry starts, as before: neither kernel of the plan has come up yet")
    static let promotion = Claim(
        name: "promotion", title: "bessemer-trial baseline, a reboot, bessemer-promote",
        expected: "the baseline starts once, and becomes the default")
    static let ipl = Claim(name: "ipl", title: "IPL from the disk", expected: "the baseline starts")
    static let trial = Claim(
        name: "trial", title: "bessemer-trial and a reboot", expected: "the candidate starts, by load parameter 2")
    static let reset = Claim(
        name: "reset", title: "The re-IPL target is reset early in the trial",
        expected: "the trial would start itself again; after the unit's command the load parameter is empty")
    static let back = Claim(name: "back", title: "A reboot of the trial", expected: "the baseline starts")
    static func panic(byRust: Bool) -> Claim {
        Claim(
            name: "panic", title: byRust ? "A panic in Rust code" : "A panic (by sysrq, in C)",
            expected: "the kernel panics, and the baseline starts by itself")
    }
    static func hang(byRust: Bool) -> Claim {
        Claim(
            name: "hang",
            title: byRust ? "A hang in Rust code, interrupts off on every CPU" : "User space that does nothing more",
            expected: "the diag288 watchdog resets the machine, and it comes to the baseline by itself")
    }
    static func cut(_ number: Int, of count: Int) -> Claim {
        Claim(
            name: "power-cut-\(number)", title: "Power cut while zipl writes (\(number) of \(count))",
            expected: "the disk still starts the baseline")
    }
    static let uninstall = Claim(
        name: "uninstall", title: "uninstall",
        expected: "every file, link and mode is what it was before install, and the old menu starts the baseline")

    // MARK: Judging

    func meeting(_ role: KernelRole, _ result: DrillSession.Result) -> Step {
        step(Self.meeting(role), result, result.arrival(1)) {
            guard let boot = result.boot(1), let kernel = boot.word("kernel") else {
                return .fail("the kernel did not come to user space: \(result.ending)")
            }
            // Without a watchdog or sysrq the drill does the nearest that it can.
            let missing = boot.words.filter {
                $0.name == "lacks" && !["watchdog", "sysrq"].contains($0.text)
                    && !(role == .candidate && $0.text == "partition")
            }
            if let first = missing.first {
                return .fail("it lacks: \(missing.map(\.text).joined(separator: ", "))", first)
            }
            return .pass(boot.word("version")?.text ?? "", kernel)
        }
    }

    func installation(_ result: DrillSession.Result) -> [Step] {
        guard let boot = result.boot(1) else {
            return [Self.disk, Self.dryRun, Self.classic, Self.install].map { Self.unreached($0, result.ending) }
        }
        var from = boot.words.first?.seconds ?? 0
        /// The commands in their order, the first that did not succeed deciding.
        func commands(_ claim: Claim, _ names: [String], then: (Word) -> Finding) -> Step {
            let name = names.first { boot.status($0) != 0 } ?? names[names.count - 1]
            guard let word = boot.word("status", name) else {
                return step(claim, result, 0) { .unknown("\(name) was not reached: \(result.ending)") }
            }
            defer { from = word.seconds }
            return step(claim, result, word.seconds - from) {
                boot.status(name) == 0 ? then(word) : .fail("\(name) failed: \(boot.end(of: name))", word)
            }
        }
        return [
            commands(Self.disk, ["mke2fs", "copy", "zipl-before"]) {
                .pass(boot.output("zipl-version").first ?? "zipl ran", $0)
            },
            commands(Self.dryRun, ["install-dry-run"]) { word in
                comparison(boot, "install-dry-run", after: word)
                    ?? .pass("zipl took the menu; /boot, /etc, /usr/local and /var/lib are as they were", word)
            },
            commands(Self.classic, ["classic-install", "classic-uninstall"]) { word in
                comparison(boot, "classic", after: word)
                    ?? .pass("zipl: " + Self.entries(boot.output("classic-install")), word)
            },
            commands(Self.install, ["install"]) { word in
                let said = boot.output("install")
                guard let standard = said.last(where: { $0.contains("' (default)") }),
                    standard.contains("'\(DrillDisk.entryBefore)'"),
                    boot.word("unmounted") != nil
                else { return .unknown("zipl's own word on the default is missing", word) }
                return .pass("zipl: " + Self.entries(said), word)
            },
        ]
    }

    /// The menu that zipl has written, or would write, last.
    private static func entries(_ said: [String]) -> String {
        let adding = said.filter { $0.hasPrefix("Adding #") }
        return adding.suffix((adding.lastIndex { $0.hasPrefix("Adding #1:") }).map { adding.count - $0 } ?? 0)
            .joined(separator: ", ")
    }

    /// What the guest's comparison of the disk before and after found; nil for no difference.
    private func comparison(_ boot: Boot, _ name: String, after word: Word?) -> Finding? {
        guard let status = boot.status("compare-\(name)") else {
            return .unknown("what was on the disk before and after is not known", word)
        }
        guard status != 0 else { return nil }
        let differences = boot.output("compare-\(name)").filter { $0.hasPrefix("+") || $0.hasPrefix("-") }
        return .fail(
            "on the disk differs: " + differences.prefix(6).joined(separator: "; "),
            boot.word("status", "compare-\(name)"))
    }

    func ipl(_ result: DrillSession.Result) -> Step {
        step(Self.ipl, result, result.arrival(1)) { arrival(result, 1, .baseline) }
    }

    private func arrival(_ result: DrillSession.Result, _ number: Int, _ role: KernelRole) -> Finding {
        guard let boot = result.boot(number) else { return .fail("no kernel came: \(result.ending)") }
        guard let kernel = boot.word("kernel") else {
            return .fail("the kernel did not come to user space: \(result.ending)")
        }
        return Finding(
            verdict: arrived(boot, role) ? .pass : .fail, found: "\(name(of: boot)) started" + loaded(boot),
            word: kernel)
    }

    /// By the machine's own entry.
    private func arrivalBefore(_ result: DrillSession.Result) -> Finding {
        guard let boot = result.boot(1), let kernel = boot.word("kernel") else {
            return .fail("no kernel came to user space: \(result.ending)")
        }
        guard isBefore(boot), boot.fingerprint == fingerprints[.baseline] else {
            return .fail("\(name(of: boot)) started, not the machine's own entry" + loaded(boot), kernel)
        }
        return .pass("\(name(of: boot)) started" + loaded(boot), kernel)
    }

    func kept(_ result: DrillSession.Result) -> Step {
        step(Self.kept, result, result.arrival(1)) { arrivalBefore(result) }
    }

    func promotion(_ result: DrillSession.Result) -> Step {
        step(Self.promotion, result) { () throws(Finding) in
            let before = arrivalBefore(result)
            guard before.verdict == .pass else { return .unknown(before.found, before.word) }
            try checkChoice(result, "bessemer-trial baseline")
            let again = arrival(result, 2, .baseline)
            guard again.verdict == .pass, let boot = result.boot(2) else { return again }
            let word = boot.word("status", "promote")
            guard let status = boot.status("promote") else {
                return .unknown("\(again.found), and bessemer-promote did not end: \(result.ending)", word)
            }
            guard status == 0 else { return .fail("bessemer-promote failed: \(boot.end(of: "promote"))", word) }
            return .pass("\(again.found); then zipl: \(Self.entries(boot.output("promote")))", word)
        }
    }

    private func loaded(_ boot: Boot) -> String {
        boot.loadParameter.map { $0.isEmpty ? ", load parameter empty" : ", load parameter \($0)" } ?? ""
    }

    /// In the first boot of a session, the command that chooses the next has to succeed. Throws what was there instead.
    private func checkChoice(_ result: DrillSession.Result, _ command: String) throws(Finding) {
        let boot = result.boot(1)
        guard let boot, let status = boot.status("trial") else {
            throw .unknown("\(command) did not end: \(result.ending)")
        }
        guard status == 0 else {
            throw .fail(
                "\(command) failed: " + boot.output("trial").joined(separator: "; "), boot.word("status", "trial"))
        }
    }

    /// The first boot of a session has to be the baseline, and the command for the trial to succeed. Throws what was
    /// there instead.
    private func start(_ result: DrillSession.Result) throws(Finding) {
        guard let boot = result.boot(1), arrived(boot, .baseline) else {
            throw .unknown("the baseline did not start first: \(result.ending)", result.boot(1)?.word("kernel"))
        }
        try checkChoice(result, "bessemer-trial")
    }

    /// The trial's boot, which comes second. Throws what was there instead.
    private func second(_ result: DrillSession.Result) throws(Finding) -> Boot {
        try start(result)
        let boot = result.boot(2)
        guard let boot, arrived(boot, .candidate) else {
            throw .unknown("\(name(of: boot)) started, not the candidate: \(result.ending)", boot?.word("kernel"))
        }
        return boot
    }

    private func between(_ result: DrillSession.Result, _ first: Int, _ second: Int) -> Double {
        result.arrival(second) - (result.boot(first)?.words.last?.seconds ?? 0)
    }

    func trial(_ result: DrillSession.Result) -> [Step] {
        func unreached(_ rationale: String) -> [Step] {
            [Self.reset, Self.back].map { Self.unreached($0, rationale) }
        }
        do {
            try start(result)
        } catch {
            return [step(Self.trial, result) { error }] + unreached("there was no trial")
        }
        let trial = step(Self.trial, result, between(result, 1, 2)) { arrival(result, 2, .candidate) }
        guard trial.verdict == .pass, let boot = result.boot(2) else {
            return [trial] + unreached("the trial did not start")
        }
        let back = step(Self.back, result, between(result, 2, 3)) { arrival(result, 3, .baseline) }
        return [trial, reset(result, boot), back]
    }

    private func reset(_ result: DrillSession.Result, _ boot: Boot) -> Step {
        let before = boot.word("target-before")
        guard let before, let after = boot.word("target-after"), let action = boot.word("on-panic") else {
            return step(Self.reset, result, 0) {
                .unknown("the re-IPL target was not reported: \(result.ending)", before)
            }
        }
        return step(Self.reset, result, after.seconds - before.seconds) {
            let number = KernelRole.candidate.menuNumber
            guard boot.status("reset") == 0, after.text.hasSuffix("loadparm="), action.text == "reipl" else {
                return .fail("afterwards the target is \(after.text), and on a panic: \(action.text)", after)
            }
            let itself = before.text.hasSuffix("loadparm=\(number)")
            return .pass(
                (itself ? "the kernel had load parameter \(number) for its own re-IPL" : "before: \(before.text)")
                    + "; afterwards it is empty, and a panic leads to a re-IPL", after)
        }
    }

    func panic(_ result: DrillSession.Result, byRust: Bool) -> Step {
        step(Self.panic(byRust: byRust), result, between(result, 2, 3)) { () throws(Finding) in
            let boot = try second(result)
            guard let death = boot.lastWords.first(where: { $0.text.hasPrefix("Kernel panic") }) else {
                return .unknown("no panic was seen: \(result.ending)", boot.words.last)
            }
            let rust = boot.lastWords.first { $0.text.contains("panicked at") && $0.text.contains("drill_rust.rs") }
            if byRust, rust == nil { return .unknown("the panic is not Rust's: \(death.text)", death) }
            let words = [rust?.text, death.text].compactMap { $0 }.joined(separator: "; ")
            return arrival(result, 3, .baseline).after("\(words); then ", death)
        }
    }

    func hang(_ result: DrillSession.Result, byRust: Bool) -> Step {
        let hang = result.boot(2)?.word("hangs", byRust ? "by Rust" : "by silence")
        // A hypervisor's reset may start the trial once more, by the load parameter of before.
        let again = arrived(result.boot(3), .candidate) && result.boot(3)?.word("status", "reset") == nil
        let number = again ? 4 : 3
        let seconds = result.arrival(number) - (hang?.seconds ?? 0)
        return step(Self.hang(byRust: byRust), result, seconds) { () throws(Finding) in
            let boot = try second(result)
            guard let hang, boot.word("hang", "failed") == nil else {
                throw .unknown("there was no hang: \(result.ending)", boot.words.last)
            }
            guard boot.word("watchdog", "armed")?.text == "armed 0" else {
                throw .unknown("the guest has no watchdog to arm (DIAG288_WATCHDOG)", boot.word("watchdog"))
            }
            guard let reset = result.boot(3) else { return .fail("nothing ended the hang: \(result.ending)", hang) }
            let silence = Quantity.seconds((reset.words.first?.seconds ?? result.seconds) - hang.seconds)
            let how =
                "diag288 (\(DrillScripts.watchdogSeconds) s) reset the machine, which spoke again \(silence) after the hang"
                + (again ? "; it started the trial\(loaded(reset)), and bessemer-reipl-reset sent it back" : "")
            return arrival(result, number, .baseline).after("\(how); ")
        }
    }

    /// Whether the power was cut after zipl had ended, so that an earlier cut may hit it.
    func endedBefore(_ cut: DrillSession.Result, _ next: DrillSession.Result) -> Bool {
        cut.stop != .powerCut || next.boot(1)?.word("zipl-state")?.text == "ended"
    }

    /// `cut` is the session whose power was cut, `next` the one after it; `moment` says when that was.
    func cut(
        _ number: Int, of count: Int, _ cut: DrillSession.Result, _ next: DrillSession.Result, moment: String
    ) -> Step {
        let claim = Self.cut(number, of: count)
        guard cut.console.boots.contains(where: { $0.word("zipl", "begins") != nil }), cut.stop == .powerCut else {
            return step(claim, cut) { .unknown("the power was not cut while zipl ran: \(cut.ending)") }
        }
        return step(claim, next, next.arrival(1)) {
            let arrival = arrival(next, 1, .baseline)
            guard arrival.verdict == .pass, next.boot(1)?.word("zipl-state")?.text != "interrupted" else {
                return arrival.after("zipl was cut \(moment); ")
            }
            return .unknown("zipl had ended before the power was cut (\(moment)); \(arrival.found)", arrival.word)
        }
    }

    func uninstall(_ result: DrillSession.Result, _ next: DrillSession.Result) -> Step {
        guard let boot = result.boot(1), arrived(boot, .baseline), let status = boot.status("uninstall") else {
            return Self.unreached(Self.uninstall, result.ending)
        }
        let word = boot.word("status", "uninstall")
        let failure =
            status == 0
            ? comparison(boot, "uninstall", after: word) : .fail("it failed: \(boot.end(of: "uninstall"))", word)
        if let failure { return step(Self.uninstall, result) { failure } }
        return step(Self.uninstall, next, result.seconds) {
            let arrival = arrivalBefore(next)
            let words = arrival.verdict == .pass ? "the disk is as it was before install; " : ""
            return arrival.after(words + "by the old menu ")
        }
    }
}
