// SPDX-License-Identifier: Apache-2.0

/// What became of the pages of a site.
package struct SiteReport: Codable, Hashable, Sendable {
    /// The folder, as it was named.
    package let folder: String
    /// Pages and the style sheet.
    package let pages: Int
    /// That were not there, or were others.
    package let written: Int
    /// That were the same, byte for byte.
    package let unchanged: Int
    /// Of earlier sites in that folder, which no page leads to any more.
    package let removed: Int

    package init(folder: String, written: Int, unchanged: Int, removed: Int) {
        self.folder = folder
        pages = written + unchanged
        self.written = written
        self.unchanged = unchanged
        self.removed = removed
    }
}
