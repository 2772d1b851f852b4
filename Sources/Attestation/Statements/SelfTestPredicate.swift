// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records

/// What Bessemer's own module found in a running kernel with Rust: warnings, static branches, stacks, layouts, registers.
package struct SelfTestPredicate: Encodable, Sendable {
    package struct Test: Encodable, Sendable {
        /// Names from the suite downwards, joined by `/`.
        package let path: String
        package let outcome: TestOutcome
        /// Why it failed, was skipped or is not known.
        package let diagnostics: [String]
    }

    /// What the step `self-test` left.
    private struct Built: Decodable {
        let files: [String: Digest]
        let problem: String?
    }

    /// The run's identifier.
    package let run: String
    /// The version of Bessemer that built and ran it.
    package let tool: String
    /// The SHA-256 of the module and of what the guest ran beside it.
    package let files: [String: Digest]
    /// Why the module could not be built; nil where it was.
    package let problem: String?
    package let counts: TestCounts
    package let tests: [Test]

    /// With it begin the suites that the module and its programs print (`Kernel/SelfTest`).
    private static let prefix = "selftest_"

    /// About the image that it ran in, and its own files; nil where the run has no such step, or its result was removed.
    /// Throws `Failure` where the result can't be read.
    package static func statement(of evidence: RunEvidence) throws -> InTotoStatement<SelfTestPredicate>? {
        let step = "self-test"
        guard let built = try evidence.result(Built.self, of: step) else { return nil }
        let run = evidence.run
        let suites = run.boot.tests.filter { $0.name.hasPrefix(prefix) }
        let tests = suites.flatMap(\.leaves).map { leaf in
            Test(
                path: leaf.path, outcome: leaf.result.outcome,
                diagnostics: leaf.result.outcome == .pass ? [] : leaf.result.diagnostics)
        }
        let files = built.files.sorted { $0.key < $1.key }.map {
            ResourceDescriptor(name: "\(step)/\($0.key)", sha256: $0.value)
        }
        return InTotoStatement(
            TypeURI.selfTest, about: run.kernels.candidate.images + files,
            SelfTestPredicate(
                run: run.identifier, tool: run.toolVersion, files: built.files, problem: built.problem,
                counts: suites.reduce(into: TestCounts()) { $0 += $1.counts }, tests: tests))
    }
}
