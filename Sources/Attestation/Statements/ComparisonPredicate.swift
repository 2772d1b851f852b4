// SPDX-License-Identifier: Apache-2.0
package import Records

/// What the same tests came to on two kernels, each test that is worth a look by name: the kernel with Rust beside the same
/// kernel without it.
package struct ComparisonPredicate: Encodable, Sendable {
    /// The run's identifier.
    package let run: String
    /// The version of Bessemer that compared.
    package let tool: String
    /// Of all tests of the kernel without Rust.
    package let baseline: TestCounts
    /// Of all tests of the kernel with Rust.
    package let candidate: TestCounts
    package let comparison: TestComparison

    /// About both images; nil where the run has one kernel.
    package static func statement(of run: RunRecord) -> InTotoStatement<ComparisonPredicate>? {
        guard let baseline = run.baseline, let comparison = run.comparison else { return nil }
        return InTotoStatement(
            TypeURI.comparison, about: run.kernels.candidate.images + baseline.images,
            ComparisonPredicate(
                run: run.identifier, tool: run.toolVersion, baseline: baseline.boot.counts,
                candidate: run.boot.counts, comparison: comparison))
    }
}
