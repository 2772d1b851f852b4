// SPDX-License-Identifier: Apache-2.0
package import Host

/// A patch series for a kernel tree: a folder with a `series` file.
///
/// Most give a tree the s390 side of Rust support; the fixes correct what is known to be wrong with it in a tree that has it.
package struct GlueSeries: Codable, Hashable, Sendable {
    package struct Patch: Codable, Hashable, Sendable {
        /// Its name in the series' folder.
        package let file: String
        package let subject: String
        package let sha256: Digest
        /// `git patch-id --stable`: does not depend on where in a file a change lands, nor on the message.
        package let identifier: String
        /// The files that it changes or makes, relative to the tree.
        package let touches: [String]

        package init(file: String, subject: String, sha256: Digest, identifier: String, touches: [String]) {
            self.file = file
            self.subject = subject
            self.sha256 = sha256
            self.identifier = identifier
            self.touches = touches
        }
    }

    /// The folder's name, which is that of the kernel line that the series was made for; `fixes/` stands before it where the
    /// series corrects a tree that has support.
    package let name: String
    package let patches: [Patch]

    package static let fixesFolder = "fixes"
    /// Mends trees that have s390 Rust support, rather than giving it.
    package var isFixes: Bool { Self.isFixes(name) }
    package static func isFixes(_ name: String) -> Bool { name.hasPrefix("\(fixesFolder)/") }

    /// The files that the series changes or makes, relative to the tree, sorted.
    package var touches: [String] { Set(patches.flatMap(\.touches)).sorted() }

    package init(name: String, patches: [Patch]) {
        self.name = name
        self.patches = patches
    }
}
