// SPDX-License-Identifier: Apache-2.0
import Documents
import Host
import Records
import Testing

@Suite struct WatchTextTests {
    private func report(
        _ detail: String, failure: Failure? = nil, scope: WatchReport.Scope = .look
    ) -> WatchReport {
        let value = Sighting.Value(.package, "rustc", "1.97.1-1", detail: detail)
        return WatchReport(
            scope: scope, toolVersion: "0", at: "2026-11-28T00:00:00Z",
            changes: [
                WatchChange(
                    .newerPackage, value, source: "suite stable amd64", before: "1.96.1-1", at: "2026-11-28T00:00:00Z",
                    isNews: true)
            ],
            sources: [
                .init(
                    name: "suite stable amd64", lastLook: "2026-11-20T00:00:00Z", age: 8 * 86_400,
                    failure: failure.map { .init($0) }, notes: [], values: [value])
            ])
    }

    @Test func `a change says what was and what is`() throws {
        let text = try shown(report("x"))
        #expect(text.contains("1.96.1-1 → 1.97.1-1") && text.contains("newer") && text.contains("NEW"))
    }

    @Test func `a list of all changes is not called new, and has their times`() throws {
        let text = try shown(report("x", scope: .log))
        #expect(!text.contains("NEW") && text.contains("1 change recorded") && text.contains("2026-11-28T00:00:00Z"))
    }

    @Test func `what could not be looked at comes first, with its age`() throws {
        let text = try shown(
            report("x", failure: Failure("suite.unreadable", "no list", advice: "later", underlying: "E: 404")))
        #expect(text.hasPrefix("COULD NOT LOOK"))
        for part in ["8 days ago", "no list", "E: 404", "later"] { #expect(text.contains(part)) }
    }

    @Test(arguments: OutputFormat.allCases) func `what others wrote can't leave its place`(format: OutputFormat) throws
    {
        let text = try shown(report("<script>\u{1b}[31m\u{202e}"), as: format)
        if format != .json {
            #expect(!text.contains("<script>\u{1b}") && !text.contains("\u{1b}") && !text.contains("\u{202e}"))
        }
        if format == .html { #expect(!text.contains("<script>\u{1b}") && text.contains("&lt;script&gt;")) }
    }
}
