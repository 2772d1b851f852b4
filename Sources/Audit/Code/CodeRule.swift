// SPDX-License-Identifier: Apache-2.0
internal import Records
internal import S390xKit

/// A rule over machine code: its visitor sees each function in one walk that all such rules share.
protocol CodeRule: Rule {
    associatedtype Visitor: CodeVisitor

    /// What has seen no function yet.
    func visitor(_ image: Image, _ options: AuditOptions) throws -> Visitor

    /// What the rule comes to where the image has no functions to see; nil where it has.
    func outcomeWithoutCode(_ image: Image) -> RuleOutcome?

    /// What follows from all that the visitor has seen.
    func outcome(of visitor: Visitor, _ image: Image, _ options: AuditOptions) throws -> RuleOutcome
}

extension CodeRule {
    var overCode: (any CodeRule)? { self }

    func outcomeWithoutCode(_ image: Image) -> RuleOutcome? { image.outcomeWithoutCode(Self.family) }

    func check(_ image: Image, _ options: AuditOptions) throws -> RuleOutcome {
        try CodeWalk([self], image, options).outcome(of: self)
    }
}

/// Sees functions of an image in the order of their addresses. Each worker has copies, which are put together at the end.
protocol CodeVisitor: Sendable {
    /// What the decoded code should have found already: one visitor's sweep is.
    var sweep: InstructionSweep? { get }

    /// Pieces of work beside the functions, for the same workers.
    var otherWork: [@Sendable () -> Void] { get }

    /// Sees one function; `region` is the place of its section in the address space, nil where it has no bytes.
    mutating func visit(_ function: FunctionTable.Entry, _ code: DecodedCode, in region: Int?)

    /// Frees what only visiting takes.
    mutating func finish()

    /// Adds what a copy has seen, whose functions come after.
    mutating func merge(_ later: Self)
}

extension CodeVisitor {
    var sweep: InstructionSweep? { nil }
    var otherWork: [@Sendable () -> Void] { [] }
    mutating func finish() {}
}
