// SPDX-License-Identifier: Apache-2.0
internal import CZlib
internal import CZstd
internal import Host

/// An archive's bytes, expanded as they are asked for: what nobody asks for takes no memory.
package final class ArchiveStream {
    @safe private enum Decoder {
        case none
        /// At one address, which zlib compares with what it was given first.
        case gzip(UnsafeMutablePointer<z_stream>)
        case zstd(OpaquePointer)
    }

    /// Expanded together.
    private static let piece = 1 << 17
    /// Of a frame's window (RFC 8878 § 3.1.1.1.2), as a power of two: what a header can ask for before any byte is there.
    private static let largestWindow: Int32 = 24

    private let packed: [UInt8]
    private let decoder: Decoder
    private var position = 0
    private var isInFrame = true
    private var isAtEnd = false
    /// Expanded, and not taken yet from `start` on.
    private var ready: [UInt8] = []
    private var start = 0
    /// Bytes that were taken.
    package private(set) var offset = 0

    /// Throws `Failure` with code `bundle.memory`.
    package init(_ packed: [UInt8], _ compression: ArchiveCompression?) throws {
        self.packed = packed
        switch compression {
        case nil: decoder = .none
        case .gzip?:
            let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
            unsafe stream.initialize(to: z_stream())
            guard unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
            else {
                unsafe stream.deallocate()
                throw Self.noMemory
            }
            decoder = unsafe .gzip(stream)
        case .zstd?:
            guard let context = unsafe ZSTD_createDCtx() else { throw Self.noMemory }
            unsafe ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Self.largestWindow)
            decoder = unsafe .zstd(context)
        }
    }

    deinit {
        switch decoder {
        case .none: break
        case .gzip(let stream):
            unsafe inflateEnd(stream)
            unsafe stream.deallocate()
        case .zstd(let context): unsafe ZSTD_freeDCtx(context)
        }
    }

    /// Appends the next bytes, `count` of them or, at the end, all that are left. Throws `Failure` with code
    /// `bundle.unreadable` where the compressed bytes are damaged.
    package func read(_ count: Int, into bytes: inout [UInt8]) throws {
        var missing = count
        while missing > 0 {
            if start == ready.count {
                try expand()
                if ready.isEmpty { return }
            }
            let taken = min(missing, ready.count - start)
            bytes += ready[start..<start + taken]
            start += taken
            offset += taken
            missing -= taken
        }
    }

    private static let noMemory = Failure(
        "bundle.memory", "the archive could not be expanded", advice: "run it where more memory is free")

    private func damaged(_ reason: String) -> Failure {
        Failure(
            "bundle.unreadable", "the archive can't be unpacked",
            advice: "take the bundle from where it was made",
            underlying: "at compressed byte \(position), \(reason)")
    }

    /// Fills `ready`; it is empty at the end alone.
    private func expand() throws {
        ready.removeAll(keepingCapacity: true)
        start = 0
        while ready.isEmpty, !isAtEnd {
            switch decoder {
            case .none:
                ready += packed[position..<min(packed.count, position + Self.piece)]
                position += ready.count
                isAtEnd = position == packed.count
            case .gzip(let stream): unsafe try inflate(stream)
            case .zstd(let context): unsafe try decompress(context)
            }
        }
    }

    /// Whether the compressed bytes have no more frame: nothing but zeros may follow the last.
    private func isPadding() -> Bool { packed[position...].allSatisfy { $0 == 0 } }

    private func inflate(_ stream: UnsafeMutablePointer<z_stream>) throws {
        var status = Z_OK
        let before = position
        let offered = min(packed.count - position, Int(Int32.max))
        ready = unsafe packed.withUnsafeBufferPointer { input in
            unsafe [UInt8](unsafeUninitializedCapacity: Self.piece) { output, count in
                unsafe stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: input.baseAddress.map { unsafe $0 + before })
                unsafe stream.pointee.avail_in = UInt32(offered)
                unsafe stream.pointee.next_out = output.baseAddress
                unsafe stream.pointee.avail_out = UInt32(Self.piece)
                status = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
                count = unsafe Self.piece - Int(stream.pointee.avail_out)
            }
        }
        position += unsafe offered - Int(stream.pointee.avail_in)
        switch status {
        case Z_STREAM_END:
            isAtEnd = isPadding()
            guard isAtEnd || packed[position...].starts(with: [0x1f, 0x8b]) else {
                throw damaged("other data follows")
            }
            guard unsafe isAtEnd || inflateReset(stream) == Z_OK else { throw Self.noMemory }
        case Z_OK, Z_BUF_ERROR:
            if ready.isEmpty, position == before { throw damaged("it ends early") }
        case Z_MEM_ERROR: throw Self.noMemory
        default: throw damaged("it is not gzip data")
        }
    }

    private func decompress(_ context: OpaquePointer) throws {
        if !isInFrame, isPadding() {
            isAtEnd = true
            return
        }
        var status = 0
        let before = position
        ready = unsafe packed.withUnsafeBytes { bytes in
            var input = unsafe ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: before)
            let output = unsafe [UInt8](unsafeUninitializedCapacity: Self.piece) { output, count in
                var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: Self.piece, pos: 0)
                status = unsafe ZSTD_decompressStream(context, &target, &input)
                count = unsafe target.pos
            }
            position = unsafe input.pos
            return output
        }
        guard ZSTD_isError(status) == 0 else {
            throw damaged(unsafe "zstd: \(String(cString: ZSTD_getErrorName(status)))")
        }
        isInFrame = status != 0
        if isInFrame, ready.isEmpty, position == before { throw damaged("it ends early") }
    }
}
