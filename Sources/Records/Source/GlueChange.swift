// SPDX-License-Identifier: Apache-2.0

/// What was done, or would be done, to a tree.
package struct GlueChange: RecordBody {
    package static let kind = RecordKind.enablement
    package static let version = 1

    /// The patches of the series.
    package var subjects: [Subject] { series?.patches.map { Subject($0.file, $0.sha256) } ?? [] }

    package enum Kind: String, Codable, Sendable {
        case enabled
        case disabled
        /// There was nothing to do.
        case unchanged
    }

    package let kind: Kind
    package let tree: String
    /// The kernel's version.
    package let version: String
    /// nil where there was nothing to do because the tree has no series, or needs none.
    package let series: GlueSeries?
    /// The git branch that holds the series; nil for a tree that is no repository.
    package let branch: String?
    /// Nothing was changed.
    package let isDryRun: Bool
    /// Why there was nothing to do.
    package let reason: String?
    /// The tree as it is now.
    package let status: TreeStatus

    package init(
        kind: Kind, tree: String, version: String, series: GlueSeries?, branch: String?, isDryRun: Bool,
        reason: String?, status: TreeStatus
    ) {
        self.kind = kind
        self.tree = tree
        self.version = version
        self.series = series
        self.branch = branch
        self.isDryRun = isDryRun
        self.reason = reason
        self.status = status
    }
}
