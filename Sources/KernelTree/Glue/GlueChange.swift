// SPDX-License-Identifier: Apache-2.0
internal import Host

/// What was done, or would be done, to a tree.
public struct GlueChange: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Sendable {
        case enabled
        case disabled
    }

    public let kind: Kind
    public let tree: String
    /// The kernel's version.
    public let version: String
    public let series: GlueSeries
    /// The git branch that holds the series; nil for a tree that is no repository.
    public let branch: String?
    /// Nothing was changed.
    public let isDryRun: Bool
    /// The tree as it is now.
    public let status: TreeStatus
}

/// What stays in a tree without git while it is enabled: enough to take the series out again without a trace.
struct GlueRecord: Codable, Sendable {
    struct File: Codable, Sendable {
        let path: String
        /// nil where the series makes the file.
        let before: Digest?
        let after: Digest
    }

    let series: GlueSeries
    let files: [File]

    /// Beside the patches themselves.
    static let folder = ".bessemer-glue"
    static let name = "record.json"
}
