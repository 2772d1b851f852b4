// SPDX-License-Identifier: Apache-2.0
internal import Host

/// Where the pages of a site are, from its folder on.
///
/// Names have lower-case letters, digits and hyphens alone, and are short: every file share takes them. What a run or a machine is
/// called comes from outside, so where it is not of the form that Bessemer writes a digest of it stands in its place.
package enum SitePath {
    package static let today = "index.html"
    package static let style = "style.css"
    package static let waivers = "waivers.html"
    package static let timeline = "timeline.html"
    static let runs = "runs.html"
    static let machines = "machines.html"

    /// Folders of pages, each with one for a thing.
    package static let folders = ["compare", "machine", "run"]

    package static func run(_ identifier: String) -> String { "run/\(name(ofRun: identifier)).html" }

    /// Of a run's two kernels.
    package static func comparison(_ identifier: String) -> String { "compare/\(name(ofRun: identifier)).html" }

    package static func machine(_ key: String) -> String { "machine/\(digest(key)).html" }

    /// A page of a list; `order` is nil for the first order.
    static func list(_ name: String, _ order: String?, _ number: Int) -> String {
        ([name, order.map { "by-\($0)" }, number > 1 ? "\(number)" : nil].compactMap(\.self).joined(separator: "-"))
            + ".html"
    }

    /// `20261122t101500z-5f3a9c01`; different runs have different names.
    private static func name(ofRun identifier: String) -> String {
        identifier.wholeMatch(of: /[0-9]{8}T[0-9]{6}Z?-[0-9a-f]{8}/) == nil
            ? digest(identifier) : identifier.lowercased()
    }

    private static func digest(_ text: String) -> String { "x-" + Digest(of: text).hexadecimal.prefix(32) }

    /// Whether a path has the form of those above; nothing else is ever read as a site's, written or removed.
    package static func isOfSite(_ path: String) -> Bool {
        path == style
            || path.utf8.count <= 80
                && path.wholeMatch(of: /((compare|machine|run)\/)?[a-z0-9][a-z0-9-]*\.html/) != nil
    }
}
