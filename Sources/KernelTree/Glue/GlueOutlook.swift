// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records
package import Sandbox
package import SystemPackage

/// What a tree means for the patch series: the files that they touch as they are there, and which series apply.
package struct GlueOutlook: Sendable {
    package struct Fit: Sendable {
        package let series: String
        /// What git said of the first hunk that does not apply; nil where all do.
        package let failure: String?
    }

    package let version: String
    package let status: TreeStatus
    /// Bessemer brought the support to the tree.
    package let isEnabled: Bool
    /// Each file that a series touches, sorted; no digest where the tree has none.
    package let files: [(path: String, digest: Digest?)]
    /// The series that the tree is offered; nil where no sandbox is there to try them.
    package let fits: [Fit]?

    /// Throws `Failure` with codes `glue.series`, `tree.not-a-file`, `tree.git`.
    package init(of tree: KernelTree, glue: FilePath, sandbox: SandboxRoot?) async throws {
        version = tree.version
        status = tree.status()
        isEnabled = tree.hasGlueRecord
        let names = try GlueSeries.names(in: glue)
        var touched: Set<String> = []
        for name in names {
            let folder = glue.pushing(FilePath(name))
            for file in try GlueSeries.files(of: name, in: glue) {
                touched.formUnion(
                    try GlueSeries.touches(of: try Files.text(folder.appending(file)), named: "\(folder)/\(file)"))
            }
        }
        let files = TreeFiles(folder: tree.path)
        self.files = try touched.sorted().map { ($0, try files.read($0).map { Digest(of: $0.bytes) }) }
        guard let sandbox else {
            fits = nil
            return
        }
        var fits: [Fit] = []
        for name in names where GlueSeries.isOffered(name, asked: nil, isReady: status.isReady) {
            let trial = try await GlueTrial(name, in: glue, to: tree, sandbox: sandbox)
            if case .fails(let reason) = trial.outcome {
                fits.append(Fit(series: name, failure: reason))
            } else {
                fits.append(Fit(series: name, failure: nil))
            }
        }
        self.fits = fits
    }
}
