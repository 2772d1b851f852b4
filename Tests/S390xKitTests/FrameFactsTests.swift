// SPDX-License-Identifier: Apache-2.0
import ByteKit
import S390xKit
import Testing

@Suite struct FrameFactsTests {
    /// Functions of frames.c that call something they have a frame for.
    static let callers = ["calls", "shrink", "variable", "large", "never", "table", "indirect"]

    @Test(arguments: [
        ("c-packed-backchain", FrameFacts.Verdict.packedWithBackchain, 136),
        ("unlinked", .packedWithBackchain, 136), ("c-expoline", .packedWithBackchain, 136),
        ("c-backchain", .ordinaryWithBackchain, 112), ("c-packed", .packedWithoutBackchain, 144),
        ("c-plain", .ordinaryWithoutBackchain, 112),
    ])
    func `tells how GCC was asked to make frames`(name: String, verdict: FrameFacts.Verdict, slot: Int) throws {
        let fixture = try Fixture(name)
        var reader = FrameReader()
        for function in Self.callers {
            let facts = try fixture.facts(of: function, &reader)
            #expect(facts.verdict == verdict, "\(function)")
            #expect(facts.returnSlot == slot, "\(function)")
            #expect(facts.cause == .none, "\(function)")
        }
        for function in ["leaf", "tail", "indirect_tail"] {
            #expect(try fixture.facts(of: function, &reader).verdict == .leaf, "\(function)")
        }
        #expect(try fixture.facts(of: "leaf_with_frame", &reader).verdict == .leafWithFrame)
    }

    @Test(arguments: [
        ("rust-packed-backchain", FrameFacts.Verdict.packedWithBackchain),
        ("rust-backchain", .ordinaryWithBackchain), ("rust-packed", .packedWithoutBackchain),
        ("rust-plain", .ordinaryWithoutBackchain),
    ])
    func `tells how rustc was asked to make frames`(name: String, verdict: FrameFacts.Verdict) throws {
        let fixture = try Fixture(name)
        for function in ["calls", "shrink", "large", "indirect"] {
            #expect(try fixture.facts(of: function).verdict == verdict, "\(function)")
        }
        #expect(try fixture.facts(of: "leaf").verdict == .leaf)
    }

    @Test func `tells sizes and traits`() throws {
        let fixture = try Fixture("c-packed-backchain")
        #expect(try fixture.facts(of: "calls").frameSize == 64)
        #expect(try fixture.facts(of: "large").frameSize == 800_048)
        #expect(try fixture.facts(of: "variable").traits.contains(.variableFrame))
        #expect(try fixture.facts(of: "table").traits.contains(.indirectJump))
        #expect(try fixture.facts(of: "table").callCount == 6)
        #expect(try fixture.facts(of: "never").traits.contains(.runsOut))
        let plain = try Fixture("c-plain")
        #expect(try plain.facts(of: "shrink").traits.contains(.shrinkWrapped))
        #expect(try !plain.facts(of: "calls").traits.contains(.shrinkWrapped))
    }

    @Test func `tells tail calls`() throws {
        let fixture = try Fixture("c-packed-backchain")
        var reader = FrameReader()
        let facts = try fixture.facts(of: "tail", &reader)
        #expect(facts.traits.contains(.tailCalls))
        #expect(reader.exits.map(\.target) == [0x10100])
        #expect(reader.exits.first?.state.isReleased == true)
    }

    @Test func `reads frames made by hand`() throws {
        let fixture = try Fixture("thunks")
        #expect(try fixture.facts(of: "protected").verdict == .packedWithBackchain)
        #expect(try fixture.facts(of: "ended").verdict == .endOfChain)
        let bare = try fixture.facts(of: "bare")
        #expect(bare.verdict == .callWithoutFrame)
        #expect(bare.offset == 0)
        #expect(bare.callCount == 1)
        let early = try fixture.facts(of: "early")
        #expect(early.verdict == .callWithoutFrame)
        #expect(early.offset == 8)
        let switched = try fixture.facts(of: "switched")
        #expect(switched.verdict == .unknown)
        #expect(switched.cause == .stackReplaced)
    }

    @Test func `a backchain that only one path stores is none`() {
        // stmg, lgr %r1,%r15, aghi, ltgr, je over the store of the backchain, brasl, lmg, br.
        let facts = read("ebeff0880024 b904001f a7fbffe8 b9020022 a7840005 e310f0980024 c0e500001000 07fe")
        #expect(facts.verdict == .packedWithoutBackchain)
        #expect(facts.offset == 28)
        // The same with the store on both paths.
        #expect(
            read("ebeff0880024 b904001f a7fbffe8 b9020022 e310f0980024 c0e500001000 07fe").verdict
                == .packedWithBackchain)
    }

    @Test func `a backchain in a register that was overwritten is none`() {
        let facts = read("ebeff0880024 b904001f a7fbffe8 a7190000 e310f0980024 c0e500001000 07fe")
        #expect(facts.verdict == .packedWithoutBackchain)
    }

    @Test func `a frame without a return address is told`() {
        // Only %r15 is saved.
        #expect(
            read("e3f0f0900024 b904001f a7fbffe8 e310f0980024 c0e500001000 07fe").verdict == .returnAddressNotSaved)
        // %r14 is saved after it was overwritten.
        #expect(
            read("a7e90000 ebeff0880024 b904001f a7fbffe8 e310f0980024 c0e500001000 07fe").verdict
                == .returnAddressNotSaved)
    }

    @Test func `code behind a BUG does not count`() {
        // A call with a frame; then the frame goes. The target of the first branch is a monitor call, whose
        // successor belongs to the path with a frame.
        let text = "b9020022 a784000e ebeff0880024 b904001f a7fbffe8 e310f0980024 a7f40004 af000000 c0e500001000 07fe"
        #expect(read(text).verdict == .packedWithBackchain)
    }

    @Test func `a tracer's place is no call`() {
        #expect(read("c00400000000 07fe").traits.contains(.traceable))
        let hooked = read("c00500001000 07fe")
        #expect(hooked.verdict == .leaf)
        #expect(hooked.traits.contains(.traceable))
        #expect(hooked.callCount == 0)
    }

    @Test func `a static branch is followed both ways`() {
        // brcl 0 to the call; nothing else leads there.
        let facts = read("c00400000005 07fe 0707 c0e500001000 07fe")
        #expect(facts.verdict == .callWithoutFrame)
        #expect(facts.offset == 10)
    }

    @Test func `a fault's fixup is an entry`() {
        // br at 4; a call behind it that only the exception table leads to.
        let bytes = code("b9020022 07fe c0e500001000 07fe")
        var reader = FrameReader()
        let without = reader.read(DecodedCode(bytes), address: 0)
        #expect(without.verdict == .unknown)
        #expect(without.cause == .unreachedCall)
        #expect(without.offset == 6)
        #expect(without.traits.contains(.unreachedCall))
        let with = reader.read(DecodedCode(bytes), address: 0, fixups: [FaultFixup(instruction: 0, target: 6)])
        #expect(with.verdict == .callWithoutFrame)
        for target in [-2, 7, 400, Int.max] {
            _ = reader.read(DecodedCode(bytes), address: 0, fixups: [FaultFixup(instruction: target, target: target)])
        }
    }

    @Test func `a cold part goes on with the state of its exit`() throws {
        // Frame, then jg to address 0x1000; there, a call.
        var reader = FrameReader()
        let hot = reader.read(
            DecodedCode(code("ebeff0880024 b904001f a7fbffe8 e310f0980024 c0f4000007f6")), address: 0)
        #expect(hot.traits.contains(.continuesElsewhere))
        let exit = try #require(reader.exits.first)
        #expect(exit.target == 0x1000)
        let cold = code("c0e500001000 07fe")
        #expect(reader.read(DecodedCode(cold), address: 0x1000, entry: exit.state).verdict == .packedWithBackchain)
        #expect(reader.read(DecodedCode(cold), address: 0x1000, entry: .unknown).verdict == .unknown)
        #expect(reader.read(DecodedCode(cold), address: 0x1000).verdict == .callWithoutFrame)
    }

    @Test func `says why it could not decide`() {
        #expect(read("").cause == .empty)
        #expect(read("07").cause == .empty)
        #expect(read("0000").cause == .undecoded)
        #expect(read("c0e5").cause == .truncated)
        #expect(read("0000").verdict == .unknown)
    }

    @Test func `long loops end`() {
        // Lowers %r15 in a loop: the frame is as large as the running program makes it.
        let facts = read("ebeff0880024 b904001f a7fbf000 a7260000 a726fffc e310f0980024 c0e500001000 07fe")
        #expect(facts.verdict == .packedWithBackchain)
        #expect(facts.traits.contains(.variableFrame))
    }

    @Test func `what a loop overwrites is not known at its start`() {
        // stg %r1,152(%r15) in a loop that overwrites %r1, and in one that overwrites %r2.
        let lost = read("ebeff0880024 b904001f a7fbffe8 e310f0980024 a7190000 a784fffb c0e500001000 07fe")
        #expect(lost.verdict == .packedWithoutBackchain)
        #expect(lost.offset == 28)
        let kept = read("ebeff0880024 b904001f a7fbffe8 e310f0980024 a7290000 a784fffb c0e500001000 07fe")
        #expect(kept.verdict == .packedWithBackchain)
        #expect(kept.cause == .none)
    }

    @Test func `paths that join are followed once with what holds on all`() {
        // All registers but %r14 and %r15 get the return address; then each of 96 branches goes round an instruction
        // that overwrites one of them: 2^96 paths, and more states than there is room for if each were kept.
        var digits = (0..<14).map { "b90400" + String($0, radix: 16) + "e" }.joined()
        for place in 0..<96 { digits += "a7840004" + "a7" + String(place % 14, radix: 16) + "90000" }
        digits += "ebeff0880024 b904001f a7fbffe8 e310f0980024 c0e500001000 ebeff0a00004 07fe"
        let facts = read(digits)
        #expect(facts.verdict == .packedWithBackchain)
        #expect(facts.cause == .none)
        #expect(facts.callCount == 1)
        #expect(facts.traits.contains(.returns))
    }

    @Test func `many loops to one place stay within the bound on steps`() {
        // Two thousand jumps to the first block, before each of which one register is overwritten: followed once a
        // jump, they would take four million steps, and a function of this size has half a million.
        var digits = (0..<14).map { "b90400" + String($0, radix: 16) + "e" }.joined()
        for place in 0..<2000 {
            let back = UInt16(truncatingIfNeeded: -4 &* place &- 2)
            digits += "a7" + String(place % 14, radix: 16) + "90000"
            digits += "a784" + String(String(0x10000 | UInt32(back), radix: 16).dropFirst())
        }
        let facts = read(digits + "07fe")
        #expect(facts.verdict == .leaf)
        #expect(facts.cause == .none)
        #expect(facts.traits.contains(.returns))
    }

    @Test func `what was read before does not change what is read`() throws {
        let fixture = try Fixture("c-packed-backchain")
        var reader = FrameReader()
        for name in fixture.functions.keys.sorted() + fixture.functions.keys.sorted().reversed() {
            #expect(try fixture.facts(of: name, &reader) == fixture.facts(of: name), "\(name)")
        }
    }

    private func read(_ digits: String) -> FrameFacts {
        var reader = FrameReader()
        return reader.read(DecodedCode(code(digits)), address: 0)
    }
}
