// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// What a record has to say to people, in blocks that every format for people knows how to write.
///
/// A terminal has less room than a page: what is marked as a detail is left out there, and a list that is not open is its
/// title alone.
package struct Document: Sendable {
    /// What comes first: the verdict, what it is about, and why.
    package struct Banner: Sendable {
        /// `PASSED`; empty where nothing is judged.
        var word = ""
        var role: Style.Role?
        let title: String
        /// Reasons and the like, a sentence each.
        var lines: [Span] = []
        /// Numbers that pages show large.
        var numbers: [Fact] = []
    }

    /// Blocks under a heading.
    package struct Section: Sendable {
        /// Empty for blocks without a heading.
        let title: String
        /// The section in a few words, beside its title.
        let aside: Span
        let isDetail: Bool
        /// Whether a terminal shows the blocks without the title.
        let isTitleDetail: Bool
        let blocks: [Block]

        init(
            _ title: String = "", _ aside: Span = "", isDetail: Bool = false, isTitleDetail: Bool = false,
            @Parts<Block> _ blocks: () -> [Block]
        ) {
            self.title = title
            self.aside = aside
            self.isDetail = isDetail
            self.isTitleDetail = isTitleDetail
            self.blocks = blocks()
        }
    }

    /// What a page says it is: `kernel run report`.
    let name: String
    let banner: Banner?
    let sections: [Section]
    /// What made the document of what.
    let footer: String

    init(
        _ name: String, banner: Banner? = nil, footer: String = "", @Parts<Section> _ sections: () -> [Section] = { [] }
    ) {
        self.name = name
        self.banner = banner
        self.sections = sections()
        self.footer = footer
    }
}

/// Lists of a document's parts, written below each other, some only where there is something to show.
@resultBuilder
enum Parts<Part> {
    static func buildExpression(_ part: Part) -> [Part] { [part] }

    static func buildExpression(_ parts: [Part]) -> [Part] { parts }

    static func buildOptional(_ parts: [Part]?) -> [Part] { parts ?? [] }

    static func buildEither(first parts: [Part]) -> [Part] { parts }

    static func buildEither(second parts: [Part]) -> [Part] { parts }

    static func buildArray(_ parts: [[Part]]) -> [Part] { parts.flatMap(\.self) }

    static func buildBlock(_ parts: [Part]...) -> [Part] { parts.flatMap(\.self) }
}

/// Some text, what it is, and what to think of it.
package struct Span: Sendable, ExpressibleByStringInterpolation {
    enum Form: Sendable {
        case plain
        /// A name out of a file, a command or a line of a console.
        case code
        /// A word or two that judge what stands beside them.
        case tag
        /// Of a digest, in hexadecimal; where room is short its beginning.
        case digest
    }

    let text: String
    var role: Style.Role?
    var form = Form.plain
    var isDetail = false
    /// The page of a site that it leads to, from the site's folder on; formats of one document show the text alone.
    var target: String?

    init(_ text: String, _ role: Style.Role? = nil) {
        self.text = text
        self.role = role
    }

    package init(stringLiteral value: String) { self.init(value) }

    static func code(_ text: String, _ role: Style.Role? = nil) -> Span { Span(text, role).with { $0.form = .code } }
    static func tag(_ text: String, _ role: Style.Role?) -> Span { Span(text, role).with { $0.form = .tag } }
    static func digest(_ digest: Digest) -> Span { Span(digest.hexadecimal, .quiet).with { $0.form = .digest } }
    static func quiet(_ text: String) -> Span { Span(text, .quiet) }

    /// The same, left out where room is short.
    var detail: Span { with { $0.isDetail = true } }

    /// The same, leading to a page of a site; nil for none.
    func leading(to target: String?) -> Span { with { $0.target = target } }

    private func with(_ change: (inout Span) -> Void) -> Span {
        var span = self
        change(&span)
        return span
    }
}

/// What documents are made of.
package indirect enum Block: Sendable {
    case sentence(Sentence)
    case facts([Fact])
    case table(Table)
    case list(List)
    case fold(Fold)
    case cards(Cards)
    case tests(TestTree)
    case bar(Bar)
    /// What happened one after the other.
    case timeline([Moment])
    /// What stands on days, as a picture; what it shows a table or sentences beside it say.
    case chart(DayChart)
    case log(Log)
    case paths([String])

    static func sentence(_ text: Span, tag: Span? = nil, _ more: [Span] = []) -> Block {
        .sentence(Sentence(tag: tag, text: text, more: more))
    }

    static func sentences(_ texts: [String], _ role: Style.Role? = nil, tag: Span? = nil) -> [Block] {
        texts.map { .sentence(Span($0, role), tag: tag) }
    }

    static func table(
        _ columns: [Table.Column], _ rows: [[Table.Cell]], leading: Int = 0, isHeaded: Bool = true,
        breaksLast: Bool = false, isDetail: Bool = false, most: Int = .max, noun: String = "row"
    ) -> Block {
        .table(
            Table(
                columns: columns, rows: rows, leading: leading, isHeaded: isHeaded, breaksLast: breaksLast,
                isDetail: isDetail, most: most, noun: noun))
    }

    static func list(
        _ title: Span, _ items: [String], isOpen: Bool = false, isCode: Bool = true, most: Int = 0,
        noun: String = "line", role: Style.Role? = nil
    ) -> Block {
        .list(List(title: title, items: items, isOpen: isOpen, isCode: isCode, most: most, noun: noun, role: role))
    }

    static func fold(_ title: Span, isOpen: Bool = false, @Parts<Block> _ blocks: () -> [Block]) -> Block {
        .fold(Fold(title: title, isOpen: isOpen, blocks: blocks()))
    }
}

/// One sentence, and lines that belong to it.
package struct Sentence: Sendable {
    /// Stands before it.
    var tag: Span?
    let text: Span
    var more: [Span] = []
}

/// A label and what stands there.
package struct Fact: Sendable {
    let label: String
    let value: Span
    var more: [Span] = []
    var isDetail = false

    init(_ label: String, _ value: Span, _ more: [Span] = [], isDetail: Bool = false) {
        self.label = label
        self.value = value
        self.more = more
        self.isDetail = isDetail
    }
}

/// Rows of cells; a cell is spans below each other.
package struct Table: Sendable {
    typealias Cell = [Span]

    package struct Column: Sendable, ExpressibleByStringLiteral {
        let title: String
        var isNumber = false
        /// Whether its title stands before each value where cells stand below each other, since the value does not tell.
        var isNamed = false
        var isDetail = false
        /// How a page of a site is sorted by it, and where it is sorted otherwise.
        var order: Order?

        /// The order of a table's rows by one of its columns.
        struct Order: Sendable {
            enum Direction: String, Sendable {
                case ascending, descending
            }

            /// Of the page at hand; nil where it is sorted by another column.
            let direction: Direction?
            /// The page that is sorted by this column, or by it the other way; nil where there is none.
            let target: String?
        }

        package init(stringLiteral value: String) { title = value }

        init(_ title: String, isNumber: Bool = false, isNamed: Bool = false, isDetail: Bool = false) {
            self.title = title
            self.isNumber = isNumber
            self.isNamed = isNamed
            self.isDetail = isDetail
        }

        static func named(_ title: String) -> Column { Column(title, isNamed: true) }

        static func number(_ title: String) -> Column { Column(title, isNumber: true, isNamed: true) }
    }

    var columns: [Column]
    var rows: [[Cell]] = []
    /// What the rows are, for who hears or sees the table by itself.
    var caption: String?
    /// The column whose cells are the headings of their rows; nil for none.
    var heading: Int?
    /// Whether its cells are short, and a browser without style sheets shows a row in a line where there is room.
    var isCompact = false
    /// The column that tells rows apart: a list puts it at the head of each.
    var leading = 0
    /// Whether a terminal shows the columns' titles, too.
    var isHeaded = true
    /// Whether a terminal draws a line below them.
    var isRuled = false
    /// Whether lines without a width show a list, as for cells of many lines.
    var isListWhereUnbounded = false
    /// Whether words of the last column may be broken where there is no room, so that the rows stay rows.
    var breaksLast = false
    var isDetail = false
    /// Rows that a terminal shows, and what the others are called.
    var most = Int.max
    var noun = "row"
}

/// Names or lines under a title that opens them.
package struct List: Sendable {
    let title: Span
    let items: [String]
    var isOpen = false
    /// Lines of programs: they are numbered by nobody, and may be long.
    var isCode = true
    /// Items that a terminal shows, and what the others are called.
    var most = 0
    var noun = "line"
    var role: Style.Role?
}

/// Blocks under a title that opens them.
package struct Fold: Sendable {
    let title: Span
    var isOpen = false
    let blocks: [Block]
}

/// Findings, each with its parts.
package struct Cards: Sendable {
    package struct Card: Sendable {
        /// `error`.
        let tag: Span
        let title: Span
        /// The rule and the location.
        var origin: String?
        /// What of several locations is said of each.
        var items: [[Span]] = []
        /// Locations that are not among the items.
        var moreItems = 0
        var parts: [Fact] = []

        var rest: String? { Quantities.rest(moreItems, "location") }
    }

    var cards: [Card]
    /// Whether a terminal shows a line of each.
    var isBrief = false
    /// Cards, and items of each, that a terminal shows.
    var most = Int.max
    var mostItems = 12
}

/// Test results as a tree that opens where something is wrong.
package struct TestTree: Sendable {
    let results: [TestResult]
    /// What accepts failures, by the test's path.
    var waivers: [String: Waiver] = [:]
}

/// How much there is of each of several things.
package struct Bar: Sendable {
    package struct Part: Sendable {
        let count: Int
        let role: Style.Role
    }

    let title: String
    let parts: [Part]
}

/// One thing that happened.
package struct Moment: Sendable {
    var tag: Span?
    let title: String
    /// What was seen, and where.
    var more: [Span] = []
    var startedAt = ""
    let seconds: Double
}

/// Lines as a program printed them.
package struct Log: Sendable {
    let lines: [String]
    var isDetail = false
}
