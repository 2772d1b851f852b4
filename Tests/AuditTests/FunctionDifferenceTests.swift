// SPDX-License-Identifier: Apache-2.0
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Audit

/// How functions of two images are matched and compared.
@Suite struct FunctionDifferenceTests {
    private func item(_ name: String, _ unit: String? = nil, size: UInt64 = 8, frame: FrameKind = .leaf)
        -> FunctionDifference.Item
    {
        var facts = FunctionDifference.Facts(codeSize: size)
        facts.frame = frame
        return .init(name: name, unit: unit, facts: facts)
    }

    @Test("functions of one name are compared; the others came or went")
    func names() {
        let difference = FunctionDifference(
            [item("same"), item("gone", size: 4), item("bigger")],
            [item("new", size: 6), item("same"), item("bigger", size: 10)])
        #expect(difference.equal == 1)
        #expect(difference.changed.map(\.name) == ["bigger"])
        #expect(difference.changed.map(\.new.codeSize) == [10])
        #expect(difference.added == [.init(name: "new", unit: nil, codeSize: 6)])
        #expect(difference.removed == [.init(name: "gone", unit: nil, codeSize: 4)])
        #expect(difference.oldCodeSize == 20)
        #expect(difference.newCodeSize == 24)
        #expect(!difference.isEmpty)
    }

    @Test("static functions of one name are matched by their units, then by their order")
    func units() {
        let difference = FunctionDifference(
            [item("f", "a.c", size: 2), item("f", "b.c", size: 4), item("f", "c.c", size: 6)],
            [item("f", "b.c", size: 4), item("f", "a.c", size: 2), item("f", "d.c", size: 8), item("f", "e.c")])
        #expect(difference.equal == 2)
        #expect(difference.changed.map(\.unit) == ["d.c"])
        #expect(difference.changed.map(\.old.codeSize) == [6])
        #expect(difference.added.map(\.unit) == ["e.c"])
        #expect(difference.removed.isEmpty)
    }

    @Test("a frame and a table's entries are told apart from the size")
    func facts() throws {
        var one = FunctionDifference.Facts(codeSize: 8)
        var other = FunctionDifference.Facts(codeSize: 10)
        #expect(one.hasSameFrame(as: other) && one.hasSameEntries(as: other))
        one.storesBackchain = true
        #expect(!one.hasSameFrame(as: other))
        other.exceptionEntries = 1
        #expect(!one.hasSameEntries(as: other))
    }

    @Test("equal images have no difference")
    func equal() {
        let items = [item("f", "a.c"), item("f", "b.c"), item("g")]
        #expect(FunctionDifference(items, items).isEmpty)
    }
}

/// What compilers make of one source with other flags.
@Suite(.integration) struct CompiledDifferenceTests {
    private static let source = """
        unsigned long sink(unsigned long);
        unsigned long chain(unsigned long n) { unsigned long a = sink(n); sink(n); return sink(a) + 1; }
        unsigned long leaf(unsigned long n) { return n + 1; }
        """

    @Test("a function whose frame is laid out in another way is told, its neighbour is not")
    func frames() async throws {
        try await Workbench.run { bench in
            let old = try await bench.c(Self.source)
            let new = try await bench.c(
                Self.source + "\nunsigned long more(unsigned long n) { return n + 2; }\n", ["-mno-packed-stack"],
                name: "ordinary")
            let same = try Audit.difference(from: old.string, to: old.string)
            #expect(same.functions.isEmpty)
            // Without debug information there is no word on types, and that is not the same as none changed.
            #expect(same.types.isEmpty)
            #expect(same.typesUnknown != nil)
            #expect(!same.isEmpty)
            let described = try await bench.c(Self.source, ["-g"], name: "described")
            #expect(try Audit.difference(from: described.string, to: described.string).isEmpty)
            let functions = try Audit.difference(from: old.string, to: new.string).functions
            #expect(functions.equal == 1)
            let change = try #require(functions.changed.first)
            #expect(functions.changed.count == 1)
            #expect(change.name == "chain")
            #expect(change.old.frame == .packedWithBackchain)
            #expect(change.new.frame == .ordinaryWithBackchain)
            #expect(change.new.returnSlot == 112)
            #expect(functions.added.map(\.name) == ["more"])
            #expect(functions.removed.isEmpty)
        }
    }

    @Test("entries of the bug table are counted by function")
    func tables() async throws {
        let warning = #"""
            #define WARN asm volatile("0: mc 0(%%r0),0\n.section __bug_table,\"aw\"\n1: .long 0b-1b\n.short 1\n.org 1b+8\n.previous" ::)
            """#
        let head = warning.split(separator: "\n").joined(separator: " ") + "\n"
        try await Workbench.run { bench in
            let old = try await bench.c(head + "void f(void) { WARN; }\nvoid g(void) { WARN; }\n")
            let new = try await bench.c(head + "void f(void) { WARN; WARN; }\nvoid g(void) { WARN; }\n", name: "twice")
            let functions = try Audit.difference(from: old.string, to: new.string).functions
            #expect(functions.changed.map(\.name) == ["f"])
            #expect(functions.changed.map(\.old.bugEntries) == [1])
            #expect(functions.changed.map(\.new.bugEntries) == [2])
            #expect(functions.equal == 1)
        }
    }

    @Test("a finding tells the line of the source, in an object and in a linked image")
    func lines() async throws {
        try await Workbench.run { bench in
            let object = try await bench.c(Self.source, ["-mno-packed-stack", "-g"])
            for file in [object, try await bench.link([object])] {
                let finding = try #require(try bench.findings(file).first { $0.rule == "FRM001" })
                #expect(finding.location?.source == .init(file: "c.c", line: 2))
                #expect(finding.location?.text.hasSuffix(", c.c:2") == true)
            }
        }
    }
}
