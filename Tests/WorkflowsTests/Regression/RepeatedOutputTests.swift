// SPDX-License-Identifier: Apache-2.0
import Host
import Records
import Sandbox
import TestSupport
import Testing

@testable import Guest
@testable import Workflows

/// Programs that fork while their output is still in their buffer.
@Suite struct RepeatedOutputTests {
    private func result(_ output: String, status: Int = 0) -> TestResult {
        var step = ConsoleReader.Step(title: "t")
        step.hasStarted = true
        step.said = output.split(separator: "\n").map(String.init)
        step.status = status
        return SelftestProgram(collection: "c", name: "p", deadline: 45).result(step)
    }

    private func outline(_ test: TestResult) -> String {
        "\(test.outcome.rawValue): " + test.children.map { "\($0.name)=\($0.outcome.rawValue)" }.joined(separator: " ")
    }

    @Test func `what each child writes again counts once`() {
        let head = "TAP version 13\n1..3\n"
        let output =
            head + head + "ok 1 a\n" + head + "ok 1 a\nok 2 b\n" + head + "ok 1 a\nok 2 b\nok 3 c # SKIP x\n"
        #expect(outline(result(output)) == "pass: a=pass b=pass c=skip")
        #expect(outline(result(output, status: 1)) == "fail: a=pass b=pass c=skip")
    }

    @Test func `results that the children write themselves are put together`() {
        let head = "TAP version 13\n1..3\n"
        let output = head + "ok 1 a\n" + head + "not ok 2 b\n" + head + "ok 3 c\n" + head + "# Totals: pass:2\n"
        #expect(outline(result(output, status: 1)) == "fail: a=pass b=fail c=pass")
    }

    @Test func `two results of one number that differ are unknown, and results that never came stay so`() {
        let head = "TAP version 13\n1..3\n"
        #expect(
            outline(result(head + "not ok 1 a\n" + head + "ok 1 a\nok 2 b\nok 3 c\n"))
                == "pass: a=unknown b=pass c=pass")
        #expect(outline(result(head + "ok 1 a\n" + head + "ok 1 a\n")).hasPrefix("pass: a=pass results that did not"))
    }

    @Test func `two documents that are whole are two, also where they begin alike`() {
        let output = "TAP version 13\n1..1\nok 1 a\nTAP version 13\n1..1\nok 1 b\n"
        #expect(outline(result(output)) == "pass: a=pass b=pass")
    }

    @Test(.integration) func `a program that plans, forks for each test and exits is passed with its results`()
        async throws
    {
        let program = """
            #include <stdio.h>
            #include <stdlib.h>
            #include <sys/wait.h>
            #include <unistd.h>
            int main(void) {
                int n;
                printf("TAP version 13\\n1..4\\n");
                for (n = 1; n <= 4; n++) {
                    int status;
                    pid_t child = fork();
                    if (child == 0) exit(n == 3 ? 4 : 0);
                    waitpid(child, &status, 0);
                    printf("ok %d case%d%s\\n", n, n, WEXITSTATUS(status) == 4 ? " # SKIP not here" : "");
                }
                return 0;
            }
            """
        let outcome = try await RealThings.sandbox().command(
            Command("sh", ["-c", "cat > /tmp/p.c && cc -o /tmp/p /tmp/p.c && /tmp/p > /tmp/said; cat /tmp/said"])
        ).capture(input: program)
        #expect(outcome.output.split(separator: "\n").count { $0 == "1..4" } == 5)
        #expect(outline(result(outcome.output)) == "pass: case1=pass case2=pass case3=skip case4=pass")
    }
}
