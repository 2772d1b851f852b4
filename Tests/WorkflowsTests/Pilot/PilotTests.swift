// SPDX-License-Identifier: Apache-2.0
import Audit
import Evidence
import Foundation
import Guest
import Host
import KernelTree
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Workflows

@Suite struct PilotPlanTests {
    @Test func `a version has a folder of its name, a path one that tells it from others of its name`() {
        let state = FilePath("/state")
        #expect(PilotPlan.folder(forKernel: "7.3", in: state) == "/state/pilot/7.3")
        let one = PilotPlan.folder(forKernel: "/a/linux", in: state)
        let other = PilotPlan.folder(forKernel: "/b/linux", in: state)
        #expect(one != other)
        #expect(one.lastComponent?.string.hasPrefix("linux-") == true)
        #expect(PilotPlan.folder(forKernel: "..", in: state).lastComponent?.string != "..")
    }

    @Test func `a version of two numbers is a package, and no other is taken for one`() throws {
        #expect(try KernelRequest("7.3") == .package("linux-source-7.3"))
        for kernel in ["6.12.107", "٦.١٢", "7", "7.", "/nowhere/linux"] {
            let failure = #expect(throws: Failure.self) { try KernelRequest(kernel) }
            #expect(failure?.code == "source.absent" && failure?.advice.contains("of two numbers") == true, "\(kernel)")
        }
    }
}
