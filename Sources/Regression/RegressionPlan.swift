// SPDX-License-Identifier: Apache-2.0
public import Guest
public import KernelTree
public import SystemPackage

/// What is to be run on which two kernels.
public struct RegressionPlan: Sendable {
    public var baseline: KernelUnderTest
    public var candidate: KernelUnderTest
    public var suites: [TestSuite] = [.kunit, .modules]
    /// How often each kernel runs everything.
    public var turns = 1
    /// As QEMU or its users name them.
    public var machines = ["max"]
    /// A machine that is tested on instead of QEMU's; it has its own processors and memory.
    public var remote: RemoteMachine?
    public var cpus = 2
    public var memoryMiB = 1024
    /// For one boot, in seconds.
    public var timeLimit = 1800
    /// Without a word on the console, in seconds.
    public var silenceLimit = 300
    /// Also run tests that the kernel marks as slow.
    public var slowTests = false
    /// Programs for the suite kselftest, and the folder that holds them, one folder a collection.
    public var selftests: (facts: SelftestFacts, folder: FilePath)?
    /// A static busybox for s390x.
    public var busybox: FilePath
    /// Receives regression.json and the console logs.
    public var output: FilePath

    public init(baseline: KernelUnderTest, candidate: KernelUnderTest, busybox: FilePath, output: FilePath) {
        self.baseline = baseline
        self.candidate = candidate
        self.busybox = busybox
        self.output = output
    }
}
