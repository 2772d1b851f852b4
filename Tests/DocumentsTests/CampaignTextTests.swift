// SPDX-License-Identifier: Apache-2.0
import Documents
import Foundation
import Host
import Records
import Testing

@Suite struct CampaignTextTests {
    private typealias Verdict = CampaignReport.Verdict

    /// Three kernels, two toolchains, two machines, with the fault that a cell has.
    private func report(_ fault: (CampaignCell) -> String?, unknown: (CampaignCell) -> Bool = { _ in false })
        -> CampaignReport
    {
        let matrix = CampaignMatrix(
            name: "z", kernels: ["6.12.107", "6.12.110", "6.12.117"].map { .init(name: $0, source: $0) },
            configurations: [.init(name: "tinyconfig")], toolchains: ["standard", "newest"], machines: ["z13", "z15"])
        let cells = matrix.cells.map { cell in
            let fault = fault(cell)
            let verdict: Verdict = unknown(cell) ? .unknown : fault == nil ? .passed : .failed
            return CampaignReport.Cell(
                cell: cell, verdict: verdict, step: Digest(of: cell.text), result: nil,
                fault: fault.map { .init(identity: $0, text: "\($0) <b>") }, facts: nil, lostAttempts: 0)
        }
        return CampaignReport(
            toolVersion: "0", startedAt: Date(timeIntervalSince1970: 0), seconds: 61, matrix: matrix, cells: cells,
            steps: 18, done: 4)
    }

    @Test func `a failure is said along the axes where it is seen`() throws {
        let text = try shown(report { $0.toolchain == "newest" ? "overflow" : nil })
        #expect(text.hasPrefix("FAILED"))
        #expect(text.contains("only with newest") && !text.contains("only with newest,"))
    }

    @Test func `kernels are in an order, so the last ones are a beginning`() throws {
        let text = try shown(report { $0.kernel != "6.12.107" && $0.machine == "z13" ? "oops" : nil })
        #expect(text.contains("only from 6.12.110 on, on z13"))
    }

    @Test func `a failure that fills no part of the matrix is counted`() throws {
        let text = try shown(
            report {
                ($0.kernel == "6.12.107" && $0.toolchain == "newest" && $0.machine == "z13")
                    || ($0.kernel == "6.12.117" && $0.toolchain == "standard" && $0.machine == "z15") ? "odd" : nil
            })
        #expect(text.contains("with 6.12.107, 6.12.117, in 2 of 8 cells"))
    }

    @Test func `two failures are two`() throws {
        let report = report { $0.toolchain == "newest" ? $0.machine : nil }
        #expect(report.patterns.count == 2)
        #expect(report.patterns.allSatisfy { $0.failing == 3 && $0.covered == 3 })
    }

    @Test func `what is not decided is no pass, and no failure`() throws {
        let report = report({ _ in nil }, unknown: { $0.machine == "z13" })
        #expect(report.verdict == .unknown)
        #expect(try shown(report).hasPrefix("UNKNOWN"))
        #expect(report.patterns.isEmpty)
    }

    @Test func `a page and JUnit show each cell, with text made fit for both`() throws {
        let report = report { $0.kernel == "6.12.110" ? "oops" : nil }
        let page = try shown(report, as: .html)
        #expect(page.contains("oops &lt;b&gt;") && !page.contains("<b>\n"))
        let junit = JUnitReport(report).text
        #expect(junit.contains(#"tests="12""#) && junit.contains(#"failures="4""#) && junit.contains("oops &lt;b&gt;"))
    }
}
