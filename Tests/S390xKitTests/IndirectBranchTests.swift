// SPDX-License-Identifier: Apache-2.0
import ByteKit
import S390xKit
import Testing

@Suite struct IndirectBranchTests {
    private func branches(_ bytes: Bytes, at address: UInt64 = 0, _ thunks: ExpolineThunks = ExpolineThunks())
        -> [String]
    {
        var told: [String] = []
        IndirectBranch.forEach(in: DecodedCode(bytes), address: address, thunks: thunks) {
            told.append("\($0.offset) \($0.kind) \($0.protection) \($0.register.map { "r\($0)" } ?? "-")")
        }
        return told
    }

    @Test func `tells calls jumps and returns`() {
        // basr, br %r1, br %r14, ber %r14, bc with two registers, bas, bi, bctgr.
        #expect(
            branches(code("0de1 07f1 07fe 078e 47f23000 4de01000 e3f010000047 b9460012"))
                == [
                    "0 call none r1", "2 jump none r1", "4 return none r14", "6 return none r14", "8 jump none -",
                    "12 call none r1", "16 jump none -", "22 jump none r2",
                ])
    }

    @Test func `branches that never branch are none`() {
        // basr %r13,%r0, nopr %r7, bcr 15,%r0, bc 0, bctr %r1,%r0, bc 15 without registers, brasl.
        #expect(branches(code("0dd0 0707 07f0 47001000 0610 47f00010 c0e500000000")) == [])
    }

    @Test func `a register loaded from the return slot returns`() {
        // GCC 14: lg %r3,160(%r15), lmg %r14,%r15,160(%r15), br %r3.
        #expect(branches(code("e330f0a00004 ebeff0a00004 07f3")) == ["12 return none r3"])
        // Another place in the frame.
        #expect(branches(code("e330f0a80004 ebeff0a00004 07f3")) == ["12 jump none r3"])
        // Behind a jump it is another path.
        #expect(branches(code("e330f0a00004 ebeff0a00004 a7f40010 07f3")) == ["16 jump none r3"])
    }

    @Test(arguments: [0, 5, 6, 7, 8, 40]) func `a return may be far from its load`(_ pairs: Int) {
        let between = String(repeating: "1821 b9040023 ", count: pairs)
        #expect(branches(code("e330f0a00004 ebeff0a00004 \(between) 07f3")) == ["\(12 + 6 * pairs) return none r3"])
        // The first of two jumps was asked about already.
        #expect(
            branches(code("e330f0a00004 ebeff0a00004 0783 \(between) 0753"))
                == ["12 return none r3", "\(14 + 6 * pairs) return none r3"])
        #expect(
            branches(code("e330f0a00004 ebeff0a00004 c0f400000010 \(between) 07f3"))
                == ["\(18 + 6 * pairs) jump none r3"])
    }

    @Test func `knows a thunk by its code`() throws {
        let fixture = try Fixture("thunks")
        let thunk = try #require(ExpolineThunk(fixture.code, at: 0, address: 0x1000))
        #expect(thunk == ExpolineThunk(try fixture.bytes(of: "thunk"), at: 0, address: 0x1000))
        #expect(thunk.register == 1)
        #expect(thunk.branch == 0x100a)
        #expect(ExpolineThunk(try fixture.bytes(of: "bare"), at: 0, address: 0) == nil)
        #expect(ExpolineThunk(try fixture.bytes(of: "thunk").slice(0, count: 10), at: 0, address: 0) == nil)
        var thunks = ExpolineThunks()
        thunks.insert(thunk)
        #expect(
            branches(fixture.code, at: 0x1000, thunks)
                == [
                    "10 jump target r1", "38 call thunk r1", "56 return thunk r1", "64 call none r1",
                    "72 return none r14",
                    "74 jump none -", "80 return executed r14", "90 return none r14", "104 call thunk r1",
                    "130 call thunk r1", "142 return none r14", "154 call thunk r1", "174 call thunk r1",
                ])
    }

    @Test func `GCC's expolines protect everything but tables`() throws {
        let fixture = try Fixture("c-expoline")
        var thunks = ExpolineThunks()
        for (name, function) in fixture.functions where name.hasPrefix("__s390_indirect_jump_r") {
            let address = UInt64(function.address)
            thunks.insert(try #require(ExpolineThunk(fixture.code, at: function.address, address: address), "\(name)"))
        }
        #expect(thunks.count > 0)
        var unprotected = 0
        var returns = 0
        IndirectBranch.forEach(in: DecodedCode(fixture.code), address: 0, thunks: thunks) { branch in
            if branch.protection == .none { unprotected += 1 }
            if branch.kind == .return, branch.protection == .thunk { returns += 1 }
        }
        #expect(unprotected == 0)
        #expect(returns >= 8)
    }
}
