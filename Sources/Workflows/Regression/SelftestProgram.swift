// SPDX-License-Identifier: Apache-2.0
internal import Guest
internal import Records

/// A selftest as a step of the guest.
struct SelftestProgram: Encodable, Sendable {
    let collection: String
    let name: String
    /// Seconds.
    let deadline: Int

    /// Where the programs lie in the guest.
    static let folder = "kselftest"

    var title: String { "kselftest \(collection) \(name)" }

    /// Ends the program at its deadline, and with force where it does not heed that, and then what it has started.
    ///
    /// Its output goes through a file: who is left of its children would keep a pipe open, and the step would not end.
    var step: GuestStep {
        let script = """
            cd "$1" || exit 2
            setsid timeout -k 5 "$2" "$3" > /tmp/said 2>&1 &
            session=$!
            wait $session
            status=$?
            kill -KILL -$session 2> /dev/null
            head -c 2000000 /tmp/said
            exit $status
            """
        return GuestStep(
            title, ["sh", "-c", script, "sh", "/\(Self.folder)/\(collection)", "\(deadline)", "./\(name)"])
    }

    /// busybox's timeout ends the program by SIGTERM, then by SIGKILL; the shell gives 128 and the signal's number.
    private static let endedByForce: Set<Int> = [124, 137, 143]

    func result(_ step: ConsoleReader.Step) -> TestResult {
        var outcome: TestOutcome
        var diagnostics: [String] = []
        switch step.status {
        case nil:
            outcome = .unknown
            diagnostics.append(step.hasStarted ? "it did not end" : "the guest did not get there")
        case 0: outcome = .pass
        case 4: outcome = .skip
        case let status?:
            outcome = .fail
            var isLate = Self.endedByForce.contains(status)
            if let start = step.startedAt, let end = step.endedAt, end - start < Double(deadline) - 1 { isLate = false }
            diagnostics.append(isLate ? "TIMEOUT: ended after \(deadline) s" : "exit status \(status)")
        }
        let children = tap(step.said)
        if outcome != .pass { diagnostics += step.said.suffix(20) }
        return TestResult(name: name, outcome: outcome, diagnostics: diagnostics, line: nil, children: children)
    }

    /// The results in a program's output, if it has such.
    private func tap(_ lines: [String]) -> [TestResult] {
        guard let start = lines.firstIndex(where: Self.isVersion) else { return [] }
        var reader = ConsoleReader()
        reader.add(Array((Self.withoutRepetitions(Array(lines[start...])).joined(separator: "\n") + "\n").utf8))
        var results = reader.finish()
        // A program that ends early has announced results that never came; they are one thing to know.
        let lost = results.filter { $0.outcome == .unknown && $0.line == nil && $0.children.isEmpty }
        guard lost.count > 1 else { return results }
        results.removeAll { lost.contains($0) }
        return results + [
            TestResult(
                name: "results that did not come", outcome: .unknown, diagnostics: ["\(lost.count) of them"], line: nil,
                children: [])
        ]
    }

    /// A program's output without what was written several times.
    ///
    /// What a program has buffered when it forks, each of its children writes again. The kernel's runner avoids that with
    /// `stdbuf`, which a statically linked program does not heed. So where a document begins again before all results of
    /// its plan have come, and with the same lines, those that are already there are left out. Two results of one number
    /// that differ stay, and make that result unknown.
    static func withoutRepetitions(_ lines: [String]) -> [String] {
        func isPlan(_ line: String) -> Bool { line.hasPrefix("1..") }
        func isComplete(_ document: ArraySlice<String>) -> Bool {
            guard let plan = document.first(where: isPlan).flatMap({ Int($0.dropFirst(3).prefix(while: \.isNumber)) })
            else { return true }
            return Set(document.compactMap(resultNumber)).count >= plan
        }
        var kept: [String] = []
        /// Where the document begins that may be repeated.
        var start = 0
        for block in lines.indices.filter({ $0 == 0 || isVersion(lines[$0]) }).map({ begin in
            lines[begin..<(lines[(begin + 1)...].firstIndex(where: isVersion) ?? lines.count)]
        }) {
            let document = kept[start...]
            let same = zip(document, block).prefix { $0 == $1 }.count
            // A child may have written no more than the version line.
            let isRepeated =
                same > 0 && (!isComplete(document) || !block.contains { resultNumber($0) != nil })
                && (document.prefix(same).contains(where: isPlan) || same == min(document.count, block.count))
            if !isRepeated { start = kept.count }
            kept += block.dropFirst(isRepeated ? same : 0)
        }
        return kept
    }

    private static func isVersion(_ line: String) -> Bool {
        line.hasPrefix("TAP version ") || line.hasPrefix("KTAP version ")
    }

    /// The number of a line such as `not ok 3 name`.
    private static func resultNumber(_ line: String) -> Int? {
        let words = line.split(separator: " ", maxSplits: 3)
        let rest = words.first == "not" ? words.dropFirst() : words[...]
        return rest.first == "ok" ? rest.dropFirst().first.flatMap { Int($0) } : nil
    }
}
