// SPDX-License-Identifier: Apache-2.0
package import Records

/// One page of a site: a document, and where it is.
package struct SitePage: Sendable {
    /// The site's own pages, as each page leads to them.
    enum Part: String, CaseIterable {
        case today = "Today"
        case runs = "Runs"
        case machines = "Machines"
        case waivers = "Waivers"
        case timeline = "Timeline"

        var path: String {
            switch self {
            case .today: SitePath.today
            case .runs: SitePath.runs
            case .machines: SitePath.machines
            case .waivers: SitePath.waivers
            case .timeline: SitePath.timeline
            }
        }
    }

    package let path: String
    package let document: Document
    package let frame: PageFrame

    init(_ path: String, of part: Part, _ document: Document, neighbours: [PageFrame.Link] = []) {
        self.path = path
        self.document = document
        frame = PageFrame(
            root: path.contains("/") ? "../" : "",
            pages: Part.allCases.map { .init(title: $0.rawValue, target: $0.path, isCurrent: $0 == part) },
            neighbours: neighbours)
    }
}

extension SiteFacts {
    /// The page that shows first what needs a decision today.
    package func today(_ book: RuleBook) -> SitePage { SitePage(SitePath.today, of: .today, todayDocument(book)) }

    /// Every other page that is of no single run or machine.
    package func lists(_ book: RuleBook) -> [SitePage] {
        runPages() + machinePages()
            + [
                SitePage(SitePath.waivers, of: .waivers, waiversDocument(book)),
                SitePage(SitePath.timeline, of: .timeline, timelineDocument(book)),
            ]
    }
}

/// Rows in an order, on as many pages as they need.
struct SiteList<Row> {
    /// Of the list: `runs`.
    let name: String
    /// Of the order; nil for the first one.
    let order: String?
    let rows: [Row]

    /// Rows of a page: what a browser shows at once, and a person can go through.
    private var most: Int { 200 }

    func pages(_ part: SitePage.Part, _ document: (_ rows: [Row], _ range: String) -> Document) -> [SitePage] {
        let count = max(1, (rows.count + most - 1) / most)
        return (1...count).map { number in
            let (start, end) = ((number - 1) * most, min(number * most, rows.count))
            var links = (1...count).map {
                PageFrame.Link(title: "\($0)", target: path($0), isCurrent: $0 == number)
            }
            if number > 1 { links.insert(.init(title: "Previous", target: path(number - 1), isCurrent: false), at: 0) }
            if number < count { links.append(.init(title: "Next", target: path(number + 1), isCurrent: false)) }
            let range =
                count == 1
                ? ""
                : "\(Quantities.number(start + 1)) to \(Quantities.number(end)) of \(Quantities.number(rows.count))"
            return SitePage(
                path(number), of: part, document(Array(rows[start..<end]), range), neighbours: count == 1 ? [] : links)
        }
    }

    private func path(_ number: Int) -> String { SitePath.list(name, order, number) }
}

extension Array {
    /// By versions, the newest first; those of one version stay in their order.
    func newestFirst(_ version: (Element) -> String) -> [Element] {
        let keyed = enumerated().map { ($0, DebianVersion(version($1)), $1) }
        return keyed.sorted { $0.1 == $1.1 ? $0.0 < $1.0 : $1.1 < $0.1 }.map(\.2)
    }
}
