// SPDX-License-Identifier: Apache-2.0
internal import Host

/// What a template shows: a text, a condition, a list, or something with values of its own.
enum TemplateValue {
    case text(String)
    case number(Int)
    case flag(Bool)
    case list([TemplateValue])
    case object(any TemplateObject)

    static func list(_ objects: [some TemplateObject]) -> TemplateValue { .list(objects.map { .object($0) }) }
    static func texts(_ texts: [String]) -> TemplateValue { .list(texts.map { .text($0) }) }
}

/// Something that a template names values of.
protocol TemplateObject {
    /// nil for a value that it does not have.
    func value(_ name: String) -> TemplateValue?
}

/// Values by name; one that is nil is left out.
struct TemplateFields: TemplateObject {
    private var values: [(name: String, value: TemplateValue)] = []

    init(_ values: KeyValuePairs<String, TemplateValue?>) {
        for (name, value) in values { if let value { self.values.append((name, value)) } }
    }

    func value(_ name: String) -> TemplateValue? {
        for value in values where value.name == name { return value.value }
        return nil
    }
}

/// The templates of pages: files in the form of mustache(5), as far as ours use it, read once.
///
/// `{{name}}` is a text, `{{#name}}…{{/name}}` what is shown of a value that is there, once for each of a list, `{{^name}}…{{/name}}`
/// what is shown where it is not, `{{>file}}` and `{{>*name}}` another template. A name is looked for in what is around it, too, save
/// where a dot stands before it; `{{.}}` is the value itself. A tag of a section that has a line for itself leaves none.
struct TemplateLibrary: Sendable {
    fileprivate struct Name: Sendable {
        /// Of values in each other; none for the value itself.
        let parts: [String]
        let isInnermost: Bool

        init(_ text: Substring) {
            isInnermost = text.hasPrefix(".")
            parts = text.split(separator: ".").map(String.init)
        }
    }

    fileprivate indirect enum Node: Sendable {
        case text([UInt8])
        case value(Name)
        case section(Name, [Node], isInverted: Bool)
        case template(String)
        case named(Name)
    }

    /// What is wrong with one of the files.
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    fileprivate let templates: [String: [Node]]

    /// Throws `Fault`.
    init(_ files: [String: [UInt8]]) throws {
        templates = try Dictionary(
            uniqueKeysWithValues: files.map { name, bytes in
                var reader = TemplateReader(String(decoding: bytes, as: UTF8.self), name)
                return (name, try reader.nodes(of: nil))
            })
    }

    /// nil where there is no such template.
    func bytes(of object: any TemplateObject, as template: String) -> [UInt8]? {
        guard let nodes = templates[template] else { return nil }
        var page = TemplatePage(library: self, stack: [.object(object)])
        page.bytes.reserveCapacity(1 << 16)
        page.add(nodes)
        return page.bytes
    }
}

private struct TemplateReader {
    private var rest: Substring
    private let file: String
    /// The first line of a file stays, whatever is in it.
    private var isLineStart = false

    init(_ text: String, _ file: String) {
        rest = text[...]
        self.file = file
    }

    private func fault(_ what: String) -> TemplateLibrary.Fault { .init(description: "\(file): \(what)") }

    /// To the end of the section of that name, or of the file.
    mutating func nodes(of section: Substring?) throws -> [TemplateLibrary.Node] {
        var nodes: [TemplateLibrary.Node] = []
        while let open = rest.firstRange(of: "{{") {
            text(rest[..<open.lowerBound], &nodes)
            rest = rest[open.upperBound...]
            guard let close = rest.firstRange(of: "}}") else { throw fault("a tag has no end") }
            let tag = rest[..<close.lowerBound]
            rest = rest[close.upperBound...]
            let name = tag.dropFirst()
            switch tag.first {
            case "#", "^":
                let isAlone = dropLine()
                nodes.append(.section(.init(name), try self.nodes(of: name), isInverted: tag.first == "^"))
                // A line after the section is one where the section was one.
                isLineStart = isAlone
            case "/":
                dropLine()
                guard name == section else { throw fault("{{/\(name)}} ends no section") }
                return nodes
            case ">":
                dropLine()
                nodes.append(name.hasPrefix("*") ? .named(.init(name.dropFirst())) : .template(String(name)))
            default:
                isLineStart = false
                nodes.append(.value(.init(tag)))
            }
        }
        guard section == nil else { throw fault("{{#\(section ?? "")}} has no end") }
        text(rest, &nodes)
        return nodes
    }

    private mutating func text(_ text: Substring, _ nodes: inout [TemplateLibrary.Node]) {
        guard !text.isEmpty else { return }
        isLineStart = text.last == "\n"
        nodes.append(.text(Array(text.utf8)))
    }

    /// Behind a tag that has its line for itself; false for another.
    @discardableResult
    private mutating func dropLine() -> Bool {
        isLineStart = isLineStart && rest.first == "\n"
        if isLineStart { rest.removeFirst() }
        return isLineStart
    }
}

/// A page in the making.
private struct TemplatePage {
    let library: TemplateLibrary
    /// What is around, the innermost last.
    var stack: [TemplateValue]
    var bytes: [UInt8] = []

    mutating func add(_ nodes: [TemplateLibrary.Node]) {
        for node in nodes {
            switch node {
            case .text(let text): bytes += text
            case .value(let name):
                switch value(name) {
                case .text(let text): add(text)
                case .number(let number): add(String(number))
                case .flag, .list, .object, nil: break
                }
            case .section(let name, let nodes, let isInverted):
                isInverted ? addInverted(value(name), nodes) : addSection(value(name), nodes)
            case .template(let name):
                if let nodes = library.templates[name] { add(nodes) }
            case .named(let name):
                if case .text(let name) = value(name), let nodes = library.templates[name] { add(nodes) }
            }
        }
    }

    private mutating func addSection(_ value: TemplateValue?, _ nodes: [TemplateLibrary.Node]) {
        switch value {
        case nil, .flag(false): break
        case .flag(true): add(nodes)
        case .list(let values): for value in values { add(nodes, of: value) }
        case .text, .number, .object: if let value { add(nodes, of: value) }
        }
    }

    private mutating func addInverted(_ value: TemplateValue?, _ nodes: [TemplateLibrary.Node]) {
        switch value {
        case nil, .flag(false): add(nodes)
        case .list(let values): if values.isEmpty { add(nodes) }
        case .flag(true), .text, .number, .object: break
        }
    }

    private mutating func add(_ nodes: [TemplateLibrary.Node], of value: TemplateValue) {
        stack.append(value)
        add(nodes)
        stack.removeLast()
    }

    private func value(_ name: TemplateLibrary.Name) -> TemplateValue? {
        guard let first = name.parts.first else { return stack.last }
        var found: TemplateValue?
        for value in stack.reversed() {
            if case .object(let object) = value { found = object.value(first) }
            if found != nil || name.isInnermost { break }
        }
        for part in name.parts.dropFirst() {
            guard case .object(let object) = found else { return nil }
            found = object.value(part)
        }
        return found
    }

    private static let mostLines = 200
    private static let mostColumns = 4000

    /// Text as a page may hold it: fit to be seen, shortened where it is very long, escaped.
    private mutating func add(_ text: String) {
        var text = text
        let isPlain = text.withUTF8 { utf8 in
            unsafe utf8.count <= Self.mostColumns
                && utf8.allSatisfy { byte in
                    (0x20..<0x7F).contains(byte) && byte != 0x22 && byte != 0x26 && byte != 0x27 && byte != 0x3C
                        && byte != 0x3E
                }
        }
        if isPlain {
            bytes += text.utf8
            return
        }
        let lines = text.split(separator: "\n", maxSplits: Self.mostLines, omittingEmptySubsequences: false)
        for (number, line) in lines.prefix(Self.mostLines).enumerated() {
            if number > 0 { bytes.append(0x0A) }
            bytes +=
                VisibleText.escaped(
                    VisibleText.of(String(line), columns: Self.mostColumns), apostrophe: "&#39;"
                ).utf8
        }
    }
}
