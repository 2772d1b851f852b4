// SPDX-License-Identifier: Apache-2.0
internal import CLZMA
internal import CZlib
internal import CZstd
internal import Glibc

/// The formats of compressed data that kernels, modules and debug sections come in.
@frozen public enum CompressionFormat: String, CaseIterable, Sendable {
    /// RFC 1950: ELF sections with `ELFCOMPRESS_ZLIB`.
    case zlib
    /// RFC 1952: `.ko.gz`.
    case gzip
    /// RFC 8878: `.ko.zst`, ELF sections with `ELFCOMPRESS_ZSTD`.
    case zstd
    /// The .xz file format: `.ko.xz`.
    case xz

    /// The format that data begins with; nil where it is none of these. Names of files play no part.
    public init?(magicOf bytes: Bytes) {
        guard let first = bytes[0], let second = bytes[1] else { return nil }
        switch (first, second, bytes[2], bytes[3], bytes[4], bytes[5]) {
        case (0x1f, 0x8b, 0x08, _, _, _): self = .gzip
        case (0x28, 0xb5, 0x2f, 0xfd, _, _): self = .zstd
        case (0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00): self = .xz
        case (0x78, 0x01, _, _, _, _), (0x78, 0x5e, _, _, _, _), (0x78, 0x9c, _, _, _, _), (0x78, 0xda, _, _, _, _):
            self = .zlib
        default: return nil
        }
    }
}

extension Bytes {
    /// The data that these bytes are the compressed form of.
    ///
    /// Members, frames or streams that follow one another are joined, as `gzip`, `zstd` and `xz` do; zero bytes after
    /// the last are padding.
    ///
    /// - Parameters:
    ///   - format: what the bytes are.
    ///   - limit: the most bytes that may come out.
    ///   - size: how many must come out, where a header outside of the data announces it.
    /// - Returns: the data, in memory of its own.
    /// - Throws: `truncated` where the data ends too early or gives less than `size`, `tooLarge` for more than `limit`,
    ///   `invalid` for damaged data, data that gives more than `size` or is followed by something else, `unsupported`
    ///   for what the library cannot do. Offsets count in the compressed data.
    public func decompressed(
        as format: CompressionFormat, limit: Int, size: UInt64? = nil
    ) throws(FormatError) -> Bytes {
        guard let size else {
            let output = DecompressionOutput(limit: limit, expected: max(count, 1 << 14) &* 4)
            return try decompress(format, into: output, stopAt: nil)
        }
        guard let expected = Int(exactly: size), expected <= limit else {
            throw FormatError(.tooLarge, offset: 0, "0x\(String(size, radix: 16)) bytes are announced")
        }
        let data: Bytes
        do {
            // The announced size is not believed before the data is there: 1:1032 is the best that zlib can do.
            let believable = min(expected, max(count, 1 << 14).multipliedReportingOverflow(by: 1040).partialValue)
            let output = DecompressionOutput(limit: expected, expected: believable &+ 1)
            data = try decompress(format, into: output, stopAt: nil)
        } catch {
            guard error.code == .tooLarge else { throw error }
            throw FormatError(
                .invalid, offset: error.offset, "more than the announced 0x\(String(size, radix: 16)) bytes")
        }
        guard data.count == expected else {
            throw FormatError(
                .truncated, offset: count,
                "0x\(String(data.count, radix: 16)) bytes where 0x\(String(size, radix: 16)) are announced")
        }
        return data
    }

    /// The first bytes of the data that these bytes are the compressed form of; fewer where there are no more.
    public func decompressedPrefix(as format: CompressionFormat, count: Int) throws(FormatError) -> Bytes {
        let output = DecompressionOutput(limit: max(count, 1), expected: count)
        let prefix = try decompress(format, into: output, stopAt: count)
        return prefix.count > count ? try prefix.slice(0, count: count) : prefix
    }

    private func decompress(
        _ format: CompressionFormat, into output: consuming DecompressionOutput, stopAt: Int?
    ) throws(FormatError) -> Bytes {
        let stop = stopAt ?? .max
        switch format {
        case .zlib: try inflate(into: &output, stopAt: stop, isGzip: false)
        case .gzip: try inflate(into: &output, stopAt: stop, isGzip: true)
        case .zstd: try decodeZstandard(into: &output, stopAt: stop)
        case .xz: try decodeXZ(into: &output, stopAt: stop)
        }
        // The last piece may have come together with the end.
        if stopAt == nil { try output.checkLimit(at: count) }
        return output.frozen()
    }

    private func inflate(
        into output: inout DecompressionOutput, stopAt: Int, isGzip: Bool
    ) throws(FormatError) {
        var stream = unsafe z_stream()
        let windowBits: Int32 = isGzip ? 15 + 16 : 15
        guard unsafe inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw FormatError(.unsupported, offset: 0, "zlib could not start")
        }
        defer { unsafe inflateEnd(&stream) }
        var consumed = 0
        while output.count < stopAt {
            let offered = Int(min(count - consumed, Int(Int32.max)))
            let room = unsafe try output.room(at: consumed)
            let space = min(room.count, Int(Int32.max))
            unsafe stream.next_in = UnsafeMutablePointer(
                mutating: (base + consumed).assumingMemoryBound(to: UInt8.self))
            unsafe stream.avail_in = UInt32(offered)
            unsafe stream.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe stream.avail_out = UInt32(space)
            let status = unsafe CZlib.inflate(&stream, Z_NO_FLUSH)
            let taken = unsafe offered - Int(stream.avail_in)
            let given = unsafe space - Int(stream.avail_out)
            consumed += taken
            output.commit(given)
            switch status {
            case Z_STREAM_END:
                if isAtPadding(consumed) { return }
                guard isGzip, self[consumed] == 0x1f, self[consumed + 1] == 0x8b else {
                    throw FormatError(.invalid, offset: consumed, "other data follows")
                }
                guard unsafe inflateReset(&stream) == Z_OK else {
                    throw FormatError(.unsupported, offset: consumed, "zlib could not start again")
                }
            case Z_OK, Z_BUF_ERROR:
                if taken == 0, given == 0 { throw FormatError(.truncated, offset: consumed) }
            case Z_MEM_ERROR: throw FormatError(.tooLarge, offset: consumed, "zlib has no memory")
            case Z_NEED_DICT: throw FormatError(.unsupported, offset: consumed, "zlib data with a dictionary")
            default: throw FormatError(.invalid, offset: consumed, isGzip ? "gzip data" : "zlib data")
            }
        }
    }

    private func decodeZstandard(into output: inout DecompressionOutput, stopAt: Int) throws(FormatError) {
        guard let context = unsafe ZSTD_createDCtx() else {
            throw FormatError(.tooLarge, offset: 0, "zstd has no memory")
        }
        defer { unsafe ZSTD_freeDCtx(context) }
        var input = unsafe ZSTD_inBuffer(src: base, size: count, pos: 0)
        var isInFrame = true
        while output.count < stopAt {
            let before = unsafe input.pos
            if !isInFrame, isAtPadding(before) { return }
            let room = unsafe try output.room(at: before)
            var target = unsafe ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
            let status = unsafe ZSTD_decompressStream(context, &target, &input)
            let given = unsafe target.pos
            output.commit(given)
            if ZSTD_isError(status) != 0 {
                let message = unsafe String(cString: ZSTD_getErrorName(status))
                switch ZSTD_getErrorCode(status) {
                case ZSTD_error_frameParameter_windowTooLarge, ZSTD_error_memory_allocation:
                    throw FormatError(.tooLarge, offset: unsafe input.pos, "zstd: \(message)")
                case ZSTD_error_dictionary_wrong, ZSTD_error_version_unsupported,
                    ZSTD_error_frameParameter_unsupported:
                    throw FormatError(.unsupported, offset: unsafe input.pos, "zstd: \(message)")
                default: throw FormatError(.invalid, offset: unsafe input.pos, "zstd: \(message)")
                }
            }
            isInFrame = status != 0
            if isInFrame, given == 0, unsafe input.pos == before {
                throw FormatError(.truncated, offset: before)
            }
        }
    }

    private func decodeXZ(into output: inout DecompressionOutput, stopAt: Int) throws(FormatError) {
        var stream = unsafe lzma_stream()
        // Bounds the dictionary; `xz -9` needs 65 MiB.
        let memoryLimit: UInt64 = 1 << 30
        let concatenated: UInt32 = 0x08
        guard unsafe lzma_stream_decoder(&stream, memoryLimit, concatenated) == LZMA_OK else {
            throw FormatError(.tooLarge, offset: 0, "liblzma could not start")
        }
        defer { unsafe lzma_end(&stream) }
        unsafe stream.next_in = base.assumingMemoryBound(to: UInt8.self)
        unsafe stream.avail_in = count
        while output.count < stopAt {
            let consumed = unsafe count - stream.avail_in
            let room = unsafe try output.room(at: consumed)
            unsafe stream.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe stream.avail_out = room.count
            let status = unsafe lzma_code(&stream, LZMA_FINISH)
            output.commit(unsafe room.count - stream.avail_out)
            let reached = unsafe count - stream.avail_in
            switch status {
            case LZMA_STREAM_END: return
            case LZMA_OK: continue
            case LZMA_BUF_ERROR: throw FormatError(.truncated, offset: reached)
            case LZMA_MEM_ERROR, LZMA_MEMLIMIT_ERROR:
                throw FormatError(.tooLarge, offset: reached, "xz data that needs more than 1 GiB to decode")
            case LZMA_OPTIONS_ERROR: throw FormatError(.unsupported, offset: reached, "a filter of xz data")
            case LZMA_FORMAT_ERROR: throw FormatError(.notThisFormat, offset: reached, "xz data")
            default: throw FormatError(.invalid, offset: reached, "xz data")
            }
        }
    }

    /// Whether nothing but zero bytes follows.
    private func isAtPadding(_ offset: Int) -> Bool {
        var place = offset
        while let byte = self[place] {
            if byte != 0 { return false }
            place += 1
        }
        return true
    }
}

/// Memory that grows with what a decompressor gives, up to one byte past the limit.
@safe private struct DecompressionOutput: ~Copyable {
    private var base: UnsafeMutableRawPointer?
    private var capacity = 0
    private(set) var count = 0
    private let limit: Int
    private let expected: Int

    init(limit: Int, expected: Int) {
        self.limit = limit
        self.expected = max(expected, 64)
        unsafe base = nil
    }

    deinit { unsafe free(base) }

    /// Space to write to, never empty.
    ///
    /// - Throws: `tooLarge`, with this offset into the compressed data, where more than the limit has been written.
    mutating func room(at offset: Int) throws(FormatError) -> UnsafeMutableRawBufferPointer {
        try checkLimit(at: offset)
        if count == capacity {
            // One byte more than the limit tells data of just that size from longer data.
            let largest = limit == .max ? limit : limit + 1
            let wanted = capacity == 0 ? expected : capacity.multipliedReportingOverflow(by: 2).partialValue
            let next = wanted <= capacity || wanted > largest ? largest : wanted
            guard let grown = unsafe realloc(base, next) else {
                throw FormatError(.tooLarge, offset: offset, "no memory for 0x\(String(next, radix: 16)) bytes")
            }
            unsafe base = grown
            capacity = next
        }
        return unsafe UnsafeMutableRawBufferPointer(start: base.map { unsafe $0 + count }, count: capacity - count)
    }

    func checkLimit(at offset: Int) throws(FormatError) {
        guard count <= limit else {
            throw FormatError(.tooLarge, offset: offset, "more than 0x\(String(limit, radix: 16)) bytes")
        }
    }

    mutating func commit(_ written: Int) { count += written }

    consuming func frozen() -> Bytes {
        guard let memory = unsafe base, count > 0 else {
            _ = consume self
            return .empty
        }
        let kept = unsafe realloc(memory, count) ?? memory
        let view = unsafe Bytes(base: UnsafeRawPointer(kept), count: count, storage: ByteStorage(allocated: kept))
        discard self
        return view
    }
}
