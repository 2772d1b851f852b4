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
}
