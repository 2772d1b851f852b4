// SPDX-License-Identifier: Apache-2.0
import Host
import Synchronization
import TestSupport
import Testing

@Suite struct CommandTests {
    @Test func `captures both streams and the exit status`() async throws {
        let outcome = try await Command("sh", ["-c", "echo out; echo err >&2; exit 3"]).capture()
        #expect(outcome.output == "out\n")
        #expect(outcome.error == "err\n")
        #expect(outcome.ending == .exited(3))
    }

    @Test func `a command that hangs is ended at its deadline with all its children`() async throws {
        let clock = TestClock()
        let output = Mutex("")
        let ending = try await Command("sh", ["-c", "sleep 1000 & echo $!; wait"]).stream(
            deadline: .seconds(100), clock: clock.clock
        ) { bytes in
            let isWhole = output.withLock { output in
                output += String(decoding: bytes, as: UTF8.self)
                return output.hasSuffix("\n")
            }
            // The deadline is the first to sleep.
            if isWhole { await clock.sleeps(reach: 1) }
            if isWhole { clock.advance(by: .seconds(100)) }
            return .more
        }
        #expect(ending == .deadline)
        let child = try #require(output.withLock { Int($0.dropLast()) })
        // Its end takes a moment after its pipe is closed.
        try await until {
            try await !Command(
                "sh", ["-c", "kill -0 \(child) 2>/dev/null && grep -q '^State:.[^Z]' /proc/\(child)/status"]
            ).capture().succeeded
        }
    }

    @Test func `a command that ends before its deadline is not ended at it`() async throws {
        let clock = TestClock()
        let ending = try await Command("sh", ["-c", "exit 3"]).stream(deadline: .seconds(1), clock: clock.clock) { _ in
            .more
        }
        #expect(ending == .exited(3))
        clock.advance(by: .seconds(2))
    }

    @Test func `a flood is cut at the limit and said to be`() async throws {
        let outcome = try await Command("head", ["-c", "1000000", "/dev/zero"]).capture(limit: 1000)
        #expect(outcome.output.utf8.count == 1000)
        #expect(outcome.truncated)
    }

    @Test func `a child that never reads its input does not end us`() async throws {
        let input = String(repeating: "x", count: 1 << 20)
        for _ in 0..<20 { #expect(try await Command("true").capture(input: input).succeeded) }
        #expect(try await Command("wc", ["-c"]).capture(input: input).output == "1048576\n")
        #expect(try await Command("cat").capture().output.isEmpty)
    }

    @Test func `a reader that has enough ends the child`() async throws {
        let ending = try await Command("yes").stream { _ in .enough }
        #expect(ending == .stopped)
    }

    @Test func `cancelling the task ends the child`() async throws {
        let (started, start) = AsyncStream<Void>.makeStream()
        let task = Task {
            try await Command("sh", ["-c", "echo started; exec sleep 1000"]).stream { _ in
                start.finish()
                return .more
            }
        }
        for await _ in started {}
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `a missing program is a failure that says what to do`() async throws {
        let error = await #expect(throws: Failure.self) { try await Command("no-such-program-here").capture() }
        #expect(error?.code == "process.launch")
    }

    @Test(arguments: [("plain", "plain"), ("two words", "'two words'"), ("it's", "'it'\\''s'"), ("", "''")])
    func `arguments are quoted as a shell would need them`(word: String, quoted: String) {
        #expect(Command("x", [word]).shellText == "x \(quoted)")
    }
}
