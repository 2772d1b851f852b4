// SPDX-License-Identifier: Apache-2.0
import Guest
import Host
import Records
import Rollback
import Testing

@testable import Workflows

private let baseline = Digest(of: "baseline")
private let candidate = Digest(of: "candidate")

/// A console as the drill's guest fills it.
private struct Script {
    var text = ""
    let session: String

    init(_ session: String = "trial-1abcdef") { self.session = session }

    mutating func firmware(_ loadParameter: String = "") {
        text += "LOADPARM=[" + loadParameter + String(repeating: " ", count: 8 - loadParameter.count) + "]\r\n"
    }

    mutating func kernel(_ message: String) { text += "[    1.234567] \(message)\r\n" }

    mutating func say(_ message: String) { kernel("bessemer \(session): \(message)") }

    mutating func boot(_ number: Int, _ kernel: Digest, loadParameter: String = "") {
        firmware(loadParameter)
        self.kernel("Linux version 6.12.107")
        say("boot \(number)")
        say("kernel \(kernel)")
    }

    func result(_ stop: GuestMachine.Stop = .byItself(succeeded: true, text: "exit status 0")) -> DrillSession.Result {
        var console = DrillConsole(session: session)
        // In pieces, as a pipe gives them.
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: 7) {
            _ = console.add(Array(bytes[start..<min(start + 7, bytes.count)]), at: Double(start) / 1000)
        }
        console.finish()
        return DrillSession.Result(
            console: console, stop: stop, log: .init(file: "console.log", lines: console.lines, sha256: baseline),
            seconds: 60)
    }
}

private let judge = DrillJudge(fingerprints: [.baseline: baseline, .candidate: candidate])

@Suite struct DrillJudgeTests {
    /// Baseline, bessemer-trial, candidate with its reset, and what follows.
    private func trial(
        _ session: String = "trial-1abcdef", second: Digest = candidate, third: Digest? = baseline,
        _ inTrial: (inout Script) -> Void = { _ in }
    ) -> Script {
        var script = Script(session)
        script.boot(1, baseline)
        script.say("status trial 0")
        script.say("reboots")
        script.boot(2, second, loadParameter: "2")
        script.say("target-before ccw device=0.0.0100 loadparm=2")
        script.say("status reset 0")
        script.say("target-after ccw device=0.0.0100 loadparm=")
        script.say("on-panic reipl")
        inTrial(&script)
        if let third { script.boot(3, third) }
        script.say("done")
        return script
    }

    @Test func `a trial that comes back passes in all three steps`() {
        let steps = judge.trial(trial().result())
        #expect(steps.map(\.name) == ["trial", "reset", "back"])
        #expect(steps.allSatisfy { $0.verdict == .pass })
        #expect(steps[0].lineNumber == 10 && steps[0].line?.contains("kernel \(candidate)") == true)
        #expect(steps[1].found.contains("load parameter 2 for its own re-IPL"))
    }

    @Test func `a trial that starts itself again fails to come back`() {
        let steps = judge.trial(trial(third: candidate).result())
        #expect(steps.map(\.verdict) == [.pass, .pass, .fail])
    }

    @Test func `where the baseline starts instead of the candidate, nothing else is decided`() {
        let steps = judge.trial(trial(second: baseline).result())
        #expect(steps.map(\.verdict) == [.fail, .unknown, .unknown])
    }

    @Test func `a target that is still the trial's after the reset has failed`() {
        var script = trial()
        script.text = script.text.replacing(
            "target-after ccw device=0.0.0100 loadparm=", with: "target-after ccw device=0.0.0100 loadparm=2")
        #expect(judge.trial(script.result()).map(\.verdict) == [.pass, .fail, .pass])
    }

    @Test func `a console that stays empty never passes`() {
        let script = Script()
        #expect(judge.ipl(script.result(.timeLimit)).verdict == .fail)
        #expect(judge.trial(script.result(.timeLimit)).allSatisfy { $0.verdict == .unknown })
        #expect(judge.panic(script.result(.timeLimit), byRust: true).verdict == .unknown)
        #expect(judge.hang(script.result(.timeLimit), byRust: true).verdict == .unknown)
        #expect(judge.installation(script.result(.timeLimit)).allSatisfy { $0.verdict == .unknown })
        #expect(judge.meeting(.baseline, script.result(.timeLimit)).verdict == .fail)
        #expect(judge.uninstall(script.result(.timeLimit), script.result()).verdict == .unknown)
        #expect(judge.kept(script.result(.timeLimit)).verdict == .fail)
        #expect(judge.promotion(script.result(.timeLimit)).verdict == .unknown)
        #expect(judge.cut(1, of: 1, script.result(.powerCut), script.result(), moment: "").verdict == .unknown)
    }

    /// The start in which the disk is made and the plan installed.
    private func installation(_ change: (String) -> String? = { $0 }) -> [RollbackDrill.Step] {
        var script = Script("install-1abcdef")
        script.boot(1, baseline)
        let entries = [
            "Adding #1: IPL section 'bessemer-baseline'", "Adding #2: IPL section 'bessemer-candidate'",
            "Adding #3: IPL section '\(DrillDisk.entryBefore)' (default)",
        ]
        func lists(_ name: String) -> [String] { (entries + entries).map { "out \(name) \($0)" } }
        let lines =
            ["status mke2fs 0", "status copy 0", "out zipl-version zipl version 2.35", "status zipl-before 0"]
            + ["status install-dry-run 0", "status compare-install-dry-run 0"] + lists("classic-install")
            + ["status classic-install 0", "status classic-uninstall 0", "status compare-classic 0"] + lists("install")
            + ["status install 0", "unmounted"]
        for line in lines.compactMap(change) { script.say(line) }
        return judge.installation(script.result())
    }

    @Test func `an installation passes by what zipl lists, beside an entry and beside an etc-zipl.conf`() {
        let steps = installation()
        #expect(steps.map(\.name) == ["disk", "install-dry-run", "classic", "install"])
        #expect(steps.allSatisfy { $0.verdict == .pass })
        #expect(steps[3].found.contains("#1: IPL section 'bessemer-baseline', Adding #2"))
        #expect(steps[3].found.ranges(of: "Adding #1").count == 1)
    }

    @Test func `an uninstall that leaves something fails, and one that was not compared is unknown`() {
        #expect(installation { $0 == "status compare-classic 0" ? "status compare-classic 1" : $0 }[2].verdict == .fail)
        #expect(installation { $0 == "status compare-classic 0" ? nil : $0 }[2].verdict == .unknown)
        #expect(installation { $0.replacing("classic-uninstall 0", with: "classic-uninstall 1") }[2].verdict == .fail)
        #expect(installation { $0.contains("#3:") ? nil : $0 }[3].verdict == .unknown)
        #expect(
            installation {
                $0.replacing("'bessemer-baseline'", with: "'bessemer-baseline' (default)")
                    .replacing("own)' (default)", with: "own)'")
            }[3].verdict == .unknown)
    }

    /// The first start of the baseline, after the machine's own entry.
    private func promotion(
        first: String = DrillDisk.beforeParameter, second: Digest = baseline, _ words: [String] = ["status promote 0"]
    ) -> DrillSession.Result {
        var script = Script("promote-1abcdef")
        script.boot(1, baseline)
        script.say("options root=/dev/vda1 \(first)")
        script.say("status trial 0")
        script.boot(2, second, loadParameter: "1")
        script.say("options root=/dev/vda1 \(RollbackRequest.baselineParameter)")
        script.say("out promote Adding #1: IPL section 'bessemer-baseline' (default)")
        for word in words { script.say(word) }
        return script.result()
    }

    @Test func `a promotion passes where the old default, the baseline, and zipl's word follow each other`() {
        let step = judge.promotion(promotion())
        #expect(step.verdict == .pass && step.found.contains("load parameter 1; then zipl: Adding #1"), "\(step.found)")
        #expect(judge.promotion(promotion(first: "")).verdict == .unknown)
        #expect(judge.promotion(promotion(second: candidate)).verdict == .fail)
        #expect(judge.promotion(promotion(["status promote 1"])).verdict == .fail)
        #expect(judge.promotion(promotion([])).verdict == .unknown)
        #expect(judge.kept(promotion()).verdict == .pass)
        #expect(judge.kept(promotion(first: "")).verdict == .fail)
    }

    @Test func `the machine's own entry is not the baseline, although its kernel is`() {
        var script = Script("ipl-1abcdef")
        script.boot(1, baseline)
        script.say("options root=/dev/vda1 \(DrillDisk.beforeParameter)")
        let step = judge.ipl(script.result())
        #expect(step.verdict == .fail && step.found.hasPrefix("the machine's own entry started"))
        var other = Script("ipl-1abcdef")
        other.boot(1, baseline)
        other.say("options root=/dev/vda1 \(RollbackRequest.baselineParameter)")
        #expect(judge.ipl(other.result()).verdict == .pass)
    }

    @Test func `a cut after zipl's end is tried again earlier, and never passes`() {
        func next(_ state: String) -> DrillSession.Result {
            var script = Script("ipl-2abcdef")
            script.boot(1, baseline)
            script.say("zipl-state \(state)")
            return script.result()
        }
        var cut = Script("cut-1abcdef")
        cut.boot(1, baseline)
        cut.say("zipl begins")
        let ended = cut.result(.powerCut)
        #expect(judge.endedBefore(ended, next("ended")) && !judge.endedBefore(ended, next("interrupted")))
        #expect(judge.endedBefore(cut.result(), next("interrupted")))
        #expect(judge.cut(1, of: 1, ended, next("ended"), moment: "").verdict == .unknown)
        #expect(judge.cut(1, of: 1, ended, next("interrupted"), moment: "").verdict == .pass)
    }

    @Test func `a panic counts as Rust's where the log names the Rust file, and needs the way back`() {
        func script(_ lines: [String], third: Digest? = baseline) -> Script {
            trial("panic-1abcdef", third: third) { script in
                script.say("panics by Rust")
                for line in lines { script.kernel(line) }
            }
        }
        let rust = "rust_kernel: panicked at /mnt/module/drill_rust.rs:12:5:"
        let death = "Kernel panic - not syncing: Fatal exception: panic_on_oops"
        #expect(judge.panic(script([rust, death]).result(), byRust: true).verdict == .pass)
        #expect(judge.panic(script([death]).result(), byRust: true).verdict == .unknown)
        #expect(judge.panic(script([death]).result(), byRust: false).verdict == .pass)
        #expect(judge.panic(script([rust]).result(), byRust: true).verdict == .unknown)
        let stays = judge.panic(script([rust, death], third: nil).result(.timeLimit), byRust: true)
        #expect(stays.verdict == .fail && stays.found.contains("no kernel came"))
    }

    @Test func `a hang counts where the watchdog was armed and nothing followed but the baseline`() {
        func script(_ words: [String], third: Digest? = baseline) -> Script {
            trial("hang-1abcdef", third: third) { script in for word in words { script.say(word) } }
        }
        let armed = "watchdog armed 0"
        #expect(judge.hang(script([armed, "hangs by Rust"]).result(), byRust: true).verdict == .pass)
        #expect(judge.hang(script(["watchdog none", "hangs by Rust"]).result(), byRust: true).verdict == .unknown)
        #expect(
            judge.hang(script([armed, "hangs by Rust", "hang failed 1"]).result(), byRust: true).verdict == .unknown)
        #expect(judge.hang(script([armed]).result(), byRust: true).verdict == .unknown)
        var again = trial("hang-1abcdef", third: nil) { script in
            script.say(armed)
            script.say("hangs by Rust")
            script.boot(3, candidate, loadParameter: "2")
            script.say("resets")
            script.kernel("bessemer-reipl-reset: nobody asked for this trial")
            script.boot(4, baseline)
        }
        let step = judge.hang(again.result(), byRust: true)
        #expect(step.verdict == .pass && step.found.contains("sent it back"))
        again.text = again.text.replacing("boot 4", with: "boot 4x").replacing("kernel \(baseline)", with: "kernel x")
        #expect(judge.hang(again.result(), byRust: true).verdict != .pass)
        let stays = script([armed, "hangs by Rust"], third: nil)
        #expect(judge.hang(stays.result(.timeLimit), byRust: true).verdict == .fail)
    }

    @Test func `a power cut counts only where zipl was interrupted`() {
        var cut = Script("cut-5abcdef")
        cut.boot(1, baseline)
        cut.say("zipl begins")
        func next(_ kernel: Digest, _ state: String) -> DrillSession.Result {
            var script = Script("ipl-6abcdef")
            script.boot(1, kernel)
            script.say("zipl-state \(state)")
            return script.result()
        }
        func verdict(_ next: DrillSession.Result, _ stop: GuestMachine.Stop = .powerCut) -> RollbackDrill.Verdict {
            judge.cut(1, of: 1, cut.result(stop), next, moment: "at 1 s").verdict
        }
        #expect(verdict(next(baseline, "interrupted")) == .pass)
        #expect(verdict(next(baseline, "ended")) == .unknown)
        #expect(verdict(next(candidate, "interrupted")) == .fail)
        #expect(verdict(Script("ipl-6abcdef").result(.timeLimit)) == .fail)
        #expect(verdict(next(baseline, "interrupted"), .byItself(succeeded: true, text: "")) == .unknown)
    }

    @Test func `uninstall passes where the disk is the same and the old menu starts the baseline`() {
        func removal(_ after: String) -> DrillSession.Result {
            var script = Script("uninstall-7abcdef")
            script.boot(1, baseline)
            script.say("status uninstall 0")
            if after == "two" { script.say("out compare-uninstall +etc/zipl.conf 81a4") }
            script.say("status compare-uninstall \(after == "one" ? 0 : 1)")
            return script.result()
        }
        func next(_ options: String) -> DrillSession.Result {
            var script = Script("ipl-8abcdef")
            script.boot(1, baseline)
            script.say("options root=/dev/vda1 \(options)")
            return script.result()
        }
        #expect(judge.uninstall(removal("one"), next(DrillDisk.beforeParameter)).verdict == .pass)
        #expect(judge.uninstall(removal("two"), next(DrillDisk.beforeParameter)).verdict == .fail)
        #expect(judge.uninstall(removal("one"), next("")).verdict == .fail)
    }

    @Test func `a kernel without a disk driver is told by what it lacks`() {
        var script = Script("look-1abcdef")
        script.boot(1, baseline)
        script.say("lacks disk")
        script.say("lacks partition")
        script.say("has ext4")
        script.say("lacks watchdog")
        let step = judge.meeting(.baseline, script.result())
        #expect(step.verdict == .fail && step.found == "it lacks: disk, partition")
    }

    @Test func `the verdict of a drill is never better than its worst step`() {
        func step(_ verdict: RollbackDrill.Verdict) -> RollbackDrill.Step {
            .init(
                name: "", title: "", expected: "", found: "", line: nil, console: nil, lineNumber: nil,
                verdict: verdict, seconds: 1)
        }
        #expect(RollbackDrill.verdict(of: []) == .unknown)
        #expect(RollbackDrill.verdict(of: [step(.pass)]) == .pass)
        #expect(RollbackDrill.verdict(of: [step(.pass), step(.unknown)]) == .unknown)
        #expect(RollbackDrill.verdict(of: [step(.unknown), step(.fail), step(.pass)]) == .fail)
    }
}

@Suite struct HostileConsoleTests {
    private func console(_ bytes: [UInt8]) -> DrillConsole {
        var console = DrillConsole(session: "ipl-1abcdef")
        _ = console.add(bytes, at: 0)
        console.finish()
        return console
    }

    @Test(arguments: [
        "bessemer ipl-1abcdef: kernel \(baseline)\n",
        "[    1.000000] bessemer ipl-2zzzzzz: kernel \(baseline)\n",
        "[    1.000000] x bessemer ipl-1abcdef: kernel \(baseline)\n",
        "[    1.000000] bessemer ipl-1abcdef: kernel \(baseline)",
        "[    1.000000] bessemer ipl-1abcdef: kernel \(baseline) and more\n",
        "[    1.000000] bessemer ipl-1abcdef: kernel ../../etc\n",
        "1.000000] bessemer ipl-1abcdef: kernel \(baseline)\n",
        "[    1.000000] bessemer ipl-1abcdef: kernel " + String(repeating: "a", count: 9000) + "\n",
        "[    1.000000] \u{1b}]0;bessemer ipl-1abcdef: kernel \(baseline)\u{7}\n",
        "\u{9b}2J[    1.000000] bessemer ipl-1abcdef: kernel \(baseline)\n",
    ])
    func `a line that another could have written, or that is not whole, names no kernel`(text: String) {
        #expect(console(Array(text.utf8)).boots.allSatisfy { $0.fingerprint == nil })
    }

    @Test func `bytes without sense, and endless lines, end in nothing`() {
        var bytes: [UInt8] = []
        var state: UInt32 = 1
        for _ in 0..<200_000 {
            state = state &* 1_664_525 &+ 1_013_904_223
            bytes.append(UInt8(truncatingIfNeeded: state >> 24))
        }
        let console = console(bytes)
        #expect(console.boots.allSatisfy { $0.words.isEmpty })
        #expect(
            judge.ipl(
                DrillSession.Result(
                    console: console, stop: .enough, log: .init(file: "c", lines: 0, sha256: baseline), seconds: 1)
            ).verdict == .fail)
    }

    @Test func `words beyond a limit are dropped`() {
        let line = Array("[    1.000000] bessemer ipl-1abcdef: out x y\n".utf8)
        var console = DrillConsole(session: "ipl-1abcdef")
        for _ in 0..<5000 { _ = console.add(line, at: 0) }
        #expect(console.boots.reduce(0) { $0 + $1.words.count } == 4000)
    }
}
