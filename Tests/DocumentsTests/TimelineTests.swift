// SPDX-License-Identifier: Apache-2.0
import Documents
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@Suite struct TimelinePageTests {
    @Test func `a timeline has the text that it had`() throws {
        try expectGolden("timeline.txt", shown(SampleTimeline.made()))
    }

    @Test func `the picture has a title, a description, and words for each mark`() async throws {
        let page = try shown(SampleTimeline.made(), as: .html)
        let picture = try #require(page.firstMatch(of: #/<svg.*?<\/svg>/#.dotMatchesNewlines())?.0)
        for part in [
            "role=\"img\"", "<title>Milestones of Linux 6.12 as of 2026-11-28</title>", "<desc>",
            "reached, seen first on 2026-11-22 (entry 12)", "eligible on 2027-05-28, until 2027-08-20",
            "held by -Zpacked-stack", "cannot tell (never looked)", "expected on 9999-12-31",
            ">2026-11-28<", ">2027-05<",
        ] { #expect(picture.contains(part), "\(part)") }
        // It is well-formed, as a program that is not ours reads it.
        let read = try await Command(
            "python3", ["-c", "import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.stdin)"]
        )
        .capture(input: String(picture))
        #expect(read.succeeded, "\(read.error)")
        // Nothing is drawn outside of its box.
        for match in picture.matches(of: #/ (?:x|x1|x2)="(-?[0-9]+)"/#) {
            #expect((-20...1000).contains(Int(match.1) ?? -999), "\(match.0)")
        }
    }

    @Test(arguments: HTMLReportTests.hostile)
    func `text from outside adds nothing to the picture but text`(_ text: String) throws {
        func elements(_ text: String) throws -> [Substring] {
            try shown(SampleTimeline.made(of: text), as: .html).matches(of: #/<[a-z]+/#).map(\.0)
        }
        let page = try shown(SampleTimeline.made(of: text), as: .html)
        #expect(try elements(text) == elements("harmless"))
        #expect(!page.contains("<script") && !page.contains("<img"))
    }
}

@Suite struct ICalendarTests {
    private func lines(_ calendar: String) -> [String] {
        calendar.replacing("\r\n ", with: "").split(separator: "\r\n").map(String.init)
    }

    @Test func `each event has a name of its log, its number and its day`() {
        let lines = lines(ICalendar(SampleTimeline.made()).text)
        let store = Digest(of: "log").hexadecimal.prefix(32)
        #expect(
            lines.filter { $0.hasPrefix("UID:") }
                == ["mainline", "stage-production-6.12", "own-0123456789ab", "W-3f2a9c01b7de"].map {
                    "UID:\($0)@\(store)"
                })
        #expect(lines.filter { $0.hasPrefix("SEQUENCE:") } == ["0", "2", "0", "1"].map { "SEQUENCE:\($0)" })
        #expect(lines.contains("DTSTART;VALUE=DATE:20270528"))
        #expect(lines.contains("DTEND;VALUE=DATE:20270529"))
        #expect(lines.count { $0 == "DTSTAMP:20261118T110640Z" } == 4)
        // What was reached needs no reminder.
        #expect(lines.count { $0 == "TRIGGER:-P14D" } == 3)
        #expect(!lines.contains { $0.hasPrefix("DTEND") && $0.contains("10000") })
    }

    @Test(arguments: [
        "a,b;c\\d\ne", "é😀" + String(repeating: "ü😀", count: 90), "\r\nBEGIN:VEVENT\r\nUID:x", "\0\u{7F}\u{85}\u{202E}",
        String(repeating: "x", count: 75),
    ])
    func `lines have at most 75 bytes, end in CRLF, and text can't end them`(_ text: String) throws {
        let calendar = ICalendar(SampleTimeline.made(of: text)).text
        let bytes = Array(calendar.utf8)
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
            #expect(line.last == UInt8(ascii: "\r"))
            #expect(line.count <= 76)
            #expect(String(validating: line, as: UTF8.self) != nil)
        }
        #expect(lines(calendar).count { $0 == "BEGIN:VEVENT" } == 4)
        #expect(lines(calendar).count == lines(ICalendar(SampleTimeline.made(of: "x")).text).count)
        #expect(ICalendar(SampleTimeline.made(of: text)).text == calendar)
    }

    /// Python's icalendar, which is not ours.
    @Test(.integration, arguments: ["a,b;c\\d", "é😀" + String(repeating: "ü😀", count: 90)])
    func `another program reads every event as it was meant`(_ text: String) async throws {
        let script = """
            import icalendar, sys
            calendar = icalendar.Calendar.from_ical(sys.stdin.buffer.read())
            assert not calendar.errors, calendar.errors
            for event in calendar.walk("VEVENT"):
                assert not event.errors, event.errors
                print(event["UID"].split("@")[0], event["SEQUENCE"], event.decoded("DTSTART"), len(event.walk("VALARM")))
                print(str(event["SUMMARY"]))
            """
        let outcome = try await Command(try await SchemaValidator.calendar(), ["-c", script]).capture(
            input: ICalendar(SampleTimeline.made(of: text)).text)
        #expect(outcome.succeeded, "\(outcome.error)")
        #expect(outcome.output.contains("stage-production-6.12 2 2027-05-28 1"))
        #expect(outcome.output.contains("\(text), expected on 9999-12-31"))
    }
}
