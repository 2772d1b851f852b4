// SPDX-License-Identifier: Apache-2.0
package import Guest
package import Records
package import SystemPackage

/// What is to be run on which two kernels.
package struct RegressionPlan: Sendable {
    package var baseline: KernelUnderTest
    package var candidate: KernelUnderTest
    /// For the record; nil where it is not known by its lock.
    package var sandbox: RegressionReport.Sandbox?
    package var suites: [TestSuite] = [.kunit, .modules]
    /// How often each kernel runs everything.
    package var turns = 1
    /// As QEMU or its users name them.
    package var machines = ["max"]
    /// A machine that is tested on instead of QEMU's; it has its own processors and memory.
    package var remote: RemoteMachine?
    package var cpus = 2
    package var memoryMiB = 1024
    /// For one boot, in seconds.
    package var timeLimit = 1800
    /// Without a word on the console, in seconds.
    package var silenceLimit = 300
    /// Also run tests that the kernel marks as slow.
    package var slowTests = false
    /// Programs for the suite kselftest, and the folder that holds them, one folder a collection.
    package var selftests: (facts: SelftestFacts, folder: FilePath)?
    /// A static busybox for s390x.
    package var busybox: FilePath
    /// Receives regression.json and the console logs.
    package var output: FilePath

    package init(baseline: KernelUnderTest, candidate: KernelUnderTest, busybox: FilePath, output: FilePath) {
        self.baseline = baseline
        self.candidate = candidate
        self.busybox = busybox
        self.output = output
    }

    func kernel(_ role: KernelRole) -> KernelUnderTest { role == .baseline ? baseline : candidate }
}
