// SPDX-License-Identifier: Apache-2.0
import ByteKit
import Testing

struct ByteCursorTests {
    @Test func integersFollowTheByteOrder() throws {
        let bytes = Bytes([1, 2, 3, 4, 5, 6, 7, 8])
        var big = try ByteCursor(bytes, .big)
        var little = try ByteCursor(bytes, .little)
        #expect(try big.u24() == 0x010203)
        #expect(try little.u24() == 0x030201)
        #expect(try big.u8() == 4)
        #expect(try big.u32() == 0x0506_0708)
        try little.seek(to: 0)
        #expect(try little.u64() == 0x0807_0605_0403_0201)
        #expect(little.isAtEnd)
    }

    @Test func readingPastTheEndTellsWhereAndMovesNothing() throws {
        var cursor = try ByteCursor(Bytes([1, 2, 3]), .big)
        _ = try cursor.u16()
        #expect(throws: FormatError(.truncated, offset: 2)) { try cursor.u32() }
        #expect(cursor.offset == 2)
        #expect(throws: FormatError.self) { try cursor.skip(-1) }
        #expect(throws: FormatError.self) { try cursor.seek(to: UInt64.max) }
    }

    @Test(
        arguments: [
            ([0x00], 0), ([0x7f], 127), ([0x80, 0x01], 128), ([0xe5, 0x8e, 0x26], 624_485),
            ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], UInt64.max),
            ([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], 0),
        ] as [([UInt8], UInt64)])
    func unsignedLEB128(bytes: [UInt8], value: UInt64) throws {
        var cursor = try ByteCursor(Bytes(bytes), .little)
        #expect(try cursor.uleb128() == value)
        #expect(cursor.isAtEnd)
    }

    @Test(
        arguments: [
            ([0x02], 2), ([0x7e], -2), ([0xff, 0x00], 127), ([0x81, 0x7f], -127), ([0x80, 0x7f], -128),
            ([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f], Int64.min),
            ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00], Int64.max),
        ] as [([UInt8], Int64)])
    func signedLEB128(bytes: [UInt8], value: Int64) throws {
        var cursor = try ByteCursor(Bytes(bytes), .little)
        #expect(try cursor.sleb128() == value)
        #expect(cursor.isAtEnd)
    }

    @Test func aNumberOfMoreThan64BitsIsRefused() throws {
        let tooLong = [UInt8](repeating: 0xff, count: 9) + [0x02]
        var cursor = try ByteCursor(Bytes(tooLong), .little)
        #expect(throws: FormatError.self) { try cursor.uleb128() }
        cursor = try ByteCursor(Bytes([UInt8](repeating: 0x80, count: 9) + [0x01]), .little)
        #expect(throws: FormatError.self) { try cursor.sleb128() }
    }

    @Test func aStringWithoutAnEndIsAnError() throws {
        let bytes = Bytes(Array("abc\0de".utf8))
        #expect(try bytes.cString(at: 0) == "abc")
        #expect(try bytes.cString(at: 3) == "")
        #expect(throws: FormatError.self) { try bytes.cString(at: 4) }
        #expect(throws: FormatError.self) { try bytes.cString(at: 6) }
    }

    @Test func aSliceStaysInsideItsView() throws {
        let slice = try Bytes([0, 1, 2, 3]).slice(1, count: 2)
        #expect(slice.array == [1, 2])
        #expect(slice[2] == nil)
        #expect(throws: FormatError.self) { try slice.slice(1, count: 2) }
        #expect(throws: FormatError.self) { try slice.slice(UInt64.max, count: 1) }
        #expect(throws: FormatError.self) { try slice.load(at: 0, .big, as: UInt32.self) }
    }
}
