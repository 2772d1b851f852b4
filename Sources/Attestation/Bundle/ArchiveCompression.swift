// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import CZlib
internal import CZstd
internal import Host

/// How a bundle's archive is compressed, by the end of its name.
package enum ArchiveCompression: String, CaseIterable, Sendable {
    case zstd = ".tar.zst"
    case gzip = ".tar.gz"

    package init?(name: String) {
        guard let found = Self.allCases.first(where: { name.hasSuffix($0.rawValue) }) else { return nil }
        self = found
    }

    /// By its first bytes.
    package init?(_ bytes: [UInt8]) {
        switch CompressionFormat(magicOf: Bytes(bytes)) {
        case .zstd: self = .zstd
        case .gzip: self = .gzip
        default: return nil
        }
    }

    /// Always the same for the same bytes and the same library. Throws `Failure` with code `bundle.memory`.
    package func compressed(_ bytes: [UInt8]) throws -> [UInt8] {
        guard let packed = self == .zstd ? Self.zstd(bytes) : Self.gzip(bytes) else {
            throw Failure(
                "bundle.memory", "\(bytes.count) bytes could not be compressed",
                advice: "run it where more memory is free")
        }
        return packed
    }

    private static func zstd(_ bytes: [UInt8]) -> [UInt8]? {
        guard let context = unsafe ZSTD_createCCtx() else { return nil }
        defer { unsafe ZSTD_freeCCtx(context) }
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 6)
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        let bound = ZSTD_compressBound(bytes.count)
        var size = 0
        let packed = unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            size = unsafe bytes.withUnsafeBytes {
                unsafe ZSTD_compress2(context, buffer.baseAddress, bound, $0.baseAddress, $0.count)
            }
            count = ZSTD_isError(size) == 0 ? size : 0
        }
        return ZSTD_isError(size) == 0 ? packed : nil
    }

    /// No name and no time in the header (RFC 1952 § 2.3).
    private static func gzip(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = unsafe z_stream()
        guard
            unsafe deflateInit2_(
                &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK, bytes.count <= UInt32.max
        else { return nil }
        defer { unsafe deflateEnd(&stream) }
        let bound = unsafe Int(deflateBound(&stream, UInt(bytes.count)))
        guard bound <= UInt32.max else { return nil }
        var isDone = false
        var input = bytes
        let packed = unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            isDone = unsafe input.withUnsafeMutableBufferPointer { given in
                unsafe stream.next_in = given.baseAddress
                unsafe stream.avail_in = UInt32(given.count)
                unsafe stream.next_out = buffer.baseAddress
                unsafe stream.avail_out = UInt32(bound)
                return unsafe deflate(&stream, Z_FINISH) == Z_STREAM_END
            }
            count = unsafe isDone ? Int(stream.total_out) : 0
        }
        return isDone ? packed : nil
    }
}
