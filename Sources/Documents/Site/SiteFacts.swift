// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records

/// What the pages of a site are made of, but for the runs' own records: what a log says on one day.
package struct SiteFacts: Sendable {
    /// A stage of the policy, judged today.
    package struct Gate: Sendable {
        package let report: GateReport
        /// Whether the run had passed it before, as the log says.
        let isPassed: Bool

        package init(report: GateReport, isPassed: Bool) {
            self.report = report
            self.isPassed = isPassed
        }

        var isRefused: Bool { report.verdict != .pass }
    }

    /// A line of kernels, such as 6.12.
    package struct Line: Sendable {
        let name: String
        /// The newest that came to its report.
        let run: RunSummary
        /// Of the policy's stages, in their order; empty without a policy.
        let gates: [Gate]
        /// The day of the last drill beside that run; nil for none.
        let drill: Day?

        package init(name: String, run: RunSummary, gates: [Gate], drill: Day?) {
            self.name = name
            self.run = run
            self.gates = gates
            self.drill = drill
        }
    }

    /// What `watch` saw.
    package struct Watched: Sendable {
        /// Changes that people are to read of, the newest first.
        let changes: [WatchChange]
        /// Sources that were ever looked at.
        let sources: Int

        package init(changes: [WatchChange], sources: Int) {
            self.changes = changes
            self.sources = sources
        }
    }

    package let toolVersion: String
    package let day: Day
    /// Days after which a machine counts as not seen.
    package let lostAfter: Int
    /// Of the log; nil where nothing is recorded.
    package let head: LogHead?
    /// The newest first; runs of other logs, too.
    package let runs: [RunSummary]
    package let lines: [Line]
    package let machines: [MachineStanding]
    /// Of the policy; nil for none.
    package let policy: Digest?
    package let waivers: [WaiverStatus]
    /// Of the line of the newest run; nil without a policy or a run.
    package let timeline: Timeline?
    package let watched: Watched

    package init(
        toolVersion: String, day: Day, lostAfter: Int, head: LogHead? = nil, runs: [RunSummary] = [],
        lines: [Line] = [], machines: [MachineStanding] = [], policy: Digest? = nil, waivers: [WaiverStatus] = [],
        timeline: Timeline? = nil, watched: Watched = Watched(changes: [], sources: 0)
    ) {
        self.toolVersion = toolVersion
        self.day = day
        self.lostAfter = lostAfter
        self.head = head
        self.runs = runs
        self.lines = lines
        self.machines = machines
        self.policy = policy
        self.waivers = waivers
        self.timeline = timeline
        self.watched = watched
    }
}
