// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

/// What a kernel's tests came to (in-toto test-result v0.1).
///
/// The predicate knows no skipped or undecided test: these are warned, and so is the whole.
package struct TestVerdict: Encodable, Sendable {
    package enum Result: String, Encodable, Sendable {
        /// At least one test passed, and nothing failed, was skipped or is not known.
        case passed = "PASSED"
        case warned = "WARNED"
        case failed = "FAILED"
    }

    package let result: Result
    package let configuration: [ResourceDescriptor]
    package let url: String
    package let passedTests: [String]
    package let warnedTests: [String]
    package let failedTests: [String]

    /// Of a run's kernel. Its subjects are the image and the modules that were loaded.
    package static func statement(
        _ kernel: RunRecord.Kernel, of run: RunRecord
    ) -> InTotoStatement<TestVerdict> {
        let loaded = Set(kernel.boot.modules.map(\.name))
        let modules = kernel.build.artifacts.filter { artifact in
            let file = artifact.path.split(separator: "/").last ?? ""
            return file.hasSuffix(".ko") && loaded.contains(String(file.dropLast(3)).replacing("-", with: "_"))
        }
        let tested = (kernel.image.map { [$0] } ?? []) + modules
        return InTotoStatement(
            TypeURI.testResult, about: (tested.isEmpty ? kernel.build.artifacts : tested).map(ResourceDescriptor.init),
            TestVerdict(kernel, of: run))
    }

    package init(_ kernel: RunRecord.Kernel, of run: RunRecord) {
        let boot = kernel.boot
        var tests = boot.tests.flatMap(\.leaves).map { (name: $0.path, outcome: $0.result.outcome) }
        tests += boot.modules.map { ("module/\($0.name)", $0.loaded && $0.unloaded ? .pass : .fail) }
        let other = kernel.role == .candidate ? run.baseline?.boot : nil
        let events = boot.events.filter(\.isFatal) + boot.unexplainedInTests(beside: other)
        tests += events.map { ("console/\($0.kind.rawValue) in line \($0.line)", .fail) }
        switch boot.ending {
        case .powerOff: break
        case .panic: tests.append(("boot/\(boot.ending.rawValue)", .fail))
        case .early, .deadline, .flood: tests.append(("boot/\(boot.ending.rawValue)", .unknown))
        }
        func names(_ outcomes: [TestOutcome]) -> [String] {
            tests.filter { outcomes.contains($0.outcome) }.map(\.name)
        }
        passedTests = names([.pass])
        warnedTests = names([.skip, .unknown])
        failedTests = names([.fail])
        result =
            !failedTests.isEmpty ? .failed : warnedTests.isEmpty && !passedTests.isEmpty ? .passed : .warned
        var settings = ResourceDescriptor(name: ".config", sha256: kernel.configuration.digest)
        settings.downloadLocation = BundlePath.uri(BundlePath.configuration(of: kernel.role))
        configuration =
            [settings] + (kernel.image.map { [ResourceDescriptor($0)] } ?? []) + [Self.machine(boot)]
        url = BundlePath.uri(BundlePath.log("console.log", of: kernel.role.step("boot")))
    }

    private static func machine(_ boot: GuestRun) -> ResourceDescriptor {
        ResourceDescriptor(
            name: "machine", uri: TypeURI.machine(boot.machine),
            annotations: [
                "emulator": boot.emulator, "accelerator": boot.accelerator, "cpu": boot.cpu,
                "memoryMiB": "\(boot.memoryMiB)", "cpus": "\(boot.cpus)", "kernelCommandLine": boot.kernelCommandLine,
                "consoleSHA256": boot.consoleSHA256.hexadecimal,
            ])
    }
}
