// SPDX-License-Identifier: Apache-2.0
package import Records

extension SiteReport: Presentable {
    package func document(_ book: RuleBook) -> Document {
        Document(
            "site",
            banner: .init(
                title: "\(Quantities.count(pages, "page")) in \(folder): \(Quantities.number(written)) written, "
                    + "\(Quantities.number(unchanged)) unchanged, \(Quantities.number(removed)) removed",
                lines: [.quiet("\(folder)/\(SitePath.today) shows first what needs a decision")]))
    }
}
