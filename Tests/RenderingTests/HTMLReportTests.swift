// SPDX-License-Identifier: Apache-2.0
import Evidence
import Rendering
import TestSupport
import Testing

@Suite struct HTMLReportTests {
    @Test func `a page has the bytes that it had`() throws {
        try expectGolden("report-failed.html", HTMLReport().text(of: SampleRecord.failed()))
        try expectGolden("report-panicked.html", HTMLReport().text(of: SampleRecord.panicked()))
    }
}
