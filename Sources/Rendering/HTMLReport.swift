// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Mustache
package import Records

/// A run as one HTML page: no script, nothing from a network, readable on paper.
package struct HTMLReport: Sendable {
    private let library: MustacheLibrary

    /// Parses the templates; a `Failure` with code `html.template` is a fault of ours.
    package init() throws {
        do {
            library = MustacheLibrary(templates: [
                "page": try MustacheTemplate(string: HTMLTemplate.page),
                "node": try MustacheTemplate(string: HTMLTemplate.node),
            ])
        } catch {
            throw Self.broken("\(error)")
        }
    }

    package func text(of record: RunRecord, drills: [RollbackDrill] = []) throws -> String {
        guard let text = library.render(HTMLPage(record, drills: drills), withTemplate: "page") else {
            throw Self.broken("there is no page")
        }
        return text
    }

    private static func broken(_ what: String) -> Failure {
        Failure(
            "html.template", "Bessemer's own page template is broken",
            advice: "report this; report.json has everything",
            underlying: what)
    }
}
