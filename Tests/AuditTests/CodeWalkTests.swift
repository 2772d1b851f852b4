// SPDX-License-Identifier: Apache-2.0
import ByteKit
import ELFKit
import Records
import S390xKit
import SystemPackage
import TestSupport
import Testing

@testable import Audit

/// A rule as somebody adds one: it counts the bytes of functions, and what else its visitor was asked for.
private struct SizeRule: CodeRule {
    static let family = "SIZ"
    static let descriptions: [RuleDescription] = []

    struct Visitor: CodeVisitor {
        var starts: [UInt64] = []
        var sizes: [Int] = []

        mutating func visit(_ function: FunctionTable.Entry, _ code: DecodedCode, in region: Int?) {
            starts.append(function.start)
            sizes.append(code.code.count)
        }

        mutating func merge(_ later: Visitor) {
            starts += later.starts
            sizes += later.sizes
        }
    }

    func visitor(_ image: Image, _ options: AuditOptions) throws -> Visitor { Visitor() }

    func outcome(of visitor: Visitor, _ image: Image, _ options: AuditOptions) throws -> RuleOutcome {
        RuleOutcome(family: Self.family, counts: [.init("bytes", "bytes", visitor.sizes.reduce(0, +))])
    }
}

/// A rule whose visitor can't be made.
private struct ImpossibleRule: CodeRule {
    static let family = "IMP"
    static let descriptions: [RuleDescription] = []

    struct Failure: Error {}

    func visitor(_ image: Image, _ options: AuditOptions) throws -> SizeRule.Visitor { throw Failure() }

    func outcome(of visitor: SizeRule.Visitor, _ image: Image, _ options: AuditOptions) throws -> RuleOutcome {
        RuleOutcome(family: Self.family)
    }
}

@Suite(.integration) struct CodeWalkTests {
    /// More functions than one worker reads without asking for more.
    private func image(_ bench: Workbench, jobs: Int) async throws -> Image {
        let source = (0..<600).map { "int f\($0)(int n) { return n + \($0); }" }.joined(separator: "\n")
        let file = try await bench.c(source)
        return try Image(
            ELFInput.first(at: file.string).placed(), name: "c.o", path: file.string, jobs: jobs, scansTypes: false,
            readsCode: true)
    }

    @Test func `a visitor sees each function once, in their order, whatever the number of workers`() async throws {
        try await Workbench.run { bench in
            for jobs in [1, 2, 5] {
                let image = try await image(bench, jobs: jobs)
                let visitor = try CodeWalk.walk(image, SizeRule.Visitor())
                #expect(visitor.starts == image.functions.entries.map(\.start))
                #expect(visitor.starts.count == 600)
                #expect(zip(image.functions.entries, visitor.sizes).allSatisfy { Int($0.end - $0.start) == $1 })
            }
        }
    }

    @Test func `a new rule walks with the others, and one that can't begin keeps none of them from it`() async throws {
        try await Workbench.run { bench in
            let image = try await image(bench, jobs: 2)
            let rules: [any Rule.Type] = [ImpossibleRule.self, SizeRule.self, FrameRule.self]
            let outcomes = RuleCatalogue.outcomes(on: image, AuditOptions(), of: rules).map(\.outcome)
            #expect(throws: ImpossibleRule.Failure.self) { try outcomes[0].get() }
            let bytes = image.functions.entries.reduce(0) { $0 + Int($1.end - $1.start) }
            #expect(try outcomes[1].get().counts == [.init("bytes", "bytes", bytes)])
            #expect(try outcomes[2].get().counts.first == .init("functions", "functions", 600))
            // Alone it comes to the same.
            #expect(try outcomes[2].get() == FrameRule().check(image, AuditOptions()))
        }
    }
}
