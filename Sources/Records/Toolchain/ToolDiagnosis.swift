// SPDX-License-Identifier: Apache-2.0

/// Whether one Rust compiler, with the other tools of its place, can build Rust code into the s390 kernel of a tree.
package struct ToolDiagnosis: Codable, Hashable, Sendable {
    package let tree: String
    /// The kernel's version.
    package let version: String
    package let location: String
    /// The compiler's path; nil where the place has none.
    package let rustc: String?
    package let isUsable: Bool
    /// What is wrong at the root, one sentence; nil where nothing is.
    package let cause: String?
    package let remediation: String?
    /// What `make ARCH=s390` has to be given beside; nil where there is no C compiler.
    package let makeVariables: String?
    /// Whether `make -C TREE` takes this Rust compiler; nil where that was not looked at.
    package let isTaken: Bool?
    /// What else is worth knowing.
    package let notes: [String]

    package init(
        tree: String, version: String, location: String, rustc: String?, isUsable: Bool, cause: String?,
        remediation: String?,
        makeVariables: String?, isTaken: Bool?, notes: [String]
    ) {
        self.tree = tree
        self.version = version
        self.location = location
        self.rustc = rustc
        self.isUsable = isUsable
        self.cause = cause
        self.remediation = remediation
        self.makeVariables = makeVariables
        self.isTaken = isTaken
        self.notes = notes
    }
}
