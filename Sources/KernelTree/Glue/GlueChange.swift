// SPDX-License-Identifier: Apache-2.0
/// What was done, or would be done, to a tree.
public struct GlueChange: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Sendable {
        case enabled
        case disabled
        /// There was nothing to do.
        case unchanged
    }

    public let kind: Kind
    public let tree: String
    /// The kernel's version.
    public let version: String
    /// nil where there was nothing to do because the tree has no series, or needs none.
    public let series: GlueSeries?
    /// The git branch that holds the series; nil for a tree that is no repository.
    public let branch: String?
    /// Nothing was changed.
    public let isDryRun: Bool
    /// Why there was nothing to do.
    public let reason: String?
    /// The tree as it is now.
    public let status: TreeStatus
}
