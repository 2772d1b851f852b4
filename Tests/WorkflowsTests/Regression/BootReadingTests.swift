// SPDX-License-Identifier: Apache-2.0
import KernelTree
import Records
import Testing

@testable import Guest
@testable import Workflows

@Suite struct BootReadingTests {
    private func reading(_ lines: [String], steps: [String]) -> BootReading {
        var reader = ConsoleReader(steps: steps, saidLimit: 100)
        for (index, line) in lines.enumerated() {
            reader.add(Array("[\(String(repeating: " ", count: 3))\(10 + index).000000] \(line)\n".utf8))
        }
        _ = reader.finish()
        return BootReading(reader)
    }

    @Test func `boot time is the kernel's own at the first step, memory what /proc/meminfo said`() {
        let title = BootReading.memoryStep.title
        let reading = reading(
            [
                "Linux version 6.12", "bessemer: step 1/2 mount /proc", "bessemer: end 1/2 0",
                "bessemer: step 2/2 \(title)", "bessemer: said 2/2 MemTotal:        1021384 kB",
                "bessemer: said 2/2 MemFree:          987 kB", "bessemer: said 2/2 HugePages_Total:       0",
                "random: crng init done", "bessemer: said 2/2 Bad: x kB", "bessemer: end 2/2 0",
            ], steps: ["mount /proc", title])
        #expect(reading.startSeconds == 11)
        #expect(reading.memory == ["MemTotal": 1_021_384, "MemFree": 987])
    }

    @Test func `a boot that did not get to user space has no boot time and no memory`() {
        let reading = reading(["Linux version 6.12"], steps: ["mount /proc", BootReading.memoryStep.title])
        #expect(reading.startSeconds == nil && reading.memory == nil)
    }

    @Test func `a module passes where it went in and out, fails where it was refused, else is unknown`() throws {
        let reading = reading(
            [
                "bessemer: step 1/5 insert good", "bessemer: end 1/5 0", "bessemer: step 2/5 remove good",
                "bessemer: end 2/5 0", "bessemer: step 3/5 insert foreign",
                "foreign: version magic '7.3.4 SMP mod_unload ' should be '6.12.107 SMP mod_unload '",
                "bessemer: said 3/5 insmod: can't insert '/modules/foreign.ko': invalid module format",
                "bessemer: end 3/5 1", "bessemer: step 4/5 insert hangs",
            ], steps: ["insert good", "remove good", "insert foreign", "insert hangs", "insert later"])
        let suite = try #require(reading.modules(["good", "foreign", "hangs", "later"]))
        #expect(suite.children.map(\.outcome) == [.pass, .fail, .unknown, .unknown])
        #expect(suite.outcome == .fail)
        #expect(suite.children[1].diagnostics.contains { $0.contains("version magic") })
        #expect(reading.modules([]) == nil)
    }

    private func selftest(_ lines: [String], status: Int?, seconds: Double = 1) -> TestResult {
        var step = ConsoleReader.Step(title: "t")
        step.hasStarted = true
        step.said = lines
        step.status = status
        step.startedAt = 10
        step.endedAt = status == nil ? nil : 10 + seconds
        return SelftestProgram(collection: "c", name: "p", deadline: 45).result(step)
    }

    @Test(arguments: [
        (Int?.some(0), TestOutcome.pass), (4, .skip), (1, .fail), (2, .fail), (127, .fail), (139, .fail),
        (nil, .unknown),
    ])
    func `a selftest's exit status decides, as the kernel's own runner has it`(status: Int?, outcome: TestOutcome) {
        #expect(selftest([], status: status).outcome == outcome)
    }

    @Test func `a selftest that was ended at its deadline says so, one that died early does not`() {
        #expect(selftest([], status: 143, seconds: 45).diagnostics == ["TIMEOUT: ended after 45 s"])
        #expect(selftest([], status: 137, seconds: 50).diagnostics == ["TIMEOUT: ended after 45 s"])
        #expect(selftest([], status: 143, seconds: 2).diagnostics == ["exit status 143"])
    }

    @Test func `the TAP that a selftest prints stands inside of its result`() {
        let result = selftest(
            [
                "about to begin", "TAP version 13", "1..3", "ok 1 a", "not ok 2 b", "ok 3 c # SKIP no device",
                "# Totals:",
            ],
            status: 1)
        #expect(result.children.map(\.name) == ["a", "b", "c"])
        #expect(result.children.map(\.outcome) == [.pass, .fail, .skip])
        #expect(result.leaves.map(\.path) == ["p/a", "p/b", "p/c"])
        let cut = selftest(["TAP version 13", "1..2", "ok 1 a"], status: 139)
        #expect(cut.children.map(\.outcome) == [.pass, .unknown])
        let early = selftest(["TAP version 13", "1..51", "ok 1 a", "Bail out!"], status: 1)
        #expect(early.children.map(\.name) == ["a", "tests that gave up", "results that did not come"])
        #expect(early.children.last?.diagnostics == ["50 of them"])
        #expect(selftest(["[RUN] no TAP", "[OK]"], status: 0).children.isEmpty)
    }

    @Test func `selftests become a suite with one a collection`() throws {
        let programs = [
            SelftestProgram(collection: "futex/functional", name: "futex_wait", deadline: 45),
            SelftestProgram(collection: "futex/functional", name: "futex_waitv", deadline: 45),
            SelftestProgram(collection: "size", name: "get_size", deadline: 45),
        ]
        let reading = reading(
            [
                "bessemer: step 1/3 \(programs[0].title)", "bessemer: end 1/3 0",
                "bessemer: step 2/3 \(programs[1].title)", "bessemer: end 2/3 4",
                "bessemer: step 3/3 \(programs[2].title)",
            ], steps: programs.map(\.title))
        let suite = try #require(reading.selftests(programs))
        let leaves = suite.leaves
        #expect(
            leaves.map(\.path) == [
                "kselftest/futex/functional/futex_wait", "kselftest/futex/functional/futex_waitv",
                "kselftest/size/get_size",
            ])
        #expect(leaves.map(\.result.outcome) == [.pass, .skip, .unknown])
    }
}
