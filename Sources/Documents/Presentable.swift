// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

/// What a command can answer with: blocks for people, JSON for programs.
package protocol Presentable: Encodable {
    /// `book` has the rules that findings can be of.
    func document(_ book: RuleBook) -> Document
}

/// What is shown as one of a list.
package protocol Listable: Encodable {
    static func document(of list: [Self], _ book: RuleBook) -> Document
}

extension Array: Presentable where Element: Listable {
    package func document(_ book: RuleBook) -> Document { Element.document(of: self, book) }
}

/// The formats that every answer can have.
package enum OutputFormat: String, CaseIterable, Sendable {
    case text
    case json
    case html
    case markdown

    /// Throws what the encoder and the page's templates throw.
    package func text(of value: some Presentable, for style: Style, book: RuleBook) throws -> String {
        switch self {
        case .text: TextFormat(style: style).text(of: value.document(book))
        case .json: try JSON.text(value)
        case .html: try HTMLFormat().text(of: value.document(book))
        case .markdown: MarkdownFormat().text(of: value.document(book))
        }
    }
}
