// SPDX-License-Identifier: Apache-2.0

/// What stands around a document that is one page of a site.
package struct PageFrame: Sendable {
    /// A page that is led to.
    struct Link: Sendable {
        let title: String
        /// From the site's folder on.
        let target: String
        let isCurrent: Bool
    }

    /// Leads from the page to the site's folder: empty, or `../`.
    let root: String
    /// The site's own pages.
    let pages: [Link]
    /// Other pages of a list that is too long for one; empty for no list.
    let neighbours: [Link]
}
